"""Heat maps: image, grid, numbers in the cells, names beside them."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_hex
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from gnnpool.checks import refuse
from gnnpool.draw.theme import colour_map, text_colour

MOST_CELLS = 40  # rows or columns; above it neither lines nor numbers are drawn


def axes_for(width: float, height: float) -> Axes:
    """A figure of its own for a matrix of this size in inches."""
    size = (max(width, 0.6) + 0.6, max(height, 0.5) + 0.5)
    return plt.subplots(figsize=size, layout="constrained")[1]


def heat(ax: Axes, matrix: Tensor, annotate: bool | None, limits: tuple[float, float] | None,
          cell: tuple[float, float]) -> None:
    """The image, its grid and its numbers; `cell` is its width and height in points."""
    if not matrix.numel():
        return
    mapping, norm = colour_map(matrix, limits)
    n, k = matrix.shape
    ax.imshow(matrix.numpy(), cmap=mapping, norm=norm, aspect=cell[1] / cell[0],
              interpolation="nearest")
    ax.spines[:].set(visible=True, color="#B0B0B0", linewidth=0.8)
    ax.tick_params(length=0)
    if max(n, k) <= MOST_CELLS:  # lines between the cells
        ax.hlines(np.arange(1, n) - 0.5, -0.5, k - 0.5, color="#E2E2E2", linewidth=0.7)
        ax.vlines(np.arange(1, k) - 0.5, -0.5, n - 0.5, color="#E2E2E2", linewidth=0.7)
    if _fits(matrix, cell) if annotate is None else annotate:
        for (i, j), v in np.ndenumerate(matrix.numpy()):
            ink = text_colour(to_hex(mapping(norm(v)))) if v else "#B0B0B0"
            ax.text(j, i, number(v), ha="center", va="center_baseline", fontsize=9, color=ink)


def cell_size(ax: Axes, n: int, k: int, flat: float, tall: float) -> tuple[float, float]:
    """Width and height in points of the cells of n rows and k columns that fill the axes, the
    height `flat` to `tall` times the width. What is written beside the cells has to be there.
    """
    if engine := ax.figure.get_layout_engine():
        engine.execute(ax.figure.canvas.figure)
    box = ax.get_window_extent()
    points = 72 / ax.figure.dpi
    wide, high = points * box.width / max(k, 1), points * box.height / max(n, 1)
    shape = np.clip(high / wide, flat, tall)
    wide = min(wide, high / shape)
    return wide, wide * shape


def _fits(matrix: Tensor, cell: tuple[float, float]) -> bool:
    """Whether the longest number has room in a cell."""
    if max(matrix.shape) > MOST_CELLS:
        return False
    longest = max(len(number(v)) for v in matrix.flatten().tolist())
    return cell[0] >= 5.3 * longest + 2 and cell[1] >= 10


def number(value: float) -> str:
    """A whole number as such, any other with two decimals, with a true minus sign."""
    text = f"{value:.0f}" if value == round(value) else f"{value:.2f}"
    return text.replace("-", "−").replace("−0.00", "0.00")


def name_ticks(axis: Axis, labels: Sequence[object] | None, n: int) -> None:
    """The names of n rows or columns, or some of their numbers."""
    if labels is None and n > 16:
        axis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
    elif labels is None:
        axis.set_ticks(range(n))
    elif len(labels) != n:
        refuse("labels", f"{len(labels)} entries", f"{n}, one for each row")
    else:
        axis.set_ticks(range(n), [str(name) for name in labels])
