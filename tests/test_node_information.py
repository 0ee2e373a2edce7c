"""What the autoencoder keeps of the nodes: order of poolers, kept weights, numbers, bad input."""

import copy
import json
import subprocess
import sys
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from operators import refused
from torch.testing import assert_close
from torch_geometric.data import Batch, Data

from gnnpool import (
    Adjacency,
    Graph,
    KMISPooling,
    Pooling,
    SparseAssignment,
    datasets,
    poolers,
)
from gnnpool.evaluate.clouds import CLOUDS, cloud, normalize_cloud
from gnnpool.evaluate.contenders import make_pooler
from gnnpool.evaluate.fitting import Step, fit_one_graph
from gnnpool.evaluate.node_information import _level, node_information
from gnnpool.models import PoolAutoencoder

SMALL = {"hidden": 16, "epochs": 3}


@pytest.fixture(scope="module")
def square():
    """5 × 5 points in the unit square."""
    data = datasets.grid(5, 5)
    data.pos = data.pos / 5
    return data


class Broken(Pooling):
    """Keeps every node; RED gives what it is told."""

    def __init__(self, value: float = 1.0, kept: bool = True, grow: bool = False):
        super().__init__()
        self.value, self.kept, self.grow = value, kept, grow
        self.scale = torch.nn.Parameter(torch.ones(()))

    def select(self, graph):
        kept = torch.full((graph.num_nodes,), self.kept)
        return SparseAssignment.from_kept(kept, graph)

    def reduce(self, graph, assignment):
        root = (self.scale - 1).abs().sqrt() if self.grow else 0.0  # of 0, with a slope of NaN
        return self.value * assignment.reduce(graph.x) + root


def test_everything_kept_is_told_nearly_exactly_and_a_hole_not_at_all():
    """On a ring, half of the nodes at random leave holes that no neighbour sees into."""
    lost = {p: node_information(p, datasets.ring(64), hidden=32, epochs=300, lr=3e-3)
            for p in ("none", "kmis", "random", "topk")}
    share = {p: result.mse_over_variance for p, result in lost.items()}
    assert share["none"] < 1e-3
    assert 10 * share["kmis"] < share["random"] < 1 and 10 * share["kmis"] < share["topk"] < 1
    assert lost["random"].supernodes == 32 and lost["kmis"].supernodes <= 32


def test_numbers_agree_with_what_was_reconstructed(square):
    result = node_information("graclus", square, name="square", seed=3, **SMALL)
    x, told = square.pos.numpy().astype(float), result.reconstruction.numpy().astype(float)
    assert_close(result.mse, float(((x - told) ** 2).mean()), rtol=1e-5, atol=0)
    assert_close(result.mean_mse, float(x.var(0).mean()), rtol=1e-5, atol=0)
    assert_close(result.mse_over_variance, result.mse / result.mean_mse)
    assert_close(result.error.numpy().astype(float), np.linalg.norm(x - told, axis=1), rtol=1e-4,
                 atol=1e-6)
    assert (result.nodes, result.supernodes, result.epochs, result.seed) == (25, 13, 3, 3)
    row = json.loads(json.dumps(result.row()))
    assert row["pooler"] == "graclus" and row["graph"] == "square" and row["mse"] == result.mse
    assert {type(v) for v in result.row().values()} == {str, int, float}
    assert "graclus on square, 25 nodes to 13" in repr(result)
    assert node_information("none", square, **SMALL).graph == "25 nodes"


@pytest.mark.parametrize("pooler", ["topk", "random", "mincut"])
def test_the_seed_decides(pooler, square):
    first, same, other = (node_information(pooler, square, seed=seed, **SMALL)
                          for seed in (0, 0, 1))
    assert torch.equal(first.reconstruction, same.reconstruction)
    assert not torch.equal(first.reconstruction, other.reconstruction)


