"""A headless Chromium that opens pages from the disk, without network, and tells what happened."""

import gzip
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

OPTIONS = ("--disable-gpu", "--disable-quic", "--host-resolver-rules=MAP * ~NOTFOUND")
CHATTER = ("[PST]: ", "[togglebutton]: ")  # what the theme's scripts say on every page
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


def browser() -> str | None:
    """The Chromium to use: $CHROMIUM, or one on the PATH."""
    if "CHROMIUM" in os.environ:
        return shutil.which(os.environ["CHROMIUM"])
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((found for name in names if (found := shutil.which(name))), None)


def browser_or_skip() -> str:
    """The Chromium to use. Without one the test says so and is skipped; on CI it fails."""
    found = browser()
    if found is None:
        message = "no Chromium: install it (Debian: apt install chromium) or set CHROMIUM=/path"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


@cache
def sent(file: Path) -> int:
    """Its bytes on the way to a reader: texts compressed by gzip, images and fonts as they are."""
    if file.suffix in {".html", ".css", ".js", ".svg", ".json"}:
        return len(gzip.compress(file.read_bytes(), 6))
    return file.stat().st_size


class Tab:
    """A tab of the browser; it keeps what its page asked for and what went wrong there."""

    def __init__(self, chromium: Browser, size: dict, **settings):
        self.page: Page = chromium.new_context(viewport=size, offline=True, **settings).new_page()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))

    def open(self, page: Path, query: str = "") -> Page:
        """Shows a page, mathematics typeset and every fold opened."""
        self.asked.clear()
        self.said.clear()
        self.page.goto(page.as_uri() + query)
        self.page.evaluate("async () => { await window.MathJax?.startup.promise; "
                           "await document.fonts.ready; "
                           "document.querySelectorAll('details').forEach(d => d.open = true); }")
        return self.page

    def complaints(self) -> list[str]:
        """What the console says, and every request that leaves the machine."""
        away = [url for url in self.asked if urlsplit(url).scheme not in {"file", "data", "blob"}]
        said = [line for line in self.said if not line.startswith(CHATTER)]
        return [f"console: {x}" for x in said] + [f"asks the network for {x}" for x in away]

    def bytes(self) -> int:
        """The page and all files that it loaded, each once, as a web server would send them."""
        files = {Path(url2pathname(urlsplit(url).path)) for url in self.asked
                 if urlsplit(url).scheme == "file"}
        return sum(sent(file) for file in files if file.is_file())


@contextmanager
def tab(chromium: str, size: dict = DESKTOP, **settings) -> Iterator[Tab]:
    """A tab of a browser that is gone afterwards.

    Playwright keeps an event loop while it runs: nothing else that needs one may run inside.
    """
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=chromium, args=OPTIONS)
        try:
            yield Tab(started, size, **settings)
        finally:
            started.close()


def open_page(chromium: str, page: Path) -> tuple[str, list[str]]:
    """A page after its script has reported in an element of id "seen", and what went wrong."""
    with tab(chromium) as shown:
        shown.open(page).wait_for_selector("#seen", state="attached", timeout=20_000)
        return shown.page.content(), shown.complaints()
