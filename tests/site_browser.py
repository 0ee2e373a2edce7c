"""A headless Chromium that opens a page from the disk, without network, and tells what happened."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-sync",
           "--disable-dev-shm-usage", "--enable-logging=stderr", "--virtual-time-budget=20000",
           "--host-resolver-rules=MAP * ~NOTFOUND")
CONSOLE = re.compile(r":CONSOLE[:(]\d+\)?\] (.*)")
CHATTER = ('"[PST]: ', '"[togglebutton]: ')  # what the theme's scripts say on every page


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


def requests(log: Path) -> set[str]:
    """What a page opened from the disk asked the network for; the browser's own calls left out."""
    events = (event.get("params", {}) for event in json.loads(log.read_text())["events"])
    return {e["url"] for e in events if "file://" in e.get("network_isolation_key", "")
            and e.get("url", "").startswith("http")}


def open_page(chromium: str, page: Path) -> tuple[str, list[str]]:
    """The page as it is after its scripts ran, and everything that went wrong."""
    with TemporaryDirectory() as folder:
        log = Path(folder) / "network.json"
        result = subprocess.run(
            [chromium, *OPTIONS, f"--user-data-dir={folder}/profile", f"--log-net-log={log}",
             "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
        asked = [f"asks the network for {url}" for url in requests(log)]
    console = CONSOLE.findall(result.stderr)
    said = [f"console: {line}" for line in console if not line.startswith(CHATTER)]
    return result.stdout, said + asked
