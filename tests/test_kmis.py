"""k-MIS: independence, maximality and nearest centres, checked with networkx."""

import networkx as nx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from operators import refused
from strategies import Sample, sample, samples
from torch import nn
from torch_geometric.nn import GCNConv

from gnnpool import Graph, KMISPooling


def network(s: Sample) -> nx.Graph:
    g = nx.Graph()
    g.add_nodes_from(range(s.num_nodes))
    g.add_edges_from(s.dense().nonzero().tolist())
    return g


def centres(s: Sample, pool: KMISPooling) -> list[int]:
    return s.pool(pool).assignment.representatives.tolist()


ORDERS = ["degree", "k-degree", "random", "canonical"]


@pytest.mark.parametrize("order", ORDERS)
@given(s=samples(), k=st.integers(0, 4))
def test_the_set_is_independent_and_maximal(order, s, k):
    chosen = centres(s, KMISPooling(k, order=order))
    distance = dict(nx.all_pairs_shortest_path_length(network(s)))
    for i in chosen:
        assert all(distance[i].get(j, k + 1) > k for j in chosen if i != j)
    for i in range(s.num_nodes):
        assert any(distance[i].get(j, k + 1) <= k for j in chosen)


@given(s=samples(), k=st.integers(0, 4))
def test_every_node_goes_to_the_best_of_its_nearest_centres(s, k):
    score = torch.rand(s.num_nodes, generator=torch.Generator().manual_seed(1))
    assignment = s.pool(KMISPooling(k, order=score)).assignment
    distance = dict(nx.all_pairs_shortest_path_length(network(s)))
    of = assignment.representatives[assignment.supernode].tolist()
    for i in range(s.num_nodes):
        near = {j: distance[i].get(j, 99) for j in assignment.representatives.tolist()}
        nearest = [j for j, d in near.items() if d == min(near.values())]
        assert of[i] == max(nearest, key=lambda j: float(score[j]))


@given(s=samples(), k=st.integers(1, 3))
def test_the_set_is_the_sequential_greedy_one(s, k):
    score = torch.rand(s.num_nodes, generator=torch.Generator().manual_seed(2))
    distance, chosen = dict(nx.all_pairs_shortest_path_length(network(s))), []
    for i in score.argsort(descending=True).tolist():
        if all(distance[i].get(j, k + 1) > k for j in chosen):
            chosen.append(i)
    assert sorted(centres(s, KMISPooling(k, order=score))) == sorted(chosen)


def star(leaves: int) -> tuple[torch.Tensor, torch.Tensor]:
    edges = torch.stack([torch.zeros(leaves).long(), torch.arange(1, leaves + 1)])
    return torch.ones(leaves + 1, 1), torch.cat([edges, edges.flip(0)], 1)


def test_orders_by_hand():
    """The centre of a star has the highest degree and the most walks, and is listed first."""
    x, edges = star(8)
    assert KMISPooling(order="degree")(x, edges).x.tolist() == [[9.0]]
    assert KMISPooling(order="canonical")(x, edges).x.size(0) == 1
    assert KMISPooling(order="k-degree")(x, edges).x.size(0) == 8
    assert KMISPooling(order=-torch.arange(9.0))(x, edges).x.size(0) == 1
    assert KMISPooling(order=torch.arange(9.0))(x, edges).x.size(0) == 8


def test_on_a_path_every_second_node_is_a_centre():
    path = torch.stack([torch.arange(9), torch.arange(1, 10)])
    for k in (1, 2, 3):
        out = KMISPooling(k, order="canonical")(torch.eye(10), path)
        assert out.assignment.representatives.tolist() == list(range(0, 10, k + 1))


def test_the_degree_orders_and_does_not_reduce():
    x, edges = star(3)
    out = KMISPooling(order="degree")(x, edges)
    assert out.x.item() == 4.0 and out.assignment.row_sums().tolist() == [1.0] * 4


def test_a_large_k_leaves_one_node_a_component():
    path = torch.stack([torch.arange(40), torch.arange(1, 41)])
    path = path[:, path[0] != 20]
    for order in ORDERS:
        assert KMISPooling(10**20, order=order)(torch.eye(41), path).x.size(0) == 2


def test_k_zero_keeps_all():
    x, edges = star(4)
    out = KMISPooling(0, connect="max")(x, edges)
    assert torch.equal(out.x, x) and out.edge_index.size(1) == edges.size(1)


@pytest.mark.parametrize("scorer", [nn.Linear, GCNConv, nn.Linear(3, 1)])
def test_a_scorer_learns_through_the_weights_of_features(scorer):
    s = sample([9, 6]).to(torch.float32)
    pool = KMISPooling(scorer=scorer, in_channels=3)
    out = s.pool(pool)
    y = pool.scorer(s.x, s.edge_index, s.edge_weight) if scorer is GCNConv else pool.scorer(s.x)
    torch.testing.assert_close(out.assignment.row_sums(), torch.sigmoid(y).flatten())
    best = y.flatten().argmax()
    assert best in out.assignment.representatives
    out.x.square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in pool.scorer.parameters())


def test_a_mean_with_a_scorer_is_a_weighted_mean():
    x, edges = torch.tensor([[1.0], [3.0]]), torch.tensor([[0, 1], [1, 0]])
    scorer = nn.Linear(1, 1)
    nn.init.ones_(scorer.weight), nn.init.zeros_(scorer.bias)
    out = KMISPooling(scorer=scorer, in_channels=1, reduce="mean")(x, edges)
    w = torch.sigmoid(x)
    torch.testing.assert_close(out.x, (w * x).sum(0, keepdim=True) / w.sum())
    out = KMISPooling(scorer=scorer, in_channels=1, reduce="max")(x, edges)
    torch.testing.assert_close(out.x, (w * x)[1:])


@pytest.mark.parametrize("argument, pool", [
    ("order", lambda: KMISPooling(order=torch.ones(4))),
    ("order", lambda: KMISPooling(order=torch.tensor([1.0, float("nan"), 0]))),
    ("scorer", lambda: KMISPooling(scorer=nn.Linear(3, 2), in_channels=3)),
    ("in_channels", lambda: KMISPooling(in_channels=3)),
    ("in_channels", lambda: KMISPooling(scorer=nn.Linear)),
])
def test_what_does_not_fit_is_refused(argument, pool):
    with refused(argument):
        pool()(torch.eye(3), torch.tensor([[0], [1]]))


def test_powers_of_a_are_never_formed():
    """A star of 100,000 leaves at k = 2: A² would have 10¹⁰ entries."""
    x, edges = star(100_000)
    assert KMISPooling(2, order="random").select(Graph(x, edges)).num_supernodes == 1
