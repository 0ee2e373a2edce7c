"""A Sphinx extension for the page that holds the tutorial post's claims beside what was measured.

`book/ledger.toml` says, for each claim, which cells of the chapters measured it and how to find
the numbers in what these cells printed. No number is typed: each is read from the outputs when the
book is built, the verdict's reason is computed from them, and the build fails where it is wrong
(see measured.py).

    ```{ledger} C1-C8 C71        a list of claims or figures
    ```{ledger-summary}          how many hold, and which do not
"""

import json
import re
from pathlib import Path

from docutils import nodes
from measured import BOOK, all_cells, cells_named, load, sentences
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

VERDICTS = {  # the word shown, and the colour of sphinx-design's badge
    "holds": ("holds", "success"),
    "condition": ("holds with a condition", "warning"),
    "fails": ("does not hold", "danger"),
    "definition": ("not a matter of measurement", "muted"),
}


def numbers(text: str) -> list[str]:
    """`C1-C3 C7` as C1, C2, C3, C7."""
    found = []
    for kind, first, last in re.findall(r"([CF])(\d+)(?:-[CF](\d+))?", text):
        found += [f"{kind}{i}" for i in range(int(first), int(last or first) + 1)]
    return found


class Ledger(SphinxDirective):
    """A list of claims or figures."""

    required_arguments = 1
    final_argument_whitespace = True

    def links(self, entry: dict) -> list[nodes.Node]:
        """To each figure by its title, or to each section: to the first cell named there."""
        base, places = self.config.html_baseurl, {}
        for cell in (self.env.app.ledger_cells[name] for name in cells_named(entry)):
            place = cell.title if "cells" in entry and cell.title else cell.section
            places.setdefault(f"{cell.number}, {place}", cell)
        found = []
        for text, cell in places.items():
            target = f"{base}book/{cell.page}.html#cell-{cell.id}"
            found += [nodes.reference("", text, refuri=target), nodes.Text("; ")]
        return found[:-1]

    def item(self, entry: dict) -> nodes.definition_list_item:
        """A claim or a figure: what it says; the verdict, what was measured, and where."""
        text = entry.get("says") or entry["shows"]
        term = nodes.term("", "", nodes.strong("", entry["id"]), nodes.Text(" "),
                          *self.parse_inline(text)[0], ids=[entry["id"].lower()])
        texts = [nodes.paragraph("", "", *self.parse_inline(sentence)[0])
                 for sentence in sentences(entry, self.env.app.ledger_cells)]
        texts = texts or [nodes.paragraph()]
        if "verdict" in entry:
            texts[0].insert(0, [badge(entry["verdict"]), nodes.Text(" ")])
        texts[-1] += [nodes.Text(" → " if texts[-1].children else "→ "), *self.links(entry)]
        return nodes.definition_list_item("", term, nodes.definition("", *texts))

    def run(self) -> list[nodes.Node]:
        """The list."""
        self.env.note_dependency(str(BOOK / "ledger.toml"))
        entries, cells = load(), self.env.app.ledger_cells
        try:
            items = [self.item(entries[name]) for name in numbers(self.arguments[0])]
        except (KeyError, ValueError) as error:
            raise self.error(f"no such entry or cell, or no such number: {error}") from error
        for page in {cell.page for cell in cells.values()}:
            self.env.note_dependency(str(BOOK / f"{page}.ipynb"))
        return [nodes.definition_list("", *items)]


def badge(verdict: str) -> nodes.inline:
    """A verdict in the colour of its kind."""
    word, colour = VERDICTS[verdict]
    return nodes.inline("", word, classes=["sd-sphinx-override", "sd-badge",
                                           f"sd-outline-{colour}", f"sd-text-{colour}"])


class Summary(SphinxDirective):
    """How many claims have each verdict, and their numbers."""

    def run(self) -> list[nodes.Node]:
        """A list with a line for each verdict; what does not hold is spelled out."""
        self.env.note_dependency(str(BOOK / "ledger.toml"))
        claims, lines = [e for e in load().values() if "verdict" in e], nodes.bullet_list()
        for verdict in VERDICTS:
            some = [entry for entry in claims if entry["verdict"] == verdict]
            line = nodes.paragraph("", "", badge(verdict), nodes.Text(
                f" {len(some)} of {len(claims)}{'' if verdict == 'fails' else ': '}"))
            lines += nodes.list_item("", line)
            if verdict == "fails":  # the claims in words
                lines[-1] += nodes.bullet_list("", *[nodes.list_item("", nodes.paragraph(
                    "", "", link(entry), nodes.Text(f" {entry['says']}"))) for entry in some])
                continue
            for entry in some:
                line += [link(entry), nodes.Text(", ")]
            line.pop()
        return [lines]


def link(entry: dict) -> nodes.reference:
    """To an entry of this page."""
    return nodes.reference("", entry["id"], refid=entry["id"].lower())


def name_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Give each code cell of a notebook an id, so that the ledger can link to it."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix == ".ipynb":
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for node in doctree.findall(nodes.container):
            if node.get("nb_element") == "cell_code" and "id" in cells[node["cell_index"]]:
                node["ids"].append(f"cell-{cells[node['cell_index']]['id']}")


def setup(app: Sphinx) -> dict:
    """Called by Sphinx."""
    app.connect("builder-inited", lambda app: setattr(app, "ledger_cells", all_cells()))
    app.connect("doctree-read", name_cells)
    app.add_directive("ledger", Ledger)
    app.add_directive("ledger-summary", Summary)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
