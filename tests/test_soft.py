"""What soft operators share, and their losses against the papers' formulas on dense matrices."""

import math
import subprocess
import sys
from functools import partial

import oracles
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from operators import refused
from strategies import CHANNELS, Sample, sample, samples
from torch import nn
from torch.testing import assert_close
from torch_geometric.nn import DenseGraphConv, GCNConv, GraphConv

from gnnpool import DenseAssignment, get_pooler
from gnnpool.soft.diffpool import entropy_loss, link_loss
from gnnpool.soft.dmon import collapse_loss, modularity_loss
from gnnpool.soft.mincut import cut_loss, ortho_loss
from gnnpool.soft.tvgnn import balance_loss, tv_loss

LOSSES = {
    "link": (link_loss, oracles.link),
    "link, mean": (partial(link_loss, link="mean"), oracles.link_mean),
    "entropy": (entropy_loss, oracles.entropy),
    "cut": (cut_loss, oracles.cut),
    "ortho": (ortho_loss, oracles.ortho),
    "modularity": (modularity_loss, oracles.modularity),
    "collapse": (collapse_loss, oracles.collapse),
    "tv": (tv_loss, oracles.tv),
    "balance": (balance_loss, oracles.balance),
}
SOFT = {"diff": ("link", "entropy"), "mincut": ("cut", "ortho"),
        "dmon": ("modularity", "collapse"), "acc": ("tv", "balance")}
each_loss = pytest.mark.parametrize("loss, formula", LOSSES.values(), ids=LOSSES)
each_soft = pytest.mark.parametrize("name", SOFT)


def rows(s: Sample, k: int, seed: int = 0) -> torch.Tensor:
    random = torch.randn(s.num_nodes, k, dtype=torch.float64,
                         generator=torch.Generator().manual_seed(seed))
    return (3 * random).softmax(1)


