"""Graphs as they are drawn: what is shown is what was computed, and all of it can be seen."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from figures import boxes, discs, edges, faces, figures  # noqa: F401
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgb
from torch_geometric.data import Data

from gnnpool import Pooling, SparseAssignment, TopKPooling, draw
from gnnpool.assignment import DenseAssignment
from gnnpool.datasets import grid, ring, running_graph
from gnnpool.draw.nodes import node_fill
from gnnpool.draw.positions import spread


@pytest.fixture(scope="module")
def data() -> Data:
    return running_graph()


class Given(Pooling):
    """An assignment matrix as it is given, sparse or dense."""

    def __init__(self, s: torch.Tensor, *, dense: bool = False):
        super().__init__()
        self.s, self.dense = s, dense

    def select(self, graph):
        if self.dense:
            return DenseAssignment(self.s, graph)
        node, supernode = self.s.nonzero().T
        return SparseAssignment(node, supernode, torch.zeros(self.s.size(1), dtype=torch.long),
                                num_nodes=len(self.s), num_graphs=1,
                                weight=self.s[node, supernode])


def overlapping() -> torch.Tensor:
    """Three supernodes over the running graph: d and s have two each, l1 half of one, z none."""
    s = torch.zeros(12, 3)
    s[[0, 1, 2], 0], s[6, 1], s[[7, 8, 9, 10], 2] = 1.0, 1.0, 1.0
    s[3], s[4], s[5] = torch.tensor([[0.25, 0.75, 0], [0, 0.5, 0.5], [0, 0.5, 0]])
    return s


# --- positions


@pytest.mark.parametrize("make", [running_graph, grid, ring])
def test_layout_keeps_edges_short_and_nodes_apart(make):
    graph = make()
    pos = draw.layout(graph.edge_index, graph.num_nodes)
    row, col = graph.edge_index
    length = (pos[row] - pos[col]).norm(dim=1)
    assert length.mean() == pytest.approx(1, abs=1e-5)
    assert length.max() < 2.5 * length.min()
    distance = torch.cdist(pos, pos).fill_diagonal_(torch.inf)
    assert distance.min() > 0.3
    assert torch.equal(pos, draw.layout(graph.edge_index, graph.num_nodes))
    wide, high = (pos.amax(0) - pos.amin(0)).tolist()
    assert wide > 0.9 * high


def test_layout_of_a_grid_is_level():
    graph = grid()
    pos = draw.layout(graph.edge_index, graph.num_nodes)
    step = (pos[graph.edge_index[0]] - pos[graph.edge_index[1]]).abs()
    assert step.amin(1).max() < 0.15


def test_layout_packs_components_beside_each_other():
    edge_index = torch.tensor([[0, 1, 2, 3, 4], [1, 2, 0, 4, 5]])
    pos = draw.layout(edge_index, 8)
    parts = [pos[:3], pos[3:6], pos[6:7], pos[7:]]
    for i, a in enumerate(parts):
        for b in parts[:i]:
            apart = torch.maximum(a.amin(0) - b.amax(0), b.amin(0) - a.amax(0))
            assert apart.max() > 0.5
    assert draw.layout(torch.empty(2, 0, dtype=torch.long), 0).shape == (0, 2)


def test_centroids_are_weighted_means(data):
    s = overlapping()
    out = Given(s)(data.x, data.edge_index)
    expected = (s / s.sum(0)).T @ data.pos
    assert torch.allclose(draw.centroids(out.assignment, data.pos), expected, atol=1e-6)


def test_spread_moves_only_what_coincides():
    pos = torch.tensor([[0.0, 0.0], [0.1, 0.0], [5.0, 0.0]])
    moved = spread(pos, near=0.5, apart=1.0)
    assert torch.equal(moved[2], pos[2])
    assert (moved[0] - moved[1]).norm() == pytest.approx(1.0)
    assert torch.allclose(moved[:2].mean(0), pos[:2].mean(0))


# --- colours


def test_colours_differ_and_carry_readable_text():
    def luminance(c):
        rgb = np.array(to_rgb(c))
        return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055)**2.4) @ [
            0.2126, 0.7152, 0.0722]

    many = draw.colours(36)
    assert len(set(many)) == 36
    assert draw.colours(40)[36:] == many[:4]
    for c in many:
        light, dark = sorted([luminance(c), luminance(draw.text_colour(c))], reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 3.9


def test_mixtures():
    s = torch.tensor([[1.0, 0.0], [0.0, -2.0], [0.0, 0.0], [0.5, 0.5]])
    red, blue, dropped, both = draw.mixtures(s, ["#ff0000", "#0000ff"])
    assert (red, blue, dropped) == ("#ff0000", "#0000ff", None)
    assert to_rgb(both) == pytest.approx((0.5**0.5, 0, 0.5**0.5), abs=0.01)


def test_node_fill_reads_classes_and_values():
    palette = draw.colours(2)
    assert node_fill(torch.tensor([0, 1, -1]), 3) == [*palette, None]
    low, zero, high = (np.array(to_rgb(c)) for c in node_fill(torch.tensor([-2.0, 0, 1]), 3))
    assert low[0] > low[2] and high[2] > high[0]  # red below zero, blue above
    assert zero.min() > 0.95  # white
    assert low.sum() < high.sum()  # further from zero, darker


# --- one graph


def hoops(ax) -> list:
    """The self-loops on an axes."""
    return [c for c in ax.collections if isinstance(c, PathCollection) and c.get_zorder() == 2]


def test_graph_draws_each_node_and_undirected_edge_once(data):
    twice = torch.cat([data.edge_index, data.edge_index, torch.tensor([[0, 3], [0, 3]])], 1)
    ax = draw.graph(Data(edge_index=twice, num_nodes=12, pos=data.pos))
    assert np.allclose(discs(ax).get_offsets(), data.pos)
    ends = np.array(edges(ax).get_segments())
    drawn = np.abs(ends[:, :, None] - data.pos.numpy()).sum(-1).argmin(-1)  # the node at each end
    wanted = {tuple(sorted(pair)) for pair in data.edge_index.T.tolist()}
    assert {tuple(sorted(pair)) for pair in drawn.tolist()} == wanted and len(drawn) == 13
    assert not hoops(ax)
    ax = draw.graph(Data(edge_index=twice, num_nodes=12, pos=data.pos), self_loops=True)
    assert len(hoops(ax)) == 2


def test_edge_widths_follow_weights():
    star = Data(edge_index=torch.tensor([[2, 1, 0], [0, 0, 3]]), num_nodes=4,
                edge_weight=torch.tensor([4.0, 1.0, 0.0]))
    light, heavy = edges(draw.graph(star)).get_linewidths()  # the edge of weight 0 is not there
    assert heavy > 2 * light
    chosen = draw.graph(star, edge_width=[1, 2, 3], edge_color=["red", "green", "blue"])
    assert list(edges(chosen).get_linewidths()) == [2, 1]  # drawn in the order of their nodes
    assert [to_hex(c) for c in edges(chosen).get_colors()] == ["#008000", "#ff0000"]


@pytest.mark.parametrize("size", [(8, 3), (2, 2), (3, 0.8)])
def test_nothing_of_a_graph_is_cut_off(data, size):
    figure, ax = plt.subplots(figsize=size)
    draw.graph(data, labels=True, highlight=torch.arange(12), node_size=14, ax=ax)
    figure.canvas.draw()
    room = figure.bbox
    for collection in ax.collections:
        if not isinstance(collection, PathCollection):
            continue
        centre = collection.get_offset_transform().transform(collection.get_offsets())
        reach = np.sqrt(collection.get_sizes().max()) / 2 * figure.dpi / 72
        assert (centre - reach >= 0).all()
        assert (centre + reach <= [room.width, room.height]).all()


def test_labels_stand_inside_or_free_of_other_nodes(data):
    ax = draw.graph(data, labels=[f"node {i}" for i in range(12)], node_size=12)
    found = boxes(ax.texts)
    centre = ax.transData.transform(data.pos.numpy())
    for i, box in enumerate(found):
        hit = [j for j, (x, y) in enumerate(centre) if box.x0 < x < box.x1 and box.y0 < y < box.y1]
        assert not hit, (i, hit)
    inside = draw.graph(data, labels=True, node_size=20)
    found = np.array([box.get_points().mean(0) for box in boxes(inside.texts)])
    assert np.abs(found - inside.transData.transform(data.pos.numpy())).max() < 4
    assert [t.get_text() for t in inside.texts] == data.names


def test_pies_show_the_shares():
    s = torch.tensor([[0.05, 0.1, 0.85], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    ax = draw.graph(Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3), node_color=s,
                    node_size=20)
    assert faces(ax)[1:] == [draw.COLOURS["blue"].lower(), "#ffffff"]
    ax.figure.canvas.draw()
    areas = {}
    for c in (c for c in ax.collections if 3 < c.get_zorder() < 3.15):
        x, y = (c.get_paths()[0].vertices * c.get_transforms()[0][0, 0]).T
        areas[to_hex(c.get_facecolor()[0])] = abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2
        assert np.hypot(x, y).max() == pytest.approx(10 * ax.figure.dpi / 72)  # the node's radius
    whole = sum(areas.values())
    assert [areas[c.lower()] / whole for c in draw.colours(3)] == pytest.approx(
        s[0].tolist(), abs=0.005)


def test_highlight_rings(data):
    mask = torch.zeros(12, dtype=torch.bool)
    mask[[2, 5]] = True
    for chosen in (mask, [2, 5]):
        ax = draw.graph(data, highlight=chosen)
        rings = next(c for c in ax.collections if c.get_zorder() == 2.9)
        assert np.allclose(rings.get_offsets(), data.pos[[2, 5]])


# --- before and after


@pytest.mark.parametrize("dense", [False, True])
def test_pooled_places_sizes_and_colours(data, dense):
    s = overlapping()
    out = Given(s, dense=dense)(data.x, data.edge_index)
    before, after, matrix = draw.pooled(data, out, labels=True,
                                        panels=("before", "after", "matrix"))
    palette = [c.lower() for c in draw.colours(3)]
    assert faces(after) == palette
    assert np.allclose(discs(after).get_offsets(), (s / s.sum(0)).T @ data.pos, atol=1e-5)
    area = discs(after).get_sizes()
    assert area[0] / area[1] == pytest.approx(3.25 / 2.75)  # the column sums of S
    assert len(edges(after).get_segments()) == 3 and len(edges(before).get_segments()) == 13
    assert faces(before)[0] == palette[0] and faces(before)[11] == "#ffffff"
    image = matrix.images[0]
    assert np.allclose(image.get_array(), s)
    assert [t.get_text() for t in matrix.get_yticklabels()] == data.names
    assert [to_hex(t.get_color()) for t in matrix.get_xticklabels()] == palette


def test_pooled_leaves_dropped_nodes_hollow(data):
    out = TopKPooling(3, ratio=0.5)(data.x, data.edge_index)
    before, after = draw.pooled(data, out)
    kept = set(out.assignment.representatives.tolist())
    fill, outline = faces(before), [to_hex(c) for c in discs(before).get_edgecolor()]
    for node in range(12):
        assert (fill[node] == "#ffffff") == (node not in kept)
        assert (outline[node] == draw.GREY.lower()) == (node not in kept)
    assert np.allclose(discs(after).get_offsets(), data.pos[sorted(kept)])
    assert [fill[n] for n in sorted(kept)] == faces(after)


def test_supernodes_in_one_place_are_set_apart(data):
    out = Given(torch.full((12, 3), 1 / 3), dense=True)(data.x, data.edge_index)
    _, after = draw.pooled(data, out)
    offsets = np.asarray(discs(after).get_offsets())
    assert np.allclose(offsets.mean(0), data.pos.mean(0), atol=1e-5)
    shown = after.transData.transform(offsets)
    gaps = np.linalg.norm(shown - np.roll(shown, 1, 0), axis=1) * 72 / after.figure.dpi
    assert gaps.min() > np.sqrt(discs(after).get_sizes().max())


def test_pooled_draws_on_given_axes(data):
    out = TopKPooling(3)(data.x, data.edge_index)
    _, grid_of_axes = plt.subplots(1, 2)
    assert draw.pooled(data, out, axes=grid_of_axes) == list(grid_of_axes)
    only, = draw.pooled(data, out, panels=["after"])
    assert len(faces(only)) == 6
