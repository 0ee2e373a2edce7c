"""The blocks of a scheme: how large each is, and how it is painted. All lengths are points."""

from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.cbook import is_math_text
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, Polygon
from matplotlib.textpath import text_to_path

from gnnpool.checks import check_choice, check_tensor, refuse
from gnnpool.draw.icons import (
    CELL,
    ICON_SIZE,
    ICONS,
    STEP,
    graph_size,
    icon,
    maps_icon,
    matrix_icon,
    parts,
)
from gnnpool.draw.nodes import Colours, node_fill
from gnnpool.draw.theme import COLOURS, GREY, INK

FONT = 10.0
NOTE = 9.0
# The colour of a kind of block; those with None have none of their own.
KINDS = {"mp": COLOURS["blue"], "pool": COLOURS["orange"], "lift": COLOURS["green"],
         "mlp": COLOURS["purple"], "readout": COLOURS["sky"], "loss": COLOURS["vermillion"],
         "op": GREY, "text": None, "graph": None, "matrix": None, "maps": COLOURS["sky"]}
TRAINED = ("mp", "pool", "mlp", "readout")
# The corners of a unit square, two of them drawn in.
_TRAPEZOIDS = {
    "right": np.array([[-0.5, -0.5], [-0.5, 0.5], [0.5, 0.32], [0.5, -0.32]]),
    "left": np.array([[-0.5, -0.32], [-0.5, 0.32], [0.5, 0.5], [0.5, -0.5]]),
    "bottom": np.array([[-0.32, -0.5], [-0.5, 0.5], [0.5, 0.5], [0.32, -0.5]]),
}


@dataclass(frozen=True)
class Block:
    """One piece of a scheme.

    Attributes:
        text: inside the block (a "graph", "matrix" or "maps" has none inside; use `note`).
        kind: "mp", "pool" (narrows), "lift" (widens), "mlp", "readout", "loss", "op": boxes;
            "text": text alone; "graph": a little graph; "matrix": a grid; "maps": stacked squares.
        note: small text below the block.
        loss: the text of a loss that is taken from this block.
        fixed: not trained but computed once: a dashed outline, and no gradient.
        size: of a "graph" its nodes, 1, 3, 6 or 9; of a "matrix" (rows, columns); of "maps"
            (side in points, how many).
        content: what to draw instead: any graph for "graph", values [rows, columns] for "matrix".
        color: of the nodes, as `graph` takes it; or of the box.
        narrow: the narrow side of a pool or lift, "right", "left" or "bottom"; "" goes by its kind.

    Raises:
        ValueError: an unknown kind, or a size that the kind does not have.
    """

    text: str = ""
    kind: str = "mp"
    note: str = ""
    loss: str = ""
    fixed: bool = False
    size: int | tuple[int, int] | None = None
    content: object = None
    color: Colours | None = None
    narrow: str = ""

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, KINDS)
        check_choice("narrow", self.narrow, ("", "right", "left", "bottom"))
        if self.kind == "graph" and self.content is None:
            check_choice("size", self.size, tuple(ICONS))
        if self.kind == "matrix" and self.content is not None:
            check_tensor("content", self.content, (None, None), "float")
        needs_pair = self.kind == "maps" or (self.kind == "matrix" and self.content is None)
        if needs_pair and not (isinstance(self.size, tuple) and len(self.size) == 2):
            refuse("size", repr(self.size), f"a pair of numbers for kind {self.kind!r}")

    @property
    def trained(self) -> bool:
        """Whether a gradient changes it."""
        return self.kind in TRAINED and not self.fixed


def text_size(text: str, size: float, weight: str = "normal") -> tuple[float, float]:
    """Width and height in points of a text of one or more lines."""
    lines = text.split("\n")
    font = FontProperties(family="DejaVu Sans", weight=weight, size=size)
    widths = [text_to_path.get_text_width_height_descent(line, font, is_math_text(line))[0]
              if line.strip() else 0.0 for line in lines]
    return max(widths), 1.25 * size * len(lines)


def body(block: Block) -> tuple[float, float]:
    """Width and height of a block without its note."""
    if block.kind == "graph":
        if block.content is None:
            return ICON_SIZE[block.size]
        return graph_size(block.content)
    if block.kind == "matrix":
        rows, columns = block.size if block.content is None else block.content.shape
        return CELL * columns, CELL * rows
    if block.kind == "maps":
        side, count = block.size
        return side + STEP * (count - 1), side + STEP * (count - 1)
    width, height = text_size(block.text, FONT)
    if block.kind == "text":
        return width + 4, height + 4
    if block.kind in ("pool", "lift"):
        return ((width + 10) / 0.78, height + 14) if block.narrow == "bottom" else (
            max(width + 14, 36.0), height + 24)
    return max(width + 14, 32.0), height + 12


def extent(block: Block) -> tuple[float, float]:
    """Width and height of a block with its note."""
    width, height = body(block)
    if not block.note:
        return width, height
    note_width, note_height = text_size(block.note, NOTE)
    return max(width, note_width), height + note_height + 3


def paint(ax: Axes, block: Block, x: float, y: float, scale: float = 1.0) -> None:
    """Paint a block with the middle of its body at (x, y); `scale` is of its texts."""
    width, height = body(block)
    if block.kind == "graph":
        pos, pair = ICONS[block.size] if block.content is None else parts(block.content)
        icon(ax, pos, pair, node_fill(block.color, len(pos)), (x, y), (width, height))
    elif block.kind == "matrix":
        values = torch.zeros(block.size) if block.content is None else block.content
        matrix_icon(ax, values, (x - width / 2, y + height / 2))
    elif block.kind == "maps":
        colour = block.color or KINDS["maps"]
        maps_icon(ax, *block.size, (x - width / 2, y - height / 2), (pale(colour), colour))
    else:
        _paint_box(ax, block, x, y, width, height)
        ax.text(x, y, block.text, ha="center", va="center", fontsize=FONT * scale, color=INK,
                zorder=4, gid="text")
    if block.note:
        ax.text(x, y - height / 2 - 3, block.note, ha="center", va="top", fontsize=NOTE * scale,
                color="#555555", zorder=4, gid="note")


def _paint_box(ax: Axes, block: Block, x: float, y: float, w: float, h: float) -> None:
    if block.kind == "text":
        return
    colour = block.color or KINDS[block.kind]
    look = {"facecolor": pale(colour), "edgecolor": colour, "linewidth": 1.3, "zorder": 3,
            "linestyle": (0, (3, 2)) if block.fixed else "-"}
    if block.kind in ("pool", "lift"):
        narrow = block.narrow or ("right" if block.kind == "pool" else "left")
        corners = _TRAPEZOIDS[narrow] * [w, h] + [x, y]
        ax.add_patch(Polygon(corners, joinstyle="round", **look))
        return
    rounding = h / 2 if block.kind == "loss" else 4
    ax.add_patch(FancyBboxPatch((x - w / 2, y - h / 2), w, h,
                                boxstyle=f"round,pad=0,rounding_size={rounding}", **look))


def pale(colour: str) -> tuple[float, ...]:
    """A colour light enough to read black text on."""
    return tuple(0.22 * v + 0.78 for v in to_rgb(colour))
