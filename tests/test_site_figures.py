"""The figures of the built book move, in a browser and without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from built_site import pages, soup
from playwright.sync_api import Locator
from site_browser import Tab, browser_or_skip, tab

# Figures with a slider, and the part of them that it changes.
SLID = {"movie": "svg", "reach": ".gnnpool-operators", "playground": ".gnnpool-operators"}


def figures(site: Path, selector: str) -> Iterator[tuple[Tab, Locator]]:
    """Every figure of a kind on every page, in a tab."""
    with tab(browser_or_skip()) as shown:
        for page in pages(site):
            if soup(page).select(f"article {selector}"):
                found = shown.open(page).locator(f"article {selector}")
                assert found.count() == len(soup(page).select(f"article {selector}")), page
                yield from ((shown, found.nth(i)) for i in range(found.count()))
                assert not shown.complaints(), page


def until_changed(part: Locator, before: str) -> None:
    """Waits until a part of the page is drawn anew; never is an error."""
    part.page.wait_for_function("([part, before]) => part.innerHTML !== before",
                                arg=[part.element_handle(), before])


@pytest.mark.parametrize("kind", SLID)
def test_sliders(site, kind):
    """The two ends of a slider show two drawings."""
    known = 0
    for shown, figure in figures(site, f"[data-{kind}]"):
        slider, drawing = figure.locator("input[type=range]"), figure.locator(SLID[kind])
        slider.wait_for()
        slider.press("End")
        slider.press("Home")
        shown.page.wait_for_function("slider => slider.value === '0'",
                                     arg=slider.element_handle())
        first = drawing.inner_html()
        slider.press("End")
        until_changed(drawing, first)
        known += 1
    assert known


def test_players(site):
    """The button plays, and stops."""
    known = 0
    for shown, movie in figures(site, "[data-movie]"):
        button, slider = movie.locator("button"), movie.locator("input")
        slider.press("Home")
        button.click()
        assert button.inner_text() == "Pause"
        shown.page.wait_for_function("slider => slider.value > 0", arg=slider.element_handle())
        button.click()
        assert button.inner_text() == "Play"
        known += 1
    assert known


def test_reach(site):
    """A node that is clicked becomes the one that hears."""
    known = 0
    for _, figure in figures(site, "[data-reach]"):
        name = figure.locator(".gnnpool-reached b").first
        before = name.inner_text()
        node = figure.locator(".gnnpool-operator").first.locator("circle").last
        node.click()
        assert name.inner_text() != before
        known += 1
    assert known


def test_playground(site):
    """Another graph and another operator: another drawing, other scores."""
    known = 0
    for _, figure in figures(site, "[data-playground]"):
        drawing, scores = figure.locator(".gnnpool-operators"), figure.locator("dl")
        for group in figure.locator("fieldset").all():
            seen = drawing.inner_html(), scores.inner_text()
            group.locator("input:not(:checked):enabled").first.check()
            until_changed(drawing, seen[0])
            assert scores.inner_text() != seen[1]
        known += 1
    assert known


def test_linked_figures(site):
    """Pointing at a node says something of it and marks it in every card; leaving ends that."""
    known = 0
    for shown, figure in figures(site, "[data-linked]"):
        cards = figure.locator(".gnnpool-operator")
        note = cards.first.locator("output")
        plain = note.inner_text()
        figure.locator('circle[data-hit="n0"]').first.hover()
        assert note.inner_text() != plain
        assert cards.filter(has=shown.page.locator("[data-picked]")).count() == cards.count()
        shown.page.mouse.move(0, 0)
        assert note.inner_text() == plain and not figure.locator("[data-picked]").count()
        known += 1
    assert known


def test_explorers(site):
    """A box unticked hides points; pointing at one says its numbers."""
    known = 0
    for shown, figure in figures(site, "[data-explorer]"):
        points, note = figure.locator("g[data-axes] svg:not([data-off])"), figure.locator("output")
        everything, plain = points.count(), note.inner_text()
        figure.locator("input[type=checkbox]:checked").first.click()
        assert 0 < points.count() < everything and note.inner_text() != plain
        figure.locator("g[data-axes]:not([data-off]) svg:not([data-off]) use").first.hover()
        assert figure.locator("svg[data-picked]").count() == 1
        shown.page.mouse.move(0, 0)
        assert not figure.locator("svg[data-picked]").count()
        known += 1
    assert known
