"""What every operator promises about its result. The first promise is the one that peers break:
the edges of the pooled graph join the supernodes whose features stand in x.
"""

from dataclasses import replace

import oracles
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from operators import OPERATORS, each_operator, some_operators
from strategies import Sample, permutations, sample, samples
from torch.testing import assert_close

from gnnpool import Pooled

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(
    not torch.cuda.is_available(), reason="no CUDA device"))]


def pooled_matrix(out: Pooled) -> torch.Tensor:
    """A′ [K, K] in float64."""
    return oracles.dense(out.edge_index, out.edge_weight, out.x.size(0))


def same(left: Pooled, right: Pooled) -> None:
    """The same supernodes, matrices and losses."""
    assert_close(left.x, right.x)
    assert_close(pooled_matrix(left), pooled_matrix(right))
    assert_close(left.assignment.dense(), right.assignment.dense())
    assert_close(left.batch, right.batch)
    assert_close(left.losses, right.losses)


def outputs(out: Pooled) -> tuple[torch.Tensor, ...]:
    """Everything that gradients flow through."""
    tensors = (out.x, out.edge_weight, out.loss, out.lift(out.x), out.lift(out.x, inverse=True))
    return tuple(t for t in tensors if t is not None)


# 1. Alignment

@pytest.mark.parametrize("name", ["topk", "sag"])
def test_edges_follow_features_where_scores_are_out_of_order(name):
    """A path 0-1-2-3-4 whose scores fall in the order 3, 0, 2: kept are 0, 2, 3, and 2-3 stays."""
    x = torch.tensor([[4.0], [1.0], [3.0], [5.0], [0.0]])
    path = torch.tensor([[0, 1, 2, 3, 1, 2, 3, 4], [1, 2, 3, 4, 0, 1, 2, 3]])
    weight = torch.tensor([1.0, 2, 3, 4, 1, 2, 3, 4])
    pool = next(o for o in OPERATORS if o.name == name).make(torch.float32, in_channels=1, ratio=3)
    for p in pool.parameters():
        torch.nn.init.constant_(p, 0.01)  # for SAG: the neighbours count for little
    if name == "sag":
        torch.nn.init.constant_(pool.scorer.lin_root.weight, 1.0)
    out = pool(x, path, weight)
    assert out.assignment.representatives.tolist() == [0, 2, 3]
    assert (out.x.argsort(0).flatten().tolist(), out.batch.tolist()) == ([1, 0, 2], [0, 0, 0])
    assert out.edge_index.tolist() == [[1, 2], [2, 1]]
    assert out.edge_weight.tolist() == [3.0, 3.0]


@each_operator
@given(s=samples())
def test_matrix_and_features_are_those_of_the_assignment(operator, s):
    out = s.pool(operator.make())
    matrix = out.assignment.dense()
    assert matrix.shape == (s.num_nodes, out.x.size(0))
    assert_close(pooled_matrix(out), operator.connect(s.dense(), out.assignment))
    assert_close(out.x, matrix.to(s.x.dtype).T @ s.x)


@each_operator
@given(s=samples())
def test_supernodes_stand_in_canonical_order(operator, s):
    out = s.pool(operator.make())
    assert out.batch.dtype == torch.int64 and out.num_graphs == s.num_graphs
    assert (out.batch.diff() >= 0).all()
    members = out.assignment.dense() != 0
    assert (members <= (s.batch[:, None] == out.batch)).all()  # no member in another graph
    representatives = getattr(out.assignment, "representatives", None)
    if representatives is not None:
        assert (representatives.diff() > 0).all()
        assert_close(s.batch[representatives], out.batch)


@each_operator
@given(s=samples())
def test_an_adjacency_gives_the_same_as_its_edges(operator, s):
    prepared = operator.make()(s.x, s.adjacency(), batch=s.batch, num_graphs=s.num_graphs,
                               generator=torch.Generator().manual_seed(0))
    same(prepared, s.pool(operator.make()))


# 2. A batch is its graphs

@each_operator
@given(s=samples())
def test_a_batch_gives_what_its_graphs_give_alone(operator, s):
    pool = operator.make()
    out, matrix = s.pool(pool), pooled_matrix(s.pool(pool))
    alone = [s.single(g).pool(pool) for g in range(s.num_graphs)]
    for g, one in enumerate(alone):
        rows = out.batch == g
        assert_close(out.x[rows], one.x)
        assert_close(matrix[rows][:, rows], pooled_matrix(one))
        assert_close(out.assignment.dense()[s.batch == g][:, rows], one.assignment.dense())
    filled = [one for g, one in enumerate(alone) if (s.batch == g).any()]
    for name, value in out.losses.items():
        mean = sum(one.losses[name] for one in filled) / max(len(filled), 1)
        assert_close(value, torch.as_tensor(mean, dtype=value.dtype))


# 3. Relabelling nodes relabels the result

@some_operators(random=False)
@given(s=samples(), seed=st.integers(0, 99))
def test_relabelling_nodes_relabels_the_result(operator, s, seed):
    new = permutations(s, seed)
    before, after = s.pool(operator.make()), s.relabelled(new).pool(operator.make())
    order = torch.arange(before.x.size(0))
    if getattr(before.assignment, "representatives", None) is not None:
        order = new[before.assignment.representatives].argsort()
    assert_close(after.x, before.x[order])
    assert_close(pooled_matrix(after), pooled_matrix(before)[order][:, order])
    assert_close(after.assignment.dense()[new], before.assignment.dense()[:, order])
    assert_close(after.losses, before.losses)


