"""Quadratic forms, eigenvalues and the rest against numpy, networkx and numbers by hand."""

import json
import math
from dataclasses import replace

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import assume, given
from operators import pooled_matrix, refused
from strategies import sample, samples
from torch.testing import assert_close
from torch_geometric.data import Data

from gnnpool import KMISPooling, Pooling, SparseAssignment, datasets
from gnnpool.connect import Edges
from gnnpool.evaluate import spectra
from gnnpool.evaluate.spectra import components, density, lowest_eigenpairs, quadratic_form
from gnnpool.evaluate.topology import topology


class Pairs(Pooling):
    """Merges nodes 2i and 2i + 1."""

    def select(self, graph):
        return SparseAssignment.from_clusters(torch.arange(graph.num_nodes) // 2, graph)


class Broken(Pairs):
    """RED and CON give what they are told."""

    def __init__(self, x: float = 1.0, weight: float = 1.0, kept: bool = True):
        super().__init__()
        self.x, self.weight, self.kept = x, weight, kept

    def select(self, graph):
        kept = torch.full((graph.num_nodes,), self.kept)
        return SparseAssignment.from_kept(kept, graph)

    def reduce(self, graph, assignment):
        return self.x * graph.x if self.kept else graph.x[:0]

    def connect(self, graph, assignment):
        if not self.kept:
            return Edges(graph.edge_index[:, :0])
        return Edges(graph.edge_index, torch.full((graph.edge_index.size(1),), self.weight))


def dense_laplacian(a: torch.Tensor) -> np.ndarray:
    a = ((a + a.T) / 2).numpy()
    return np.diag(a.sum(1)) - a


def graph(seed: int = 1, n: int = 20) -> Data:
    """Connected, with weights, so that no eigenvalue is repeated; positions in the plane."""
    s = sample([n], seed, density=10.0)
    assert components(Edges(s.edge_index), n) == 1
    rng = torch.Generator().manual_seed(seed)
    return Data(edge_index=s.edge_index, edge_weight=s.edge_weight, num_nodes=n,
                pos=torch.rand(n, 2, generator=rng))


@given(samples(max_graphs=1))
def test_the_form_the_density_and_the_parts_against_dense_matrices(s):
    edges, a = Edges(s.edge_index, s.edge_weight), s.dense()
    matrix, x = dense_laplacian(a), s.x.numpy()
    assert_close(quadratic_form(s.x, edges).tolist(), np.diag(x.T @ matrix @ x).tolist(),
                 atol=1e-9, rtol=1e-9)
    n = s.num_nodes
    assume(n > 0)
    g = nx.from_numpy_array(a.numpy(), create_using=nx.DiGraph)
    g.remove_edges_from(list(nx.selfloop_edges(g)))
    assert components(edges, n) == nx.number_weakly_connected_components(g)
    assert_close(density(edges, n), float(nx.density(g)))
    found = lowest_eigenpairs(edges, n, 4)
    values = np.linalg.eigvalsh(matrix)[:4]
    assert_close(found.values.numpy(), values, atol=1e-9, rtol=0)
    v = found.vectors.numpy()
    assert_close(v.T @ v, np.eye(v.shape[1]), atol=1e-9, rtol=0)
    assert_close(matrix @ v, v * values, atol=1e-8, rtol=0)


@pytest.mark.parametrize("copies", [1, 2, 12])
def test_large_graphs_by_lanczos(copies, monkeypatch):
    """Rings: λ = 2 − 2 cos(2πj/n), each but the first twice, and all of them in every copy."""
    monkeypatch.setattr(spectra, "MOST_DENSE", 50)
    n = 1200 // copies
    one = datasets.ring(n).edge_index
    edges = Edges(torch.cat([one + n * copy for copy in range(copies)], 1))
    found = lowest_eigenpairs(edges, n * copies, 10)
    waves = [2 - 2 * math.cos(2 * math.pi * j / n) for j in range(n)] * copies
    assert_close(found.values.numpy(), np.sort(waves)[:10], atol=1e-8, rtol=0)
    v = found.vectors
    assert_close(v.T @ v, torch.eye(10, dtype=v.dtype), atol=1e-7, rtol=0)
    assert_close(quadratic_form(v, edges), found.values, atol=1e-8, rtol=0)
    again = lowest_eigenpairs(edges, n * copies, 10)
    assert torch.equal(again.vectors, v)


def test_pairs_of_the_grid():
    """The measure over ten eigenvectors depends on how a pair is reduced."""
    data = datasets.grid(8, 8)
    data.pos = None
    result = topology(Pairs, data, name="grid")
    assert result.absolute == pytest.approx(2.1, abs=0.05)
    assert result.absolute_sum == pytest.approx(result.absolute, rel=1e-5)
    assert result.absolute_mean == pytest.approx(0.11, abs=0.005)
    assert result.absolute_unit == pytest.approx(0.77, abs=0.005)
    assert (result.supernodes, result.pooled_components) == (32, 1)
    # SᵀAS of the 8 × 4 grid: rows of weight 1, columns of weight 2; λ adds up over the two paths
    path = [[2 - 2 * math.cos(math.pi * j / n) for j in range(n)] for n in (8, 4)]
    wanted = sorted(2 * a + b for a in path[0] for b in path[1])[:10]
    assert_close(result.pooled_eigenvalues.tolist(), wanted, atol=1e-6, rtol=0)
    lowest = sorted(a + b for a in path[0] for b in path[0])[:10]
    assert result.eigenvalue_difference == pytest.approx(
        float(np.abs(np.array(wanted) - lowest).mean()), abs=1e-6)


@pytest.mark.parametrize("pooler", ["topk", "sag", "mincut", "graclus", "ndp", "kmis", "random"])
def test_every_measure_by_its_definition(pooler):
    data = graph()
    result = topology(pooler, data, epochs=5, eigenvectors=6, seed=1)
    a = torch.zeros(20, 20, dtype=torch.float64).index_put(
        tuple(data.edge_index), data.edge_weight, accumulate=True)
    out = result.pooled
    before, after = dense_laplacian(a), dense_laplacian(pooled_matrix(out))
    values, vectors = np.linalg.eigh(before)
    pos = data.pos.double().numpy()
    pos = pos - pos.mean(0)
    x = np.concatenate([pos / np.linalg.norm(pos, axis=0), vectors[:, :6]], 1)
    s = out.assignment.dense().double().numpy()
    reduced = s.T @ x

    def forms(y: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        return np.diag(y.T @ matrix @ y)

    def absolute(y: np.ndarray) -> float:
        return float(np.abs(forms(x, before) - forms(y, after)).mean())

    near = {"rtol": 1e-4, "atol": 1e-5}
    difference = forms(x, before) - forms(reduced, after)
    assert_close(result.absolute, absolute(reduced), **near)
    assert_close(result.squared, float((difference ** 2).sum()), **near)
    assert_close(result.absolute_sum, absolute(reduced), **near)
    assert_close(result.absolute_mean, absolute(reduced / s.sum(0)[:, None]), **near)
    assert_close(result.absolute_unit,
                 absolute(reduced / np.linalg.norm(s, axis=0)[:, None]), **near)
    quotients = [forms(y, m) / (y ** 2).sum(0) for y, m in ((x, before), (reduced, after))]
    assert_close(result.rayleigh, float(np.abs(quotients[0] - quotients[1]).mean()), **near)
    both = min(6, len(s.T))
    lowest = np.linalg.eigvalsh(after)[:both]
    assert_close(result.eigenvalue_difference, float(np.abs(values[:both] - lowest).mean()), **near)
    assert result.epochs == (5 if pooler in ("topk", "sag", "mincut") else 0)


def test_the_graph_itself_differs_in_nothing():
    result = topology("none", graph())
    for name in ("absolute", "squared", "absolute_sum", "absolute_mean", "absolute_unit",
                 "rayleigh", "eigenvalue_difference"):
        assert getattr(result, name) == pytest.approx(0, abs=1e-6)
    assert (result.density, result.components) == (result.pooled_density, result.pooled_components)


def test_training_brings_the_measure_down_and_the_seed_decides():
    data = graph()
    few, many, again = (topology("diff", data, epochs=epochs, seed=4) for epochs in (1, 200, 200))
    assert many.absolute < 0.5 * few.absolute
    assert many.absolute == again.absolute
    assert topology("diff", data, epochs=1, seed=5).absolute != few.absolute


def test_the_pooler_s_own_reduction_is_the_main_measure():
    data = graph()
    summed, averaged = (topology(lambda how=how: KMISPooling(reduce=how), data)
                        for how in ("sum", "mean"))
    assert averaged.absolute == pytest.approx(summed.absolute_mean, rel=1e-4)
    assert averaged.absolute_sum == pytest.approx(summed.absolute, rel=1e-4)


def test_directed_edges_count_half_in_each_direction():
    data = graph()
    row, col = data.edge_index
    once = Data(edge_index=data.edge_index[:, row < col], pos=data.pos,
                edge_weight=2 * data.edge_weight[row < col])
    assert_close(topology("kmis", once).forms, topology("kmis", data).forms)


def test_one_node_and_no_edges():
    one = topology("none", Data(edge_index=torch.zeros(2, 0).long(), pos=torch.ones(1, 2)))
    assert (one.absolute, one.rayleigh, one.density, one.components) == (0, 0, 0, 1)
    bare = topology("topk", Data(edge_index=torch.zeros(2, 0).long(), num_nodes=6), epochs=2)
    assert (bare.absolute, bare.pooled_components, bare.supernodes) == (0, 3, 3)


def test_a_row_a_text_and_a_figure():
    result = topology("ndp", datasets.grid(4, 4), name="grid")
    row = json.loads(json.dumps(result.row()))
    assert row["pooler"] == "ndp" and row["graph"] == "grid" and row["supernodes"] == 8
    assert row["absolute"] == result.absolute and row["rayleigh"] == result.rayleigh
    assert {type(v) for v in result.row().values()} == {str, int, float}
    assert "ndp on grid, 16 nodes to 8" in repr(result)
    assert "inf" in repr(replace(result, absolute=math.inf))
    _, given_axes = plt.subplots()
    assert result.plot(given_axes) is given_axes
    ax = result.plot()
    matrix, values = ax.child_axes
    assert_close(torch.from_numpy(np.asarray(matrix.images[0].get_array())),
                 pooled_matrix(result.pooled))
    assert_close(values.lines[1].get_ydata(), result.pooled_eigenvalues.numpy())
    plt.close("all")


@pytest.mark.parametrize("pooler, words", [
    (lambda: Broken(x=math.nan), "whose pooled features are NaN or infinite"),
    (lambda: Broken(weight=math.inf), "whose pooled edge weights are NaN or infinite"),
    (lambda: Broken(kept=False), "which leaves no node of 1 of 1 graphs")])
def test_a_pooler_that_cannot_be_judged_is_refused_in_words(pooler, words):
    with pytest.raises(ValueError, match=f"^pooler: got .*{words}; wanted"):
        topology(pooler, graph())


@pytest.mark.parametrize("argument, change", [
    ("pooler", {"pooler": 3}), ("data", {"data": None}),
    ("data", {"data": Data(edge_index=torch.zeros(2, 0).long(), num_nodes=0)}),
    ("seed", {"seed": -1}), ("eigenvectors", {"eigenvectors": 0}), ("epochs", {"epochs": 0}),
    ("patience", {"patience": 0}), ("lr", {"lr": -1.0}), ("share", {"share": 0.0}),
    ("progress", {"progress": None})])
def test_bad_input_is_refused(argument, change):
    with refused(argument):
        topology(**{"pooler": "none", "data": graph(), **change})
