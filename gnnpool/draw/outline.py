"""A tree as an outline: each part below the one before it, as far to the right as it is deep.

All lengths are points.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gnnpool.checks import refuse
from gnnpool.draw.arrows import MARGIN
from gnnpool.draw.blocks import FONT, NOTE, text_size

WIDTH = 7 * 72 - 2 * MARGIN
PAD = 5.0  # beside the text of a box
TRUNK = 9.0  # from the left of a box to the line down to its answers
_ABOVE = 3.5  # and below the text of a box
_LEAD = 7.0  # of a line before its answer
_HEAD = 11.0  # and behind it, with the arrow's head
_GAP = 8.0  # between boxes
_ANSWER = 60.0  # an answer is wider where one of its words is
_LEAST = 110.0  # that a box has
_PIXELS = 1.05  # by how much letters become wider where they begin at whole pixels


@dataclass(frozen=True)
class Part:
    """A part of a tree.

    Attributes:
        text: in its box.
        note: below it; of an end only.
        answer: on the line that leads to it.
        parent: number of the part where that line begins; None at the root.
        depth: lines from the root.
    """

    text: str
    note: str = ""
    answer: str = ""
    parent: int | None = None
    depth: int = 0

    @property
    def weight(self) -> str:
        """Of its letters."""
        return "bold" if self.note else "normal"


@dataclass(frozen=True)
class Item:
    """A part at its place: its texts in lines, the left and the middle of its box.

    Attributes:
        room: between the left of the line's answer and that of the box.
    """

    text: str
    note: str
    answer: str
    parent: int | None
    weight: str
    x: float
    y: float
    width: float
    height: float
    room: float


def arrange(parts: Sequence[Part]) -> tuple[list[Item], float]:
    """The place of each part, which come with each before what is below it; and their height."""
    columns = _columns(parts)
    items, top = [], 0.0
    for part in parts:
        room = columns[part.depth] - columns[part.depth - 1] - TRUNK - _LEAD if part.depth else 0
        item = _item(part, columns[part.depth], top, room)
        items.append(item)
        below = size(item.note, NOTE)[1] + 2 if item.note else 0.0
        top += _row(item) + below + _GAP
    return items, top - _GAP


def _columns(parts: Sequence[Part]) -> list[float]:
    """The left of the boxes of each depth: the answers before them have room."""
    deepest = max(part.depth for part in parts)
    columns = [0.0]
    for depth in range(1, deepest + 1):
        answers = [wrap(p.answer, _ANSWER, NOTE) for p in parts if p.depth == depth]
        widest = max(size(answer, NOTE)[0] for answer in answers)
        columns.append(columns[-1] + TRUNK + _LEAD + widest + _HEAD)
    if (room := WIDTH - columns[-1]) < _LEAST:
        refuse("guide", f"{deepest} questions in a row whose answers leave {room:.0f} points",
               f"shorter answers or fewer questions in a row, which leave {_LEAST:.0f}")
    return columns


def _item(part: Part, x: float, top: float, room: float) -> Item:
    most = WIDTH - x - 2 * PAD
    text, note = wrap(part.text, most, FONT, part.weight), wrap(part.note, WIDTH - x, NOTE)
    for lines, points, weight, limit in ((text, FONT, part.weight, most),
                                         (note, NOTE, "normal", WIDTH - x)):
        if (width := size(lines, points, weight)[0]) > limit:
            refuse("guide", f"a word of {width:.0f} points in {part.text!r}",
                   f"words of at most {limit:.0f} points")
    width, height = size(text, FONT, part.weight)
    height += 2 * _ABOVE
    answer = wrap(part.answer, _ANSWER, NOTE)
    row = max(height, size(answer, NOTE)[1])
    return Item(text, note, answer, part.parent, part.weight, x, -(top + row / 2),
                width + 2 * PAD, height, room)


def _row(item: Item) -> float:
    return max(item.height, size(item.answer, NOTE)[1])


def size(text: str, points: float, weight: str = "normal") -> tuple[float, float]:
    """Width and height of a text, however its letters are moved to whole pixels."""
    width, height = text_size(text, points, weight)
    return _PIXELS * width, height


def wrap(text: str, width: float, points: float, weight: str = "normal") -> str:
    """A text in lines of some width in points, or of one word where that is wider.

    A formula between dollars is one word.

    Example:
        >>> wrap("one two  three", 50, 10).splitlines()
        ['one two', 'three']
    """
    lines: list[str] = []
    for word in re.findall(r"(?:\$[^$]*\$|\S)+", text):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and size(longer, points, weight)[0] <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)
