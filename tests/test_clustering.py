"""Scores of a clustering against networkx, sums over permutations, and plain definitions."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from operators import refused
from strategies import sample
from torch.testing import assert_close

from gnnpool.evaluate import clustering_scores


def random_labels(n: int, k: int, seed: int) -> torch.Tensor:
    return torch.randint(k, (n,), generator=torch.Generator().manual_seed(seed))


def entropy(labels: np.ndarray) -> float:
    share = np.unique(labels, axis=0, return_counts=True)[1] / len(labels)
    return float(-(share * np.log(share)).sum())


@given(n=st.integers(2, 30), k=st.integers(1, 4), seed=st.integers(0, 999),
       weights=st.sampled_from(["none", "positive"]))
def test_against_definitions(n, k, seed, weights):
    s = sample([n], seed, weights=weights, density=3.0)
    cluster, y = random_labels(n, k, seed), random_labels(n, 3, seed + 1)
    scores = clustering_scores(cluster + 5, y, s.edge_index, s.edge_weight)  # gaps do not count

    joint = entropy(torch.stack([cluster, y], 1).numpy())
    hc, hy = entropy(cluster.numpy()), entropy(y.numpy())
    shared = hc + hy - joint
    assert_close(scores.nmi, 2 * shared / (hc + hy) if hc + hy > 0 else 1.0, atol=1e-9, rtol=1e-9)
    assert_close(scores.completeness, shared / hc if hc > 0 else 1.0, atol=1e-9, rtol=1e-9)
    names = itertools.permutations(range(4), k)
    best = max((torch.tensor(name)[cluster] == y).float().mean().item() for name in names)
    assert_close(scores.accuracy, best, atol=1e-6, rtol=1e-6)

    parts = [set((cluster == c).nonzero().squeeze(1).tolist()) for c in cluster.unique()]
    g = nx.from_numpy_array(s.dense().numpy())
    assert scores.clusters == len(parts)
    if g.number_of_edges():
        assert_close(scores.modularity, nx.community.modularity(g, parts))
    assert_close(scores.conductance, float(np.mean([conductance(s.dense(), p) for p in parts])))


def conductance(a: torch.Tensor, part: set[int]) -> float:
    inside = [i in part for i in range(len(a))]
    outside = [not i for i in inside]
    volumes = float(a[inside].sum()), float(a[outside].sum())
    return float(a[inside][:, outside].sum()) / min(volumes) if min(volumes) > 0 else 1.0


def test_directed_edges_are_read_in_both_directions():
    path = torch.tensor([[0, 1, 2, 3, 4], [1, 2, 3, 4, 5]])
    cluster = torch.tensor([0, 0, 1, 1, 2, 2])
    once, both = (clustering_scores(cluster, cluster, e) for e in (
        path, torch.cat([path, path.flip(0)], 1)))
    assert_close(once, both)


def test_one_cluster_is_complete_and_worth_nothing():
    s = sample([12], weights="none", density=4.0)
    scores = clustering_scores(torch.zeros(12).long(), torch.arange(12) % 3, s.edge_index)
    assert scores == (0.0, 1.0, 4 / 12, 1.0, 0.0, 1)


def test_the_conductance_of_two_cliques_that_share_an_edge():
    clique = torch.combinations(torch.arange(4)).T
    edges = torch.cat([clique, clique + 4, torch.tensor([[0], [4]])], 1)
    edges = torch.cat([edges, edges.flip(0)], 1)
    y = torch.arange(8) // 4
    scores = clustering_scores(1 - y, y, edges)
    assert scores[:3] == (1.0, 1.0, 1.0)
    assert math.isclose(scores.conductance, 1 / 13) and math.isclose(scores.modularity,
                                                                     12 / 13 - 1 / 2)


@pytest.mark.parametrize("argument, change", [
    ("cluster", {"cluster": torch.zeros(4, 2).long()}), ("cluster", {"cluster": torch.ones(4)}),
    ("y", {"y": torch.zeros(3).long()}), ("edge_index", {"edge_index": torch.tensor([[0], [9]])}),
    ("edge_weight", {"edge_weight": -torch.ones(2)}),
    ("cluster", {"cluster": torch.zeros(0).long(), "y": torch.zeros(0).long()})])
def test_bad_input_is_refused(argument, change):
    good = {"cluster": torch.zeros(4).long(), "y": torch.zeros(4).long(),
            "edge_index": torch.tensor([[0, 1], [1, 0]])}
    with refused(argument):
        clustering_scores(**{**good, **change})


