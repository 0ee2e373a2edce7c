"""The built book: no warning, no broken link, nothing missing offline."""

import re
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import notebooks
from built_site import pages, soup
from notebooks import ROOT
from sphinx.util.inventory import InventoryFile

import gnnpool

# What a browser fetches to show a page; a link that a reader may follow is none of it.
LOADED = {"script": "src", "img": "src", "source": "src", "iframe": "src", "video": "src",
          "audio": "src", "object": "data", "embed": "src"}
LOADED_RELATIONS = {"stylesheet", "icon", "preload", "modulepreload", "apple-touch-icon"}


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


def test_a_shared_address_has_a_card(site):
    """Title, words and picture in the tags of Open Graph; the picture has the size they say."""
    base = "https://gnnpool.github.io/gnnpool/"
    described = set()
    for page in (site / "book").rglob("*.html"):
        tags = {tag["property"]: tag["content"] for tag in soup(page).select("meta[property]")}
        assert tags["og:url"] == base + page.relative_to(site).as_posix()
        assert tags["og:title"] and 20 < len(tags["og:description"]) <= 202, (page, tags)
        described.add(tags["og:description"])
        picture = (site / tags["og:image"].removeprefix(base)).read_bytes()
        size = [int.from_bytes(picture[at:at + 4], "big") for at in (16, 20)]
        assert size == [int(tags[f"og:image:{side}"]) for side in ("width", "height")]
    assert len(described) == len(list((site / "book").rglob("*.html"))), "two pages say the same"


def test_notebook_pages_open_in_colab(site):
    for notebook in (ROOT / "book").rglob("*.ipynb"):
        name = notebook.relative_to(ROOT).with_suffix("").as_posix()
        links = [a["href"] for a in soup(site / f"{name}.html").find_all("a", href=True)]
        assert ("https://colab.research.google.com/github/gnnpool/gnnpool/blob/main/"
                f"{name}.ipynb") in links


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


def test_pages_say_how_long_they_take(site):
    """Below the title of every notebook; the status page has them all."""
    status = soup(site / "book" / "status.html").select_one("article").get_text()
    for name in notebooks.names():
        page = soup(site / "book" / f"{name}.html")
        line = page.select_one("article p.page-facts").get_text()
        made = notebooks.read(name).metadata.run
        assert re.match(r"\d+ minutes to read · ran in \d", line) and made.hardware in line, name
        assert page.select_one("article h1").get_text().rstrip("#") in status
