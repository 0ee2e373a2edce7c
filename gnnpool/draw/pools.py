"""Before and after: a graph, its pooled graph and the assignment, all in the same colours."""

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor

from gnnpool.assignment import Assignment
from gnnpool.checks import check_choice, refuse
from gnnpool.draw.canvas import Drawn, figure_for, frame, read
from gnnpool.draw.graphs import graph
from gnnpool.draw.matrices import assignment as assignment_panel
from gnnpool.draw.nodes import node_sizes
from gnnpool.draw.positions import centroids, spread
from gnnpool.draw.theme import FAINT, column_colours
from gnnpool.src import Pooled

PANELS = ("before", "after", "matrix")


def pooled(data: object, out: Pooled, *, pos: Tensor | None = None,
           panels: Sequence[str] = ("before", "after"),
           labels: bool | Sequence[object] = False, palette: Sequence[str] | None = None,
           highlight: Tensor | Sequence[int] | None = None, self_loops: bool = False,
           axes: Sequence[Axes] | None = None) -> list[Axes]:
    """Draw a graph and what pooling made of it, each supernode in one colour throughout.

    "before": the graph, every node in the colours of its supernodes by its row of S: a pie, above
    100 nodes their mixture; nodes that no supernode takes are hollow. "after": the pooled graph
    over a faint copy of the graph, each supernode at the mean position of its nodes, weighted by
    the entries of S (`centroids`; those that would cover each other are set on a small ring), its
    area by its total membership, edges as wide as their weights. "matrix": S as a heat map.

    Args:
        data: the graph.
        out: what a pooler returned for it.
        pos, labels, highlight: as `graph` takes them, for the panel "before".
        panels: which to draw, in this order.
        palette: a colour for each supernode; None is `colours(K)`.
        self_loops: also draws the diagonal of A′.
        axes: one for each panel; None makes a figure.

    Returns:
        The axes, one for each panel.

    Raises:
        ValueError: `out` is not a Pooled of this graph; an unknown panel; the wrong number of
            axes or colours.

    Example:
        >>> from gnnpool import TopKPooling
        >>> from gnnpool.datasets import running_graph
        >>> data = running_graph()
        >>> axes = pooled(data, TopKPooling(3)(data.x, data.edge_index), labels=True)
    """
    drawn = read(data, pos)
    _check(out, drawn, panels, axes)
    palette = column_colours(out.assignment.num_supernodes, palette)
    if axes is None:
        rows = min(drawn.n, 40) if "matrix" in panels else 0
        ratios = [0.45 if panel == "matrix" else 1.0 for panel in panels]
        axes = figure_for(drawn.pos, ratios, least_height=0.16 * rows + 0.3)
    for panel, ax in zip(panels, axes, strict=True):
        if panel == "before":
            graph(data, pos=drawn.pos, node_color=out.assignment.dense(), palette=palette,
                  labels=labels, highlight=highlight, ax=ax)
        elif panel == "after":
            pooled_graph(ax, drawn, out, palette, self_loops=self_loops)
        else:
            names = drawn.names if labels is True else None if labels is False else labels
            assignment_panel(out, labels=names, palette=palette, ax=ax)
    return list(axes)


def _check(out: object, drawn: Drawn, panels: Sequence[str], axes: Sequence[Axes] | None) -> None:
    for panel in panels:
        check_choice("panels", panel, PANELS)
    check_pooled("out", out, drawn.n)
    if axes is not None and len(axes) != len(panels):
        refuse("axes", f"{len(axes)} axes", f"{len(panels)}, one for each panel")


def check_pooled(argument: str, out: object, n: int) -> None:
    """Refuse what is not a Pooled of a graph of n nodes."""
    s = getattr(out, "assignment", None)
    if not isinstance(s, Assignment) or s.num_nodes != n:
        refuse(argument, "another graph's" if isinstance(s, Assignment) else type(out).__name__,
               f"what a pooler returned for these {n} nodes")


def pooled_graph(ax: Axes, drawn: Drawn, out: Pooled, palette: list[str], *,
                 self_loops: bool = False, node_size: float | None = None) -> None:
    """The pooled graph, in the frame of the graph that it was made from.

    `node_size` is the diameter of a supernode of one node, in points; None: as the nodes' own.
    """
    scale = frame(ax, drawn.pos, 18.0)
    middle = centroids(out.assignment, drawn.pos)
    size = _diameters(out.assignment, node_sizes(node_size, drawn, scale, labelled=True))
    wide = float(size.max(initial=0)) / scale
    where = spread(middle, 0.7 * wide, 1.5 * wide)
    size = size * _room(where, size / scale)
    graph(out, pos=where, node_color=palette, node_size=size, self_loops=self_loops,
          ax=ax)
    _ghost(ax, drawn)
    frame(ax, torch.cat([drawn.pos, where]), float(size.max(initial=0)) / 2 + 4 + 8 * self_loops)


def _room(where: Tensor, wide: np.ndarray) -> float:
    """The factor by which all discs shrink so that none covers another; not below 0.6, for the
    numbers on them.
    """
    if len(where) < 2:
        return 1.0
    one, other = np.triu_indices(len(where), 1)
    apart = (where[one] - where[other]).norm(dim=1).double().numpy()
    return float(np.clip((2 * apart / (wide[one] + wide[other])).min(), 0.6, 1.0))


def _diameters(assignment: Assignment, node: np.ndarray) -> np.ndarray:
    """In points: the area grows with the membership; one node's worth is as wide as a node."""
    share = assignment.dense().detach().abs().double().cpu().sum(0)
    return node.max(initial=7.0) * share.sqrt().clamp(0.7, 1.9).numpy()


def _ghost(ax: Axes, drawn: Drawn) -> None:
    """The graph behind its pooled graph, too faint to be taken for it."""
    x, y = drawn.pos.numpy().T
    ax.plot(x[drawn.pair], y[drawn.pair], color=FAINT, linewidth=0.8, zorder=0, clip_on=False)
    ax.scatter(x, y, s=9, color=FAINT, zorder=0, clip_on=False)
