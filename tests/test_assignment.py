"""The matrix S, as triples and as rows, against its dense form."""

import numpy as np
import oracles
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import sample
from operators import refused
from torch.autograd import gradcheck
from torch.testing import assert_close

from gnnpool import Assignment, DenseAssignment, Graph, SparseAssignment


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def overlapping(sizes: list[int], seed: int, *, gated: bool, weighted: bool) -> SparseAssignment:
    """Triples at random: nodes with several supernodes, with none, supernodes without a node."""
    rng = np.random.default_rng(seed)
    count = [int(rng.integers(0, n // 2 + 2)) for n in sizes]
    node, supernode = [], []
    for n, k, i, j in zip(sizes, count, np.cumsum([0, *sizes]), np.cumsum([0, *count]),
                          strict=False):
        pairs = np.argwhere(rng.random((n, k)) < 0.4)
        rng.shuffle(pairs)
        node += (pairs[:, 0] + i).tolist()
        supernode += (pairs[:, 1] + j).tolist()
    batch = torch.arange(len(sizes)).repeat_interleave(torch.tensor(count))
    return SparseAssignment(
        torch.tensor(node).long(), torch.tensor(supernode).long(), batch, num_nodes=sum(sizes),
        num_graphs=len(sizes), weight=random(len(node), seed=seed) if weighted else None,
        gate=random(len(batch), seed=seed + 1) if gated else None)


def entry_by_entry(s: SparseAssignment) -> torch.Tensor:
    matrix = torch.zeros(s.num_nodes, s.num_supernodes, dtype=torch.float64)
    for m, (i, j) in enumerate(zip(s.node.tolist(), s.supernode.tolist(), strict=True)):
        weight = 1.0 if s.weight is None else s.weight[m]
        matrix[i, j] += weight * (1.0 if s.gate is None else s.gate[j])
    return matrix


def check_against(s: Assignment, matrix: torch.Tensor, memberships: torch.Tensor) -> None:
    """Everything an assignment answers, from the matrix S and, for Lift, S without its gate."""
    x, h = random(s.num_nodes, 2), random(s.num_supernodes, 2)
    assert_close(s.dense().double(), matrix)
    assert_close(s.reduce(x), matrix.T @ x)
    assert_close(s.lift(h), memberships @ h)
    assert_close(s.row_sums().double(), matrix.sum(1))
    inverse = s.lift(h, inverse=True)
    assert_close(inverse.numpy(), oracles.lift_inverse(matrix, h), rtol=1e-5, atol=1e-7)


SIZES = st.lists(st.integers(0, 9), min_size=1, max_size=4)


@given(sizes=SIZES, seed=st.integers(0, 999), gated=st.booleans(), weighted=st.booleans())
def test_triples(sizes, seed, gated, weighted):
    s = overlapping(sizes, seed, gated=gated, weighted=weighted)
    plain = overlapping(sizes, seed, gated=False, weighted=weighted)
    check_against(s, entry_by_entry(s), entry_by_entry(plain))


@given(sizes=SIZES, k=st.integers(1, 4), rank=st.integers(1, 4), seed=st.integers(0, 999))
def test_rows(sizes, k, rank, seed):
    """Also of low rank, and with more columns than a graph has nodes."""
    g = sample(sizes, seed).graph()
    rows = random(g.num_nodes, rank, seed=seed) @ random(rank, k, seed=seed + 1)
    s = DenseAssignment(rows, g)
    assert (s.k, s.num_supernodes) == (k, k * len(sizes))
    assert s.batch.tolist() == [i for i in range(len(sizes)) for _ in range(k)]
    blocks = [rows[g.batch == i] for i in range(len(sizes))]
    matrix = torch.block_diag(*blocks) if g.num_nodes else rows.new_zeros(0, k * len(sizes))
    check_against(s, matrix, matrix)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_columns_that_are_equal_up_to_rounding_are_one(dtype):
    """S⁺ᵀ would blow the rounding up: uniform rows are of rank one, a third column a sum."""
    g = sample([40]).graph()
    thirds = random(40, 3).to(dtype) * 1e-7 * (dtype == torch.float32) + 1 / 3
    s = random(40, 2).softmax(1).to(dtype) / 3
    for rows in (thirds, torch.cat([s, s.sum(1, keepdim=True) * (1 / 3), s / 7], 1)):
        s = DenseAssignment(rows.to(dtype), g)
        h = s.reduce(random(40, 2).to(dtype))
        lifted = s.lift(h, inverse=True)
        assert lifted.abs().max() < 10
        assert_close(s.reduce(lifted), h, rtol=1e-4, atol=1e-4)


def test_the_inverse_lift_of_tiny_gates_is_finite():
    g = sample([3]).graph()
    kept = torch.tensor([True, True, False])
    gate = torch.tensor([1e-25, 0.0, 1.0], dtype=torch.float32)
    s = SparseAssignment.from_kept(kept, g, gate)
    out = s.lift(torch.tensor([[1.0], [1.0]]), inverse=True)
    assert_close(out, torch.tensor([[1e25], [0.0], [0.0]]))


def test_lifting_undoes_reducing_where_it_can():
    g = sample([8, 5]).graph()
    for s in (DenseAssignment(random(13, 2), g), overlapping([8, 5], 3, gated=True, weighted=True)):
        h = s.reduce(random(13, 2))
        assert_close(s.reduce(s.lift(h, inverse=True)), h)


def test_gradients_of_an_overlapping_assignment():
    s = overlapping([5, 4], 3, gated=True, weighted=True)
    x, h = random(9, 2), random(s.num_supernodes, 2)

    def results(weight, gate, x, h):
        t = SparseAssignment(s.node, s.supernode, s.batch, num_nodes=9, num_graphs=2,
                             weight=weight, gate=gate)
        return t.reduce(x), t.lift(h), t.row_sums(), t.lift(h, inverse=True)

    assert s.node.unique().numel() < s.node.numel()
    assert gradcheck(results, [t.requires_grad_() for t in (s.weight, s.gate, x, h)])


def test_clusters_stand_by_graph_and_lowest_member():
    g = sample([4, 0, 3]).graph()
    s = SparseAssignment.from_clusters(torch.tensor([9, 2, 9, -1, 2, 0, 2]), g)
    assert s.batch.tolist() == [0, 0, 2, 2]
    assert s.representatives.tolist() == [0, 1, 4, 5]
    assert s.dense().tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0],
                                  [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 0]]


def test_kept_nodes_stand_in_ascending_order():
    g = sample([4, 0, 3]).graph()
    gate = torch.arange(7.0) + 1
    s = SparseAssignment.from_kept(torch.tensor([0, 1, 0, 1, 1, 0, 0]).bool(), g, gate)
    assert s.batch.tolist() == [0, 0, 2] and s.representatives.tolist() == [1, 3, 4]
    assert s.row_sums().tolist() == [0, 2, 0, 4, 5, 0, 0]
    assert s.lift(torch.ones(3, 1)).flatten().tolist() == [0, 1, 0, 1, 1, 0, 0]


@pytest.mark.parametrize("make", [
    lambda g: SparseAssignment.from_kept(torch.zeros(7).bool(), g),
    lambda g: SparseAssignment.from_clusters(torch.full((7,), -1), g)])
def test_everything_dropped(make):
    s = make(sample([4, 0, 3]).graph())
    assert s.num_supernodes == 0 and s.dense().shape == (7, 0)
    assert not s.lift(torch.ones(0, 2)).any() and not s.lift(torch.ones(0, 2), inverse=True).any()


@pytest.mark.parametrize("narrow", [torch.bfloat16, torch.float16])
def test_sums_do_not_stop_in_half_precision(narrow):
    n = 3000
    g = Graph(torch.ones(n, 1).to(narrow), torch.empty(2, 0, dtype=torch.long))
    ones = torch.ones(n, 1, dtype=narrow)
    for s in (SparseAssignment.from_clusters(torch.zeros(n).long(), g), DenseAssignment(ones, g)):
        assert s.reduce(ones).dtype == narrow
        assert abs(float(s.reduce(ones)) - n) <= n / 256
        assert DenseAssignment(ones.expand(n, 4), g).row_sums().unique().tolist() == [4.0]


@pytest.mark.parametrize("argument, call", [
    ("x", lambda s: s.reduce(torch.ones(6, 2))),
    ("x", lambda s: s.reduce(torch.ones(7))),
    ("x", lambda s: s.reduce(torch.ones(7, 2).long())),
    ("h", lambda s: s.lift(torch.ones(s.num_supernodes + 1, 2))),
    ("h", lambda s: s.lift(None, inverse=True))])
def test_bad_features_are_refused_by_name(argument, call):
    g = sample([4, 3]).graph()
    for s in (DenseAssignment(random(7, 2), g), overlapping([4, 3], 0, gated=True, weighted=True)):
        with refused(argument):
            call(s)


@pytest.mark.parametrize("argument, make", [
    ("s", lambda g: DenseAssignment(torch.ones(6, 2), g)),
    ("s", lambda g: DenseAssignment(torch.ones(7), g)),
    ("kept", lambda g: SparseAssignment.from_kept(torch.ones(6).bool(), g)),
    ("kept", lambda g: SparseAssignment.from_kept(torch.ones(7), g)),
    ("cluster", lambda g: SparseAssignment.from_clusters(torch.ones(7), g)),
    ("cluster", lambda g: SparseAssignment.from_clusters(torch.ones(6).long(), g)),
    ("gate", lambda g: SparseAssignment.from_kept(torch.ones(7).bool(), g, torch.ones(7, 1)))])
def test_bad_assignments_are_refused_by_name(argument, make):
    with refused(argument):
        make(sample([4, 3]).graph())


def test_the_inverse_lift_of_a_vanishing_weight_has_a_gradient():
    """Found by fuzzing: a sigmoid of −400 is a weight of 1e-174, and 1 / weight⁴ no number."""
    g = Graph(torch.eye(2).double(), torch.empty(2, 0, dtype=torch.long))
    weight = torch.tensor([1e-174, 0.5], dtype=torch.float64, requires_grad=True)
    s = SparseAssignment.from_representatives(torch.tensor([0, 1]), g, weight)
    lifted = s.lift(torch.ones(2, 1).double(), inverse=True)
    assert lifted.flatten().tolist() == [0.0, 2.0]
    lifted.sum().backward()
    assert weight.grad.tolist() == [0.0, -4.0]
