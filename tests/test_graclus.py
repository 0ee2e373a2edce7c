"""Graclus: a greedy matching, valid and maximal, as the sequential algorithm finds it."""

import networkx as nx
import oracles
import pytest
import torch
from hypothesis import given
from operators import refused
from strategies import Sample, sample, samples
from torch import Tensor
from torch.testing import assert_close

from gnnpool import Adjacency, Graph, GraclusPooling
from gnnpool.one_over_k.graclus import heavy_edge_matching


def ranks(a: Tensor, weight: str) -> Tensor:
    """What edges are ranked by, as a matrix."""
    if weight == "raw":
        return a
    d = a.sum(1)
    inverse = torch.where(d > 0, 1 / d, 0.0)
    return a * (inverse[:, None] + inverse[None])


def network(a: Tensor) -> nx.Graph:
    g = nx.from_numpy_array(a.numpy())
    g.remove_edges_from(list(nx.selfloop_edges(g)))
    return g


def greedy(a: Tensor, weight: str) -> set[tuple[int, int]]:
    """The heaviest edge, then the heaviest that touches none so far, and so on."""
    rank, taken, pairs = ranks(a, weight), set(), set()
    for i, j in sorted(network(a).edges, key=lambda e: -float(rank[e])):
        if not {i, j} & taken:
            taken |= {i, j}
            pairs.add((min(i, j), max(i, j)))
    return pairs


def matching(s: Sample, weight: str = "normalized_cut") -> set[tuple[int, int]]:
    return set(map(tuple, heavy_edge_matching(s.graph(), weight).T.tolist()))


@pytest.mark.parametrize("weight", ["normalized_cut", "raw"])
@given(s=samples())
def test_the_matching_is_valid_and_maximal(weight, s):
    pairs = matching(s, weight)
    assert len({i for pair in pairs for i in pair}) == 2 * len(pairs)
    assert nx.is_maximal_matching(network(oracles.symmetric(s.dense())), pairs)


@pytest.mark.parametrize("weight", ["normalized_cut", "raw"])
@given(s=samples(weights=("positive",)))
def test_the_matching_is_the_sequential_greedy_one(weight, s):
    a = oracles.symmetric(s.dense())
    total = [sum(float(ranks(a, weight)[pair]) for pair in pairs)
             for pairs in (matching(s, weight), greedy(a, weight))]
    assert_close(*total)  # edges of equal rank in different components may be swapped


def test_ties_cost_little():
    """Without weights many edges tie: over random graphs the matching weighs what another order of
    equal edges finds, within a tenth.
    """
    ours, theirs = [], []
    for seed in range(60):
        s = sample([2 + seed], seed, weights="none", density=3.0)
        rank = ranks(oracles.symmetric(s.dense()), "normalized_cut")
        pairs = matching(s), greedy(oracles.symmetric(s.dense()), "normalized_cut")
        ours, theirs = (total + [sum(float(rank[i, j]) for i, j in found)]
                        for total, found in zip((ours, theirs), pairs, strict=True))
    assert sum(ours) >= 0.97 * sum(theirs) and sum(theirs) > 100
    ratio = torch.tensor(ours[8:]) / torch.tensor(theirs[8:])
    assert ratio.mean() >= 0.97 and ratio.min() >= 0.75


def test_the_normalised_cut_prefers_nodes_of_low_degree():
    """A star of four leaves with a tail: raw weights tie, the normalised ones take the tail."""
    edges = torch.tensor([[0, 0, 0, 0, 4], [1, 2, 3, 4, 5]])
    s = Sample(torch.eye(6), edges, torch.tensor([1.0, 1, 1, 1.1, 1]), torch.zeros(6).long(), 1)
    assert (4, 5) in matching(s) and (0, 4) in matching(s, "raw")


