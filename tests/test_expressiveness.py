"""The examination of chapter 3.4: conditions, merged pairs, accuracy on graphs made to tell."""

import dataclasses
import json
import sys
from itertools import combinations, permutations

import networkx as nx
import numpy as np
import pytest
import torch
from operators import refused
from torch_geometric.data import Data
from torch_geometric.nn import GINConv, GraphConv
from torch_geometric.utils import to_networkx

from gnnpool import (
    GraclusPooling,
    KMISPooling,
    Pooling,
    RandomPooling,
    SparseAssignment,
    TopKPooling,
)
from gnnpool.evaluate.expressive.conditions import conditions
from gnnpool.evaluate.expressive.expressiveness import Expressiveness, expressiveness
from gnnpool.evaluate.expressive.gin import GINLayer
from gnnpool.evaluate.expressive.merged_pairs import merged_pair
from gnnpool.evaluate.expressive.necklaces import RUNS, necklaces
from gnnpool.evaluate.expressive.pooled_pair import pool_pair
from gnnpool.evaluate.expressive.probe import Probe
from gnnpool.evaluate.expressive.small_graphs import same_pooled, small_graphs, wl_classes
from gnnpool.evaluate.expressive.twin_accuracy import protocol_pooler, twin_accuracy

SMALL = small_graphs()
SOFT = ("diff", "mincut", "dmon", "acc")
MERGING = {"topk": "topk", "sag": "sag", "ndp": "ndp", "degree": "degree", "random": "random",
           "kmis mean": lambda: KMISPooling(reduce="mean"),
           "kmis max": lambda: KMISPooling(reduce="max"),
           "graclus mean": lambda: GraclusPooling(reduce="mean")}
KEEPING = {**{name: name for name in (*SOFT, "graclus", "kmis", "none")},
           "random dense": lambda: RandomPooling(k=3)}


