"""The reach of a node: click one, and see which nodes it has heard from after each layer."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex, to_rgb
from torch import Tensor

from gnnpool.draw.canvas import Drawn, read
from gnnpool.draw.cards import named_discs, node_marks
from gnnpool.draw.compact import Styles, marked, style_rules
from gnnpool.draw.graphs import graph
from gnnpool.draw.heard import check_groups, first_heard, lines
from gnnpool.draw.linked import card_html, svg_text
from gnnpool.draw.nodes import discs, node_texts
from gnnpool.draw.page import (
    asset,
    check_alt,
    check_place,
    definitions,
    key_of,
    literal,
    style_sheet,
)
from gnnpool.draw.svg import KEY, Definitions
from gnnpool.draw.theme import COLOURS

_FEW = 16  # nodes; above it there is no room for names
_WIDE = 3.4  # inches
_SHADE = "#E2E2E2"

_PAGE = """<div class="gnnpool-reach" data-reach="{key}" role="group" aria-label="{alt}" \
style="--columns:{columns}">
<style>{css}</style>
<svg class="gnnpool-defs" aria-hidden="true" width="0" height="0">{defs}</svg>
<p class="gnnpool-reached">Node <b>{name}</b>, layers: <b>{depth}</b></p>
<div class="gnnpool-controls" hidden><span aria-hidden="true">Layers</span>
<input type="range" min="0" max="{last}" value="{depth}" step="1" autocomplete="off" \
aria-label="Layers"></div>
<div class="gnnpool-operators">
{ways}
</div>
<p class="gnnpool-heard">{legend}</p>
<p class="gnnpool-hint">Click or tap a node. On the keyboard: Tab to a drawing; \
left and right go from node to node, up and down change the number of layers.</p>
<script>{js}("{key}",{data});</script>
</div>"""


@dataclass(frozen=True)
class Reach:
    """Which nodes a node hears from, at a click, in a notebook and in the book.

    Attributes:
        alt: what it shows, in words.
        titles: of the ways that are compared.
        html: the whole of it: drawings, data and script. Nothing is fetched.

    Example:
        >>> Reach("reach on a path", ("flat", "pooled"), "<div></div>")
        Reach, flat and pooled: reach on a path
    """

    alt: str
    titles: tuple[str, ...]
    html: str

    def __repr__(self) -> str:
        return f"Reach, {' and '.join(self.titles)}: {self.alt}"

    def _repr_html_(self) -> str:
        return self.html


def reach(data: object, ways: Mapping[str, Sequence[Tensor]], *, alt: str,
          groups: Mapping[str, Sequence[Tensor | None]] | None = None, node: int = 0,
          depth: int = 1, pos: Tensor | None = None,
          labels: Sequence[object] | None = None) -> Reach:
    """Show which nodes a node has heard from after 0, 1, …, L layers, in several networks.

    A drawing of the graph for each network, side by side. A click on a node, a tap or the arrow
    keys choose who listens; a slider sets the number of layers. The listener is orange, nodes that
    it has heard are blue, paler the later it heard them first, and those it heard in the layer
    of the moment have a ring. A line says how many they are. Nothing moves by itself; in print,
    and where no script runs, the choice of `node` and `depth` is a still.

    Args:
        data: the graph, of at most 100 nodes.
        ways: title of a network to L + 1 matrices [N, N]: entry (i, j) is not 0 where node i has a
            share of node j after so many layers. Node i has heard j from the first such on.
        alt: what the figure shows, for readers who do not see it.
        groups: title to L + 1 entries: the cluster of each node, [N] int64, at whose supernodes
            the layer was, shaded behind the nodes; None where it was at the graph itself.
        node, depth: who listens at first, and after how many layers.
        pos: as `graph` takes it.
        labels: one a node; None is `data.names`, or numbers.

    Raises:
        ValueError: too many nodes, or none; ways that are not matrices of this graph, as many for
            each; groups that do not fit them; a node or depth that is not there; alt is empty.

    Example:
        >>> from torch_geometric.data import Data
        >>> path = Data(edge_index=torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]), num_nodes=3)
        >>> a = torch.tensor([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]])
        >>> reach(path, {"flat": [torch.eye(3), a, a @ a]}, alt="A path of three nodes.")
        Reach, flat: A path of three nodes.
    """
    drawn = read(data, pos)
    check_alt(alt, "figure")
    first, last = first_heard(ways, drawn.n)
    shades = check_groups(groups, first, drawn.n, last)
    check_place("node", node, drawn.n)
    check_place("depth", depth, last + 1)
    names = node_texts(True if labels is None else labels, drawn)
    palette = _palette(last)
    defined: Definitions = {}
    styles: Styles = {}
    svgs = [_drawing(data, drawn, first[title][node], shades[title], depth, palette, names,
                     defined, styles) for title in first]
    texts = [svg_text(svg) for svg in svgs]
    told = [lines(first[title], names, last) for title in first]
    known = {"first": [f.tolist() for f in first.values()], "lines": told, "names": names,
             "palette": palette, "node": int(node), "depth": int(depth)}
    key = key_of("reach", [alt, known, texts])
    boxes = [card_html(title, title, escape(line[node][depth]), svg.get("viewBox"),
                       text.replace(KEY, f"{key}-"))
             for title, line, svg, text in zip(first, told, svgs, texts, strict=True)]
    css = style_sheet("reach", "controls.css", "drawings.css", "reach.css")
    css += "\n" + style_rules(f"[data-reach={key}]", styles).replace(KEY, f"{key}-")
    return Reach(alt, tuple(first), _PAGE.format(
        key=key, alt=escape(alt), columns=len(first), css=css, last=last, depth=depth,
        defs=definitions(defined).replace(KEY, f"{key}-"), name=escape(names[node]),
        ways="\n".join(boxes), legend=_legend(palette), js=asset("reach.js"), data=literal(known)))


def _palette(last: int) -> list[str]:
    """Orange for who listens, then from blue to pale blue; black is read well on all of them."""
    start, end = np.array(to_rgb(COLOURS["sky"])), np.array(to_rgb("#D6EBF8"))
    steps = np.linspace(0, 1, last)[:, None] if last > 1 else np.zeros((last, 1))
    return [COLOURS["orange"], *map(to_hex, start + steps * (end - start))]


def _drawing(data: object, drawn: Drawn, first: np.ndarray, clusters: Sequence[Tensor | None],
             depth: int, palette: list[str], names: list[str], defined: Definitions,
             styles: Styles) -> ET.Element:
    """The graph with what is heard at first; all shades, of which one is shown."""
    figure, ax = _axes(drawn)
    few = drawn.n <= _FEW
    heard = torch.from_numpy(np.where(first <= depth, first, -1))
    graph(data, pos=drawn.pos, node_color=heard, palette=palette, ax=ax,
          labels=names if few else False, node_size=18.0 if few else None)
    named = named_discs("n", ax)
    for layer, cluster in enumerate(clusters):
        if cluster is not None:
            named[f"shade-{layer}"] = f"g{layer}"
            _shade(ax, drawn, cluster).set_gid(f"shade-{layer}")
    figure.draw_without_rendering()  # the axes take their final shape
    svg = marked(figure, [*node_marks("n", ax)], named, defined, styles)
    for element in svg.iter():
        mark = element.get("data-mark", "")
        if mark.startswith("g") and mark != f"g{depth}":
            element.set("data-off", "")
        if element.tag == "circle" and mark and first[int(mark[1:])] == depth:
            element.set("data-new", "")
    return svg


def _axes(drawn: Drawn) -> tuple[plt.Figure, Axes]:
    x, y = (drawn.pos.amax(0) - drawn.pos.amin(0)).tolist()
    high = float(np.clip(_WIDE * (y + 0.1 * x) / max(x, 1e-6), 0.4 * _WIDE, 1.1 * _WIDE))
    figure = plt.figure(figsize=(_WIDE, high), layout="none")
    return figure, figure.add_axes((0.03, 0.03, 0.94, 0.94))


def _shade(ax: Axes, drawn: Drawn, cluster: Tensor) -> LineCollection:
    """A shade around the nodes of each cluster: broad lines between all of them."""
    label = cluster.cpu().numpy()
    i, j = np.nonzero(np.triu(label[:, None] == label) & (label >= 0))
    place, broad = drawn.pos.numpy(), 1.75 * np.sqrt(discs(ax).get_sizes()).mean()
    lines = LineCollection(np.stack([place[i], place[j]], 1), colors=_SHADE, linewidths=broad,
                           capstyle="round", zorder=0, clip_on=False)
    return ax.add_collection(lines, autolim=False)


def _legend(palette: list[str]) -> str:
    swatches = "".join(f'<span><i style="background:{colour}"></i>{layer}</span>'
                       for layer, colour in enumerate(palette[1:], start=1))
    return (f'<span><i style="background:{palette[0]}"></i>the node itself</span>'
            f"<span>heard first in layer</span>{swatches}")
