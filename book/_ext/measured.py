"""What the book's code cells printed, and the ledger's sentences with the numbers found there."""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

BOOK = Path(__file__).resolve().parents[1]
FUNCTIONS = {f.__name__: f for f in (abs, all, any, len, max, min, set, sorted, sum, zip)}


class Number(float):
    """A number that is shown with the digits that were printed, unless a format is asked for."""

    def __new__(cls, text: str) -> "Number":
        number = super().__new__(cls, text.replace(",", "").replace("−", "-"))
        number.text = text
        return number

    def __format__(self, spec: str) -> str:
        text = float(self).__format__(spec) if spec else self.text
        return text.replace("-", "−").replace("%", " %")


class Values(list):
    """All matches of a pattern; shown as `3, 5 and 8`."""

    def __format__(self, spec: str) -> str:
        *most, last = [format(value, spec) for value in self]
        return f"{', '.join(most)} and {last}" if most else last


def value(text: str) -> Number | str:
    """A number where the text is one."""
    try:
        return Number(text)
    except ValueError:
        return text


@dataclass(frozen=True)
class Cell:
    """A code cell: where it stands, what it is called, what it printed and shows."""

    id: str
    page: str
    chapter: str
    section: str
    title: str
    printed: str
    shown: frozenset[str]

    @property
    def number(self) -> str:
        """`2.8`, or `Appendix B`."""
        return re.match(r"Appendix \w|\S+", self.chapter)[0]


def plain(heading: str) -> str:
    """A heading without marks of Markdown and mathematics."""
    return re.sub(r"[*`$]", "", heading).strip()


def title(cell: dict) -> str:
    """What a hidden cell is called, without the word that it is a figure."""
    found = re.match(r"#@title (?:Figure: |Draw )?(.)(.*)", "".join(cell["source"]))
    return found[1].upper() + found[2] if found else ""


def outputs(cell: dict) -> tuple[str, frozenset[str]]:
    """All that a cell printed, and the kinds of what it shows."""
    data = [o["data"] for o in cell["outputs"] if "data" in o]
    texts = [o["text"] for o in cell["outputs"] if "text" in o]
    texts += [d["text/plain"] for d in data if "text/plain" in d]
    return "".join(map("".join, texts)), frozenset(kind for d in data for kind in d)


def cells_of(notebook: Path) -> list[Cell]:
    """The code cells of a notebook, with the heading that each stands under."""
    page, chapter, section = notebook.relative_to(BOOK).with_suffix("").as_posix(), "", ""
    found = []
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            text = re.sub(r"```.*?```", "", "".join(cell["source"]), flags=re.DOTALL)
            headings = [plain(h) for h in re.findall(r"^#+ (.+)$", text, re.MULTILINE)]
            chapter = chapter or headings[0]
            section = headings[-1] if headings else section
        elif cell["cell_type"] == "code":
            found.append(Cell(cell["id"], page, chapter, section, title(cell), *outputs(cell)))
    return found


def all_cells() -> dict[str, Cell]:
    """Every code cell of the book by its id."""
    paths = [p for p in BOOK.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts]
    return {cell.id: cell for path in sorted(paths) for cell in cells_of(path)}


def load() -> dict[str, dict]:
    """The entries of `ledger.toml` by their number, `C1` to `F37`."""
    table = tomllib.loads((BOOK / "ledger.toml").read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in table["claim"] + table["figure"]}


def matches(entry: dict, cells: dict[str, Cell]) -> dict:
    """The values that the patterns of a claim find, by the name of their group."""
    values = {}
    for rule in entry.get("read", []):
        pattern = re.compile(rule.get("one") or rule["every"], re.MULTILINE)
        found = [m.groupdict() for m in pattern.finditer(cells[rule["cell"]].printed)]
        if not found:
            raise ValueError(f"{entry['id']}: cell {rule['cell']} does not print "
                             f"{pattern.pattern}")
        for name in pattern.groupindex:
            each = Values(value(groups[name]) for groups in found)
            values[name] = each[0] if "one" in rule else each
    return values


def compute(expression: str, values: dict) -> object:
    """The value of an expression of the ledger, which is a part of this repository."""
    return eval(expression, {"__builtins__": {}, **FUNCTIONS, **values})


def judge(entry: dict, values: dict) -> tuple[dict, bool]:
    """The values with those computed from them, and whether the verdict follows from them."""
    values = dict(values)
    for name, expression in entry.get("let", {}).items():
        values[name] = compute(expression, values)
    return values, bool(compute(entry.get("because", "True"), values))


def sentences(entry: dict, cells: dict[str, Cell]) -> list[str]:
    """What was measured, with its numbers, and what has to be added."""
    values, follows = judge(entry, matches(entry, cells))
    if not follows:
        raise ValueError(f"{entry['id']}: the verdict {entry['verdict']!r} does not follow from "
                         f"{values}, since not {entry['because']}")
    texts = [entry[key].format(**values) for key in ("found", "but") if key in entry]
    return [re.sub(" (?=%)|(?<=k) (?==)|(?<=k =) ", "\N{NO-BREAK SPACE}", text) for text in texts]


def cells_named(entry: dict) -> list[str]:
    """The ids of the cells that an entry names, each once."""
    named = [rule["cell"] for rule in entry.get("read", [])]
    return list(dict.fromkeys(named + entry.get("see", []) + entry.get("cells", [])))