class Halves(Pooling):
    """Nodes 2i and 2i + 1 together; tests say what is wrong with it."""

    def select(self, graph):
        return SparseAssignment.from_clusters(torch.arange(graph.num_nodes) // 2, graph)


def undirected(data):
    graph = to_networkx(data, to_undirected=True)
    nx.set_node_attributes(graph, "a", "colour")  # or networkx begins with degrees, and warns
    return graph


def wl_hash(data):
    return nx.weisfeiler_lehman_graph_hash(undirected(data), node_attr="colour",
                                           iterations=data.num_nodes)


def equal_in_some_order(first, second):
    """X′ and A′ are equal for one of all orders: nothing but numpy."""
    (x, a), (y, b) = ([t[0].numpy() for t in out.to_dense()[:2]] for out in (first, second))
    return x.shape == y.shape and any(
        np.allclose(x[list(p)], y, atol=1e-7) and np.allclose(a[np.ix_(p, p)], b, atol=1e-7)
        for p in permutations(range(len(x))))


# --- small graphs ---------------------------------------------------------------------------


def test_small_graphs_are_all_and_each_once():
    graphs = list(map(undirected, SMALL.values()))
    assert all(map(nx.is_connected, graphs))
    sizes = np.bincount([len(g) for g in graphs])
    assert sizes.tolist() == [0, 1, 1, 2, 6, 21, 112, 2, 2]  # A001349, and what is larger
    assert not any(nx.faster_could_be_isomorphic(g, h) and nx.is_isomorphic(g, h)
                   for g, h in combinations(graphs, 2))


def test_the_two_graphs_of_the_figure():
    square = nx.cycle_graph(4)
    square.add_edge(0, 2)
    assert nx.is_isomorphic(undirected(SMALL["diamond"]), square)
    assert sorted(dict(undirected(SMALL["paw"]).degree).values()) == [1, 2, 2, 3]


def test_classes_of_the_wl_test_are_those_of_networkx():
    graphs = [*SMALL.values(), *necklaces(3)]
    hashes = list(map(wl_hash, graphs))
    _, expected = np.unique(hashes, return_inverse=True)
    found = wl_classes(graphs).numpy()
    assert np.array_equal(found[:, None] == found, expected[:, None] == expected)
    assert len(set(hashes)) < len(set(map(id, graphs)))  # not every pair is told apart


def test_the_wl_test_starts_from_features():
    one = SMALL["path of 3"]
    other = Data(torch.tensor([[1.0], [2.0], [1.0]]), one.edge_index)
    assert wl_classes([one, other]).tolist() == [0, 1]


def test_a_layer_with_weights_is_that_of_pyg_without():
    torch.manual_seed(0)
    layer, data = GINLayer(3, 5).double(), SMALL["paw"]
    x, weight = torch.rand(4, 3).double(), torch.rand(8).double()
    theirs = GINConv(layer.mlp)  # draws the parameters anew
    torch.testing.assert_close(layer(x, data.edge_index), theirs(x, data.edge_index))
    a = torch.zeros(4, 4).double()
    a[data.edge_index[0], data.edge_index[1]] = weight
    torch.testing.assert_close(layer(x, data.edge_index, weight), layer.mlp(x + a @ x))


@pytest.mark.parametrize("change", ["none", "feature", "weight"])
def test_pooled_graphs_are_compared_up_to_order(change):
    a, b = (pool_pair("none", "paw", "paw").pooled[0] for _ in range(2))
    order = torch.tensor([2, 0, 3, 1])
    x = torch.empty_like(b.x).index_copy(0, order, b.x)
    weight = torch.ones(8).double()
    if change == "feature":
        x[0, 0] += 1e-3
    if change == "weight":
        weight[0] += 1e-3
    b = dataclasses.replace(b, x=x, edge_index=order[b.edge_index], edge_weight=weight)
    assert same_pooled(a, b) == equal_in_some_order(a, b) == (change == "none")


# --- conditions -----------------------------------------------------------------------------


@pytest.mark.parametrize("pooler", [*MERGING.values(), *KEEPING.values()])
def test_measured_conditions_are_those_claimed(pooler):
    found = conditions(pooler)
    assert found.claimed is not None and found.hold == found.claimed
    assert found.separates and found.pairs == 1


def test_dropped_nodes_are_listed():
    found = conditions(lambda in_channels: TopKPooling(in_channels, nonlinearity=None))
    probe = Probe.make(lambda in_channels: TopKPooling(in_channels, nonlinearity=None),
                       [SMALL["diamond"], SMALL["paw"]], layers=2, seed=0)
    dropped = [(g, n) for g, name in enumerate(("diamond", "paw"))
               for n in np.flatnonzero(~probe(SMALL[name]).assignment.dense().numpy().any(1))]
    assert found.uneven == tuple(dropped) and len(dropped) == 4
    assert found.row_sum == 1 and not found.constant_rows and found.linear


@pytest.mark.parametrize("reduce", ["mean", "max"])
def test_a_reduction_that_is_no_sum_is_found(reduce):
    found = conditions(lambda: KMISPooling(reduce=reduce))
    assert found.constant_rows and not found.linear and not found.hold


def test_rows_may_sum_to_another_number():
    class Twice(Halves):
        def select(self, graph):
            s = super().select(graph)
            s.weight = torch.full((graph.num_nodes,), 2.0, dtype=graph.x.dtype)
            return s

    found = conditions(Twice)
    assert found.hold and found.row_sum == 2 and found.claimed is None


@pytest.mark.parametrize("wrong", [lambda x: x + 1, torch.relu, lambda x: x.sign() * x.abs()**1.1])
def test_a_reduction_that_is_not_linear_is_found(wrong):
    class Bent(Halves):
        def reduce(self, graph, assignment):
            return wrong(assignment.reduce(graph.x))

    assert not conditions(Bent).linear and conditions(Halves).linear


def test_no_positive_rows():
    class Nothing(Halves):
        def select(self, graph):
            s = super().select(graph)
            s.weight = torch.zeros(graph.num_nodes, dtype=graph.x.dtype)
            return s

    found = conditions(Nothing)
    assert np.isnan(found.row_sum) and len(found.uneven) == 8


def test_sums_are_asked_to_differ_where_the_wl_test_does():
    ring = SMALL["cycle of 6"]
    triangles = Data(torch.ones(6, 1), torch.cat([SMALL["cycle of 3"].edge_index + 3 * i
                                                  for i in range(2)], 1))
    assert conditions("none", [ring, triangles]).pairs == 0
    blind = conditions("none", [SMALL["star of 3"], SMALL["cycle of 4"]], layers=0)
    assert blind.pairs == 1 and blind.collisions == ((0, 1),) and not blind.separates
    assert conditions("none", [SMALL["star of 3"], SMALL["cycle of 4"]], layers=1).separates


# --- merged pairs ---------------------------------------------------------------------------


@pytest.mark.parametrize("name, layers", [  # NDP merges none of these behind two layers
    (name, layers) for name in MERGING for layers in (1, 2) if (name, layers) != ("ndp", 2)])
def test_a_merged_pair_is_one(name, layers):
    found = merged_pair(MERGING[name], layers=layers)
    pair = found.pair
    assert found.found and pair.merged and 1 <= found.merged < found.pairs
    assert pair.settled == (name != "random")
    assert wl_hash(pair.graphs[0]) != wl_hash(pair.graphs[1])
    assert equal_in_some_order(*pair.pooled)
    probe = Probe.make(MERGING[name], list(SMALL.values()), layers=layers, seed=pair.seed)
    sums = [probe.embed(data).sum(0).numpy() for data in pair.graphs]
    assert np.linalg.norm(sums[0] - sums[1]) > 1e-6 * np.linalg.norm(sums[0])


@pytest.mark.parametrize("name", KEEPING)
def test_no_pair_is_merged_where_the_conditions_hold(name):
    found = merged_pair(KEEPING[name], seeds=1)
    assert not found.found and found.pairs > 10_000


def test_every_merged_pair_is_counted():
    some = {name: SMALL[name] for name in list(SMALL)[:40]}
    probe = Probe.make("degree", list(some.values()), layers=1, seed=0)
    outs, sums, hashes = ([f(g) for g in some.values()] for f in (
        probe, lambda g: probe.embed(g).sum(0), wl_hash))
    told = [(i, j) for i, j in combinations(range(40), 2) if hashes[i] != hashes[j]
            and not torch.allclose(sums[i], sums[j], rtol=1e-9)]
    found = merged_pair("degree", some)
    assert found.pairs == len(told)
    assert found.merged == sum(equal_in_some_order(outs[i], outs[j]) for i, j in told) > 0


@pytest.mark.parametrize("reduce", ["mean", "max"])
def test_kmis_merges_two_stars_with_constant_features(reduce):
    pair = pool_pair(lambda: KMISPooling(reduce=reduce), "star of 3", "star of 4", layers=0)
    assert pair.merged and [out.x.tolist() for out in pair.pooled] == [[[1.0]], [[1.0]]]
    kept = pool_pair("kmis", "star of 3", "star of 4", layers=0)
    assert not kept.merged and [out.x.item() for out in kept.pooled] == [4, 5]
    stars = {f"star of {n}": SMALL[f"star of {n}"] for n in (3, 4)}
    assert merged_pair(lambda: KMISPooling(reduce=reduce), stars, layers=0).found
    assert not merged_pair("kmis", stars, layers=0).found


def test_ndp_merges_the_paw_and_the_star_after_one_layer_and_not_after_two():
    assert pool_pair("ndp", "paw", "star of 3").merged
    assert not pool_pair("ndp", "paw", "star of 3", layers=2).same
    some = {name: SMALL[name] for name in list(SMALL)[:30]}
    assert set(merged_pair("ndp", some).pair.names) == {"paw", "star of 3"}


@pytest.mark.parametrize("pooler", ["topk", "sag", "ndp"])
def test_the_conditions_are_not_necessary(pooler):
    """They fail, and yet the two graphs of the figure stay apart, whatever the weights."""
    for seed in range(3):
        assert not conditions(pooler, seed=seed).hold
        pair = pool_pair(pooler, "diamond", "paw", layers=2, seed=seed)
        assert pair.apart and pair.sums_differ and not equal_in_some_order(*pair.pooled)
        assert not pair.same and not pair.merged


def test_what_ties_decide_is_said():
    assert not pool_pair("topk", "cycle of 5", "cycle of 6").settled
    assert pool_pair("topk", "star of 3", "star of 4").settled


def test_pairs_that_the_wl_test_cannot_tell_apart_do_not_count():
    triangles = Data(torch.ones(6, 1), torch.cat([SMALL["cycle of 3"].edge_index + 3 * i
                                                  for i in range(2)], 1))
    pair = pool_pair("ndp", "cycle of 6", triangles)
    assert not pair.apart and not pair.merged


def test_own_graphs_and_a_learned_scorer():
    pair = pool_pair(lambda in_channels: KMISPooling(scorer=GraphConv, in_channels=in_channels),
                     Data(torch.rand(3, 2), SMALL["path of 3"].edge_index),
                     Data(torch.rand(4, 2), SMALL["paw"].edge_index))
    assert pair.names == ("graph of 3", "graph of 4") and not pair.same


# --- accuracy -------------------------------------------------------------------------------


def test_necklaces_differ_in_a_count_and_not_in_degrees():
    for data in necklaces(20, seed=1):
        graph = undirected(data)
        assert nx.is_connected(graph)
        assert sorted(d for _, d in graph.degree) == [1] * 8 + [2] * 8 + [3] * 8
        runs = nx.number_connected_components(
            graph.subgraph([n for n, d in graph.degree if d == 3]))
        assert runs == RUNS[int(data.y)]
    a, b = ({nx.weisfeiler_lehman_graph_hash(undirected(d), node_attr="colour", iterations=2)
             for d in necklaces(20)[label::2]} for label in (0, 1))
    assert not a & b
    assert torch.equal(necklaces(2, seed=3)[1].edge_index, necklaces(2, seed=3)[1].edge_index)


def test_dropping_nodes_costs_accuracy_and_summing_them_does_not():
    mixed, topk = (twin_accuracy(p, seeds=1, epochs=30) for p in ("mincut", "topk"))
    assert mixed.accuracy >= 0.95 and topk.accuracy <= 0.9
    assert mixed.kept == topk.kept == 0.125


def test_runs_are_repeatable_and_leave_the_generator_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again = (twin_accuracy("random", seeds=2, epochs=1) for _ in range(2))
    conditions("topk"), merged_pair("random", seeds=1)
    assert first == again and torch.equal(before, torch.get_rng_state())
    assert twin_accuracy("random", seeds=1, seed=1, epochs=1).runs == first.runs[1:]


def test_poolers_are_made_as_in_the_paper():
    assert protocol_pooler("kmis", 24).k == 5 and protocol_pooler("topk", 24).ratio == 0.1
    assert all(protocol_pooler(name, 24).k == 3 for name in SOFT)
    assert protocol_pooler("mincut", 24).loss_weights == {"cut": 0.5, "ortho": 1.0}
    assert protocol_pooler("diff", 24).loss_weights == {"link": 0.1, "entropy": 0.1}


# --- all together ---------------------------------------------------------------------------


@pytest.mark.parametrize("pooler, verdict", [
    ("degree", "not expressive"), ("graclus", "expressive"), (Halves, "expressive")])
def test_the_examination(pooler, verdict, monkeypatch):
    monkeypatch.setattr(sys.modules[expressiveness.__module__], "twin_accuracy",
                        lambda p, data, **kw: twin_accuracy(p, data, seeds=2, epochs=1))
    found = expressiveness(pooler, quick=True)
    row = found.row()
    assert json.loads(json.dumps(row, allow_nan=False)) == row and row["verdict"] == verdict
    assert row["pooler"] == (pooler if isinstance(pooler, str) else "Halves")
    assert row["accuracy"] == pytest.approx(np.mean(row["runs"]), abs=1e-4)
    assert row["accuracy_sd"] == pytest.approx(np.std(row["runs"], ddof=1), abs=1e-4)
    assert verdict in repr(found)


def test_conditions_that_fail_prove_nothing():
    def weighted(in_channels):
        return KMISPooling(scorer=GraphConv, in_channels=in_channels)

    parts = conditions(weighted), merged_pair(weighted, seeds=1)
    assert not parts[0].hold and not parts[1].found
    assert Expressiveness("weighted", *parts, accuracy=None).verdict == "open"


@pytest.mark.parametrize("examine", [conditions, merged_pair,
                                     lambda p: pool_pair(p, "diamond", "paw"),
                                     lambda p: twin_accuracy(p, seeds=1, epochs=1)])
def test_results_are_drawn(examine):
    plt = pytest.importorskip("matplotlib.pyplot")
    for pooler in ("degree", "graclus"):
        own = examine(pooler)
        ax = own.plot()
        assert ax.figure.get_axes() and len(repr(own).splitlines()) <= 5
        given = plt.subplots()[1]
        assert own.plot(given) is given
    plt.close("all")


@pytest.mark.parametrize("examine", [conditions, lambda p: merged_pair(p, seeds=1),
                                     lambda p: twin_accuracy(p, seeds=1, epochs=1)])
@pytest.mark.parametrize("fault", ["are NaN", "leaves no node"])
def test_what_a_broken_pooler_does_is_said(examine, fault):
    class Broken(Pooling):
        def select(self, graph):
            kept = torch.full((graph.num_nodes,), fault == "are NaN")
            return SparseAssignment.from_kept(kept, graph)

        def reduce(self, graph, assignment):
            return super().reduce(graph, assignment) * float("nan")

    with pytest.raises(ValueError, match=f"^pooler: got Broken, .*{fault}.*; wanted"):
        examine(Broken)


@pytest.mark.parametrize("argument, call", [
    ("pooler", lambda: conditions("best")), ("pooler", lambda: merged_pair("topkk")),
    ("graphs", lambda: conditions("topk", [])),
    ("graphs", lambda: conditions("topk", SMALL["paw"])),
    ("graphs", lambda: conditions("topk", [Data(edge_index=SMALL["paw"].edge_index)])),
    ("graphs", lambda: merged_pair("topk", list(SMALL.values()))),
    ("layers", lambda: merged_pair("topk", layers=-1)),
    ("seeds", lambda: merged_pair("topk", seeds=0)), ("seed", lambda: conditions("topk", seed=-1)),
    ("first", lambda: pool_pair("topk", "pawn", "paw")),
    ("second", lambda: pool_pair("topk", "paw", "K4")),
    ("graphs", lambda: pool_pair("topk", "paw", 3)),
    ("data", lambda: twin_accuracy("topk", "twin")),
    ("seeds", lambda: twin_accuracy("topk", seeds=0)),
    ("epochs", lambda: twin_accuracy("topk", epochs=0)),
    ("num_pairs", lambda: necklaces(0))])
def test_bad_input_is_refused(argument, call):
    with refused(argument):
        call()
