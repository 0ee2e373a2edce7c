"""Every page of the built book in a browser, from the disk and without a network."""

import json
from pathlib import Path

import pytest
from built_site import pages, soup
from filelock import FileLock
from site_browser import DESKTOP, PHONE, Tab, browser_or_skip, sent, tab

WIDTHS = (PHONE["width"], DESKTOP["width"])

# Formulas, and what is left of TeX outside of code.
MATHEMATICS = """() => {
  const article = document.querySelector("article");
  if (!article) return {typeset: 0, misprints: 0, raw: []};
  const count = (what) => article.querySelectorAll(what).length, copy = article.cloneNode(true);
  copy.querySelectorAll("pre, code, script").forEach((element) => element.remove());
  return {typeset: count("mjx-container"), misprints: count("mjx-merror"),
          raw: copy.textContent.match(/\\\\[(\\[]|[$][$]/g) || []};
}"""
# What makes a page wider than the window, the first few of it, once all is in its place.
WIDE = """async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const fits = () => document.documentElement.scrollWidth <= innerWidth;
  await frame();
  for (let tries = 0; tries < 60 && (!fits() || tries < 2); tries++) await frame();
  const beyond = (element) => element.getBoundingClientRect().right > innerWidth + 1;
  return fits() ? [] :
    [...document.body.querySelectorAll("*")].filter(beyond).slice(0, 5).map(
      (e) => [e.localName, e.id && "#" + e.id, ...[...e.classList].map((c) => "." + c)].join(""));
}"""
# The theme, and what pages and figures stand on.
LOOK = """() => {
  const ground = (what) => getComputedStyle(document.querySelector(what)).backgroundColor;
  return {theme: document.documentElement.dataset.theme, page: ground("body"),
          cards: ground("article img")};
}"""


def visit(shown: Tab, page: Path) -> dict:
    """What a page comes to at phone width, and whether it is too wide there or on a desktop."""
    here = shown.open(page)
    wide = {}
    for width in reversed(WIDTHS):
        here.set_viewport_size({"width": width, "height": PHONE["height"]})
        wide[str(width)] = here.evaluate(WIDE)
    return {"wide": wide, "complaints": shown.complaints(), "bytes": shown.bytes(),
            **here.evaluate(MATHEMATICS)}


@pytest.fixture(scope="session")
def visits(site, shared) -> dict[str, dict]:
    """Every page, opened once in one browser, by the first test process that asks."""
    chromium, report = browser_or_skip(), shared / "visits.json"
    with FileLock(shared / "visits.lock"):
        if not report.exists():
            with tab(chromium) as shown:
                found = {page.relative_to(site).as_posix(): visit(shown, page)
                         for page in pages(site) if page != site / "index.html"}
            report.write_text(json.dumps(found))
    return json.loads(report.read_text())


def test_pages_work_in_a_browser_offline(visits):
    """From the disk, without network, and what the page says in the console."""
    assert not {name: v["complaints"] for name, v in visits.items() if v["complaints"]}


def test_mathematics_is_typeset(site, visits):
    wanted = {name: len(soup(site / name).select("article .math")) for name in visits}
    bad = {name: v for name, v in visits.items()
           if v["typeset"] < wanted[name] or v["misprints"] or v["raw"]}
    assert not bad, "formulas left out, in error, or raw TeX"
    assert sum(wanted.values()), "no formula in the book: this test would not notice their loss"


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_do_not_scroll_sideways(visits, width):
    """Nor with every fold opened; a table or a line of code may scroll by itself."""
    assert not {name: wide for name, v in visits.items() if (wide := v["wide"][str(width)])}


def test_pages_are_light(visits):
    """The page and every file it loads: styles, scripts, fonts, images; texts compressed."""
    heavy = {name: v["bytes"] for name, v in visits.items() if v["bytes"] > 6e6}
    assert not heavy and all(v["bytes"] > 1e5 for v in visits.values())


def test_a_bad_page_is_noticed(tmp_path):
    """By each of the tests above."""
    page = tmp_path / "bad.html"
    page.write_text("<!doctype html><title>bad</title><img src='https://gnnpool.invalid/a.png'>"
                    "<article><p id='long' style='width: 500px'>\\(x\\)</p></article>"
                    "<script>console.log('some words'); missing()</script>")
    with tab(browser_or_skip(), PHONE) as shown:
        seen = visit(shown, page)
    complaints = "\n".join(seen["complaints"])
    assert "some words" in complaints and "missing is not defined" in complaints
    assert "asks the network for https://gnnpool.invalid/a.png" in complaints
    assert seen["wide"] == {"390": ["p#long"], "1280": []} and seen["raw"] == ["\\("]
    assert seen["bytes"] == sent(page)


def test_root_leads_to_the_landing_page(site):
    with tab(browser_or_skip()) as shown:
        shown.page.goto((site / "index.html").as_uri())
        shown.page.wait_for_url("**/book/index.html")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_search(site, size):
    """The button on a chapter, some letters, Enter, and a click on what was found."""
    with tab(browser_or_skip(), size) as shown:
        page = shown.open(site / "book" / "part1" / "cnn.html")
        page.locator(".search-button__button").locator("visible=true").first.click()
        page.locator("dialog input[type=search]").fill("k-MIS")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=k-MIS*")
        found = page.locator("#search-results li a", has_text="2.6 k-MIS").first
        found.click()
        page.wait_for_url("**/part2/kmis.html*")
        assert "k-MIS" in page.locator("article h1").inner_text()
        assert not shown.complaints()


def test_theme_switch(site):
    """Light, dark and as the system has it; the choice is kept on the next page."""
    chapter = site / "book" / "part2" / "side-by-side.html"
    with tab(browser_or_skip(), color_scheme="dark") as shown:
        page, looks = shown.open(chapter), {}
        for _ in range(3):
            page.locator(".theme-switch-button").locator("visible=true").first.click()
            looks[page.locator("html").get_attribute("data-mode")] = page.evaluate(LOOK)
        assert set(looks) == {"light", "dark", "auto"}
        assert looks["auto"] == looks["dark"] != looks["light"]
        assert [looks[m]["theme"] for m in ("light", "dark")] == ["light", "dark"]
        assert looks["light"]["page"] == looks["dark"]["cards"] == "rgb(255, 255, 255)"
        while page.locator("html").get_attribute("data-mode") != "light":
            page.locator(".theme-switch-button").locator("visible=true").first.click()
        after = shown.open(site / "book" / "part2" / "kmis.html")
        assert after.evaluate(LOOK)["theme"] == "light"
        assert not shown.complaints()


def test_hidden_code_unfolds(site):
    with tab(browser_or_skip()) as shown:
        shown.page.goto((site / "book" / "part2" / "kmis.html").as_uri())
        fold = shown.page.locator("details:has(div.cell_input)").first
        assert not fold.locator("pre").first.is_visible()
        fold.locator("summary").click()
        assert fold.locator("pre").first.is_visible()