def of_each_graph(formula, s: Sample, a: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """[B]: the formula of every graph, 0 where it has no nodes."""
    values = [matrix.sum() * 0 for _ in range(s.num_graphs)]
    for g in s.batch.unique().tolist():
        i = s.batch == g
        values[g] = formula(oracles.symmetric(a)[i][:, i], matrix[i])
    return torch.stack(values)


@each_loss
@given(s=samples(), k=st.integers(1, 5), seed=st.integers(0, 99))
def test_values_and_gradients(loss, formula, s, k, seed):
    weight = torch.ones(s.edge_index.size(1)) if s.edge_weight is None else s.edge_weight
    weight = weight.double().requires_grad_()
    matrix = rows(s, k, seed).requires_grad_()
    graph = Sample(s.x, s.edge_index, weight, s.batch, s.num_graphs).graph()
    fast = loss(graph, matrix, "none")
    slow = of_each_graph(formula, s, oracles.dense(s.edge_index, weight, s.num_nodes), matrix)
    assert_close(fast, slow, rtol=1e-6, atol=1e-7)
    filled = s.batch.unique().numel()
    assert_close(loss(graph, matrix), slow.sum() / max(filled, 1), rtol=1e-6, atol=1e-7)
    if k == 1 or (formula is oracles.link and (slow < 1e-3).any()):
        return  # on the kink of a norm, 0, there is no gradient to compare
    probe = torch.linspace(1, 2, fast.numel()).double()
    grads = [torch.autograd.grad((value * probe).sum(), (matrix, weight), allow_unused=True,
                                 materialize_grads=True) for value in (fast, slow)]
    assert_close(*grads, rtol=1e-6, atol=1e-7)


def two_cliques(n: int = 4) -> Sample:
    ones = torch.ones(n, n) - torch.eye(n)
    return Sample(torch.ones(2 * n, 1).double(), torch.block_diag(ones, ones).nonzero().T, None,
                  torch.zeros(2 * n).long(), 1)


ROWS = {"true": torch.eye(2).repeat_interleave(4, 0), "one": torch.eye(2)[:1].expand(8, 2),
        "uniform": torch.full((8, 2), 0.5), "across": torch.eye(2).repeat(4, 1)}
NO_CUT, DEGENERATE = -1.0, math.sqrt(2 - math.sqrt(2))
WORKED_OUT = {  # two cliques of 4: 24 directed edges, 16 of them cut by "across"
    "link": {"true": math.sqrt(8), "one": math.sqrt(40), "uniform": math.sqrt(64 / 4)},
    "link, mean": {"true": 8 / 64, "one": 40 / 64, "uniform": 1 / 4},
    "entropy": {"true": 0, "one": 0, "uniform": math.log(2), "across": 0},
    "cut": {"true": NO_CUT, "one": NO_CUT, "uniform": NO_CUT, "across": -1 / 3},
    "ortho": {"true": 0, "one": DEGENERATE, "uniform": DEGENERATE, "across": 0},
    "modularity": {"true": -0.5, "one": 0, "uniform": 0, "across": 0.5 - 1 / 3},
    "collapse": {"true": 0, "one": math.sqrt(2) - 1, "uniform": 0, "across": 0},
    "tv": {"true": 0, "one": 0, "uniform": 0, "across": 2 / 3},
    "balance": {"true": 0, "one": 1, "uniform": 1, "across": 0},
}


@pytest.mark.parametrize("name, matrix", [(n, m) for n in WORKED_OUT for m in WORKED_OUT[n]])
def test_values_that_can_be_worked_out(name, matrix):
    value = LOSSES[name][0](two_cliques().graph(), ROWS[matrix].double())
    assert_close(value.item(), float(WORKED_OUT[name][matrix]), atol=1e-7, rtol=1e-7)


@pytest.mark.parametrize("name", ["cut", "modularity", "tv"])
def test_without_edges_the_value_and_gradient_are_zero(name):
    s = sample([5, 4], density=0.0)
    matrix = rows(s, 3).requires_grad_()
    loss = LOSSES[name][0](s.graph(), matrix)
    loss.backward()
    assert loss.item() == 0 and not matrix.grad.any()


@each_loss
def test_empty_graphs_do_not_count(loss, formula):
    s, with_empty = sample([6, 5]), sample([6, 5, 0, 0])
    assert_close(loss(with_empty.graph(), rows(s, 3)), loss(s.graph(), rows(s, 3)))
    assert loss(with_empty.graph(), rows(s, 3), "none")[2:].tolist() == [0.0, 0.0]


@each_loss
def test_rows_that_softmax_left_at_zero_have_finite_gradients(loss, formula):
    s = sample([6, 5])
    matrix = torch.eye(3).double()[torch.arange(11) % 3].requires_grad_()
    loss(s.graph(), matrix).backward()
    assert matrix.grad.isfinite().all()


@each_loss
def test_half_precision_is_added_up_in_float32(loss, formula):
    """A star of 2,001 nodes: in bfloat16 neither its degree nor ‖SᵀS‖ could be counted."""
    spokes = torch.stack([torch.zeros(2000), torch.arange(1, 2001)]).long()
    s = Sample(torch.ones(2001, 1).bfloat16(), torch.cat([spokes, spokes.flip(0)], 1), None,
               torch.zeros(2001).long(), 1)
    matrix = rows(s, 3).bfloat16()
    result = loss(s.graph(), matrix)
    assert result.dtype == torch.float32
    expected = formula(s.dense(), matrix.double())
    assert_close(result.double(), expected, rtol=1e-4, atol=1e-5)


@each_loss
def test_bad_arguments_of_a_loss_are_refused(loss, formula):
    s = sample([8, 6])
    with refused("s"):
        loss(s.graph(), torch.ones(13, 3))
    with refused("reduction"):
        loss(s.graph(), rows(s, 3), "sum")
    with refused("graph"):
        loss(s.edge_index, rows(s, 3))
    for matrix in (rows(s, 3).log(), 2 * rows(s, 3), rows(s, 3) - 0.5, rows(s, 3)[:, :0]):
        with refused("s"):
            loss(s.graph(), matrix)
    with refused("edge_weight"):
        loss(Sample(s.x, s.edge_index, -s.edge_weight, s.batch, 2).graph(), rows(s, 3))


@each_loss
def test_a_dense_assignment_will_do_for_s(loss, formula):
    s = sample([8, 6])
    assignment = DenseAssignment(rows(s, 3), s.graph())
    assert_close(loss(s.graph(), assignment), loss(s.graph(), rows(s, 3)))


@each_soft
@pytest.mark.parametrize("spread", [0.0, 1e-3, 1e-2])
def test_the_inverse_where_rows_are_nearly_alike(name, spread):
    """In float32: products of S with itself would leave more noise than signal."""
    s = sample([30], density=4.0).to(torch.float32)
    s = Sample(1 + spread * s.x, s.edge_index, s.edge_weight, s.batch, 1)
    pool = get_pooler(name, in_channels=CHANNELS, k=4, inverse_connect=True, degree_norm=False,
                      remove_self_loops=False)
    out = s.pool(pool)
    matrix = out.assignment.dense().double()
    noise = 4 * torch.finfo(torch.float32).eps
    expected = torch.linalg.pinv(matrix, rtol=noise) @ s.dense() @ matrix
    found = oracles.dense(out.edge_index, out.edge_weight, 4)
    assert_close(found, expected, atol=1e-4 * expected.abs().max().item(), rtol=1e-4)


def test_a_nan_is_not_a_perfect_link_loss():
    s = sample([5])
    layer = nn.Linear(CHANNELS, 2).double()
    nn.init.constant_(layer.weight, float("nan"))
    out = s.pool(get_pooler("diff", in_channels=CHANNELS, k=2, assign=layer))
    assert out.losses["link"].isnan()


@each_soft
@pytest.mark.parametrize("directed", [False, True])
def test_the_whole_operator(name, directed):
    """S = softmax(XW + b), X′ = SᵀX, A′ = SᵀAS; losses by name, weighted."""
    s = sample([9], directed=directed, duplicates=True, loops=True)
    first, second = SOFT[name]
    pool = get_pooler(name, in_channels=CHANNELS, k=3, remove_self_loops=False, degree_norm=False,
                      **{f"{first}_weight": 2.0, f"{second}_weight": 0.5}).double()
    out, layer = s.pool(pool), pool.assign[0]
    matrix = (s.x @ layer.weight.T + layer.bias).softmax(1)
    a = oracles.symmetric(s.dense())
    assert_close(out.assignment.dense(), matrix)
    assert_close(out.x, matrix.T @ s.x)
    assert_close(oracles.dense(out.edge_index, out.edge_weight, 3), matrix.T @ a @ matrix)
    losses = {loss: getattr(oracles, loss)(a, matrix) for loss in (first, second)}
    assert_close(out.losses, losses)
    assert_close(out.loss, 2.0 * losses[first] + 0.5 * losses[second])


@each_soft
def test_other_assigners(name):
    s = sample([8, 6])
    layer = GCNConv(CHANNELS, 4)
    out = s.pool(get_pooler(name, in_channels=CHANNELS, k=4, assign=layer).double())
    assert_close(out.assignment.s, layer(s.x, s.edge_index, s.edge_weight).softmax(1))
    deep = get_pooler(name, in_channels=CHANNELS, k=4, hidden=(7, 5)).double()
    assert [m.weight.shape for m in deep.assign if isinstance(m, nn.Linear)] == [
        (7, CHANNELS), (5, 7), (4, 5)]
    assert_close(s.pool(deep).assignment.s, deep.assign(s.x).softmax(1))
    with refused("assign"):
        s.pool(get_pooler(name, in_channels=CHANNELS, k=4, assign=nn.Linear(CHANNELS, 5)).double())
    with refused("hidden"):
        get_pooler(name, in_channels=CHANNELS, k=4, hidden=(7,), assign=layer)


@each_soft
def test_dense_and_sparse_layers_agree_on_what_comes_out(name):
    """`to_dense` feeds PyG's dense layers, the edges feed the others."""
    s = sample([8, 6])
    out = s.pool(get_pooler(name, in_channels=CHANNELS, k=4).double())
    sparse, dense = GraphConv(CHANNELS, 5).double(), DenseGraphConv(CHANNELS, 5).double()
    dense.load_state_dict(sparse.state_dict())
    x, adj, mask = out.to_dense()
    assert mask.all()
    assert_close(dense(x, adj).flatten(0, 1), sparse(out.x, out.edge_index, out.edge_weight))


LARGE = """
import resource, torch, gnnpool
n, degree = 200_000, 10
random = torch.Generator().manual_seed(0)
ends = torch.randint(n, (2, n * degree // 2), generator=random)
a = gnnpool.Adjacency(torch.cat([ends, ends.flip(0)], 1), num_nodes=n)
x = torch.rand(n, 32, generator=random)
for name in ("diff", "mincut", "dmon", "acc"):
    pool = gnnpool.get_pooler(name, in_channels=32, k=16)
    for edges in (a, a.edge_index):
        out = pool(x, edges)
        (out.x.square().mean() + out.edge_weight.mean() + out.loss).backward()
        assert pool.assign[0].weight.grad.isfinite().all()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory in KiB is Linux's")
def test_memory_grows_with_edges_and_nodes_only():
    """200,000 nodes and 2 M edges, torch itself included: N × N would be 160 GB."""
    run = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert float(run.stdout) < 3.0
