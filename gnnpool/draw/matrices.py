"""Matrices: the assignment S, adjacency, and grids of numbers."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patheffects import withStroke
from torch import Tensor

from gnnpool.assignment import Assignment
from gnnpool.checks import check_tensor, describe, refuse
from gnnpool.draw.heat import MOST_CELLS, axes_for, cell_size, heat, name_ticks, number
from gnnpool.draw.theme import INK, colours, column_colours

# Inches. A cell is wide enough for "−0.12" in 9 pt.
_CELL = 0.36
_ROW, _COLUMN = 0.22, 0.44  # of S, which has many more rows than columns


def assignment(s: object, *, labels: Sequence[object] | None = None,
               annotate: bool | None = None, palette: Sequence[str] | None = None,
               ax: Axes | None = None) -> Axes:
    """Draw S as a heat map: a row a node, a column a supernode under a dot of its colour.

    Args:
        s: a Pooled, an Assignment, or a matrix [N, K].
        labels: the names of the nodes.
        palette: the colours of the supernodes.
        annotate: print the values; None prints them where the cells have room.

    Raises:
        ValueError: s is none of the three, or labels or palette have the wrong length.

    Example:
        >>> ax = assignment(torch.tensor([[1.0, 0.0], [0.5, 0.5]]), labels="ab")
    """
    matrix = _matrix(getattr(s, "assignment", s))
    n, k = matrix.shape
    palette = column_colours(k, palette)
    ax = axes_for(min(k * _COLUMN, 7), min(n * _ROW, 4.4)) if ax is None else ax
    top = float(matrix.max()) if matrix.numel() else 1.0
    limits = (0.0, max(top, 1.0)) if not (matrix < 0).any() else None
    flat = 0.4 if n <= MOST_CELLS else 0.0  # a long S fills its axes
    name_ticks(ax.yaxis, labels, n)
    _heads(ax, palette)
    heat(ax, matrix, annotate, limits, cell_size(ax, n, k, flat, 1.0))
    return ax


def _heads(ax: Axes, palette: list[str]) -> None:
    """A dot of its colour above each column."""
    size = 13.0 if len(palette) <= 12 else 9.0
    ax.xaxis.tick_top()
    ax.set_xticks(range(len(palette)), ["●"] * len(palette), fontsize=size)
    ax.tick_params(axis="x", pad=1)
    for tick, colour in zip(ax.get_xticklabels(), palette, strict=True):
        tick.set(color=colour, path_effects=[withStroke(linewidth=1.4, foreground=INK)])


def adjacency(a: object, *, labels: Sequence[object] | None = None, annotate: bool | None = None,
              ax: Axes | None = None) -> Axes:
    """Draw A or A′ as a heat map.

    Args:
        a: a matrix [N, N]; (edge_index, edge_weight), the weights a tensor or None; or anything
            with an edge_index, as `graph` takes it.
        labels: names of rows and columns.
        annotate: as in `assignment`.

    Raises:
        ValueError: a is none of these, or not square, or labels have the wrong length.

    Example:
        >>> ax = adjacency((torch.tensor([[0, 1], [1, 0]]), None), labels="ab")
    """
    matrix = adjacency_matrix(a)
    n = matrix.size(0)
    ax = axes_for(min(n * _CELL, 4.4), min(n * _CELL, 4.4)) if ax is None else ax
    name_ticks(ax.yaxis, labels, n)
    name_ticks(ax.xaxis, labels, n)
    ax.xaxis.tick_top()
    heat(ax, matrix, annotate, None, cell_size(ax, n, n, 1.0, 1.0))
    return ax


def numbers(matrix: Tensor, *, blocks: int | Tensor | None = None, ax: Axes | None = None) -> Axes:
    """Draw a grid of numbers, its cells coloured by block.

    Args:
        matrix: [H, W], integers or floats.
        blocks: the block of each cell, [H, W] int64; or b for blocks of b × b cells; None: none.

    Raises:
        ValueError: matrix is not two-dimensional, or blocks do not fit it.

    Example:
        >>> ax = numbers(torch.arange(16).view(4, 4), blocks=2)
    """
    if not isinstance(matrix, Tensor) or matrix.dim() != 2:
        refuse("matrix", describe(matrix), "a tensor of shape [*, *]")
    h, w = matrix.shape
    block = _blocks(blocks, h, w)
    palette = colours(max(int(block.max()) + 1, 1))
    ax = axes_for(0.5 * w, 0.5 * h) if ax is None else ax
    for (row, col), value in np.ndenumerate(matrix.detach().cpu().numpy()):
        b = int(block[row, col])
        fill = _pale(palette[b]) if b >= 0 else "white"
        ax.add_patch(plt.Rectangle((col - 0.5, row - 0.5), 1, 1, facecolor=fill,
                                   edgecolor="white" if b >= 0 else "#C8C8C8", linewidth=1.5))
        ax.text(col, row, number(value), ha="center", va="center_baseline", fontsize=11, color=INK)
    ax.set(xlim=(-0.55, w - 0.45), ylim=(h - 0.45, -0.55), aspect="equal")
    ax.axis("off")
    return ax


def _matrix(s: object) -> Tensor:
    s = s.dense() if isinstance(s, Assignment) else s
    check_tensor("s", s, (None, None), "float")
    return s.detach().cpu().double()


def adjacency_matrix(a: object) -> Tensor:
    """A or A′, dense, from whatever `adjacency` takes."""
    if isinstance(a, Tensor):
        check_tensor("a", a, (None, None), "float")
        if a.size(0) != a.size(1):
            refuse("a", describe(a), "a square matrix")
        return a.detach().cpu().double()
    index, weight, n = _edges_of(a)
    weight = torch.ones(index.size(1)) if weight is None else weight.detach().cpu()
    out = torch.zeros(n, n, dtype=torch.double)
    return out.index_put((index[0], index[1]), weight.double(), accumulate=True)


def _edges_of(a: object) -> tuple[Tensor, Tensor | None, int]:
    index, weight = a if isinstance(a, tuple) and len(a) == 2 else (
        getattr(a, "edge_index", None), getattr(a, "edge_weight", None))
    if not isinstance(index, Tensor):
        refuse("a", describe(a), "a matrix, (edge_index, edge_weight), or a graph")
    n = getattr(a, "num_nodes", None)
    if n is None:
        x = getattr(a, "x", None)
        n = len(x) if x is not None else int(index.max()) + 1 if index.numel() else 0
    return index.cpu(), weight, n


def _blocks(blocks: int | Tensor | None, h: int, w: int) -> Tensor:
    if blocks is None:
        return torch.full((h, w), -1)
    if isinstance(blocks, Tensor):
        check_tensor("blocks", blocks, (h, w), "int64")
        return blocks
    if h % blocks or w % blocks:
        refuse("blocks", blocks, f"a divisor of {h} and of {w}")
    row, col = torch.arange(h)[:, None] // blocks, torch.arange(w) // blocks
    return row * (w // blocks) + col


def _pale(colour: str) -> tuple[float, ...]:
    """A colour light enough to read black numbers on."""
    return tuple(0.45 * v + 0.55 for v in to_rgb(colour))
