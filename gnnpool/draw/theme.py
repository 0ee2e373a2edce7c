"""Colours, fonts and the figure format: one look for every figure."""

import colorsys
import sys
from collections.abc import Sequence
from types import MappingProxyType

import matplotlib as mpl
import numpy as np
import torch
from cycler import cycler
from matplotlib.colors import to_hex, to_rgb
from torch import Tensor

from gnnpool.checks import check_count, check_tensor, refuse

# Okabe and Ito's colours, told apart with any form of colour blindness. In the order of use:
# neighbours in it are far from each other.
COLOURS = MappingProxyType({
    "blue": "#0072B2", "orange": "#E69F00", "green": "#009E73", "vermillion": "#D55E00",
    "sky": "#56B4E9", "purple": "#CC79A7", "yellow": "#F0E442", "black": "#000000",
})
INK = "#222222"  # outlines and text
GREY = "#9A9A9A"  # what is dropped, or not spoken of
FAINT = "#D9D9D9"  # what stands behind
SEQUENTIAL = "Blues"  # zero is white
DIVERGING = "RdBu"  # negative red, zero white, positive blue

# The seven chromatic ones, then five chosen to lie far from them under simulated colour blindness.
_SUPERNODES = (*list(COLOURS.values())[:7], "#2A1A8A", "#9FE2C8", "#6B4A45", "#2B2B10", "#F3D9B1")


def colours(n: int) -> list[str]:
    """n colours for n supernodes or classes.

    The first twelve differ in hue; after them the same hues come lighter, then darker.

    Raises:
        ValueError: n is not an integer of at least 1.

    Example:
        >>> colours(2)
        ['#0072B2', '#E69F00']
    """
    check_count("n", n)
    rounds = (_SUPERNODES, [_lightness(c, 0.55) for c in _SUPERNODES],
              [_lightness(c, -0.45) for c in _SUPERNODES])
    series = [c for shades in rounds for c in shades]
    return [series[i % len(series)] for i in range(n)]


def _lightness(colour: str, change: float) -> str:
    """A colour moved by a share of its way to white (positive) or to black (negative)."""
    h, light, s = colorsys.rgb_to_hls(*to_rgb(colour))
    light += change * (1 - light if change > 0 else light)
    return to_hex(colorsys.hls_to_rgb(h, light, s)).upper()


def column_colours(k: int, palette: Sequence[str] | None) -> list[str]:
    """The colours of k supernodes: as given, else `colours`."""
    if palette is None:
        return colours(k) if k else []
    if len(palette) != k:
        refuse("palette", f"{len(palette)} colours", f"{k}, one for each supernode")
    return list(palette)


def mixtures(s: Tensor, palette: Sequence[str] | None = None) -> list[str | None]:
    """One colour a node: its supernodes' colours, mixed by its row of S.

    The squares of the channels are mixed, near to how light adds up, by the absolute values in
    the row. A node without a supernode (a row of zeros) has no colour: None.

    Args:
        s: [N, K].
        palette: K colours; None is `colours(K)`.

    Raises:
        ValueError: s is not a matrix of floats, or the palette has another number of colours.

    Example:
        >>> mixtures(torch.tensor([[1.0, 0.0], [0.0, 0.0]]))
        ['#0072b2', None]
    """
    check_tensor("s", s, (None, None), "float")
    s = s.detach().abs().double().cpu().numpy()
    rgb = np.array([to_rgb(c) for c in column_colours(s.shape[1], palette)]).reshape(-1, 3)
    total = s.sum(1, keepdims=True)
    share = np.divide(s, total, out=np.zeros_like(s), where=total > 0)
    mixed = np.sqrt(share @ rgb**2).clip(0, 1)
    return [to_hex(c) if t > 0 else None for c, t in zip(mixed, total[:, 0], strict=True)]


def text_colour(background: str) -> str:
    """Black or white, whichever is read more easily on a colour (W3C relative luminance).

    Example:
        >>> text_colour("#FFFFFF"), text_colour("#000000")
        ('#222222', 'white')
    """
    rgb = np.array(to_rgb(background))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return INK if linear @ [0.2126, 0.7152, 0.0722] > 0.213 else "white"


def style() -> None:
    """Give all figures that follow the book's look; in a notebook, as PNG for sharp screens.

    The figure background is white in both themes of the site, and every text has 9 pt or more.

    Example:
        >>> style()
        >>> mpl.rcParams["axes.spines.top"]
        False
    """
    mpl.rcParams.update({
        "font.family": "DejaVu Sans", "font.size": 10, "axes.titlesize": 10.5,
        "axes.labelsize": 10, "xtick.labelsize": 9, "ytick.labelsize": 9, "legend.fontsize": 9,
        "mathtext.fontset": "dejavusans", "figure.titlesize": 11, "figure.dpi": 100,
        "figure.figsize": (6.0, 3.6), "figure.facecolor": "white", "axes.facecolor": "white",
        "savefig.facecolor": "white", "figure.constrained_layout.use": True,
        "figure.constrained_layout.h_pad": 0.1,  # a title is not taken for the label above it
        "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#666666",
        "axes.labelcolor": INK, "text.color": INK, "xtick.color": "#444444",
        "ytick.color": "#444444", "axes.titlelocation": "center", "legend.frameon": False,
        "lines.linewidth": 1.8, "axes.axisbelow": True, "grid.color": "#E4E4E4",
        "image.cmap": SEQUENTIAL, "image.interpolation": "nearest",
        "axes.prop_cycle": cycler(color=list(COLOURS.values())),
    })
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        from matplotlib_inline.backend_inline import set_matplotlib_formats
        set_matplotlib_formats("retina", facecolor="white")


def colour_map(values: Tensor | np.ndarray, limits: tuple[float, float] | None = None,
               cmap: str | None = None) -> tuple[mpl.colors.Colormap, mpl.colors.Normalize]:
    """The colour map and its scale for some numbers: from zero up, or around zero on both sides."""
    v = torch.as_tensor(values).detach().double()
    v = v[v.isfinite()]
    low, high = (float(v.min()), float(v.max())) if v.numel() else (0.0, 1.0)
    signed = low < 0
    if limits is None:
        reach = max(-low, high)
        limits = (-reach, reach) if signed else (min(low, 0.0), high if high > 0 else 1.0)
    name = cmap or (DIVERGING if limits[0] < 0 < limits[1] else SEQUENTIAL)
    return mpl.colormaps[name], mpl.colors.Normalize(*limits)
