"""What every operator promises about seeds, dtypes and gradients."""

from dataclasses import replace

import pytest
import torch
from hypothesis import assume
from hypothesis import strategies as st
from operators import OPERATORS, each_operator, outputs, pooled_matrix, same
from promises import promise
from strategies import Sample, sample, samples
from torch.testing import assert_close

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(
    not torch.cuda.is_available(), reason="no CUDA device"))]
TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-6, torch.bfloat16: 0.02}


# 4. Seeds

@each_operator
@promise(4, s=samples(), seed=st.integers(0, 2**63 - 1))
def test_any_seed_gives_the_same_result_twice(operator, s, seed):
    same(s.pool(operator.make(), seed), s.pool(operator.make(), seed), rtol=0, atol=0)


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


@pytest.mark.parametrize("device", DEVICES)
@each_operator
def test_deterministic_algorithms(operator, device):
    """Forward and backward, bit by bit; an algorithm that is not deterministic would raise."""
    s, pool = sample([30, 20], duplicates=True, loops=True), operator.make().to(device)

    def step() -> list[torch.Tensor]:
        x, weight = (t.detach().to(device).requires_grad_() for t in (s.x, s.edge_weight))
        results = outputs(pool(x, s.edge_index.to(device), weight, s.batch.to(device),
                               generator=torch.Generator().manual_seed(0)))
        moved = [x, weight, *pool.parameters()]
        loss = sum(t.square().sum() for t in results)
        return [*results, *(t for t in torch.autograd.grad(loss, moved, allow_unused=True)
                            if t is not None)]

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
@promise(5, s=samples(features=("normal",)), dtype=st.sampled_from(list(TOLERANCE)))
def test_any_graphs_keep_their_dtype(operator, s, dtype):
    s = s.to(dtype)
    out = s.pool(operator.make(dtype))
    assert out.x.dtype == out.lift(out.x).dtype == dtype
    assert out.edge_weight is None or out.edge_weight.dtype == dtype
    assert all(t.dtype == torch.promote_types(dtype, torch.float32) for t in out.losses.values())
    matrix, near = out.assignment.dense().double(), {"rtol": TOLERANCE[dtype], "atol": 0.02}
    assert_close(out.x.double(), operator.features(matrix, s.x.double()), **near)
    if not operator.signed or dtype == torch.float64:  # S⁺ magnifies the rounding of S
        assert_close(pooled_matrix(out), operator.connect(s.dense(), out.assignment), **near)


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
    assert_close(narrow.x.double(), operator.features(matrix, wide.x), rtol=0.01, atol=0.01)
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


# The degrees of two nodes that only see each other are tied, and any step breaks the tie.
@pytest.mark.parametrize("operator", [o for o in OPERATORS if o.name != "degree"], ids=str)
@promise(5, s=samples(max_nodes=12, weights=("positive",), features=("normal",)))
def test_gradients_of_any_graphs(operator, s):
    """In one random direction, which is quick."""
    assume(s.edge_index.size(1) > 0)
    pool = operator.make()
    matrix = s.pool(pool).assignment.dense().detach()
    for g in range(s.num_graphs):  # where S is nearly singular, its pseudo-inverse has a kink
        values = torch.linalg.svdvals(matrix[s.batch == g])
        assume(not ((values > 1e-9) & (values < 0.03)).any())

    def step(x: torch.Tensor, weight: torch.Tensor) -> tuple[torch.Tensor, ...]:
        results = outputs(replace(s, x=x, edge_weight=weight).pool(pool))
        return tuple(t + 0 * x.sum() for t in results)  # the fast mode takes no constant

    moved = (s.x.requires_grad_(), s.edge_weight.requires_grad_())
    assert torch.autograd.gradcheck(step, moved, fast_mode=True)


@each_operator
def test_gradients_through_an_adjacency(operator):
    s, pool = sample([6, 4], seed=4), operator.make()

    def step(x: torch.Tensor, weight: torch.Tensor) -> tuple[torch.Tensor, ...]:
        prepared = replace(s, edge_weight=weight).adjacency()
        return outputs(pool(x, prepared, batch=s.batch,
                            generator=torch.Generator().manual_seed(0)))

    assert torch.autograd.gradcheck(step, (s.x.requires_grad_(), s.edge_weight.requires_grad_()))