def test_pairs_by_hand():
    """A path of weights 1, 5, 1: the middle is matched, the ends stay alone."""
    path = torch.tensor([[0, 1, 2], [1, 2, 3]])
    x, weight = torch.tensor([[1.0], [2], [3], [4]]), torch.tensor([1.0, 5, 1])
    out = GraclusPooling(weight="raw")(x, torch.cat([path, path.flip(0)], 1), weight.repeat(2))
    assert out.assignment.representatives.tolist() == [0, 1, 3]
    assert out.x.flatten().tolist() == [1.0, 5.0, 4.0]
    assert out.edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert out.edge_weight.tolist() == [1.0] * 4


@pytest.mark.parametrize("how, expected", [("sum", 6.0), ("mean", 2.0), ("max", 3.0)])
def test_edges_between_pairs_by_hand(how, expected):
    """Two heavy pairs joined by edges of weight 1, 2 and 3 (the last from two edges of 1.5)."""
    edges = torch.tensor([[0, 2, 0, 0, 1, 1], [1, 3, 2, 3, 2, 2]])
    weight = torch.tensor([9.0, 9, 1, 2, 1.5, 1.5])
    out = GraclusPooling(weight="raw", connect=how, reduce="max")(
        torch.eye(4), torch.cat([edges, edges.flip(0)], 1), weight.repeat(2))
    assert out.edge_weight.tolist() == [expected, expected]
    assert out.x.tolist() == [[1, 1, 0, 0], [0, 0, 1, 1]]
    with_loops = GraclusPooling(weight="raw", connect=how, remove_self_loops=False)(
        torch.eye(4), torch.cat([edges, edges.flip(0)], 1), weight.repeat(2))
    inside = {"sum": 18.0, "mean": 9.0, "max": 9.0}[how]  # both directions, in one supernode
    assert with_loops.edge_weight.tolist() == [inside, expected, expected, inside]


@pytest.mark.parametrize("how", ["sum", "mean", "max"])
def test_an_edge_of_weight_zero_is_no_edge(how):
    edges = torch.tensor([[0, 1, 2, 3, 1, 2, 0, 3], [1, 0, 3, 2, 2, 1, 3, 0]])
    weight, attr = torch.tensor([9.0, 9, 9, 9, 0, 0, 1, 1]), torch.arange(8.0)[:, None] + 1
    out = GraclusPooling(connect=how)(torch.eye(4), edges, weight, edge_attr=attr)
    assert out.edge_weight.tolist() == [1.0, 1.0]
    assert out.edge_attr.flatten().tolist() == [7.5, 7.5]  # of 0-3 alone, both directions
    out = GraclusPooling(connect=how)(torch.eye(4), edges[:, :6], weight[:6])
    assert out.edge_index.shape == (2, 0)


def test_a_long_path_of_equal_edges_takes_few_rounds(monkeypatch):
    """With ties decided by index, every round would match one edge: half a million of them."""
    n, rounds = 100_000, []
    path = torch.stack([torch.arange(n - 1), torch.arange(1, n)])
    scatter = Tensor.scatter_reduce_
    monkeypatch.setattr(Tensor, "scatter_reduce_",
                        lambda *a, **k: rounds.append(1) or scatter(*a, **k))
    pairs = heavy_edge_matching(Graph(torch.zeros(n, 1), Adjacency(path)))
    assert 1 < len(rounds) < 30
    assert pairs.size(1) >= n / 3


def test_self_loops_count_in_degrees_but_are_not_matched():
    loops = torch.tensor([[0, 1, 1, 2], [1, 1, 2, 2]])
    assert matching(Sample(torch.eye(3), loops, torch.tensor([1.0, 0.0, 1.0, 9.0]),
                           torch.zeros(3).long(), 1)) == {(0, 1)}


def test_a_negative_weight_is_refused_though_the_mean_of_both_directions_is_not():
    """Found by fuzzing: A was averaged before its weights were looked at."""
    edges = torch.tensor([[0, 1], [1, 0]])
    with refused("edge_weight"):
        GraclusPooling()(torch.eye(2), edges, torch.tensor([-1.0, 2.0]))
