"""Small pictures inside schemes: graphs, matrices, feature maps. All lengths are points."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, Rectangle
from torch import Tensor

from gnnpool.draw.canvas import read
from gnnpool.draw.theme import GREY, INK, colour_map

CELL = 6.5  # of a matrix
STEP = 3.0  # between feature maps
_ROOM = (84.0, 56.0)  # for a graph of the reader's own

_TRIANGLE = np.array([[0.0, 0.62], [-0.5, -0.31], [0.5, -0.31]])


_CORNERS = np.array([[0, 1], [1, 2], [0, 2]])
_THIRDS = [_TRIANGLE * 1.05 + centre for centre in _TRIANGLE * [2.4, 2.2]]
# Little graphs by their number of nodes, as positions and edges: triangles, neighbours joined.
ICONS = {
    1: (np.zeros((1, 2)), np.zeros((0, 2), dtype=int)),
    3: (_TRIANGLE, _CORNERS),
    6: (np.concatenate([_TRIANGLE[:, ::-1] - [1.1, 0], _TRIANGLE[:, ::-1] * [-1, 1] + [1.1, 0]]),
        np.concatenate([_CORNERS, _CORNERS + 3, [[0, 3]]])),
    9: (np.concatenate(_THIRDS),
        np.concatenate([_CORNERS, _CORNERS + 3, _CORNERS + 6, [[1, 3], [2, 6], [5, 7]]])),
}
ICON_SIZE = {1: (14.0, 14.0), 3: (28.0, 25.0), 6: (50.0, 28.0), 9: (64.0, 56.0)}


def parts(graph: object) -> tuple[np.ndarray, np.ndarray]:
    """Positions [N, 2] and edges [E, 2] of a graph."""
    drawn = read(graph)
    return drawn.pos.numpy(), drawn.pair.T


def graph_size(graph: object) -> tuple[float, float]:
    """Width and height of a graph that fills the room for one without distortion."""
    pos, _ = parts(graph)
    span = np.ptp(pos, axis=0) if len(pos) else np.zeros(2)
    if not span.any():
        return ICON_SIZE[1]
    rim = 2 * _radius(len(pos)) + 1
    factor = min((room - rim) / s for room, s in zip(_ROOM, span, strict=True) if s > 0)
    width, height = factor * span + rim
    return float(width), float(height)


def _radius(nodes: int) -> float:
    return float(np.clip(12.5 / max(nodes, 1)**0.5, 2.2, 5.0))


def icon(ax: Axes, pos: np.ndarray, pair: np.ndarray, fill: Sequence[str | None],
         centre: tuple[float, float], box: tuple[float, float]) -> None:
    """A little graph inside a box: its nodes at pos [N, 2], its edges pair [E, 2]."""
    radius = _radius(len(pos))
    low, high = pos.min(0, initial=np.inf), pos.max(0, initial=-np.inf)
    room = np.array(box) - 2 * radius - 1
    factor = np.min(room / np.maximum(high - low, 1e-9)) if (high > low).any() else 1.0
    p = (pos - (low + high) / 2) * factor + centre
    ax.add_collection(LineCollection(p[pair], colors="#8A8A8A", linewidths=1.1, zorder=3),
                      autolim=False)
    for point, colour in zip(p, fill, strict=True):
        ax.add_patch(Circle(point, radius, facecolor=colour or "white", linewidth=0.8, zorder=3.5,
                            edgecolor=INK if colour else GREY))


def matrix_icon(ax: Axes, values: Tensor, corner: tuple[float, float]) -> None:
    """A grid of small cells below and right of its upper left corner."""
    mapping, norm = colour_map(values)
    for (i, j), v in np.ndenumerate(values.detach().cpu().numpy()):
        ax.add_patch(Rectangle((corner[0] + j * CELL, corner[1] - (i + 1) * CELL), CELL, CELL,
                               facecolor=mapping(norm(v)), edgecolor="#777777", linewidth=0.6,
                               zorder=3))


def maps_icon(ax: Axes, side: float, count: int, corner: tuple[float, float],
              look: tuple[object, object]) -> None:
    """A stack of squares, the front one at its lower left corner; look: face and edge colours."""
    for n in reversed(range(count)):
        ax.add_patch(Rectangle((corner[0] + n * STEP, corner[1] + n * STEP), side, side,
                               facecolor=look[0], edgecolor=look[1], linewidth=0.9,
                               zorder=3 - n / 100))
