"""Every notebook runs: in an empty folder, at quick parameters, twice with the same outputs.

How notebooks are written down is the matter of test_book_form.py.
"""

import os
import resource
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import nbformat
import notebooks
import papermill
import pytest
import quick_runs
from filelock import FileLock

SECONDS = 20 * float(os.environ.get("GNNPOOL_SLOW", "1"))  # GNNPOOL_SLOW=3 on a slow processor
CORRECT, NOT_YET = "✓ correct", "✗ not yet: "


def missing_data(name: str) -> list[str]:
    """The folders that the notebook's data sets are read from and that are not there."""
    root = os.environ.get("GNNPOOL_DATA")
    needs = notebooks.quick()[name]["with-data"]["needs"]
    return [n for n in needs if root is None or not (Path(root) / n).exists()]


def with_solutions_checked(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with a second copy of each exercise's check after its solution."""
    cells, check = [], None
    for cell in deepcopy(notebook).cells:
        cells.append(cell)
        if "check" in notebooks.tags(cell):
            check = cell
        elif "solution" in notebooks.tags(cell):
            again = deepcopy(check)
            again.id = f"{check.id}-again"[:64]
            again.metadata.tags = ["check-again"]
            cells.append(again)
    return nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata)


def assert_parameters_known(name: str, values: dict) -> None:
    """papermill only warns about a parameter that the notebook does not have."""
    known = papermill.inspect_notebook(str(notebooks.path(name)))
    unknown = sorted(set(values) - set(known))
    assert not unknown, (f"tests/quick.toml sets {unknown}, which the parameters cell of "
                         f"book/{name}.ipynb does not: it has {sorted(known)}")


def processor_seconds() -> float:
    """The time that the ended child processes of this one kept a processor busy.

    With one thread that is what a clock shows on an idle machine, whatever else runs beside it.
    """
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_quickly(name: str, data: bool, folder: Path) -> Path:
    """Run a notebook from an empty folder; the executed file. Fails where it takes too long."""
    values = quick_runs.parameters(name, data)
    assert_parameters_known(name, values)
    start = processor_seconds()
    executed = quick_runs.run(with_solutions_checked(notebooks.read(name)), folder, values)
    seconds = processor_seconds() - start
    assert 0 < seconds <= SECONDS, f"{seconds:.1f} s at quick parameters, {SECONDS:g} s allowed"
    return executed


def assert_exercises_work(executed: Path) -> None:
    """A check says no to the skeleton and yes to the solution."""
    cells = nbformat.read(executed, as_version=4).cells
    for tag, verdict in (("check", NOT_YET), ("check-again", CORRECT)):
        for cell in (c for c in cells if tag in notebooks.tags(c)):
            last = (notebooks.printed(cell).strip().splitlines() or [""])[-1]
            assert last.startswith(verdict), f"{tag} printed {last!r}, wanted {verdict!r}"


def assert_outputs_repeat(executed: Path) -> None:
    """nbval runs the notebook again and compares every output that is not tagged as changing."""
    folder = executed.parent / "again"
    folder.mkdir()
    executed = executed.rename(folder / executed.name)
    (folder / "pytest.ini").write_text("[pytest]\n")  # not the options of this very run
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "--nbval-kernel-name", "python3",
         "--nbval-sanitize-with", str(notebooks.ROOT / "tests" / "nbval.cfg"),
         "--nbval-cell-timeout", "120", "-p", "no:cacheprovider", "-p", "no:xdist", "-q",
         executed.name],
        cwd=folder, capture_output=True, text=True, check=False,
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")})
    assert result.returncode == 0, f"the outputs differ from run to run:\n{result.stdout[-6000:]}"


@pytest.mark.parametrize("name", notebooks.names())
def test_runs_without_data(name, kernel, tmp_path):
    executed = run_quickly(name, data=False, folder=tmp_path)
    assert_exercises_work(executed)
    assert_outputs_repeat(executed)


WITH_DATA = [name for name, table in notebooks.quick().items() if "with-data" in table]


@pytest.mark.parametrize("name", WITH_DATA)
def test_runs_with_data(name, kernel, shared, tmp_path):
    if missing := missing_data(name):
        root = os.environ.get("GNNPOOL_DATA", "GNNPOOL_DATA, which is not set")
        pytest.skip(f"no {', '.join(missing)} in {root}")
    with FileLock(shared / "data.lock"):  # PyG writes beside the raw files what it makes of them
        run_quickly(name, data=True, folder=tmp_path)


def test_every_notebook_has_quick_parameters():
    assert sorted(notebooks.quick()) == notebooks.names()
