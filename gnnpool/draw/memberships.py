"""Soft clusters as a picture: each node drawn to the corners that it belongs to."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from torch import Tensor

from gnnpool.checks import check_number, check_tensor, refuse
from gnnpool.draw.theme import GREY, INK, column_colours


def memberships(s: Tensor, y: Tensor | None = None, *, spread: float = 0.06, size: float = 9,
                palette: Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
    """Draw the rows of S as points: S times K corners on a circle.

    A node of one cluster stands at its corner, an undecided one in the middle. From three corners
    on every mixture of two has its place, but opposite mixtures may share one: all in the middle is
    not only uniform rows.

    Args:
        s: [N, K], rows that sum to one.
        y: [N] int64, the colour of each node; None is one colour for all.
        spread: how far nodes of one place are strewn around it, so that they do not hide each other
            (the radius of the circle is 1).
        size: area of a point.
        palette: a colour for each number in y; None is `colours`.

    Raises:
        ValueError: s is not a matrix of floats, or y has another length.

    Example:
        >>> ax = memberships(torch.tensor([[1.0, 0.0, 0.0], [0.1, 0.6, 0.3]]))
    """
    check_tensor("s", s, (None, None), "float")
    if not s.size(1):
        refuse("s", "no columns", "a column for each cluster")
    check_number("spread", spread)
    s = s.detach().double().cpu().numpy()
    n, k = s.shape
    color = np.array([GREY] * n)
    if y is not None:
        check_tensor("y", y, (n,), "int64")
        if n and int(y.min()) < 0:
            refuse("y", f"a lowest number of {int(y.min())}", "numbers from 0")
        names = column_colours(int(y.max()) + 1 if n else 1, palette)
        color = np.array(names)[y.cpu().numpy()] if n else color
    corners = _corners(k)
    place = s @ corners + spread * _strewn(n)
    order = np.random.default_rng(0).permutation(n)  # no colour on top of all others
    if ax is None:
        ax = plt.subplots(figsize=(3.2, 3.2), layout="constrained")[1]
    ax.add_patch(Polygon(corners, fill=False, edgecolor="#BBBBBB", linewidth=1, zorder=0))
    ax.plot(*corners.T, "o", color="white", markeredgecolor=INK, markersize=5, zorder=0.5)
    ax.scatter(*place[order].T, s=size, c=color[order], alpha=0.75, linewidths=0, zorder=2)
    ax.set(xlim=(-1.2, 1.2), ylim=(-1.2, 1.2), aspect="equal")
    ax.axis("off")
    return ax


def _corners(k: int) -> np.ndarray:
    """[k, 2] on the unit circle, the first at the top."""
    angle = np.pi / 2 - 2 * np.pi * np.arange(k) / k
    return np.stack([np.cos(angle), np.sin(angle)], 1)


def _strewn(n: int) -> np.ndarray:
    """[n, 2] evenly over the unit disc, the same every time: a sunflower."""
    turn = np.arange(n) * np.pi * (3 - np.sqrt(5))
    radius = np.sqrt((np.random.default_rng(1).permutation(n) + 0.5) / max(n, 1))
    return np.stack([radius * np.cos(turn), radius * np.sin(turn)], 1)
