"""Every operator in the places where operators are used."""

import copy
import io
import subprocess
import sys

import oracles
import pytest
import torch
from operators import each_operator, outputs, pooled_matrix, same, some_operators
from promises import promise
from strategies import CHANNELS, Sample, sample, samples
from torch.testing import assert_close
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader
from torch_geometric.nn import GCNConv, Sequential

from gnnpool import GlobalPooling, Pooled


# 9. Expressiveness

@each_operator
def test_expressiveness_is_what_the_row_sums_say(operator):
    """Bianchi and Lachi 2023: every node goes into the pooled graph, all by the same amount, and
    features are summed.
    """
    pool = operator.make()
    sums = sample([12, 9]).pool(pool).assignment.row_sums()
    equal = bool((sums > 0).all()) and torch.allclose(sums, sums[0].expand_as(sums))
    assert pool.is_expressive is (equal and operator.features is oracles.sums)


@each_operator
@promise(9, s=samples())
def test_row_sums_say_whether_an_operator_can_be_expressive(operator, s):
    pool = operator.make()
    assignment = s.pool(pool).assignment
    sums = assignment.row_sums()
    assert_close(sums, assignment.dense().sum(1))
    if pool.is_expressive:
        assert (sums > 0).all() and torch.allclose(sums, sums[:1].expand_as(sums))


# 10. Use

@some_operators(signed=False)
@promise(10, s=samples())
def test_any_pooled_graphs_can_be_pooled_again(operator, s):
    """Pooled graphs are odd ones: few nodes, often no edges."""
    upper = operator.make()
    out = s.pool(operator.make())
    again = upper(out.x, out.edge_index, out.edge_weight, out.batch, num_graphs=s.num_graphs,
                  generator=torch.Generator().manual_seed(0))
    back = out.lift(again.lift(again.x))
    assert set(s.batch.tolist()) <= set(again.batch.tolist())
    assert back.shape == s.x.shape
    assert all(t.isfinite().all() for t in (back, again.loss, pooled_matrix(again)))
    assert_close(pooled_matrix(again), operator.connect(pooled_matrix(out), again.assignment))


@some_operators(signed=False)
def test_in_a_sequential_model(operator):
    s, pool = sample([8, 5], density=4.0), operator.make()
    call = "x, edge_index, edge_weight, batch"
    model = Sequential(call, [
        (GCNConv(CHANNELS, CHANNELS), "x, edge_index, edge_weight -> x"),
        (pool, f"{call} -> out"),
        (lambda out: (out.x, out.edge_index, out.edge_weight), "out -> x, edge_index, edge_weight"),
        (GCNConv(CHANNELS, 4), "x, edge_index, edge_weight -> x"),
        (lambda out: out.batch, "out -> batch"),
        (GlobalPooling("mean"), "x, batch -> x"),
    ]).double()
    torch.manual_seed(0)
    y = model(s.x, s.edge_index, s.edge_weight, s.batch)
    assert y.shape == (2, 4) and y.isfinite().all()
    y.sum().backward()
    assert model[0].lin.weight.grad.abs().sum() > 0


@each_operator
def test_with_a_data_loader(operator):
    data = [Data(x=s.x, edge_index=s.edge_index, edge_weight=s.edge_weight, num_nodes=s.num_nodes)
            for s in (sample([n], seed=n) for n in (6, 4, 9, 0))]
    pool = operator.make()
    for batch in DataLoader(data, batch_size=2):
        s = Sample(batch.x, batch.edge_index, batch.edge_weight, batch.batch, batch.num_graphs)
        assert s.pool(pool).num_graphs == 2
        assert_close(GlobalPooling()(s.x, s.batch, s.num_graphs)[1], s.single(1).x.sum(0))
        same(s.pool(pool), s.pool(operator.make()))


@pytest.mark.parametrize("prepared", [False, True])
@each_operator
def test_under_autocast(operator, prepared):
    s = sample([9, 6]).to(torch.float32)
    s.x.requires_grad_()
    edges = (s.adjacency(), None) if prepared else (s.edge_index, s.edge_weight)
    pool = operator.make(torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = pool(s.x, *edges, s.batch, generator=torch.Generator().manual_seed(0))
        results = outputs(out)
        sum(t.float().sum() for t in results).backward()  # inside, which many loops do
    assert s.x.grad.isfinite().all() and out.loss.dtype == torch.float32
    expected = operator.connect(s.dense(), out.assignment).float()
    assert_close(pooled_matrix(out).float(), expected, rtol=1e-4, atol=1e-5)


@each_operator
def test_copies_and_files_give_the_same_operator(operator):
    s, pool = sample([7, 5]), operator.make()
    expected = s.pool(pool)
    for p in (loaded := operator.make()).parameters():
        torch.nn.init.zeros_(p)
    loaded.load_state_dict(pool.state_dict())
    file = io.BytesIO()
    torch.save(pool, file)
    file.seek(0)
    for other in (loaded, copy.deepcopy(pool), torch.load(file, weights_only=False)):
        same(s.pool(other), expected)
        assert repr(other) == repr(pool)


@some_operators(learned=True)
def test_parameters_can_be_drawn_anew(operator):
    pool = operator.make()
    before = [p.clone() for p in pool.parameters()]
    pool.reset_parameters()
    assert all(not torch.equal(p, q) for p, q in zip(pool.parameters(), before, strict=True))


@some_operators(signed=False)
def test_stacked(operator):
    s = sample([30, 0, 20])
    x, edge_index, edge_weight, batch = s.x.requires_grad_(), s.edge_index, s.edge_weight, s.batch
    levels: list[Pooled] = []
    for _ in range(3):
        out = operator.make()(x, edge_index, edge_weight, batch, num_graphs=3)
        levels.append(out)
        x, edge_index, edge_weight, batch = out.x, out.edge_index, out.edge_weight, out.batch
    back = x
    for level in reversed(levels):
        back = level.lift(back)
    assert back.shape == s.x.shape
    (back.sum() + sum(level.loss for level in levels)).backward()
    assert s.x.grad.isfinite().all() and s.x.grad.abs().sum() > 0


LARGE = """
import resource, torch
from gnnpool import MinCutPooling
n, e = 100_000, 500_000
edges = torch.randint(n, (2, e), generator=torch.Generator().manual_seed(0))
edges = torch.cat([edges, edges.flip(0)], 1)
x, pool = torch.rand(n, 16), MinCutPooling(16, 16)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
out = pool(x, edges)
(out.loss + out.x.square().mean()).backward()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_large_graph_stays_sparse():
    """100,000 nodes and a million edges: a dense A would take 40 GB."""
    run = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True)
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(run.stdout) * unit < 500e6
