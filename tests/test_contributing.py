"""CONTRIBUTING.md is true: its map of the house is the house, and its cookbook works."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from notebooks import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text()
BLOCKS = re.findall(r"^```python\n# (\S+\.py)(?:, in (\w+))?\n(.*?)^```", TEXT, re.M | re.S)
[COMMAND] = re.findall(r"^make test ARGS='(.*)'$", TEXT, re.M)
[MAP] = re.findall(r"^## The house\n\n```\n(.*?)^```", TEXT, re.M | re.S)


def test_the_map_names_every_room():
    """Every module or folder of the package, and nothing that is not there."""
    package = MAP[MAP.index("gnnpool/\n"):MAP.index("tests/")]
    rooms = {p.stem if p.suffix == ".py" else p.name for p in (ROOT / "gnnpool").iterdir()
             if p.suffix == ".py" or (p.is_dir() and p.name != "__pycache__")}
    rooms |= {p.stem for folder in ("score", "one_over_k", "soft") for p in
              (ROOT / "gnnpool" / folder).glob("*.py")}
    words = set(re.findall(r"\w+", package))
    assert not (missing := rooms - {"__init__"} - words), f"not on the map: {missing}"
    named = set(re.findall(r"(\w+)\.py\b", package)) | set(re.findall(r"(\w+)/", package))
    there = {p.stem for p in (ROOT / "gnnpool").rglob("*")} | {"gnnpool"}
    assert not (gone := named - there), f"on the map, not in the house: {gone}"


def test_every_folder_at_the_top_is_named():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True,
                             check=False).stdout.split("\n")
    top = {name.split("/")[0] for name in tracked if "/" in name and not name.startswith(".")}
    if not top:
        pytest.skip("no git checkout: nothing says which folders belong to the repository")
    assert all(f"{name}/" in MAP for name in top), top


def put(folder: Path, file: str, where: str | None, text: str) -> None:
    """A block as a new file, or as the first lines of a table; imports are the author's to add."""
    if where is None:
        (folder / file).write_text(text)
        return
    old = (folder / file).read_text()
    opening = re.search(rf"^{where}\b.*[{{(]\n", old, re.M)
    assert opening, f"{file} has no {where}"
    new = old[:opening.end()] + text + old[opening.end():]
    if file == "gnnpool/registry.py":
        new = new.replace("from gnnpool.src", "from gnnpool.score.peaks import PeakPooling\n"
                          "from gnnpool.src", 1)
    (folder / file).write_text(new)


def test_an_operator_is_added_as_written(tmp_path):
    for name in ("gnnpool", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name,
                        ignore=shutil.ignore_patterns("__pycache__", "*.json"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    assert len(BLOCKS) == 4
    for file, where, text in BLOCKS:
        put(tmp_path, file, where or None, text)

    def run(*arguments: str) -> str:
        result = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=tmp_path, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
            | {"PYTHONPATH": str(tmp_path)})
        assert result.returncode == 0, result.stdout[-6000:]
        return result.stdout

    # the command as it stands, and the docstring's example
    words = COMMAND.replace(" -k", " tests/test_examples.py -k").split()
    passed = re.search(r"(\d+) passed", run("pytest", "-q", "-p", "no:cacheprovider", *words))
    assert passed and int(passed[1]) > 40, "the promises were not tried"
    run("ruff", "check", "--no-cache", "gnnpool/score/peaks.py", "tests/test_peaks.py")
