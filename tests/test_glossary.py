"""The glossary: in order, short, each word with the chapter that explains it."""

import re

import pytest
from notebooks import BOOK, read

TEXT = (BOOK / "glossary.md").read_text()
BODY = TEXT.partition("```{glossary}\n")[2].partition("\n```")[0]
ENTRIES = {term: " ".join(text.split())
           for term, text in re.findall(r"^(\S.*)\n((?:  .*\n?)+)", BODY, re.MULTILINE)}


def test_the_terms_are_many_and_in_order():
    assert len(ENTRIES) >= 60
    assert list(ENTRIES) == sorted(ENTRIES, key=str.casefold)


@pytest.mark.parametrize("term", ENTRIES)
def test_a_term_is_short_and_leads_to_its_chapter(term):
    text, number, page = re.fullmatch(r"(.+) \{doc\}`([\d.A-C]+) <([\w/-]+)>`",
                                      ENTRIES[term]).groups()
    assert len(re.findall(r"\.(?: |$)", text)) <= 2, "at most two sentences"
    chapter = read(page)
    assert chapter.cells[0].source.startswith((f"# {number} ", f"# Appendix {number}:"))


@pytest.mark.parametrize("term", ENTRIES)
def test_the_chapter_of_a_term_uses_it(term):
    """Words of the term, in any ending, in the text or the code of its chapter."""
    page = re.search(r"<([\w/-]+)>`$", ENTRIES[term]).group(1)
    text = re.sub(r"\W+", " ", " ".join(c.source for c in read(page).cells)).lower()
    for word in re.sub(r"\W+", " ", term).lower().split():
        assert word[:6] in text, f"{word!r} does not stand in {page}"
