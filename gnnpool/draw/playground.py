"""A place to try operators: pick a graph, an operator and its parameter, and see what comes out."""

import json
import zlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from gnnpool.draw.canvas import Drawn
from gnnpool.draw.choices import Choice, check_choices, check_graphs
from gnnpool.draw.compact import Styles, style_rules
from gnnpool.draw.filters import Filter, fieldset
from gnnpool.draw.linked import card_html, operator_drawing, svg_text
from gnnpool.draw.nodes import node_texts
from gnnpool.draw.notes import facts, plain_line
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

_PAGE = """<div class="gnnpool-playground" data-playground="{key}" role="group" aria-label="{alt}">
<style>{css}</style>
<form class="gnnpool-form" autocomplete="off" hidden>
{form}
<div class="gnnpool-controls"><span aria-hidden="true"></span>\
<input type="range" min="0" value="0" step="1" aria-label="Parameter"></div>
</form>
<p class="gnnpool-chosen" aria-live="polite">{line}</p>
<div class="gnnpool-bench">
{figure}
<dl>
{scores}
</dl>
</div>
<p class="gnnpool-hint">Point at or tap a node, a row of S, a supernode or an entry of A′. On the \
keyboard: Tab to the drawing, the arrow keys move in it, Escape ends. A grey dot beside a score is \
another choice on this graph.</p>
<script>{js}({linked},"{key}",{data});</script>
</div>"""
_FIGURE = """<div class="gnnpool-linked" data-linked="{mark}" style="--columns:1">
<style>{css}</style><svg class="gnnpool-defs" aria-hidden="true" width="0" height="0">{defs}</svg>
<div class="gnnpool-operators">{card}</div></div>"""
_SCORE = """<div><dt>{name}</dt><dd><b>{value}</b></dd><dd>{note}</dd>\
<dd class="gnnpool-strip" aria-hidden="true"></dd></div>"""


@dataclass(frozen=True)
class Playground:
    """Graphs, operators and parameters to choose from, in a notebook and in the book.

    Attributes:
        alt: what it shows, in words.
        count: choices.
        html: the whole of it: drawings, scores and script. Nothing is fetched.

    Example:
        >>> Playground("eight graphs", 200, "<div></div>")
        Playground of 200 choices: eight graphs
    """

    alt: str
    count: int
    html: str

    def __repr__(self) -> str:
        return f"Playground of {self.count} choices: {self.alt}"

    def _repr_html_(self) -> str:
        return self.html


def playground(graphs: Mapping[str, object], choices: Sequence[Choice], *,
               scores: Mapping[str, str], alt: str, start: int = 0) -> Playground:
    """Let a reader choose a graph, an operator and its parameter, and show what was computed.

    A button for each graph and each operator, a slider for the parameter, and the card of `linked`
    for the choice, in which what belongs together lights up. Beside it stand the scores, each with
    a dot for every choice on this graph. Nothing is computed in the browser: what it shows was
    computed before, and lies compressed in the page. Where no script runs, and in print, the
    figure is a still of one choice.

    Args:
        graphs: title to graph, of at most 40 nodes, with `pos` and `names` if it has them.
        choices: in the order in which they are offered; at least one for each graph.
        scores: name of a score to a line that says what it is; the same names as each choice has.
        alt: what the figure shows, for readers who do not see it.
        start: the number of the choice that is shown first.

    Raises:
        ValueError: a graph that is too large or that no choice has; a choice of an unknown graph,
            one that is there twice, or without a score; a start that is not there; empty texts.

    Example:
        >>> from gnnpool import TopKPooling
        >>> from gnnpool.datasets import running_graph
        >>> from gnnpool.draw import Choice, Score
        >>> data = running_graph()
        >>> choices = [Choice("running graph", "Top-K", f"ratio = {k}",
        ...                   TopKPooling(3, k)(data.x, data.edge_index),
        ...                   {"nodes left": Score(k, f"{k} of 12")}) for k in (3, 6)]
        >>> playground({"running graph": data}, choices, alt="Top-K on the running graph",
        ...            scores={"nodes left": "supernodes"})
        Playground of 2 choices: Top-K on the running graph
    """
    check_alt(alt, "playground")
    drawn = check_graphs(graphs)
    choices = check_choices(choices, drawn, scores)
    check_place("start", start, len(choices))
    operators = list(dict.fromkeys(choice.operator for choice in choices))
    packs = [_pack(data, drawn[title], [c for c in choices if c.graph == title], operators)
             for title, data in graphs.items()]
    first = choices[start]
    still = _pack(graphs[first.graph], drawn[first.graph], [first], operators)
    key = key_of("playground", [alt, packs, dict(scores), list(graphs), start])
    data = {"packs": [_compressed(pack, key) for pack in packs],
            "start": [list(graphs).index(first.graph), operators.index(first.operator),
                      first.parameter], "facts": still["choices"][0]["facts"]}
    css = style_sheet("playground", "form.css", "controls.css", "drawings.css", "linked.css",
                      "playground.css")
    return Playground(alt, len(choices), _PAGE.format(
        key=key, alt=escape(alt), css=css, form=_form(list(graphs), operators),
        line=escape(still["choices"][0]["line"]), figure=_figure(still, key),
        scores=_scores(first, scores), js=asset("playground.js"), linked=asset("linked.js"),
        data=literal(data)))


def _pack(data: object, drawn: Drawn, choices: Sequence[Choice], operators: Sequence[str]) -> dict:
    """All that is shown of one graph."""
    names = node_texts(True, drawn)
    defined: Definitions = {}
    styles: Styles = {}
    cards = []
    for choice in choices:
        svg = operator_drawing(drawn, data, choice.out, names, defined, styles)
        named = ", ".join(filter(None, (choice.graph, choice.operator, choice.parameter)))
        cards.append({
            "operator": operators.index(choice.operator), "parameter": choice.parameter,
            "line": named, "scores": list(choice.scores.values()),
            "facts": facts(choice.out, names, drawn.pair),
            "card": card_html(named, "", plain_line(choice.out), svg.get("viewBox"),
                              svg_text(svg))})
    return {"choices": cards, "defs": definitions(defined),
            "css": style_rules(f"[data-linked={KEY}]", styles)}


def _compressed(pack: dict, key: str) -> str:
    """A pack in few bytes, as a browser can open them by itself."""
    text = json.dumps(pack, separators=(",", ":"), ensure_ascii=False).replace(KEY, f"{key}-")
    return b64encode(zlib.compress(text.encode(), 9)).decode()


def _form(graphs: list[str], operators: list[str]) -> str:
    return "\n".join(fieldset(Filter(title, title, options, [], True), "")
                     for title, options in (("Graph", graphs), ("Operator", operators)))


def _figure(pack: dict, key: str) -> str:
    return _FIGURE.format(mark=KEY, css=pack["css"], defs=pack["defs"],
                          card=pack["choices"][0]["card"]).replace(KEY, f"{key}-")


def _scores(choice: Choice, scores: Mapping[str, str]) -> str:
    return "\n".join(_SCORE.format(name=escape(name), value=escape(choice.scores[name].text),
                                   note=escape(note)) for name, note in scores.items())