def test_the_features_are_given_or_positions_or_x(square):
    x = torch.arange(25.0)[:, None]
    assert torch.equal(node_information("none", square, x=x, **SMALL).x, x)
    assert torch.equal(node_information("none", square, **SMALL).x, square.pos)
    bare = Data(square.x, square.edge_index)
    assert torch.equal(node_information("none", bare, **SMALL).x, square.x)


def test_a_reader_s_own_pooler_of_any_size(square):
    def three_hops():
        return KMISPooling(3)

    result = node_information(three_hops, square, **SMALL)
    assert result.pooler == "three_hops" and result.supernodes < 8
    assert node_information("topk", square, share=0.2, **SMALL).supernodes == 5


def test_directed_edges_count_half_in_each_direction(square):
    row, col = square.edge_index
    once = Data(pos=square.pos, edge_index=square.edge_index[:, row < col])
    half = Data(pos=square.pos, edge_index=square.edge_index,
                edge_weight=torch.full(row.shape, 0.5).double())
    assert_close(*(node_information("kmis", d, **SMALL).reconstruction for d in (once, half)))


@pytest.mark.parametrize("pooler", ["graclus", "kmis", "ndp", "degree"])
def test_pooling_once_gives_what_pooling_each_time_gives(pooler, square):
    pool = make_pooler(pooler, in_channels=32, nodes=25)
    a = Adjacency(square.edge_index, None, 25)
    model = PoolAutoencoder(2, 16, pool)
    level = _level(pool, Graph(square.pos, a), pooler)
    assert_close(model(square.pos, a, level=level), model(square.pos, a))


@pytest.mark.parametrize("pooler, times", [("random", 1), ("kmis", 1), ("topk", 4)])
def test_what_learns_nothing_selects_once(pooler, times, square, monkeypatch):
    cls, calls = poolers()[pooler], []
    select = cls.select
    monkeypatch.setattr(cls, "select", lambda self, graph: calls.append(1) or select(self, graph))
    node_information(pooler, square, **SMALL)
    assert len(calls) == times


def test_the_lowest_measure_is_kept_and_patience_counts_from_the_last_fall():
    model, seen = torch.nn.Linear(1, 1, bias=False), []

    def step():
        measure = (model.weight - 1.0).square().sum()
        seen.append((measure.item(), copy.deepcopy(model.state_dict())))
        return Step(measure, measure)

    epochs = fit_one_graph(model, step, "it", lr=0.3, epochs=500, patience=20, progress=False)
    lowest = min(range(len(seen)), key=lambda i: seen[i][0])
    assert epochs == len(seen) < 500
    assert torch.equal(model.weight, seen[lowest][1]["weight"])
    marks, mark = [], float("inf")
    for i, (measure, _) in enumerate(seen):
        if measure < mark - 1e-6:
            mark = measure
            marks.append(i)
    assert epochs == marks[-1] + 21


def test_a_fall_of_less_than_the_tolerance_is_none():
    model, count = torch.nn.Linear(1, 1), iter(range(100))

    def step():
        return Step(torch.tensor(1.0 - 1e-7 * next(count)), model.weight.sum())

    assert fit_one_graph(model, step, "it", lr=1e-3, epochs=100, patience=5, progress=False) == 6


def test_the_clouds_have_the_scale_of_the_protocol():
    pygsp = pytest.importorskip("pygsp.graphs")
    grid, ring = pygsp.Grid2d(8, 8).coords, pygsp.Ring(64).coords
    ours = cloud("grid").pos.double().numpy()
    assert_close(np.ptp(ours, axis=0), np.ptp(grid, axis=0))
    assert_close(ours.var(0), grid.var(0))
    assert_close(cloud("ring").pos.double().numpy(), ring, atol=1e-6, rtol=0)
    assert cloud("bunny").num_nodes == 2503
    assert_close(cloud("bunny").pos, datasets.bunny().pos)


