"""One operator's card in a linked figure: what is drawn, and where a reader can point at it."""

from collections.abc import Iterator, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from gnnpool.draw.canvas import Drawn
from gnnpool.draw.graphs import graph
from gnnpool.draw.matrices import adjacency, assignment
from gnnpool.draw.nodes import discs
from gnnpool.draw.pools import pooled_graph
from gnnpool.draw.theme import INK, column_colours, text_colour
from gnnpool.src import Pooled

# Inches. S stands at the right over the whole height, the two graphs and A′ at the left.
_WIDE, _LEFT, _NAMES, _HEAD, _RIM = 3.0, 1.86, 0.24, 0.2, 0.09
_MATRIX = 1.1
_REACH = 72 * _HEAD  # how far a head stands out, in points
_TEXT = 9.0  # points
_NODE, _SMALL = 12.5, 9.0
_FEW = 16  # nodes; above it their names stand at the rows of S only
_MOST_HEADS = 9  # supernodes; above it their numbers have no room over their columns

Mark = tuple[str, str, dict[str, float]]  # what it stands for, its shape, its place in points
Named = dict[str, str | list[str]]  # what a group of the drawing stands for, or all that is in it


def card(drawn: Drawn, data: object, out: Pooled, names: Sequence[str]
         ) -> tuple[Figure, list[Mark], Named]:
    """The graph in its supernodes' colours, the pooled graph, S and A′, and what can be lit there:
    nodes n and k, rows r and columns c of S, heads h, entries a of A′; edges e and l.
    """
    k = out.assignment.num_supernodes
    figure, (before, after, s, a) = _panels(drawn)
    palette = column_colours(k, None)
    few = drawn.n <= _FEW
    graph(data, pos=drawn.pos, node_color=out.assignment.dense(), palette=palette,
          labels=names if few else False, node_size=_NODE if few else None, ax=before)
    pooled_graph(after, drawn, out, palette, node_size=_NODE if few else _SMALL)
    _number(after, palette)
    assignment(out, labels=names, annotate=False, palette=palette, ax=s)
    s.set_aspect("auto")  # rows as high as a finger wants them
    adjacency(out, ax=a)
    _heads(s, a, palette)
    for ax, text in ((s, "S"), (a, "A′")):
        ax.annotate(text, (0, 1), (-5, 3), xycoords="axes fraction", textcoords="offset points",
                    ha="right", va="bottom", fontsize=_TEXT + 1, color=INK)
    figure.draw_without_rendering()  # the axes take their final shape
    marks = [*node_marks("n", before), *node_marks("k", after), *_s_marks(s, drawn.n, k),
             *_a_marks(a, k)]
    outside = [text for text in before.texts if text.get_path_effects()]
    named = {**_named_edges("e", before), **_named_edges("l", after), **named_discs("k", after),
             **_named_texts("n", before, outside), **_named_texts("k", after, after.texts)}
    return figure, marks, named


def _panels(drawn: Drawn) -> tuple[Figure, list[Axes]]:
    x, y = (drawn.pos.amax(0) - drawn.pos.amin(0)).tolist() if drawn.n else (1.0, 1.0)
    rows = drawn.n * (0.19 if drawn.n <= _FEW else 0.14) + _HEAD + 0.05
    rest = _HEAD + _MATRIX + 0.1
    high = float(np.clip(_LEFT * (y + 0.1 * x) / max(x, 1e-6), 0.8, max(1.5, (rows - rest) / 2)))
    full = max(2 * high + rest, rows)
    figure = plt.figure(figsize=(_WIDE, full), layout="none")
    inner, side = _LEFT - 2 * _RIM, min(full - 2 * high - _HEAD - 0.1, 1.3)
    boxes = [(_RIM, full - high, inner, high - _RIM), (_RIM, full - 2 * high, inner, high - _RIM),
             (_LEFT + _NAMES, 0.02, _WIDE - _LEFT - _NAMES - 0.02, full - _HEAD - 0.04),
             (_HEAD + _RIM, 0.02, inner - _HEAD, side)]
    size = np.array([_WIDE, full, _WIDE, full])
    return figure, [figure.add_axes(tuple(np.array(box) / size)) for box in boxes]


def _number(ax: Axes, palette: Sequence[str]) -> None:
    for k, (place, colour) in enumerate(zip(_places(ax)[0], palette, strict=True)):
        ax.annotate(str(k), place, ha="center", va="center_baseline", fontsize=_TEXT, zorder=5,
                    color=text_colour(colour), annotation_clip=False)


def _heads(s: Axes, a: Axes, palette: Sequence[str]) -> None:
    """The numbers of the supernodes, on their colours, over S and along A′; of many the dots that
    S has, made smaller, and some numbers.
    """
    for axis in (s.xaxis, a.xaxis, a.yaxis):
        axis.set_tick_params(pad=3, length=0)
        if len(palette) <= _MOST_HEADS:
            _head(axis, palette)
        elif axis.axes is a:
            axis.set_major_locator(MaxNLocator(5, integer=True))
        else:
            axis.set_tick_params(labelsize=72 * (_WIDE - _LEFT - _NAMES) / len(palette))


