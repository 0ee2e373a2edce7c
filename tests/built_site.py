"""The built book, once for all test processes, and its pages as trees."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup
from filelock import FileLock
from notebooks import ROOT


def build(shared: Path) -> Path:
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
