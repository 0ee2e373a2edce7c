"""Data sets that need no file: each graph is as described; names and arguments."""

import itertools
import pickle
import sys

import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Data, InMemoryDataset
from torch_geometric.loader import DataLoader
from torch_geometric.utils import is_undirected, scatter, to_networkx

from gnnpool import datasets
from gnnpool.datasets.haystack import MOTIFS
from gnnpool.datasets.public import SOURCES

NEEDS = {"bunny": "pygsp", "airfoil": "pygsp", "minnesota": "pygsp", "sensor": "pygsp",
         "logo": "pygsp", "digits": "sklearn"}
EMBEDDED = [name for name, listing in datasets.names().items() if listing.embedded]
SPATIAL = {"running", "five", "grid", "ring", "path", "star", "digits", *NEEDS}


def undirected(data: Data) -> nx.Graph:
    return to_networkx(data, to_undirected=True)


def degrees(data: Data) -> torch.Tensor:
    return torch.bincount(data.edge_index[0], minlength=data.num_nodes)


# --- embedded graphs ------------------------------------------------------------------------


@pytest.mark.parametrize("name", EMBEDDED)
def test_embedded_graphs_are_well_formed_and_repeatable(name):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    states = torch.get_rng_state(), np.random.get_state()[1].copy()
    dataset, again = datasets.load(name), datasets.load(name)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])
    assert isinstance(dataset, InMemoryDataset) and dataset.num_features > 0
    for data, twin in itertools.islice(zip(dataset, again, strict=True), 100):
        assert data.validate()
        assert data.edge_index.dtype == torch.int64 and data.x.dtype == torch.float32
        assert data.x.isfinite().all() and data.x.size(0) == data.num_nodes
        weight = data.get("edge_weight")
        assert is_undirected(data.edge_index, weight, num_nodes=data.num_nodes)
        assert data.is_coalesced() and not data.has_self_loops()
        assert (name in SPATIAL) == ("pos" in data)
        assert torch.equal(data.x, twin.x) and torch.equal(data.edge_index, twin.edge_index)


def test_embedded_sets_behave_as_pyg_data_sets():
    dataset = datasets.load("haystack")
    assert (len(dataset), dataset.num_classes, dataset.num_features) == (1000, 2, 5)
    assert len(dataset[:10]) == 10 and len(dataset.shuffle()) == 1000
    assert len(dataset[dataset.y == 1]) == 500
    batch = next(iter(DataLoader(dataset, batch_size=4)))
    assert batch.num_graphs == 4 and batch.motif.sum() == 20 and batch.y.tolist() == [0, 1, 0, 1]
    copy = pickle.loads(pickle.dumps(dataset))
    assert torch.equal(copy[7].x, dataset[7].x) and repr(copy) == "haystack(1000)"
    assert datasets.load("running")[0].names == datasets.running_graph().names


@pytest.mark.parametrize(("name", "counts"), [
    ("karate", (34, 156)), ("les-miserables", (77, 508)), ("florentine", (15, 40)),
    ("davis", (32, 178)), ("bunny", (2503, 156584)), ("airfoil", (4253, 24578)),
    ("minnesota", (2642, 6608)), ("logo", (1130, 6262)),
])
def test_known_graphs_have_their_known_size(name, counts, capfd):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    data = datasets.load(name)[0]
    assert (data.num_nodes, data.num_edges) == counts
    assert nx.is_connected(undirected(data))
    assert capfd.readouterr() == ("", "")