# 4. Seeds

@pytest.mark.parametrize("device", DEVICES)
@each_operator
def test_the_same_seed_gives_the_same_result(operator, device):
    s = sample([20, 0, 15])
    pool = operator.make()
    torch.manual_seed(5)
    first = pool(s.x, s.edge_index, s.edge_weight, s.batch)
    torch.manual_seed(5)
    again = pool.to(device)(s.x.to(device), s.edge_index.to(device), s.edge_weight.to(device),
                            s.batch.to(device))
    assert_close(again.assignment.dense().cpu(), first.assignment.dense())
    assert_close(s.pool(pool.cpu(), seed=8).x, s.pool(pool, seed=8).x, rtol=0, atol=0)


@each_operator
def test_only_random_operators_use_the_generator(operator):
    s, generator = sample([20, 15]), torch.Generator().manual_seed(0)
    before = (generator.get_state(), torch.get_rng_state())
    first = operator.make()(s.x, s.edge_index, s.edge_weight, s.batch, generator=generator)
    assert torch.equal(before[0], generator.get_state()) is not operator.random
    assert torch.equal(before[1], torch.get_rng_state())
    second = operator.make()(s.x, s.edge_index, s.edge_weight, s.batch, generator=generator)
    assert torch.equal(first.assignment.dense(), second.assignment.dense()) is not operator.random


@each_operator
def test_deterministic_algorithms(operator):
    s = sample([30, 20], duplicates=True, loops=True)

    def step() -> list[torch.Tensor]:
        x = s.x.clone().requires_grad_()
        results = outputs(replace(s, x=x).pool(operator.make()))
        sum(t.square().sum() for t in results).backward()
        return [*results, x.grad]

    torch.use_deterministic_algorithms(True)
    try:
        assert_close(step(), step(), rtol=0, atol=0)
    finally:
        torch.use_deterministic_algorithms(False)


# 5. Dtypes

@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@each_operator
def test_the_dtype_that_comes_in_goes_out(operator, dtype, weighted):
    s = sample([9, 0, 6], weights="positive" if weighted else "none").to(dtype)
    out = s.pool(operator.make(dtype))
    assert out.x.dtype == out.lift(out.x).dtype == out.lift(out.x, inverse=True).dtype == dtype
    assert out.edge_weight is None or out.edge_weight.dtype == dtype
    wide = torch.promote_types(dtype, torch.float32)
    assert {t.dtype for t in (out.loss, *out.losses.values())} == {wide}
    assert all(t.dtype == dtype for t in out.to_dense()[:2])


@each_operator
def test_bfloat16_loses_no_counts(operator):
    """A thousand nodes around one: sums in bfloat16 stop at 256."""
    n = 1001
    spokes = torch.stack([torch.zeros(n - 1).long(), torch.arange(1, n)])
    x = torch.rand(n, 3, generator=torch.Generator().manual_seed(0)).bfloat16() + 0.5
    star = Sample(x, torch.cat([spokes, spokes.flip(0)], 1), None, torch.zeros(n).long(), 1)
    narrow, wide = star.pool(operator.make(torch.bfloat16)), star.to(torch.double)
    expected = operator.connect(wide.dense(), narrow.assignment)
    assert_close(pooled_matrix(narrow), expected, rtol=0.01, atol=0.01)
    matrix = narrow.assignment.dense().double()
    assert_close(narrow.x.double(), matrix.T @ wide.x, rtol=0.01, atol=0.01)
    if "min_score" not in operator.arguments:  # equal scores in bfloat16 are kept together
        assert narrow.x.size(0) == wide.pool(operator.make()).x.size(0)


@pytest.mark.parametrize("directed", [False, True])
@each_operator
def test_gradients_of_features_and_weights(operator, directed):
    """Every weight alone: one direction of an undirected edge is moved, the other is not."""
    s = sample([6, 0, 4], seed=4, directed=directed, duplicates=True, loops=True)
    pool = operator.make()

    def step(x: torch.Tensor, weight: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return outputs(replace(s, x=x, edge_weight=weight).pool(pool))

    x, weight = s.x.requires_grad_(), s.edge_weight.requires_grad_()
    assert torch.autograd.gradcheck(step, (x, weight))
    assert torch.autograd.gradcheck(lambda x: step(x, weight.detach()), (x,))
    assert torch.autograd.gradcheck(lambda x: step(x, None), (x,))


@each_operator
def test_gradients_through_an_adjacency(operator):
    s, pool = sample([6, 4], seed=4), operator.make()

    def step(x: torch.Tensor, weight: torch.Tensor) -> tuple[torch.Tensor, ...]:
        prepared = replace(s, edge_weight=weight).adjacency()
        return outputs(pool(x, prepared, batch=s.batch,
                            generator=torch.Generator().manual_seed(0)))

    assert torch.autograd.gradcheck(step, (s.x.requires_grad_(), s.edge_weight.requires_grad_()))
