"""Top-K pooling: which nodes are kept, and how they are gated."""

from fractions import Fraction

import oracles
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import CHANNELS, sample, samples
from torch.testing import assert_close
from torch_geometric.nn import TopKPooling as PyGTopKPooling

from gnnpool import TopKPooling

NO_EDGES = torch.empty(2, 0, dtype=torch.long)
SIGMA = {"tanh": torch.tanh, "sigmoid": torch.sigmoid, "softmax": lambda y: torch.softmax(y, 0)}


def identity(**arguments) -> TopKPooling:
    """Scores are the features, of which there is one."""
    pool = TopKPooling(1, **arguments).double()
    torch.nn.init.constant_(pool.weight, 2.5)  # the length of p does not matter
    return pool


def kept(scores: list[float], **arguments) -> list[int]:
    out = identity(**arguments)(torch.tensor(scores).double()[:, None], NO_EDGES)
    return out.assignment.representatives.tolist()


COUNTS = st.integers(1, 12)
SHARES = st.builds(Fraction, st.integers(1, 7), st.sampled_from([7, 10, 12, 100]))


@given(s=samples(), ratio=COUNTS | SHARES, sigma=st.sampled_from(list(SIGMA)),
       seed=st.integers(0, 99))
def test_the_highest_are_kept_and_gated(s, ratio, sigma, seed):
    share_or_count = ratio if isinstance(ratio, int) else float(ratio)
    pool = TopKPooling(CHANNELS, share_or_count, nonlinearity=sigma).double()
    torch.nn.init.normal_(pool.weight, generator=torch.Generator().manual_seed(seed))
    out = s.pool(pool)
    score = (s.x @ pool.weight / pool.weight.square().sum().sqrt()).detach()
    nodes, gates = [], []
    for g in range(s.num_graphs):
        place = (s.batch == g).nonzero().squeeze(1)
        best = oracles.topk(score[place], ratio)
        nodes += place[best].tolist()
        gates.append(SIGMA[sigma](score[place])[best])
    assert out.assignment.representatives.tolist() == nodes
    assert_close(out.x, s.x[nodes] * torch.cat(gates)[:, None])
    assert_close(out.assignment.row_sums()[nodes], torch.cat(gates))


@given(s=samples(), min_score=st.sampled_from([0.0, 0.1, 0.3, 1.0]))
def test_a_minimal_score_keeps_what_reaches_it(s, min_score):
    pool = TopKPooling(CHANNELS, min_score=min_score).double()
    out = s.pool(pool)
    score = (s.x @ (pool.weight / pool.weight.norm())).detach()
    places = [(s.batch == g).nonzero().squeeze(1) for g in range(s.num_graphs)]
    nodes = [i for p in places for i in p[oracles.above(score[p], min_score)].tolist()]
    gate = torch.cat([torch.softmax(score[p], 0) for p in places])
    assert out.assignment.representatives.tolist() == nodes
    assert_close(out.x, s.x[nodes] * gate[nodes, None])


@pytest.mark.parametrize("ratio, n, count", [
    (0.07, 100, 7), (0.5, 5, 3), (1.0, 9, 9), (1, 9, 1), (4, 9, 4), (20, 9, 9), (0.1, 30, 3),
    (0.3, 10, 3), (0.7, 10, 7), (1 / 3, 9, 3), (2 / 3, 9, 6), (0.01, 9, 1), (1e-12, 9, 1),
    (0.29, 100, 29), (0.999999999, 9, 9)])
def test_the_number_of_kept_nodes(ratio, n, count):
    assert kept(list(range(n)), ratio=ratio) == list(range(n - count, n))


def test_ties_go_to_the_lower_node():
    assert kept([1.0, 2.0, 1.0, 2.0, 1.0, 1.0], ratio=4) == [0, 1, 2, 3]
    assert kept([0.0] * 6, ratio=0.5) == [0, 1, 2]
    assert kept([0.0] * 6, min_score=0.5) == [0, 1, 2, 3, 4, 5]  # all are the highest


@pytest.mark.parametrize("arguments", [
    {"ratio": 0.5}, {"ratio": 3}, {"ratio": 0.8, "nonlinearity": "sigmoid"}, {"min_score": 0.2}])
def test_against_pyg(arguments):
    """PyG gives the kept nodes by falling score, and the edges to match."""
    s = sample([7, 5, 9], density=4.0)
    ours, theirs = (TopKPooling(CHANNELS, **arguments).double(),
                    PyGTopKPooling(CHANNELS, **arguments).double())
    ours.weight.data /= ours.weight.norm()  # with min_score PyG does not divide by ‖p‖
    theirs.select.weight.data = ours.weight.data[None]
    out = s.pool(ours)
    x, edges, attr, _, perm, _ = theirs(s.x, s.edge_index, s.edge_weight, s.batch)
    order = perm.argsort()
    assert out.assignment.representatives.tolist() == perm[order].tolist()
    assert_close(out.x, x[order])
    assert_close(oracles.dense(out.edge_index, out.edge_weight, len(perm)),
                 oracles.dense(edges, attr, len(perm))[order][:, order])


@pytest.mark.parametrize("arguments", [{}, {"min_score": 0.1}, {"nonlinearity": "softmax"}])
def test_gradients_reach_the_projection_through_the_gate(arguments):
    s, pool = sample([6, 5]), TopKPooling(CHANNELS, **arguments).double()
    s.pool(pool).x.square().sum().backward()
    assert pool.weight.grad.abs().max() > 1e-3
    along = pool.weight.grad @ pool.weight  # the length of p does not matter
    assert_close(along, torch.zeros_like(along), atol=1e-9, rtol=0)


def test_lift_does_not_gate_again():
    s = sample([6, 5])
    out = s.pool(TopKPooling(CHANNELS).double())
    kept, lifted = out.assignment.representatives, out.lift(out.x)
    assert torch.equal(lifted[kept], out.x)
    lifted[kept] = 0
    assert not lifted.any()


def test_two_hops_join_kept_nodes_across_a_dropped_one():
    path = torch.tensor([[0, 1], [1, 2]])
    x = torch.tensor([[2.0], [1.0], [3.0]]).double()
    assert identity(ratio=2)(x, path).edge_index.numel() == 0
    out = identity(ratio=2, hops=2)(x, path)
    assert oracles.dense(out.edge_index, out.edge_weight, 2).tolist() == [[1.0, 1.0], [0.0, 1.0]]


def test_a_projection_of_zero_scores_all_nodes_alike():
    pool = TopKPooling(CHANNELS).double()
    torch.nn.init.zeros_(pool.weight)
    out = sample([6]).pool(pool)
    assert out.assignment.representatives.tolist() == [0, 1, 2] and not out.x.any()
