"""The built book: no warning, no broken link, nothing missing offline, mathematics typeset."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest
from bs4 import BeautifulSoup
from filelock import FileLock
from notebooks import ROOT
from site_browser import browser_or_skip, open_page
from sphinx.util.inventory import InventoryFile

import gnnpool

# What a browser fetches to show a page; a link that a reader may follow is none of it.
LOADED = {"script": "src", "img": "src", "source": "src", "iframe": "src", "video": "src",
          "audio": "src", "object": "data", "embed": "src"}
LOADED_RELATIONS = {"stylesheet", "icon", "preload", "modulepreload", "apple-touch-icon"}


@pytest.fixture(scope="session")
def site(shared) -> Path:
    """The folder of the built pages; warnings are errors, missing references are warnings.

    The first test process builds it, and its report tells the others whether it was built.
    """
    folder = shared / "site"
    report = shared / "site.log"
    with FileLock(shared / "site.lock"):
        if not report.exists():
            result = subprocess.run(
                [Path(sys.executable).with_name("jupyter-book"), "build", ROOT, "--all", "-W",
                 "-n", "--keep-going", "--path-output", folder],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            report.write_text(f"{result.stdout}\nexit status {result.returncode}")
    log = report.read_text()
    complaints = [line for line in log.splitlines() if re.search("WARNING|ERROR|Error", line)]
    assert log.endswith("exit status 0"), "\n".join(complaints) or log[-3000:]
    return folder / "_build" / "html"


def pages(site: Path) -> list[Path]:
    """Every page; the themes' own templates in _static are none."""
    found = [p for p in sorted(site.rglob("*.html")) if "_static" not in p.parts]
    assert found
    return found


@cache
def soup(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(), "html.parser")


def loads(page: Path) -> list[str]:
    """The addresses of everything that the page needs to be shown."""
    found = [tag[attribute] for name, attribute in LOADED.items()
             for tag in soup(page).find_all(name, attrs={attribute: True})]
    return found + [tag["href"] for tag in soup(page).find_all("link", href=True)
                    if LOADED_RELATIONS & set(tag.get("rel", []))]


def local(page: Path, address: str) -> Path:
    """The file that a relative address on a page means."""
    return (page.parent / unquote(urlsplit(address).path)).resolve() if urlsplit(
        address).path else page.resolve()


def is_external(address: str) -> bool:
    return bool(urlsplit(address).scheme or urlsplit(address).netloc)


def test_every_page_is_there(site):
    assert (site / "index.html").exists()
    contents = (ROOT / "_toc.yml").read_text()
    files = re.findall(r"(?:root|file): (\S+)", contents)
    assert files and all((site / f"{name}.html").exists() for name in files)
    sources = {p.relative_to(ROOT).with_suffix("").as_posix()
               for suffix in ("md", "ipynb") for p in (ROOT / "book").rglob(f"*.{suffix}")
               if ".ipynb_checkpoints" not in p.parts}
    assert sources == set(files), "pages that are in no table of contents, or the reverse"


def test_nothing_is_loaded_from_the_network(site):
    remote = {(p.name, a) for p in pages(site) for a in loads(p)
              if is_external(a) and not a.startswith("data:")}
    assert not remote
    for sheet in site.rglob("*.css"):
        text = sheet.read_text(errors="replace")
        assert not re.search(r"url\(\s*['\"]?(?:https?:)?//|@import\s+['\"]https?:", text), sheet


def test_nothing_is_missing(site):
    missing = {(p.name, a) for p in pages(site) for a in loads(p)
               if not is_external(a) and not local(p, a).is_file()}
    assert not missing


def test_links_lead_somewhere(site):
    """Internal ones; what is on the network may come and go."""
    broken = set()
    for page in pages(site):
        for link in soup(page).find_all("a", href=True):
            address, anchor = urldefrag(link["href"])
            if is_external(address):
                continue
            target = local(page, address)
            if not target.is_file():
                broken.add((page.name, link["href"]))
            elif anchor and target.suffix == ".html":
                there = soup(target).find(id=unquote(anchor))
                if there is None and anchor not in {"", "top"}:
                    broken.add((page.name, link["href"]))
    assert not broken


def test_no_complaints_on_the_pages(site):
    for page in pages(site):
        assert not soup(page).select(".system-message, .problematic"), page
        assert not soup(page).select(".output.stderr, .output.traceback"), page


def test_pictures_have_words(site):
    """A picture by its alt text, an inline drawing by its title or label."""
    for page in pages(site):
        silent = [str(i)[:200] for i in soup(page)("img") if not i.get("alt")]
        silent += [str(s)[:200] for s in soup(page).select("article svg")
                   if not (s.get("aria-label") or s.find("title") or s.get("aria-hidden"))]
        assert not silent, (page, silent)


def test_notebook_pages_open_in_colab(site):
    for notebook in (ROOT / "book").rglob("*.ipynb"):
        name = notebook.relative_to(ROOT).with_suffix("").as_posix()
        links = [a["href"] for a in soup(site / f"{name}.html").find_all("a", href=True)]
        assert ("https://colab.research.google.com/github/gnnpool/gnnpool/blob/main/"
                f"{name}.ipynb") in links


def test_pages_work_in_a_browser_offline(site):
    """From the disk, without network: mathematics typeset, no error in the console."""
    chromium = browser_or_skip()
    formulas = 0
    for page in pages(site):
        shown, complaints = open_page(chromium, page)
        assert not complaints, (page, complaints)
        article = BeautifulSoup(shown, "html.parser").find("article")
        if article is None:
            continue
        wanted, typeset = len(soup(page).select("article .math")), len(article("mjx-container"))
        assert typeset >= wanted and not article("mjx-merror"), (page, wanted, typeset)
        for code in article(["pre", "code", "script"]):
            code.decompose()
        assert not re.search(r"\\[(\[]|\$\$", article.get_text()), f"raw TeX on {page}"
        formulas += typeset
    assert formulas, "no formula in the whole book: this test would not notice their loss"


def test_reference_is_complete(site):
    """Every public name has an entry on the pages of book/api."""
    with (site / "objects.inv").open("rb") as file:
        entries = InventoryFile.load(file, "", lambda base, name: name)
    described = {name for kind, names in entries.items() if kind.startswith("py:")
                 for name in names}
    public = [getattr(gnnpool, name) for name in gnnpool.__all__]
    wanted = {f"{o.__module__}.{o.__qualname__}" for o in public if hasattr(o, "__qualname__")}
    assert wanted <= described, f"not in book/api: {sorted(wanted - described)}"


def test_links_between_pages_need_no_network(site):
    """Notebooks name each other by address; built, they point at the pages beside them."""
    own = "https://gnnpool.github.io/gnnpool/"
    away = {f"{page.relative_to(site)}: {link['href']}" for page in pages(site)
            for link in soup(page).select(f'a[href^="{own}"]')}
    assert not away
    chapter = soup(site / "book" / "part1" / "cnn.html")
    assert chapter.select('article a[href="src.html"], article a[href="message-passing.html"]')
