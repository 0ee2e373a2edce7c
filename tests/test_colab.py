"""Every notebook runs as in Colab: alone, in an empty folder, where torch and PyG are and no more.

Its set-up cell installs the package from a wheel of this checkout in place of the repository.
"""

import json
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import distribution
from pathlib import Path

import nbformat
import notebooks
import pytest
import quick_runs
from filelock import FileLock
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ADDRESS = "git+https://github.com/gnnpool/gnnpool"
BROUGHT = ("torch", "torch-geometric", "ipykernel")  # what Colab has, of what notebooks need


def closure(names: tuple[str, ...]) -> set[str]:
    """These distributions and all that they ask for on this machine."""
    todo, found = list(names), set()
    while todo:
        name = canonicalize_name(todo.pop())
        if name not in found:
            found.add(name)
            needed = map(Requirement, distribution(name).requires or [])
            todo += [r.name for r in needed if not r.marker or r.marker.evaluate({"extra": ""})]
    return found


def python_of(folder: Path) -> Path:
    return folder / "bin" / "python"


def bare(folder: Path) -> None:
    """A new environment with pip, and links to the distributions that Colab brings."""
    venv.create(folder, with_pip=True)
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    there = Path(subprocess.run([python_of(folder), "-c", code], capture_output=True, text=True,
                                check=True).stdout.strip())
    for name in closure(BROUGHT):
        files = distribution(name).files or []
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            if not (there / top).exists():
                (there / top).symlink_to(distribution(name).locate_file(top))
    # Colab's kernel has google.colab imported before the first cell.
    (there / "google" / "colab").mkdir(parents=True)
    (there / "google" / "colab" / "__init__.py").touch()
    (there / "colab.pth").write_text("import google.colab\n")


@pytest.fixture(scope="session")
def wheel(shared) -> Path:
    """A wheel of this checkout, built once."""
    folder = shared / "wheel"
    with FileLock(shared / "wheel.lock"):
        if not folder.exists():
            source = shared / "source"
            shutil.copytree(notebooks.ROOT / "gnnpool", source / "gnnpool",
                            ignore=shutil.ignore_patterns("__pycache__"))
            for name in ("pyproject.toml", "README.md", "LICENSE"):
                shutil.copy(notebooks.ROOT / name, source)
            subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps",
                            "--no-build-isolation", "-w", folder, source], check=True)
    [built] = folder.glob("*.whl")
    return built


def set_up_cell(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    [cell] = [c for c in notebooks.code_cells(notebook) if "google.colab" in c.source]
    return cell


def kernel_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`python3` is this environment's interpreter, and nothing of ours reaches it."""
    spec = {"argv": [str(python_of(folder)), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
            "display_name": "Python 3", "language": "python"}
    place = folder / "jupyter" / "kernels" / "python3"
    place.mkdir(parents=True, exist_ok=True)
    (place / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(folder / "jupyter"))
    monkeypatch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    for name in ("PYTHONPATH", "GNNPOOL_DATA", "MPLBACKEND"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def as_in_colab(request, shared, wheel, tmp_path, kernel, monkeypatch):
    """The notebook whose set-up cell installs the wheel, where it has done so for the first time.

    Notebooks that ask for the same extras share an environment, as pages opened one after another.
    """
    notebook = notebooks.read(request.param)
    cell = set_up_cell(notebook)
    assert cell.source.count(ADDRESS) == 1
    cell.source = cell.source.replace(ADDRESS, wheel.as_uri())
    [extras] = re.findall(r"gnnpool(\[[\w,]+\])?", cell.source.split("install -q")[1])[:1]
    folder = shared / f"colab{extras.strip('[]').replace(',', '-')}"
    kernel_in(folder, monkeypatch)
    with FileLock(f"{folder}.lock"):
        if not (folder / "ready").exists():
            bare(folder)
            quick_runs.run(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "first", {})
            (folder / "ready").touch()
    return request.param, notebook, folder


@pytest.mark.parametrize("as_in_colab", notebooks.names(), indirect=True)
def test_runs_as_in_colab(as_in_colab, tmp_path):
    name, notebook, folder = as_in_colab
    quick_runs.run(notebook, tmp_path / "run", quick_runs.parameters(name))
    code = "import torch, gnnpool; print(torch.__file__, gnnpool.__file__)"
    loaded = subprocess.run([python_of(folder), "-c", code], capture_output=True, text=True,
                            check=True, cwd=tmp_path).stdout.split()
    torch, gnnpool = map(Path, loaded)
    assert torch.parent.is_symlink(), "the set-up cell replaced Colab's torch"
    assert str(gnnpool).startswith(str(folder)), "not the wheel"
