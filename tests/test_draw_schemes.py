"""Matrices, schemes and results as they are drawn: right values, nothing covered or cut off."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from figures import boxes, figures, overlap  # noqa: F401
from matplotlib.colors import to_hex
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon
from torch_geometric.data import Data

from gnnpool import Graph, draw
from gnnpool.datasets import running_graph
from gnnpool.draw import Arrow, Block


@pytest.fixture(scope="module")
def data() -> Data:
    return running_graph()


# --- matrices


def test_adjacency_from_every_form(data):
    weight = torch.arange(1.0, 27)
    graph = Graph(data.x, data.edge_index, weight)
    dense = torch.zeros(12, 12).index_put(tuple(data.edge_index), weight)
    for form in (dense, (data.edge_index, weight), graph):
        ax = draw.adjacency(form, labels=data.names)
        assert np.allclose(ax.images[0].get_array(), dense)
    assert [t.get_text() for t in ax.get_xticklabels()] == data.names


def test_values_are_printed_where_they_fit():
    s = torch.tensor([[1.0, 0.0], [0.25, 0.75]])
    assert [t.get_text() for t in draw.assignment(s).texts] == ["1", "0", "0.25", "0.75"]
    assert not draw.assignment(torch.rand(200, 3)).texts
    assert not draw.assignment(s, annotate=False).texts
    negative = draw.assignment(-s)
    assert [t.get_text() for t in negative.texts][2] == "−0.25"
    colour = negative.images[0].cmap(negative.images[0].norm(-1.0))
    assert colour[0] > colour[2]  # red


def test_printed_values_stay_in_their_cells(data):
    ax = draw.adjacency(torch.rand(5, 5))
    cell = ax.get_window_extent().width / 5
    assert all(box.width < cell for box in boxes(ax.texts))


def test_numbers_and_blocks():
    matrix = torch.arange(16).view(4, 4)
    ax = draw.numbers(matrix, blocks=2)
    assert [t.get_text() for t in ax.texts] == [str(i) for i in range(16)]
    fill = np.array([to_hex(p.get_facecolor()) for p in ax.patches]).reshape(4, 4)
    assert len(set(fill.flat)) == 4
    assert len(set(fill[:2, :2].flat)) == 1 and fill[0, 0] != fill[0, 2]


# --- schemes


SCHEMES = {
    "classifier": lambda ax: draw.scheme(
        [Block(kind="graph", size=9, note="9 nodes"), Block("MP"), Block("Pool", "pool"),
         Block(kind="graph", size=3), Block("MP"), Block("Readout", "readout"),
         Block("$y$", "text")], ax=ax),
    "training": lambda ax: draw.scheme(
        [Block("MP"), Block("Pool", "pool", loss=r"$L_{topo} + L_{quality}$"), Block("MP"),
         Block("Pool", "pool", loss="$L_{aux}$"),
         Block("Readout\nand MLP", "mlp", loss="$L_{task}$")], gradient=True, ax=ax),
    "U": lambda ax: draw.u_scheme(
        [Block("MP"), Block("Pool", "pool", loss="$L_{aux}$"), Block("MP"), Block("Pool", "pool"),
         Block("MP"), Block("Lift", "lift"), Block("MP"), Block("Lift", "lift"),
         Block("MP"), Block("$L_{rec}$", "loss")], ax=ax),
    "layer": lambda ax: draw.flow(
        {"A": (Block("$A$", "text"), 0, 0), "mp": (Block("MPs"), 1, 1),
         "S": (Block(kind="matrix", size=(9, 3), note="$S$"), 1, 2),
         "con": (Block("CON", "op"), 0, 3),
         "maps": (Block(kind="maps", size=(30, 4), note="4 maps"), 1, 3)},
        [Arrow("A", "mp"), Arrow("mp", "S", text="x"), Arrow("S", "con"), Arrow("A", "con")],
        ax=ax),
}


@pytest.mark.parametrize("width", [None, 3.0])
@pytest.mark.parametrize("name", SCHEMES)
def test_schemes_can_be_read(name, width):
    ax = SCHEMES[name](None if width is None else plt.subplots(figsize=(width, 2.0))[1])
    found = boxes(ax.texts)
    figure = ax.figure.bbox
    for i, box in enumerate(found):
        assert box.x0 >= 0 and box.y0 >= 0
        assert box.x1 <= figure.width and box.y1 <= figure.height
        assert not any(overlap(box, other) for other in found[:i])
    if width is None:
        assert min(t.get_fontsize() for t in ax.texts) >= 9
    solids = [p for p in ax.patches if isinstance(p, FancyBboxPatch | Polygon)]
    shapes = [p.get_transform().transform_path(p.get_path()) for p in solids]
    for i, shape in enumerate(shapes):
        assert not any(overlap(shape.get_extents(), s.get_extents()) for s in shapes[:i])
    for text, box in zip(ax.texts, found, strict=True):
        holders = [s for s in shapes if s.contains_point(box.get_points().mean(0))]
        if holders:
            assert holders[0].contains_points(box.corners()).all(), text.get_text()


def arrows(ax, *, dashed: bool) -> list[FancyArrowPatch]:
    found = [p for p in ax.patches if isinstance(p, FancyArrowPatch)]
    return [p for p in found if (p.get_linestyle() not in ("-", "solid")) == dashed]


def test_gradient_reaches_what_is_trained():
    blocks = [Block("MP"), Block("Pool", "pool", fixed=True), Block("MP", fixed=True),
              Block("Readout", "readout", loss="$L$")]
    ax = draw.scheme(blocks, gradient=True)
    down = [p for p in arrows(ax, dashed=True) if "Curve" in type(p.get_arrowstyle()).__name__
            and p.get_arrowstyle().arrow == "-|>"]
    middle = {t.get_text(): t.get_position()[0] for t in ax.texts if t.get_text() != "gradient"}
    targets = sorted(p._posA_posB[1][0] for p in down)
    assert len(targets) == 2
    assert targets[1] == pytest.approx(middle["Readout"])


def test_u_scheme_goes_down_and_up():
    blocks = [Block("a"), Block("p", "pool"), Block("b"), Block("l", "lift"), Block("c")]
    ax = draw.u_scheme(blocks)
    x, y = ({t.get_text(): t.get_position()[i] for t in ax.texts} for i in (0, 1))
    assert y["a"] == y["c"] > y["p"] == y["l"] > y["b"]
    assert x["a"] == x["p"] < x["b"] < x["l"] == x["c"]
    assert len(arrows(ax, dashed=True)) == 1 and len(arrows(ax, dashed=False)) == 4
    assert len(arrows(draw.u_scheme(blocks, skips=False), dashed=True)) == 0


def test_formula_colours_the_node_and_its_neighbours(data):
    ax = draw.formula_graph(data, 3)
    fill = [to_hex(p.get_facecolor()) for p in ax.patches if isinstance(p, Circle)]
    assert len(fill) == 36
    assert fill.count(draw.COLOURS["blue"].lower()) == 1
    assert fill.count(draw.COLOURS["orange"].lower()) == 3  # a, c, s
    found = boxes(ax.texts)
    assert not any(overlap(b, o) for i, b in enumerate(found) for o in found[:i])


# --- results


def test_curves_mark_the_best_epoch():
    history = SimpleNamespace(train_loss=[3, 2, 1], val_loss=[3.0, 1.5, 2.0], best_epoch=1)
    ax = draw.curves(history)
    train, val, rule, dot = ax.lines
    assert list(train.get_ydata()) == [3, 2, 1] and list(val.get_ydata()) == [3, 1.5, 2]
    assert list(rule.get_xdata()) == [1, 1] and list(dot.get_ydata()) == [1.5]
    assert len(draw.curves(SimpleNamespace(train_loss=[1, 2], val_loss=[])).lines) == 1


def test_interval_is_mean_and_deviation():
    runs = np.array([[1.0, 2.0, np.nan], [3.0, 2.0, 5.0]])
    ax = draw.interval([0, 1, 2], runs, label="flat")
    assert list(ax.lines[0].get_ydata()) == [2, 2, 5]
    band = ax.collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == 5 and band[band[:, 0] == 0, 1].max() == pytest.approx(2 + 2**0.5)


def test_dots_stand_in_order_with_their_numbers():
    ax = draw.dots({"flat": [0.5, 0.7], "pooled": [0.9, 0.9]}, reference={"pooled": 0.8})
    assert [t.get_text() for t in ax.get_yticklabels()] == ["flat", "pooled"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first on top
    assert [t.get_text() for t in ax.texts] == ["0.60 ± 0.14", "0.90 ± 0.00"]
    diamond = next(line for line in ax.lines if line.get_marker() == "D")
    assert (diamond.get_xdata()[0], diamond.get_ydata()[0]) == (0.8, 1)
