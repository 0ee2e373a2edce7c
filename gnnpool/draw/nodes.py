"""Nodes: their colours, sizes, pies, rings and names."""

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex
from matplotlib.patheffects import withStroke
from torch import Tensor

from gnnpool.checks import describe, refuse
from gnnpool.draw.canvas import Drawn, room_for_nodes
from gnnpool.draw.theme import (
    COLOURS,
    GREY,
    INK,
    colour_map,
    colours,
    column_colours,
    mixtures,
    text_colour,
)

Colours = str | Sequence[str | None] | Tensor
Numbers = float | Sequence[float] | Tensor
MOST_PIES = 100  # nodes; above it a pie is too small to be read
_DISCS = 3  # the layer that nodes, and nothing else, are drawn in


def node_fill(color: Colours | None, n: int, palette: Sequence[str] | None = None,
              cmap: str | None = None, limits: tuple[float, float] | None = None
              ) -> list[str | None]:
    """One colour a node, None for a hollow one, from whatever `node_color` may be."""
    if color is None or isinstance(color, str):
        return [color or COLOURS["sky"]] * n
    if len(color) != n:
        refuse("node_color", f"{len(color)} entries", f"{n}, one for each node")
    if not isinstance(color, Tensor):
        return list(color)
    if color.dim() == 2:
        return mixtures(color, palette)
    if color.dim() != 1:
        refuse("node_color", describe(color), f"a tensor of shape [{n}] or [{n}, *]")
    if color.is_floating_point():
        mapping, norm = colour_map(color, limits, cmap)
        return [to_hex(mapping(v)) for v in norm(color.detach().double().cpu().numpy())]
    return _class_colours(color.long(), palette)


def _class_colours(classes: Tensor, palette: Sequence[str] | None) -> list[str | None]:
    most = int(classes.max()) + 1 if classes.numel() else 0
    palette = palette or colours(max(most, 1))
    if len(palette) < most:
        refuse("palette", f"{len(palette)} colours", f"{most}, one for each class")
    return [palette[c] if c >= 0 else None for c in classes.tolist()]


def node_texts(labels: bool | Sequence[object], drawn: Drawn) -> list[str]:
    """The text of each node, or none at all."""
    if labels is False:
        return []
    if labels is True:
        labels = drawn.names if drawn.names is not None else range(drawn.n)
    if len(labels) != drawn.n:
        refuse("labels", f"{len(labels)} entries", f"{drawn.n}, one for each node")
    return [str(text) for text in labels]


def per_item(argument: str, value: Numbers, n: int, of: str) -> np.ndarray:
    """A number for each of n items, from one number or n of them."""
    value = value.detach().cpu() if isinstance(value, Tensor) else value
    array = np.asarray(value, dtype=float)
    if array.ndim and array.shape != (n,):
        refuse(argument, f"shape {list(array.shape)}", f"one number, or {n}, one for each {of}")
    return np.broadcast_to(array, (n,))


def node_sizes(size: Numbers | None, drawn: Drawn, scale: float, labelled: bool) -> np.ndarray:
    """Diameters in points: as asked for, else what there is room for."""
    if size is not None:
        return per_item("node_size", size, drawn.n, "node")
    auto = room_for_nodes(drawn.pos, scale)
    return np.full(drawn.n, max(auto, 15.0) if labelled and drawn.n <= 60 else auto)


def mark_nodes(ax: Axes, pos: Tensor, fill: list[str | None], size: np.ndarray) -> None:
    """A disc for each node, hollow and grey where it has no colour."""
    x, y = pos.T.numpy()
    hollow = np.array([c is None for c in fill], dtype=bool)
    ax.scatter(x, y, s=size**2, c=["white" if c is None else c for c in fill], zorder=_DISCS,
               edgecolors=np.where(hollow, GREY, INK), linewidths=outline(size), clip_on=False)


def discs(ax: Axes) -> PathCollection:
    """The nodes of the graph on these axes, as `mark_nodes` drew them."""
    return next(c for c in ax.collections if c.get_zorder() == _DISCS)


def outline(size: np.ndarray) -> np.ndarray:
    """The width of a node's outline, in points."""
    return np.clip(size / 14, 0.2, 1.1)


