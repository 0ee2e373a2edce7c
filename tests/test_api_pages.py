"""The reference of operators: a section each, with its chapter, its paper, formula and example."""

import inspect
import re

import pytest
from notebooks import BOOK
from pybtex.database import parse_file

import gnnpool

PAGE = (BOOK / "api" / "operators.md").read_text()
OPERATORS = sorted(gnnpool.poolers())
PAPERS = set(parse_file(BOOK / "references.bib").entries)


def section(name: str) -> str:
    """What stands below the label of an operator, up to the next heading."""
    start = re.search(rf"^\(op-{name}\)=\n#+ .+\n", PAGE, re.MULTILINE)
    assert start, f'book/api/operators.md has no section with the label "(op-{name})="'
    return re.split(r"^(?:\(op-|#)", PAGE[start.end():], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("name", OPERATORS)
def test_the_table_at_the_top_leads_to_the_section(name):
    top = PAGE.partition("(op-")[0]
    [row] = [line for line in top.splitlines() if line.startswith(f"| `{name}` |")]
    assert f"<op-{name}>`" in row and section(name)


@pytest.mark.parametrize("name", OPERATORS)
def test_a_section_names_the_call_the_chapter_and_the_paper(name):
    text = section(name)
    assert f'get_pooler("{name}"' in text
    chapters = re.findall(r"\{doc\}`(\d\.\d) <\.\./([\w/-]+)>`", text)
    assert chapters, "no link to a chapter"
    for number, place in chapters:
        notebook = (BOOK / f"{place}.ipynb").read_text()
        assert f"# {number} " in notebook, f"{place} is not chapter {number}"
    cited = set(re.findall(r"\{cite:\w\}`([\w]+)`", text))
    assert cited and cited <= PAPERS, f"not in references.bib: {cited - PAPERS}"


@pytest.mark.parametrize("name", OPERATORS)
def test_a_section_shows_the_class(name):
    cls, text = gnnpool.poolers()[name], section(name)
    module = rf"automodule:: {re.escape(cls.__module__)}\n   :members:(?:\n|.*\b{cls.__name__}\b)"
    alone = rf"autoclass:: {re.escape(cls.__module__)}\.{cls.__name__}\n"
    assert re.search(f"{module}|{alone}", text), f"{cls.__name__} is not in its section"


@pytest.mark.parametrize("name", OPERATORS)
def test_a_docstring_has_formulas_a_source_and_an_example(name):
    text = inspect.getdoc(gnnpool.poolers()[name])
    assert "X′ = " in text and "A′ = " in text, "no formula of Reduce or of Connect"
    assert re.search(r"\bS = |\b[Rr]ows? (?:of|i of) S\b|\bS is |L_sym = |\by = ", text), (
        "no formula of Select")
    assert re.search(r"^Source: \w", text, re.MULTILINE), "no source"
    assert re.search(r"^Example:\n +>>> ", text, re.MULTILINE), "no example"