def test_shapes_are_centred_and_their_columns_have_norm_one(monkeypatch):
    pos = torch.rand(50, 3) * torch.tensor([1.0, 5.0, 0.1]) + 3
    shape = Data(edge_index=torch.zeros(2, 0).long(), pos=pos)
    monkeypatch.setattr("gnnpool.evaluate.clouds.load", lambda name, root: [shape])
    few = cloud("guitar", nodes=20)
    assert few.num_nodes == 20 and int(few.edge_index[0].bincount().min()) >= 8
    assert_close(few.pos.norm(dim=0), torch.ones(3))
    assert torch.equal(few.pos, cloud("guitar", nodes=20).pos)
    with refused("nodes"):
        cloud("guitar", nodes=51)
    made = cloud("airplane").pos
    assert_close(made.mean(0), torch.zeros(3), atol=1e-6, rtol=0)
    assert_close(made.norm(dim=0), torch.ones(3))
    assert_close(made.square().mean().item(), 1 / 50)  # what the protocol's MSE is read against
    assert_close(made, (pos - pos.mean(0)) / (pos - pos.mean(0)).norm(dim=0))
    flat = normalize_cloud(torch.tensor([[0.1, 1.0]] * 7 + [[0.1, 3.0]]))
    assert (flat[:, 0] == 0).all() and flat.isfinite().all()
    assert {"airplane", "guitar"} < set(CLOUDS)


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_figures(columns, square):
    x = torch.rand(25, columns)
    result = node_information("none", square, x=x, **SMALL)
    _, given = plt.subplots()
    assert result.plot(given) is given
    ax = result.plot()
    points = [c.get_offsets() for c in ax.collections if len(c.get_offsets()) == 25]
    drawn = np.asarray(points[-1])
    if columns > 1:
        assert_close(drawn, result.reconstruction[:, :2].double().numpy())
    assert_close(np.asarray(ax.collections[-1].get_array()), result.error.double().numpy())
    plt.close("all")


def test_evaluating_needs_no_matplotlib():
    code = "import sys, gnnpool.evaluate; print('matplotlib' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


@pytest.mark.parametrize("pooler, words", [
    (lambda: Broken(float("nan")), "whose pooled features are NaN or infinite"),
    (lambda: Broken(kept=False), "which leaves no node of 1 of 1 graphs"),
    (lambda: Broken(grow=True), "whose gradient is NaN or infinite in epoch 1")])
def test_a_pooler_that_cannot_be_judged_is_refused_in_words(pooler, words, square):
    with pytest.raises(ValueError, match=f"^pooler: got .*{words}; wanted"):
        node_information(pooler, square, **SMALL)


@pytest.mark.parametrize("argument, change", [
    ("pooler", {"pooler": 3}), ("pooler", {"pooler": "best"}),
    ("data", {"data": None}), ("data", {"data": SimpleNamespace()}),
    ("data", {"data": Batch.from_data_list([datasets.ring(4)] * 2)}),
    ("data", {"data": Data(edge_index=torch.zeros(2, 0).long(), num_nodes=4)}),
    ("data", {"data": Data(torch.ones(4, 2), torch.zeros(2, 0).long())}),
    ("data", {"data": Data(torch.zeros(0, 2), torch.zeros(2, 0).long())}),
    ("x", {"x": torch.rand(4, 2)}), ("x", {"x": torch.full((25, 1), torch.nan)}),
    ("seed", {"seed": -1}), ("hidden", {"hidden": 0}), ("epochs", {"epochs": 0}),
    ("patience", {"patience": 1.5}), ("lr", {"lr": 0.0}), ("share", {"share": 1.2}),
    ("progress", {"progress": 1})])
def test_bad_input_is_refused(argument, change, square):
    with refused(argument):
        node_information(**{"pooler": "none", "data": square, **SMALL, **change})


def test_an_unknown_cloud_is_refused():
    with refused("name"):
        cloud("rabbit")
    for nodes in (8, 40):
        with refused("nodes"):
            cloud("grid", nodes=nodes)
    with refused("pos"):
        normalize_cloud(torch.zeros(3))
