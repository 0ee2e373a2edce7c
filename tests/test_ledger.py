"""The ledger names every claim and figure once, and each verdict follows from committed outputs."""

import re
import sys

import pytest
from notebooks import BOOK

sys.path.append(str(BOOK / "_ext"))  # as Jupyter Book does for local_extensions
import ledger
import measured

ENTRIES = measured.load()
CLAIMS = [f"C{i}" for i in range(1, 73)]
FIGURES = [f"F{i}" for i in range(1, 38)]
PICTURES = {"image/png", "image/jpeg", "image/svg+xml", "text/html"}
FIELDS = {"id", "says", "verdict", "read", "let", "found", "but", "because", "see"}


@pytest.fixture(scope="module")
def cells():
    return measured.all_cells()


def nothing(values: dict) -> dict:
    """The same names with every number 0 and every word empty."""
    zero = measured.Number("0")
    return {name: measured.Values(zero if isinstance(v, float) else "" for v in found)
            if isinstance(found, list) else zero if isinstance(found, float) else ""
            for name, found in values.items()}


def test_every_claim_and_figure_once():
    text = (BOOK / "ledger.toml").read_text()
    listed = re.findall(r'^id = "(\w+)"$', text, re.MULTILINE)
    assert sorted(listed) == sorted(CLAIMS + FIGURES) == sorted(ENTRIES)


def test_every_claim_and_figure_is_shown_once():
    shown = re.findall(r"^```\{ledger\} (.+)$", (BOOK / "ledger.md").read_text(), re.MULTILINE)
    assert sorted(ledger.numbers(" ".join(shown))) == sorted(CLAIMS + FIGURES)


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_has_its_fields_and_a_known_verdict(name):
    entry = ENTRIES[name]
    assert set(entry) <= FIELDS and entry["says"].endswith(".")
    assert entry["verdict"] in ledger.VERDICTS
    assert ("because" in entry) == (entry["verdict"] != "definition")
    assert ("but" in entry) or entry["verdict"] != "condition", "which condition?"
    assert entry.get("read") or entry.get("see")


@pytest.mark.parametrize("name", CLAIMS)
def test_the_verdict_follows_from_the_outputs(name, cells):
    assert all(measured.sentences(ENTRIES[name], cells))


@pytest.mark.parametrize("name", [n for n in CLAIMS if "because" in ENTRIES[n]])
def test_without_its_numbers_the_verdict_does_not_follow(name, cells):
    entry = ENTRIES[name]
    values = nothing(measured.matches(entry, cells))
    assert values
    try:
        assert not measured.judge(entry, values)[1]
    except ZeroDivisionError:
        pass


@pytest.mark.parametrize("name", CLAIMS + FIGURES)
def test_no_number_is_typed(name):
    entry = ENTRIES[name]
    text = " ".join(entry.get(key, "") for key in ("says", "shows", "found", "but"))
    typed = re.search(r"\d[.,]\d|\d\s?%", re.sub(r"\{[^}]*\}", "", text))
    assert not typed, typed


@pytest.mark.parametrize("name", CLAIMS)
def test_every_value_is_used(name, cells):
    entry = ENTRIES[name]
    text = " ".join(str(entry.get(key, "")) for key in ("let", "found", "but", "because"))
    found = set(measured.matches(entry, cells)) | set(entry.get("let", {}))
    assert all(re.search(rf"\b{value}\b", text) for value in found)


@pytest.mark.parametrize("name", CLAIMS + FIGURES)
def test_every_cell_is_there(name, cells):
    for cell in (cells.get(c) for c in measured.cells_named(ENTRIES[name])):
        assert cell and cell.chapter and cell.section != cell.chapter


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn(name, cells):
    drawn = [cells[c] for c in ENTRIES[name]["cells"]]
    assert drawn and set(ENTRIES[name]) <= {"id", "shows", "cells", "found"}
    table = name == "F18"  # the one table among the post's figures
    assert all(c.printed if table else c.shown & PICTURES for c in drawn)


def test_cell_ids_are_those_of_one_notebook():
    paths = [p for p in BOOK.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts]
    ids = [cell.id for path in paths for cell in measured.cells_of(path)]
    assert len(set(ids)) == len(ids) > 500


def test_a_missing_number_is_named():
    empty = measured.Cell("x", "part1/a", "1.1 A", "B", "", "no number here", frozenset())
    entry = {"id": "C0", "read": [{"cell": "x", "one": r"(?P<n>\d+)"}]}
    with pytest.raises(ValueError, match="C0: cell x does not print"):
        measured.sentences(entry, {"x": empty})


def test_a_verdict_that_does_not_follow_is_named():
    cell = measured.Cell("x", "part1/a", "1.1 A", "B", "", "5 apples", frozenset())
    entry = {"id": "C0", "verdict": "holds", "found": "{n}", "because": "n > 6",
             "read": [{"cell": "x", "one": r"(?P<n>\d+)"}]}
    with pytest.raises(ValueError, match="C0: the verdict 'holds' does not follow"):
        measured.sentences(entry, {"x": cell})
    assert measured.sentences(entry | {"because": "n > 4"}, {"x": cell}) == ["5"]


@pytest.mark.parametrize("text, shown", [
    ("−0.30", "−0.30"), ("-1.4", "−1.4"), ("7,776", "7,776"), ("+4", "+4"), ("Graclus", "Graclus")])
def test_a_number_is_shown_as_printed(text, shown):
    assert f"{measured.value(text)}" == shown


def test_several_numbers_make_a_list():
    assert f"{measured.Values(map(measured.value, ['1', '2.50', '3']))}" == "1, 2.50 and 3"
    assert f"{measured.Values([measured.value('0.5')]):.0%}" == "50 %"