def mark_pies(ax: Axes, pos: Tensor, s: Tensor, palette: Sequence[str] | None,
              size: np.ndarray) -> np.ndarray:
    """A pie over each node of several supernodes, clockwise from the top; returns which nodes.

    A supernode with less than 1 % of a node has no slice that one could see.
    """
    s = s.detach().abs().double().cpu().numpy()
    palette = column_colours(s.shape[1], palette)
    share = s / np.maximum(s.sum(1, keepdims=True), 1e-12)
    share[share < 0.01] = 0
    mixed = (share > 0).sum(1) > 1
    for node in mixed.nonzero()[0]:
        ends = np.cumsum(np.concatenate([[0], share[node] / share[node].sum()]))
        for k in share[node].nonzero()[0]:
            _slice(ax, pos[node], ends[k], ends[k + 1], palette[k], size[node])
    ax.scatter(*pos[mixed].T.numpy(), s=size[mixed]**2, facecolors="none", edgecolors=INK,
               linewidths=outline(size[mixed]), zorder=3.2, clip_on=False)
    return mixed


def _slice(ax: Axes, centre: Tensor, start: float, end: float, colour: str, wide: float) -> None:
    turn = 2 * np.pi * np.linspace(start, end, 3 + int(64 * (end - start)))
    shape = np.column_stack([np.sin([0, *turn]), np.cos([0, *turn])])
    shape[0] = 0
    reach = np.abs(shape).max()  # scatter stretches a marker to its size: undo that
    ax.scatter(*centre.tolist(), marker=shape, s=(reach * wide)**2, color=colour, linewidths=0,
               zorder=3.1, clip_on=False)


def mark_highlights(ax: Axes, pos: Tensor, highlight: Tensor | Sequence[int],
                    size: np.ndarray) -> None:
    """A ring around some of the nodes."""
    chosen = _chosen(highlight, len(pos))
    x, y = pos.T.numpy()
    wide = size[chosen] + 2.5 * outline(size[chosen]) + 4
    ax.scatter(x[chosen], y[chosen], s=wide**2, facecolors="none", edgecolors=INK, zorder=2.9,
               linewidths=np.clip(size[chosen] / 9, 1.0, 2.2), clip_on=False)


def _chosen(highlight: Tensor | Sequence[int], n: int) -> np.ndarray:
    chosen = torch.as_tensor(highlight).detach().cpu()
    if chosen.dtype == torch.bool:
        if chosen.shape != (n,):
            refuse("highlight", describe(chosen), f"a bool tensor of shape [{n}], or node numbers")
        return chosen.nonzero().flatten().numpy()
    if chosen.numel() and not 0 <= int(chosen.min()) <= int(chosen.max()) < n:
        refuse("highlight", chosen.tolist(), f"node numbers from 0 to {n - 1}")
    return chosen.long().numpy()


def write_labels(ax: Axes, drawn: Drawn, texts: list[str], fill: list[str | None],
                 size: np.ndarray, pies: np.ndarray) -> None:
    """Labels inside their nodes; where they do not fit, and on pies, beside them in a white rim."""
    for i, text in enumerate(texts):
        inside = 6.0 * len(text) + 2 <= size[i] and not pies[i]
        side = np.zeros(2) if inside else _free_side(drawn, i)
        ax.annotate(text, drawn.pos[i].tolist(), side * (size[i] / 2 + 2), fontsize=9, zorder=4,
                    textcoords="offset points", annotation_clip=False,
                    color=text_colour(fill[i] or "white") if inside else INK,
                    ha=("right", "center", "left")[1 + round(side[0])],
                    va=("top", "center_baseline", "bottom")[1 + round(side[1])],
                    path_effects=[] if inside else [withStroke(linewidth=2, foreground="white")])


def _free_side(drawn: Drawn, node: int) -> np.ndarray:
    """The direction in the middle of the widest angle that a node's edges leave free."""
    pair = drawn.pair[:, (drawn.pair == node).any(0)]
    other = np.where(pair[0] == node, pair[1], pair[0])
    if not other.size:
        return np.array([0.0, 1.0])
    step = (drawn.pos[other] - drawn.pos[node]).double().numpy()
    turn = np.sort(np.arctan2(step[:, 1], step[:, 0]))
    gap = np.diff(turn, append=turn[0] + 2 * np.pi)
    middle = turn[gap.argmax()] + gap.max() / 2
    return np.array([np.cos(middle), np.sin(middle)])
