"""The figures of the examinations. Needs the extra "draw": loaded where one is drawn."""

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator

from gnnpool import draw

if TYPE_CHECKING:
    from gnnpool.evaluate.node_information import NodeInformation
    from gnnpool.evaluate.topology import Topology


def draw_reconstruction(result: "NodeInformation", ax: Axes | None = None) -> Axes:
    """Where each node is (grey), where it was reconstructed, and how far apart the two are."""
    ax = plt.subplots(figsize=(3.6, 3.6), layout="constrained")[1] if ax is None else ax
    place = torch.arange(result.nodes)[:, None]
    true, told = ((t if t.size(1) > 1 else torch.cat([place, t], 1))[:, :2].double().numpy()
                  for t in (result.x, result.reconstruction))
    size = float(min(40.0, max(4.0, 4_000 / result.nodes)))
    ax.add_collection(LineCollection(list(zip(true, told, strict=True)), colors="#C8C8C8",
                                     linewidths=0.6, zorder=1))
    ax.scatter(*true.T, s=0.6 * size, color=draw.GREY, linewidths=0, zorder=2)
    far = (result.mean_mse * result.x.size(1)) ** 0.5
    ax.scatter(*told.T, s=size, c=result.error.double().numpy(), cmap="cividis_r", vmin=0.0,
               vmax=far, edgecolors=draw.INK, linewidths=0.3, zorder=3)
    ax.set_aspect("equal", adjustable="datalim")
    ax.axis("off")
    lost = 100 * result.mse_over_variance
    ax.set_title(f"{result.pooler}: {lost:{'.0f' if lost > 100 else '.2g'}} % of the variance lost")
    return ax


def draw_topology(result: "Topology", ax: Axes | None = None) -> Axes:
    """A′ as a heat map; beside it the lowest eigenvalues of L and of L′."""
    if ax is None:
        ax = plt.subplots(figsize=(6.4, 3.0), layout="constrained")[1]
    ax.axis("off")
    ax.set_title(f"{result.pooler}: {result.supernodes} supernodes, density "
                 f"{result.pooled_density:.2g}")
    matrix, values = ax.inset_axes([0, 0, 0.44, 0.92]), ax.inset_axes([0.6, 0.12, 0.4, 0.8])
    draw.adjacency(result.pooled, annotate=False, ax=matrix)
    for eigenvalues, marker, label, colour in (
            (result.eigenvalues, "o", "L", "blue"),
            (result.pooled_eigenvalues, "D", "L′", "vermillion")):
        values.plot(range(1, len(eigenvalues) + 1), eigenvalues.numpy(), marker, markersize=5,
                    markerfacecolor="none", color=draw.COLOURS[colour], label=label)
    values.set(xlabel="number", ylabel="eigenvalue")
    values.xaxis.set_major_locator(MaxNLocator(integer=True))
    values.legend()
    return ax
