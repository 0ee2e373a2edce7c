"""Operators side by side: point at a part of one, and what belongs to it lights up in all."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from torch import Tensor

from gnnpool.checks import check_count, describe, refuse
from gnnpool.draw.canvas import Drawn, read
from gnnpool.draw.cards import card
from gnnpool.draw.compact import Styles, marked, style_rules
from gnnpool.draw.heat import MOST_CELLS
from gnnpool.draw.nodes import node_texts
from gnnpool.draw.notes import facts, plain_line
from gnnpool.draw.page import asset, check_alt, definitions, key_of, literal, style_sheet
from gnnpool.draw.pools import check_pooled
from gnnpool.draw.svg import KEY, Definitions
from gnnpool.src import Pooled

_PAGE = """<div class="gnnpool-linked" data-linked="{key}" role="group" aria-label="{alt}" \
style="--columns:{columns}">
<style>{css}</style>
<svg class="gnnpool-defs" aria-hidden="true" width="0" height="0">{defs}</svg>
<div class="gnnpool-operators">
{cards}
</div>
<p class="gnnpool-hint">Point at or tap a node, a row of S, a supernode or an entry of A′. \
On the keyboard: Tab to a drawing, the arrow keys move in it, Escape ends.</p>
<script>{js}("{key}",{data});</script>
</div>"""
_CARD = """<div class="gnnpool-operator"><b>{title}</b><output aria-live="off">{note}</output>
<div class="gnnpool-drawing" role="img" aria-label="{words}">\
<svg viewBox="{box}" aria-hidden="true">{drawing}</svg></div></div>"""


@dataclass(frozen=True)
class Linked:
    """Operators side by side whose parts light up together in a notebook and in the book.

    Attributes:
        alt: what it shows, in words.
        titles: of the operators, in their order.
        html: the whole of it: drawings, data and script. Nothing is fetched.

    Example:
        >>> Linked("one operator", ("Top-K",), "<div></div>")
        Linked figure of Top-K: one operator
    """

    alt: str
    titles: tuple[str, ...]
    html: str

    def __repr__(self) -> str:
        return f"Linked figure of {', '.join(filter(None, self.titles)) or 'one'}: {self.alt}"

    def _repr_html_(self) -> str:
        return self.html


def linked(data: object, outs: Pooled | Mapping[str, Pooled], *, alt: str,
           pos: Tensor | None = None, labels: Sequence[object] | None = None,
           columns: int = 3) -> Linked:
    """Show what operators made of a graph, so that what belongs together lights up together.

    A card for each: the graph in the colours of its supernodes (dropped nodes hollow), the pooled
    graph over a faint copy, S, and A′. Pointing at a node, its row of S, a supernode, its column
    of S or an entry of A′ lights up what belongs to it, as strongly as it does by the row of S
    (its absolute values, scaled to sum to one; below 0.05 is none), and a line in the card says it
    in words: nodes in all cards, supernodes and entries in their own. An entry of A′ shows the
    edges between the members of its two supernodes, which make it up where A′ comes from SᵀAS. A
    tap keeps the light on, the arrow keys move it. Nothing is lit in print, and where no script
    runs.

    Args:
        data: the graph, of at most 40 nodes.
        outs: what a pooler returned for it, or several under their titles.
        alt: what the figure shows, for readers who do not see it.
        pos: as `graph` takes it.
        labels: one a node; None is `data.names`, or numbers.
        columns: cards side by side, at most; fewer where the page is narrow.

    Raises:
        ValueError: `outs` is empty or holds something else than Pooleds of this graph under
            titles; the graph is too large; alt is empty; the wrong number of labels.

    Example:
        >>> from gnnpool import TopKPooling
        >>> from gnnpool.datasets import running_graph
        >>> data = running_graph()
        >>> outs = {f"Top {k}": TopKPooling(3, k)(data.x, data.edge_index) for k in (4, 8)}
        >>> linked(data, outs, alt="The running graph, pooled twice.")
        Linked figure of Top 4, Top 8: The running graph, pooled twice.
    """
    drawn = read(data, pos)
    check_alt(alt, "figure")
    check_count("columns", columns)
    outs = _checked(outs, drawn.n)
    names = node_texts(True if labels is None else labels, drawn)
    defined: Definitions = {}
    styles: Styles = {}
    drawings = [operator_drawing(drawn, data, out, names, defined, styles)
                for out in outs.values()]
    texts = [svg_text(svg) for svg in drawings]
    known = [facts(out, names, drawn.pair) for out in outs.values()]
    key = key_of("linked", [alt, list(outs), columns, known, texts])
    short = key[:6] + "-"  # in front of thousands of ids
    cards = [card_html(title or alt, title, plain_line(out), svg.get("viewBox"),
                   text.replace(KEY, short))
             for (title, out), svg, text in zip(outs.items(), drawings, texts, strict=True)]
    css = (style_sheet("linked", "drawings.css", "linked.css") + "\n"
           + style_rules(f"[data-linked={key}]", styles))
    return Linked(alt, tuple(outs), _PAGE.format(
        key=key, alt=escape(alt), columns=min(columns, len(outs)), css=css.replace(KEY, short),
        defs=definitions(defined).replace(KEY, short), cards="\n".join(cards),
        js=asset("linked.js"), data=literal(known)))


def _checked(outs: object, n: int) -> dict[str, Pooled]:
    """The operators by title; one without a title has an empty one."""
    if not 1 <= n <= MOST_CELLS:
        refuse("data", f"{n} nodes", f"1 to {MOST_CELLS}, as many as can be told apart")
    if not isinstance(outs, Mapping):
        outs = {"": outs}
    elif not outs or not all(isinstance(t, str) and t.strip() for t in outs):
        refuse("outs", describe(list(outs)), "a title for each Pooled, and at least one")
    for out in outs.values():
        check_pooled("outs", out, n)
    return dict(outs)


def operator_drawing(drawn: Drawn, data: object, out: Pooled, names: Sequence[str],
                     defined: Definitions, styles: Styles) -> ET.Element:
    """What one operator made of a graph, with its marks."""
    figure, marks, named = card(drawn, data, out, names)
    return marked(figure, marks, named, defined, styles)


def card_html(words: str, title: str, note: str, box: str, drawing: str) -> str:
    """A drawing under its title and the line that tells what is lit, and in words."""
    return _CARD.format(title=escape(title), note=note, box=box, drawing=drawing,
                        words=escape(f"{words}: {note}"))


def svg_text(svg: ET.Element) -> str:
    """What is in a drawing, as text."""
    return "".join(ET.tostring(element, encoding="unicode") for element in svg)