def test_sensor_is_silent_and_seeded(capfd):
    pytest.importorskip("pygsp")
    first, again, other = (datasets.sensor(50, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first.pos, again.pos) and not torch.equal(first.pos, other.pos)
    assert first.num_nodes == 50 and first.pos.shape == (50, 2)
    assert capfd.readouterr() == ("", "")


def test_social_networks_are_those_of_networkx():
    novel = nx.les_miserables_graph()
    data = datasets.les_miserables()
    for (i, j), weight in zip(data.edge_index.t().tolist(), data.edge_weight, strict=True):
        assert novel.edges[data.names[i], data.names[j]]["weight"] == weight
    assert nx.utils.graphs_equal(nx.relabel_nodes(
        undirected(datasets.florentine_families()),
        dict(enumerate(datasets.florentine_families().names))),
        nx.Graph(nx.florentine_families_graph().edges))
    davis = datasets.davis_southern_women()
    start, end = davis.y[davis.edge_index]
    assert (start != end).all() and davis.names[davis.y.tolist().index(1)] == "E1"


@pytest.mark.parametrize(("data", "wanted"), [
    (datasets.grid(3, 5), nx.grid_2d_graph(3, 5)), (datasets.grid(1, 1), nx.empty_graph(1)),
    (datasets.ring(7), nx.cycle_graph(7)), (datasets.path(6), nx.path_graph(6)),
    (datasets.path(1), nx.empty_graph(1)), (datasets.star(5), nx.star_graph(5)),
])
def test_regular_graphs_are_isomorphic_to_networkx(data, wanted):
    assert data.edge_index.shape == (2, 2 * wanted.number_of_edges())
    assert nx.is_isomorphic(undirected(data), wanted)


def test_grid_neighbours_are_one_step_apart():
    data = datasets.grid(4, 6)
    start, end = data.pos[data.edge_index]
    assert ((start - end).norm(dim=1) == 1).all() and len(data.pos.unique(dim=0)) == 24


def crosses(a, b, c, d) -> bool:
    def side(p, q, r):
        return np.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    return side(a, b, c) != side(a, b, d) and side(c, d, a) != side(c, d, b)


@pytest.mark.parametrize("data", [datasets.running_graph(), datasets.five_nodes()])
def test_hand_made_layouts_are_planar(data):
    pairs = [pair for pair in data.edge_index.t().tolist() if pair[0] < pair[1]]
    for first, second in itertools.combinations(pairs, 2):
        if not set(first) & set(second):
            assert not crosses(*data.pos[first].numpy(), *data.pos[second].numpy())
    assert torch.pdist(data.pos).min() > 0.8


def test_running_graph_is_the_one_of_the_post():
    data = datasets.running_graph()
    graph = nx.relabel_nodes(undirected(data), dict(enumerate(data.names)))
    wanted = ["ab", "bc", "cd", "da", "tu", "uv", "tv", "vw", "wz", "ds", "sw"]
    assert nx.utils.graphs_equal(
        graph, nx.Graph([tuple(edge) for edge in wanted] + [("s", "l1"), ("s", "l2")]))
    assert data.names == ["a", "b", "c", "d", "s", "l1", "l2", "t", "u", "v", "w", "z"]
    assert data.y.tolist() == [0] * 4 + [1] * 3 + [2] * 5
    start, end = data.y[data.edge_index]
    assert (start != end).sum() == 2 * 2  # d-s and s-w
    assert torch.equal(data.x.argmax(dim=1), data.y) and data.x.shape == (12, 3)


def test_five_nodes_are_the_ones_of_the_post():
    data = datasets.five_nodes()
    edges = {frozenset(pair) for pair in data.edge_index.t().tolist()}
    assert edges == {frozenset(p) for p in [(0, 1), (1, 2), (2, 3), (2, 4), (3, 4)]}
    assert data.names == ["red circle", "red square", "blue square", "blue circle", "blue circle"]
    assert data.x.argmax(dim=1).tolist() == [["red", "blue"].index(name.split()[0])
                                             for name in data.names]


def test_digits_are_grids_of_pixels():
    load_digits = pytest.importorskip("sklearn.datasets").load_digits
    dataset = datasets.load("digits")
    assert len(dataset) == 1797 and dataset.num_classes == 10 and dataset.num_features == 1
    assert nx.is_isomorphic(undirected(dataset[5]), nx.grid_2d_graph(8, 8))
    image = torch.zeros(8, 8)
    column, row = dataset[5].pos.long().unbind(dim=1)
    image[-row, column] = dataset[5].x.squeeze(1)
    assert np.allclose(image, load_digits().images[5] / 16) and dataset[5].y == 5


# --- stochastic block models ----------------------------------------------------------------


@pytest.mark.parametrize("n", range(1, 9))
def test_certain_edges_of_a_block_model_are_complete(n):
    inside = datasets.stochastic_block_model(sizes=(n,), p_in=1.0)
    assert nx.is_isomorphic(undirected(inside), nx.complete_graph(n))
    across = datasets.stochastic_block_model(sizes=(n, 3, 2), p_in=0.0, p_out=1.0)
    assert nx.is_isomorphic(undirected(across), nx.complete_multipartite_graph(n, 3, 2))


def test_block_model_has_the_asked_density_in_every_block():
    sizes, p_in, p_out = (150, 100, 50), 0.2, 0.03
    data = datasets.stochastic_block_model(sizes, p_in, p_out, seed=3)
    start, end = data.y[data.edge_index]
    for r, s in itertools.combinations_with_replacement(range(3), 2):
        pairs = sizes[r] * (sizes[r] - 1) // 2 if r == s else sizes[r] * sizes[s]
        found = ((start == r) & (end == s)).sum().item() / (2 if r == s else 1)
        p = p_in if r == s else p_out
        assert abs(found - p * pairs) < 4 * (p * (1 - p) * pairs) ** 0.5


def test_block_model_split_is_disjoint_complete_and_balanced():
    data = datasets.stochastic_block_model(sizes=(100, 30, 5))
    masks = torch.stack([data.train_mask, data.val_mask, data.test_mask]).long()
    assert (masks.sum(dim=0) == 1).all()
    counts = scatter(masks, data.y, dim=1)
    assert counts.t().tolist() == [[20, 30, 50], [10, 10, 10], [1, 1, 3]]


@pytest.mark.parametrize("seed", range(3))
def test_block_model_needs_features_and_edges_together(seed):
    data = datasets.stochastic_block_model(seed=seed)
    smooth = data.x
    for _ in range(2):
        smooth = scatter(smooth[data.edge_index[0]], data.edge_index[1], dim_size=400,
                         reduce="mean") + smooth
    accuracy = []
    for x in (data.x, smooth):
        centres = scatter(x[data.train_mask], data.y[data.train_mask], reduce="mean")
        guess = torch.cdist(x, centres).argmin(dim=1)
        accuracy.append((guess == data.y)[data.test_mask].float().mean().item())
    assert 0.5 < accuracy[0] < 0.8 and accuracy[1] > max(0.85, accuracy[0] + 0.15)


# --- motifs and twins -----------------------------------------------------------------------


def test_haystack_hides_the_motif_of_its_class():
    for data in datasets.haystack(40, seed=1):
        graph = undirected(data)
        hidden = graph.subgraph(data.motif.nonzero().flatten().tolist())
        assert nx.is_connected(graph) and 20 <= data.num_nodes <= 40
        assert nx.is_isomorphic(hidden, nx.Graph(MOTIFS[["house", "bipartite"][int(data.y)]]))
        assert data.x[data.motif].sum(dim=0).tolist() == [2, 3, 0, 0, 0]
        assert (data.x.sum(dim=1) == 1).all()


def test_haystack_classes_are_alike_in_all_that_can_be_counted():
    graphs = datasets.haystack(2000, seed=2)
    counts = torch.stack([torch.cat([
        torch.tensor([data.num_nodes, data.num_edges]), data.x.sum(dim=0).long(),
        torch.bincount(degrees(data), minlength=8)[1:6]]) for data in graphs]).double()
    house, bipartite = counts[0::2], counts[1::2]
    error = ((house.var(dim=0) + bipartite.var(dim=0)) / 1000).sqrt()
    assert ((house.mean(dim=0) - bipartite.mean(dim=0)).abs() < 4 * error).all()


def test_haystack_classes_differ_in_who_touches_whom():
    both = []
    for data in datasets.haystack(400, seed=2):
        start, end = data.x.argmax(dim=1)[data.edge_index]
        both.append(((start == 0) & (end == 0)).sum().item() / 2)
    assert np.mean(both[0::2]) - np.mean(both[1::2]) > 0.8


def test_motifs_agree_in_degrees():
    assert len({tuple(sorted(dict(nx.Graph(pairs).degree).items()))
                for pairs in MOTIFS.values()}) == 1


def test_wl_tells_every_pair_of_twins_and_degrees_tell_none():
    graphs = datasets.twins(60, seed=4)
    histograms = {tuple(torch.bincount(degrees(data)).tolist()) for data in graphs}
    assert histograms == {(0, 6, 8, 6, 4)}
    for low, high in zip(graphs[0::2], graphs[1::2], strict=True):
        hashes = {nx.weisfeiler_lehman_graph_hash(undirected(data), iterations=2)
                  for data in (low, high)}
        assert len(hashes) == 2 and low.pair == high.pair and (low.y, high.y) == (0, 1)
        mixing = [degrees(data)[data.edge_index].prod(dim=0).sum() / 2 for data in (low, high)]
        assert mixing[0] <= 204 and mixing[1] >= 224
        assert nx.is_connected(undirected(low)) and nx.is_connected(undirected(high))
        assert (low.x == 1).all() and low.num_edges == high.num_edges == 56


# --- names and arguments --------------------------------------------------------------------


def test_names_are_tolerant_of_spelling():
    for spelling in ("les-miserables", "Les_Miserables", "LESMISERABLES"):
        assert datasets.load(spelling)[0].num_nodes == 77


@pytest.mark.parametrize("name", ["coral", "", 3, None])
def test_unknown_names_raise_and_list_the_known(name):
    with pytest.raises(ValueError, match=r"name: got .*karate.*cora.*mutag"):
        datasets.load(name)


@pytest.mark.parametrize("name", ["tu:", "tu:../etc", "tu:a/b"])
def test_tu_names_are_names_not_paths(name):
    with pytest.raises(ValueError, match="TU collection"):
        datasets.load(name)


def test_every_name_has_a_description():
    listings = datasets.names()
    assert all(listing.description for listing in listings.values())
    assert {"cora", "citeseer", "pubmed", "dblp", "photo", "mutag", "proteins", "nci1", "enzymes",
            "mutagenicity", "dd", "imdb-binary", "reddit-binary", "collab", "bench-easy",
            "bench-hard", "expwl1", "airplane", "guitar"} <= set(listings)
    assert all(listings[source.stand_in].embedded for source in SOURCES.values())


@pytest.mark.parametrize("call", [
    lambda: datasets.grid(0, 3), lambda: datasets.grid(3, 2.0), lambda: datasets.ring(2),
    lambda: datasets.path(0), lambda: datasets.star(0), lambda: datasets.twins(0),
    lambda: datasets.sensor(0), lambda: datasets.haystack(0),
    lambda: datasets.haystack(2, motifs=("hous",)), lambda: datasets.haystack(2, motifs=()),
    lambda: datasets.haystack(2, min_nodes=9, max_nodes=8),
    lambda: datasets.haystack(2, num_colours=1),
    lambda: datasets.stochastic_block_model(sizes=()),
    lambda: datasets.stochastic_block_model(sizes=(3, 0)),
    lambda: datasets.stochastic_block_model(p_in=1.5),
    lambda: datasets.stochastic_block_model(p_out=float("nan")),
    lambda: datasets.stochastic_block_model(noise=-1),
    lambda: datasets.stochastic_block_model(num_features=0),
])
def test_bad_arguments_are_refused(call):
    with pytest.raises(ValueError, match=r"^\w+: got .*; wanted "):
        call()


@pytest.mark.parametrize(("module", "name", "extra"), [
    ("pygsp.graphs", "bunny", "data"), ("sklearn.datasets", "digits", "data"),
    ("networkx", "davis", "draw"),
])
def test_a_missing_package_is_named_with_its_extra(module, name, extra, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"{module.partition('.')[0]}.*gnnpool\[{extra}\]"):
        datasets.load(name)


def test_small_extremes_of_haystack():
    for data in datasets.haystack(6, min_nodes=1, max_nodes=3):
        assert data.motif.sum() == 5 and nx.is_connected(undirected(data))