def _head(axis: Axis, palette: Sequence[str]) -> None:
    axis.set_ticks(range(len(palette)), map(str, range(len(palette))), fontsize=_TEXT)
    for label, colour in zip(axis.get_ticklabels(), palette, strict=True):
        label.set(color=text_colour(colour), path_effects=[], bbox={
            "facecolor": colour, "edgecolor": "none", "boxstyle": "square,pad=0.12"})


def _points(ax: Axes, place: np.ndarray) -> np.ndarray:
    """From data to points from the upper left corner, as SVG counts them."""
    figure = ax.figure
    at = ax.transData.transform(place) * 72 / figure.dpi
    return np.stack([at[..., 0], 72 * figure.get_figheight() - at[..., 1]], -1)


def node_marks(kind: str, ax: Axes) -> Iterator[Mark]:
    """A ring around each node, and a wider disc to catch the finger."""
    place, wide = _places(ax)
    at = _points(ax, place)
    gap = np.linalg.norm(at[:, None] - at, axis=-1) + 1e6 * np.eye(len(at))
    for i, ((x, y), reach, radius) in enumerate(
            zip(at, gap.min(1, initial=1e6) / 2, wide / 2, strict=True)):
        yield f"{kind}{i}", "circle", {"cx": x, "cy": y, "r": radius + 1.6}
        yield f"{kind}{i}", "hit", {"cx": x, "cy": y, "r": min(max(reach, radius), 14.0)}


def _places(ax: Axes) -> tuple[np.ndarray, np.ndarray]:
    """Where the nodes of a graph are, [N, 2] in data, and their diameters in points."""
    return np.asarray(discs(ax).get_offsets()), np.sqrt(discs(ax).get_sizes())


def _named_edges(kind: str, ax: Axes) -> Named:
    """Which two nodes each drawn edge joins."""
    lines = next(c for c in ax.collections if isinstance(c, LineCollection))
    lines.set_gid(f"{kind}-edges")
    ends = np.reshape(lines.get_segments(), (-1, 2, 1, 2))
    pairs = np.linalg.norm(ends - _places(ax)[0], axis=-1).argmin(-1) if ends.size else []
    return {f"{kind}-edges": [f"{kind}{i},{j}" for i, j in pairs]}


def named_discs(kind: str, ax: Axes) -> Named:
    """Which node each drawn disc is."""
    discs(ax).set_gid(f"{kind}-discs")
    return {f"{kind}-discs": [f"{kind}{i}" for i in range(len(_places(ax)[0]))]}


def _named_texts(kind: str, ax: Axes, chosen: Sequence[Text]) -> Named:
    """Labels of nodes that fade by themselves: those inside of a veiled disc do with it."""
    for i, text in enumerate(ax.texts):
        text.set_gid(f"{kind}-text-{i}" if text in chosen else None)
    return {text.get_gid(): f"{kind}{i}" for i, text in enumerate(ax.texts) if text in chosen}


def _s_marks(ax: Axes, n: int, k: int) -> Iterator[Mark]:
    """The rows with their names, the columns, and the heads of these."""
    reach = 72 * _NAMES
    for i in range(n):
        box = _box(ax, -0.5, i - 0.5, k - 0.5, i + 0.5)
        yield f"r{i}", "rect", box | {"x": box["x"] - reach, "width": box["width"] + reach}
    for j in range(k):
        box = _box(ax, j - 0.5, -0.5, j + 0.5, n - 0.5)
        yield f"c{j}", "rect", box
        yield f"h{j}", "rect", _head_above(box)


def _a_marks(ax: Axes, k: int) -> Iterator[Mark]:
    """The entries of A′, and the heads of its rows and columns."""
    for p in range(k):
        for q in range(k):
            yield f"a{p},{q}", "rect", _box(ax, q - 0.5, p - 0.5, q + 0.5, p + 0.5)
    for p in range(k):
        above, left = _box(ax, p - 0.5, -0.5, p + 0.5, 0), _box(ax, -0.5, p - 0.5, 0, p + 0.5)
        yield f"h{p}", "rect", _head_above(above)
        yield f"h{p}", "rect", left | {"x": left["x"] - _REACH, "width": _REACH - 0.5}


def _head_above(box: dict[str, float]) -> dict[str, float]:
    return box | {"y": box["y"] - _REACH, "height": _REACH - 0.5}


def _box(ax: Axes, left: float, top: float, right: float, bottom: float) -> dict[str, float]:
    (x, y), (x1, y1) = _points(ax, np.array([[left, top], [right, bottom]]))
    return {"x": x, "y": y, "width": x1 - x, "height": y1 - y}
