"""What the tests of figures share: a clean start, and how to read what was drawn."""

import matplotlib
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from gnnpool import draw


@pytest.fixture(autouse=True)
def figures():
    """Every test starts with the book's style and leaves no figure behind."""
    with matplotlib.rc_context():
        draw.style()
        yield
        plt.close("all")


def discs(ax) -> PathCollection:
    """The nodes of the graph on an axes."""
    return next(c for c in ax.collections
                if isinstance(c, PathCollection) and c.get_zorder() == 3)


def edges(ax) -> LineCollection:
    """Its edges."""
    return next(c for c in ax.collections if isinstance(c, LineCollection))


def faces(ax) -> list[str]:
    """The colours of its nodes."""
    return [to_hex(c) for c in discs(ax).get_facecolor()]


def boxes(artists) -> list:
    """Where artists of one figure lie in it, in pixels."""
    artists[0].figure.canvas.draw()
    return [a.get_window_extent() for a in artists]


def overlap(a, b) -> bool:
    """Whether two boxes do."""
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1
