"""A Sphinx extension that says how long a page takes to read and to run, and when it was run.

Below the title of every notebook stands a line; `{runs}` is a table of all, `{results}` one of the
measured tables that come with the package. How a run was made is in the notebook's metadata, where
`make execute` writes it.
"""

import json
import re
from collections import Counter
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from gnnpool.provenance import FOLDER

WORDS, LINES = 200, 30  # that a reader takes in a minute: of text, of code


def reading_minutes(notebook: dict) -> int:
    """Of the text and the code that is not hidden, rounded up."""
    words = lines = 0
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            words += len(source.split())
        elif not {"hide-input", "hide-cell"} & set(cell["metadata"].get("tags", [])):
            lines += len(source.splitlines())
    return -(-words // WORDS + -lines // LINES)


def in_words(seconds: int) -> str:
    return f"{seconds} s" if seconds < 100 else f"{seconds / 60:.1f} min"


def add_line(app: Sphinx, doctree: nodes.document) -> None:
    """Reading and running time below the title of a notebook."""
    path = Path(app.env.doc2path(app.env.docname))
    if path.suffix != ".ipynb":
        return
    notebook = json.loads(path.read_text(encoding="utf-8"))
    text = f"{reading_minutes(notebook)} minutes to read"
    if run := notebook["metadata"].get("run"):
        text += f" · ran in {in_words(run['seconds'])} on {run['hardware']}, {run['date']}"
    title = next(doctree.findall(nodes.title))
    title.parent.insert(title.parent.index(title) + 1,
                        nodes.paragraph(text, text, classes=["page-facts"]))


class Table(SphinxDirective):
    """A Markdown table whose rows are computed when the book is built."""

    head: tuple[str, ...]

    def rows(self) -> list[tuple[str, ...]]:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        lines = [self.head, ("---",) * len(self.head), *self.rows()]
        text = StringList([f"| {' | '.join(line)} |" for line in lines], self.env.docname)
        parent = nodes.Element()
        self.state.nested_parse(text, self.content_offset, parent)
        return parent.children


class Runs(Table):
    """Every notebook: how long it takes, and where its run differs from most: machine, versions,
    date.
    """

    head = ("page", "reading", "run", "made on")

    def rows(self) -> list[tuple[str, ...]]:
        contents = (Path(self.env.srcdir) / "_toc.yml").read_text(encoding="utf-8")
        named = re.findall(r"file: (\S+)", contents)
        pages = {name: Path(self.env.doc2path(name)) for name in named}
        read = {name: self.read(path) for name, path in pages.items() if path.suffix == ".ipynb"}
        usual = Counter(how for _, _, how in read.values()).most_common(1)[0][0]
        rows = [(f"{{doc}}`/{name}`", minutes, ran, "" if how == usual else how)
                for name, (minutes, ran, how) in read.items()]
        return [*rows, ("*where nothing is said*", "", "", usual)]

    def read(self, path: Path) -> tuple[str, str, str]:
        """Minutes to read, time of the run, and how it was made."""
        self.env.note_dependency(str(path))
        notebook = json.loads(path.read_text(encoding="utf-8"))
        minutes = f"{reading_minutes(notebook)} min"
        if (run := notebook["metadata"].get("run")) is None:
            return minutes, "not yet by `make execute`", ""
        versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
        return minutes, in_words(run["seconds"]), f"{run['hardware']}; {versions}; {run['date']}"


class Results(Table):
    """Every table of `gnnpool.results`: how large it is, and how it was made."""

    head = ("table", "rows", "on", "torch", "date", "command")

    def rows(self) -> list[tuple[str, ...]]:
        return [self.row(path) for path in sorted(FOLDER.glob("*.json"))]

    def row(self, path: Path) -> tuple[str, ...]:
        self.env.note_dependency(str(path))
        table = json.loads(path.read_text(encoding="utf-8"))
        command = table["command"].split(" && ")
        more = f" and {len(command) - 1} more" if len(command) > 1 else ""
        return (f"`{path.stem}`", str(len(table["rows"])), table["hardware"],
                table["versions"]["torch"], table["date"], f"`{command[0]}`{more}")


def setup(app: Sphinx) -> dict:
    """Called by Sphinx."""
    app.connect("doctree-read", add_line)
    app.add_directive("runs", Runs)
    app.add_directive("results", Results)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
