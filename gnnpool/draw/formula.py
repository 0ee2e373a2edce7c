"""The formula of message passing, with little graphs in place of its symbols."""

import numpy as np
import torch
from matplotlib.axes import Axes
from torch import Tensor

from gnnpool.checks import refuse
from gnnpool.draw.blocks import text_size
from gnnpool.draw.canvas import Drawn, read
from gnnpool.draw.arrows import paper
from gnnpool.draw.icons import icon
from gnnpool.draw.theme import COLOURS, INK, mixtures

_BOX = (98.0, 62.0)
_SIGN = 17.0


def formula_graph(data: object, node: int, *, pos: Tensor | None = None,
                  ax: Axes | None = None) -> Axes:
    """Draw x′ᵢ = φ(ψ(xᵢ), γ({xⱼ})) for one node of a graph, each symbol as the graph it speaks of.

    The node is blue, its neighbours are orange, and after the update it has a mixture of both.

    Args:
        data: a graph, as `graph` takes it.
        node: i, whose new features the formula gives.
        pos: [N, 2].

    Raises:
        ValueError: node is not one of the graph's.

    Example:
        >>> from gnnpool.datasets import running_graph
        >>> ax = formula_graph(running_graph(), 3)
    """
    drawn = read(data, pos)
    if not 0 <= node < drawn.n:
        refuse("node", node, f"a node from 0 to {drawn.n - 1}")
    i, neighbours = {node}, _neighbours(drawn, node)
    both = mixtures(torch.tensor([[1.0, 1.0]]), [COLOURS["blue"], COLOURS["orange"]])[0]
    parts = [({node: both}, r"$x_i^\prime$"), "$=$", r"$\varphi\,($", r"$\psi\,($",
             (dict.fromkeys(i, COLOURS["blue"]), "$x_i$"), "$),$", r"$\gamma\,($",
             (dict.fromkeys(neighbours, COLOURS["orange"]), r"$\{x_j\}$"), "$)\\,)$"]
    widths = [text_size(p, _SIGN)[0] if isinstance(p, str) else _BOX[0] for p in parts]
    starts = np.cumsum([0, *(w + 7 for w in widths)])
    ax, scale = paper(ax, starts[-1] - 7, _BOX[1] + 20)
    for part, left, width in zip(parts, starts, widths, strict=False):
        x, y = left + width / 2, -_BOX[1] / 2
        if isinstance(part, str):
            ax.text(x, y, part, fontsize=_SIGN * scale, ha="center", va="center", color=INK)
            continue
        fill = [part[0].get(n) for n in range(drawn.n)]
        icon(ax, drawn.pos.numpy(), drawn.pair.T, fill, (x, y), _BOX)
        ax.text(x, -_BOX[1] - 2, part[1], fontsize=12 * scale, ha="center", va="top", color=INK)
    return ax


def _neighbours(drawn: Drawn, node: int) -> set[int]:
    return {int(n) for n in drawn.pair[:, (drawn.pair == node).any(0)].flatten()} - {node}
