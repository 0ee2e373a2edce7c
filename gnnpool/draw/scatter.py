"""A scatter as SVG whose places are shares of its size and whose texts keep theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from gnnpool.draw.scales import Scale
from gnnpool.draw.theme import INK

# One a colour, as wide as each other in effect; the origin is the point.
SHAPES = (
    "M-5.5 0a5.5 5.5 0 1 1 11 0a5.5 5.5 0 1 1 -11 0z",  # disc
    "M-5 -5h10v10h-10z",  # square
    "M0 -6.8L6.4 4.6H-6.4z",  # triangle
    "M0 -7L7 0L0 7L-7 0z",  # diamond
    "M0 6.8L6.4 -4.6H-6.4z",  # triangle that points down
    "M-2 -6.5h4v4.5h4.5v4h-4.5v4.5h-4v-4.5h-4.5v-4h4.5z",  # plus
)
# Where a name stands beside its point: pixels across and down, and the share of it to the left.
SIDES = ((9, 4, 0), (-9, 4, 1), (0, -12, 0.5), (0, 20, 0.5),
         (7, -6, 0), (7, 16, 0), (-7, -6, 1), (-7, 16, 1))
_ANCHORS = {0: "start", 0.5: "middle", 1: "end"}
_LETTER, _ASCENT, _DESCENT, _RADIUS = 7.0, 11.0, 4.0, 7.0
_WIDTH, _HEIGHT = 300.0, 320.0  # on a phone; a wider drawing only moves names apart

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Point:
    """A point of a scatter.

    Attributes:
        x, y: in the units of the axes.
        kind: number of its colour and shape.
        name: stands beside it.
        line: what there is to say about it.
    """

    x: float
    y: float
    kind: int
    name: str
    line: str


def shape_definitions(key: str, fills: Sequence[str]) -> str:
    """The shapes of some kinds in their colours, which `swatch` and `scatter` refer to."""
    paths = (f'<path id="{key}{i}" d="{SHAPES[i]}" fill="{colour}" stroke="{INK}"/>'
             for i, colour in enumerate(fills))
    return f'<defs>{"".join(paths)}</defs>'


def swatch(key: str, kind: int) -> str:
    """The shape of a kind, to stand in a line of text."""
    return (f'<svg class="gnnpool-swatch" viewBox="-8 -8 16 16" aria-hidden="true">'
            f'<use href="#{key}{kind}"/></svg>')


def scatter(key: str, number: int, points: Sequence[Point], x: Scale, y: Scale) -> str:
    """Axes and their points in one group; a group of a number above 0 is not shown at first."""
    places = [(x.place(point.x), 1 - y.place(point.y)) for point in points]
    sides = _sides(places, [point.name for point in points])
    inside = [*(_tick_x(*tick) for tick in x.ticks()), *(_tick_y(*tick) for tick in y.ticks()),
              *(_point(key, *drawn) for drawn in zip(points, places, sides, strict=True))]
    hidden = ' data-off=""' if number else ""
    return "\n".join([f'<g data-axes=""{hidden}>', *inside, "</g>"])


def _tick_x(share: float, text: str) -> str:
    at = percent(share)
    return (f'<line x1="{at}" x2="{at}" y2="100%"/>'
            f'<text x="{at}" y="100%" dy="1.4em" text-anchor="middle">{text}</text>')


def _tick_y(share: float, text: str) -> str:
    at = percent(1 - share)
    return (f'<line y1="{at}" y2="{at}" x2="100%"/>'
            f'<text x="-7" y="{at}" dy=".35em" text-anchor="end">{text}</text>')


def _point(key: str, point: Point, place: tuple[float, float], side: int | None) -> str:
    """A place of its own for each point: its name keeps its distance in pixels at any width."""
    across, down = map(percent, place)
    hidden = ' data-off=""' if side is None else ""
    dx, dy, left = SIDES[int(place[0] > 0.5) if side is None else side]  # within the drawing
    return (f'<svg x="{across}" y="{down}"><title>{escape(point.line)}</title>'
            f'<use href="#{key}{point.kind}"/><text x="{dx}" y="{dy}" '
            f'text-anchor="{_ANCHORS[left]}"{hidden}>{escape(point.name)}</text></svg>')


def _sides(places: Sequence[tuple[float, float]], names: Sequence[str]) -> list[int | None]:
    """A side for each name where it covers nothing, None where there is none."""
    middles = [(x * _WIDTH, y * _HEIGHT) for x, y in places]
    taken = [(x - _RADIUS, y - _RADIUS, x + _RADIUS, y + _RADIUS) for x, y in middles]
    chosen: list[int | None] = []
    for (x, y), name in zip(middles, names, strict=True):
        boxes = [_name_box(x, y, name, side) for side in range(len(SIDES))]
        side = next((i for i, box in enumerate(boxes) if _is_free(box, taken)), None)
        chosen.append(side)
        if side is not None:
            taken.append(boxes[side])
    return chosen


def _name_box(x: float, y: float, name: str, side: int) -> Box:
    dx, dy, left = SIDES[side]
    width, start = _LETTER * len(name), x + dx - _LETTER * len(name) * left
    return start, y + dy - _ASCENT, start + width, y + dy + _DESCENT


def _is_free(box: Box, taken: Sequence[Box]) -> bool:
    """Whether a box lies in the drawing and on nothing; the script has the same rule."""
    left, top, right, bottom = box
    inside = left > 0 and top > -_ASCENT and right < _WIDTH and bottom < _HEIGHT
    return inside and not any(left < r and x < right and top < b and y < bottom
                              for x, y, r, b in taken)


def percent(share: float) -> str:
    """A share of the width or height.

    Example:
        >>> percent(0.12345)
        '12.35%'
    """
    return f"{round(100 * share, 2):g}%"
