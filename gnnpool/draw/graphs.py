"""One graph."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.transforms import ScaledTranslation
from torch import Tensor
from torch.nn.functional import normalize

from gnnpool.checks import refuse
from gnnpool.draw.canvas import Drawn, figure_for, frame, read
from gnnpool.draw.nodes import (
    MOST_PIES,
    Colours,
    Numbers,
    mark_highlights,
    mark_nodes,
    mark_pies,
    node_fill,
    node_sizes,
    node_texts,
    per_item,
    write_labels,
)

EDGE = "#8A8A8A"


def graph(data: object, *, pos: Tensor | None = None, node_color: Colours | None = None,
          palette: Sequence[str] | None = None, node_size: Numbers | None = None,
          labels: bool | Sequence[object] = False, edge_width: Numbers | None = None,
          edge_color: str | Sequence[str] | None = None,
          highlight: Tensor | Sequence[int] | None = None, self_loops: bool = False,
          cmap: str | None = None, limits: tuple[float, float] | None = None,
          ax: Axes | None = None) -> Axes:
    """Draw one graph: equal aspect, no axes, nothing cut off at the border.

    Args:
        data: anything with an edge_index: PyG's `Data`, a `Graph`, `Pooled` or `Adjacency`.
        pos: [N, 2]; None is `data.pos` (its first two columns) where there is one, else `layout`.
        node_color: a colour; or one a node, where None leaves a node hollow, as dropped ones are;
            or classes [N] int64, where −1 is hollow; or values [N] float, by `cmap` within
            `limits`; or memberships [N, K] float, drawn as pies, above 100 nodes as `mixtures`.
        palette: colours of the classes or of the K columns; None is `colours`.
        node_size: diameters in points, one or [N]; None: what there is room for.
        labels: True for `data.names` (or numbers), or one text a node.
        edge_width, edge_color: one, or one for each column of edge_index. Widths in points; None
            goes by the magnitude of the weights where they differ.
        highlight: node numbers, or a bool mask [N], that get a ring.
        self_loops: also draws self-loops, as small circles beside their nodes.

    Raises:
        ValueError: an argument with the wrong number of entries, or of the wrong type.

    Example:
        >>> import torch
        >>> from torch_geometric.data import Data
        >>> path = Data(edge_index=torch.tensor([[0, 1], [1, 2]]), num_nodes=3)
        >>> ax = graph(path, node_color=torch.tensor([0, 0, 1]), labels="abc")
    """
    drawn = read(data, pos)
    fill = node_fill(node_color, drawn.n, palette, cmap, limits)
    texts = node_texts(labels, drawn)
    ax = figure_for(drawn.pos)[0] if ax is None else ax
    size = node_sizes(node_size, drawn, frame(ax, drawn.pos, 18.0), bool(texts))
    loops = self_loops and drawn.loop.size > 0
    frame(ax, drawn.pos, float(size.max(initial=2.0)) / 2 + 4 + 8 * loops)
    weights = np.concatenate([drawn.weight, drawn.loop_weight if loops else drawn.weight[:0]])
    widths = edge_widths(weights, float(size.mean()) if drawn.n else 0.0)  # one scale for both
    inner, loop_widths = np.split(widths, [drawn.weight.size])
    if edge_width is not None:
        columns = data.edge_index.size(1)
        inner = per_item("edge_width", edge_width, columns, "column of edge_index")[drawn.source]
    _edges(ax, drawn, inner, edge_color, data.edge_index.size(1))
    if loops:
        _loops(ax, drawn, size, loop_widths)
    mark_nodes(ax, drawn.pos, fill, size)
    pies = np.zeros(drawn.n, dtype=bool)
    if isinstance(node_color, Tensor) and node_color.dim() == 2 and drawn.n <= MOST_PIES:
        pies = mark_pies(ax, drawn.pos, node_color, palette, size)
    if highlight is not None:
        mark_highlights(ax, drawn.pos, highlight, size)
    write_labels(ax, drawn, texts, fill, size, pies)
    return ax


def _edges(ax: Axes, drawn: Drawn, widths: np.ndarray, color: str | Sequence[str] | None,
           columns: int) -> None:
    there = drawn.weight > 1e-6 * drawn.weight.max(initial=0)
    shade: str | list[str] = color or EDGE
    if not isinstance(shade, str):
        if len(shade) != columns:
            refuse("edge_color", f"{len(shade)} entries",
                   f"{columns}, one for each column of edge_index")
        shade = [shade[i] for i in drawn.source[there]]
    ax.add_collection(LineCollection(drawn.pos.numpy()[drawn.pair.T[there]], colors=shade,
                                     linewidths=widths[there], zorder=1, capstyle="round",
                                     clip_on=False), autolim=False)


def edge_widths(weight: np.ndarray, node: float) -> np.ndarray:
    """Widths in points: growing with the weights, the same for all where they are equal; thinner
    between small nodes, of diameter `node`.
    """
    top = weight.max(initial=0)
    if weight.min(initial=np.inf) > 0.999 * top:
        return np.full(weight.shape, np.clip(0.11 * node, 0.5, 1.6))
    return np.clip(node / 14, 0.4, 1.0) * (0.4 + 4.1 * weight / top)


def _loops(ax: Axes, drawn: Drawn, size: np.ndarray, widths: np.ndarray) -> None:
    """A circle behind each node with a self-loop, on the side that looks away from the middle."""
    away = drawn.pos - drawn.pos.mean(0)
    away = normalize(away + away.new_tensor([0.0, 1e-6]), dim=1).numpy()
    for node, width in zip(drawn.loop, widths, strict=True):
        shift = away[node] * (size[node] / 2 + 2) / 72
        offset = ax.transData + ScaledTranslation(*shift, ax.figure.dpi_scale_trans)
        ax.scatter(*drawn.pos[node].numpy(), s=(0.35 * size[node] + 6)**2, facecolors="none",
                   edgecolors=EDGE, linewidths=width, transform=offset, zorder=2, clip_on=False)
