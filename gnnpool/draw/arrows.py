"""Blocks in a grid, and arrows between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch

from gnnpool.checks import check_choice, refuse
from gnnpool.draw.blocks import NOTE, Block, body, extent, paint
from gnnpool.draw.theme import COLOURS, INK

GAP = 17.0  # points between columns
ROW_GAP = 16.0
MARGIN = 5.0
ARROWS = {"flow": (INK, "-"), "skip": ("#8A8A8A", (0, (4, 2.5))),
          "loss": (COLOURS["vermillion"], "-"),
          "gradient": (COLOURS["vermillion"], (0, (3, 2)))}


@dataclass(frozen=True)
class Arrow:
    """An arrow between two blocks by name.

    Attributes:
        kind: "flow", "skip" (grey, dashed), "loss" or "gradient" (dashed).
        bend: where the blocks share neither row nor column, whether it leaves "across" or "down".
        text: a word above its middle.
    """

    source: str
    target: str
    kind: str = "flow"
    bend: str = "across"
    text: str = ""

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, ARROWS)
        check_choice("bend", self.bend, ("across", "down"))


@dataclass(frozen=True)
class _Place:
    x: float
    y: float
    width: float
    height: float
    row: float
    column: float


def flow(blocks: Mapping[str, tuple[Block, int, int]], arrows: Sequence[Arrow] = (), *,
         ax: Axes | None = None) -> Axes:
    """Draw blocks in a grid and the arrows between them.

    Columns are as wide as their widest block and rows as high as their highest, so that nothing
    overlaps; texts have 9 pt or more on a figure of its own, and shrink where `ax` is too small.

    Args:
        blocks: name to (block, row, column), rows from the top.
        arrows: between them, by name.

    Raises:
        ValueError: no blocks, two blocks in one place, an arrow to a name that is not there.

    Example:
        >>> ax = flow({"x": (Block("$X$", "text"), 0, 0), "mp": (Block("MP"), 0, 1)},
        ...           [Arrow("x", "mp")])
    """
    places, size = arrange(blocks)
    for arrow in arrows:
        for name in (arrow.source, arrow.target):
            if name not in places:
                refuse("arrows", repr(name), "one of " + ", ".join(map(repr, places)))
    ax, scale = paper(ax, *size)
    for name, (block, _, _) in blocks.items():
        paint(ax, block, places[name].x, places[name].y, scale)
    for arrow in arrows:
        _draw_arrow(ax, arrow, places, scale)
    return ax


def arrange(blocks: Mapping[str, tuple[Block, int, int]]
             ) -> tuple[dict[str, _Place], tuple[float, float]]:
    """The place of each block, and the width and height of all."""
    cells = [(row, column) for _, row, column in blocks.values()]
    if not cells or len(set(cells)) < len(cells):
        refuse("blocks", cells, "at least one block, each in a row and column of its own")
    widths, heights = {}, {}
    for block, row, column in blocks.values():
        w, h = extent(block)
        widths[column] = max(widths.get(column, 0), w)
        heights[row] = max(heights.get(row, 0), h)
    x, y = _middles(widths, GAP), _middles(heights, ROW_GAP)
    total = (sum(widths.values()) + GAP * (len(widths) - 1),
             sum(heights.values()) + ROW_GAP * (len(heights) - 1))
    tallest: dict[int, float] = {}  # bodies of a row stand on one line, whatever their notes
    for block, row, _ in blocks.values():
        tallest[row] = max(tallest.get(row, 0), body(block)[1])
    places = {}
    for name, (block, row, column) in blocks.items():
        top = y[row] - heights[row] / 2
        places[name] = _Place(x[column], -(top + tallest[row] / 2), *body(block), row, column)
    return places, total


def _middles(lengths: dict[int, float], gap: float) -> dict[int, float]:
    """The middle of each column (or row), from the first on."""
    out, start = {}, 0.0
    for key in sorted(lengths):
        out[key] = start + lengths[key] / 2
        start += lengths[key] + gap
    return out


def paper(ax: Axes | None, width: float, height: float) -> tuple[Axes, float]:
    """Axes whose unit is a point, the upper left corner at the origin; and by how much it shrinks.
    """
    w, h = width + 2 * MARGIN, height + 2 * MARGIN
    scale = 1.0
    if ax is None:
        figure = plt.figure(figsize=(w / 72, h / 72))
        figure.set_layout_engine("none")  # an engine from the style would look for a grid
        ax = figure.add_axes((0, 0, 1, 1))
    else:
        box, points = ax.get_window_extent(), 72 / ax.figure.dpi
        scale = min(1.0, box.width * points / w, box.height * points / h)
    ax.set(xlim=(-MARGIN, width + MARGIN), ylim=(-height - MARGIN, MARGIN), aspect="equal")
    ax.axis("off")
    return ax, scale


def _draw_arrow(ax: Axes, arrow: Arrow, places: Mapping[str, _Place], scale: float) -> None:
    a, b = places[arrow.source], places[arrow.target]
    start, end, bend = _route(a, b, arrow.bend)
    draw_line(ax, start, end, arrow.kind, bend)
    if arrow.text:
        x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        ax.text(x, y + 2, arrow.text, ha="center", va="bottom", fontsize=NOTE * scale,
                color=ARROWS[arrow.kind][0], zorder=4, gid="note")


def draw_line(ax: Axes, start: tuple[float, float], end: tuple[float, float], kind: str,
              bend: str = "arc3", head: bool = True) -> None:
    """An arrow between two points."""
    colour, dashes = ARROWS[kind]
    ax.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>" if head else "-", mutation_scale=9,
                                 shrinkA=1.5 * head, shrinkB=1.5 * head, color=colour,
                                 linestyle=dashes, linewidth=1.2, connectionstyle=bend, zorder=2,
                                 joinstyle="round"))


def _route(a: _Place, b: _Place, bend: str) -> tuple[tuple, tuple, str]:
    """From border to border: straight along a row or column, else with one corner."""
    right, down = np.sign(b.x - a.x), np.sign(b.y - a.y)
    side_a, side_b = (a.x + right * a.width / 2, a.y), (b.x - right * b.width / 2, b.y)
    edge_a, edge_b = (a.x, a.y + down * a.height / 2), (b.x, b.y - down * b.height / 2)
    if a.row == b.row:
        return side_a, side_b, "arc3"
    if a.column == b.column:
        return edge_a, edge_b, "arc3"
    if bend == "across":
        return side_a, edge_b, "angle,angleA=0,angleB=90,rad=4"
    return edge_a, side_b, "angle,angleA=90,angleB=0,rad=4"
