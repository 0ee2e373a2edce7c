"""What is to be drawn, read from any graph; and the room that an axes has for it."""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor

from gnnpool.checks import describe, refuse
from gnnpool.draw.positions import check_positions, layout


@dataclass(frozen=True)
class Drawn:
    """A graph as it is drawn: each undirected edge once, self-loops apart.

    Attributes:
        n: nodes.
        pair: [2, E] edges.
        loop: [L] nodes with a self-loop.
        weight, loop_weight: the magnitudes of their weights, ones where there are none.
        source, loop_source: which column of the graph's edge_index each was read from.
        names: of the nodes, or None.
        pos: [n, 2].
    """

    n: int
    pair: np.ndarray
    loop: np.ndarray
    weight: np.ndarray
    loop_weight: np.ndarray
    source: np.ndarray
    names: Sequence[str] | None
    pos: Tensor


def read(data: object, pos: Tensor | None = None) -> Drawn:
    """Anything with an `edge_index`: PyG's Data, a Graph, a Pooled, an Adjacency."""
    edge_index = getattr(data, "edge_index", None)
    if not isinstance(edge_index, Tensor):
        refuse("data", describe(data), "a graph: an object with edge_index")
    n = _num_nodes(data)
    weight = getattr(data, "edge_weight", None)
    weight = torch.ones(edge_index.size(1)) if weight is None else weight
    first, pair = _once(edge_index, n)
    w = weight.detach().abs().double().cpu().numpy()[first]
    flat = pair[0] == pair[1]
    if pos is None:
        pos = _own_positions(data, edge_index, n)
    return Drawn(n, pair[:, ~flat], pair[0, flat], w[~flat], w[flat], first[~flat],
                 getattr(data, "names", None), check_positions(pos, n))


def _num_nodes(data: object) -> int:
    n = getattr(data, "num_nodes", None)
    return int(data.x.size(0) if n is None else n)


def _once(edge_index: Tensor, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The first column of each undirected edge, and its two ends, the lower one first."""
    ends = np.sort(edge_index.cpu().numpy(), axis=0)
    _, first = np.unique(ends[0] * max(n, 1) + ends[1], return_index=True)
    return first, ends[:, first]


def _own_positions(data: object, edge_index: Tensor, n: int) -> Tensor:
    """The graph's own positions, of which the first two coordinates show; else a layout."""
    pos = getattr(data, "pos", None)
    if isinstance(pos, Tensor) and pos.dim() == 2 and pos.size(1) >= 2:
        return pos[:, :2]
    return layout(edge_index, n)


def figure_for(pos: Tensor, ratios: Sequence[float] = (1.0,),
               least_height: float = 0.0) -> list[Axes]:
    """A figure of panels side by side, at most 7 inches in all, as high as the positions want it.

    Args:
        ratios: the width of each panel; 1 for one that holds the positions.
        least_height: in inches.
    """
    width = min(3.9, 7.0 / sum(ratios))
    x, y = (pos.amax(0) - pos.amin(0)).tolist() if len(pos) else (1.0, 1.0)
    height = float(np.clip(width * (y + 0.1 * x) / max(x, 1e-6), 0.3 * width, 1.15 * width))
    _, axes = plt.subplots(1, len(ratios), squeeze=False, layout="constrained",
                           figsize=(sum(ratios) * width, max(height + 0.3, least_height)),
                           width_ratios=list(ratios))
    return list(axes[0])


def frame(ax: Axes, pos: Tensor, pad: float) -> float:
    """Set limits around the positions with `pad` points to spare; returns points per unit.

    The axes keeps an equal aspect, so the drawing is not distorted, and shrinks to what it holds.
    """
    box = ax.get_window_extent()
    room = np.maximum(np.array([box.width, box.height]) * 72 / ax.figure.dpi - 2 * pad, 1)
    low, high = (t.numpy() for t in (pos.amin(0), pos.amax(0))) if len(pos) else (
        np.zeros(2), np.zeros(2))
    extent = high - low
    scale = float(np.min(room / np.maximum(extent, 1e-3 * extent.max() + 1e-9)))
    if not extent.any():
        scale = float(room.min())
    ax.set_xlim(low[0] - pad / scale, high[0] + pad / scale)
    ax.set_ylim(low[1] - pad / scale, high[1] + pad / scale)
    ax.set_aspect("equal")
    ax.axis("off")
    return scale


def room_for_nodes(pos: Tensor, points_per_unit: float) -> float:
    """A diameter in points at which nodes stand apart: under half of the usual nearest distance."""
    if len(pos) < 2:
        return 26.0
    some = pos[:: max(1, len(pos) // 400)]
    gap = torch.cdist(some, pos)
    gap[gap == 0] = torch.inf
    nearest = float(gap.amin(1).quantile(0.25)) * points_per_unit
    return float(np.clip(0.55 * nearest, 2.5, 26.0))
