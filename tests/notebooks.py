"""The book's notebooks, and how one is run: `python tests/notebooks.py [part1/src ...]`.

`make execute` calls this file; the tests of the book import it.
"""

import os
import re
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import nbformat
from ipykernel.kernelspec import write_kernel_spec
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from tqdm import tqdm

from gnnpool.provenance import provenance

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
WIDGET = "application/vnd.jupyter.widget-view+json"
KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}


def names() -> list[str]:
    """Every notebook of the book, as `part1/src`."""
    paths = (p.relative_to(BOOK) for p in BOOK.rglob("*.ipynb"))
    kept = (p for p in paths if ".ipynb_checkpoints" not in p.parts)
    return sorted(p.with_suffix("").as_posix() for p in kept)


def path(name: str) -> Path:
    """The file of a notebook."""
    return BOOK / f"{name}.ipynb"


def read(name: str) -> NotebookNode:
    """A notebook as committed."""
    return nbformat.read(path(name), as_version=4)


def quick() -> dict[str, dict]:
    """The quick parameters of every notebook, as written in quick.toml."""
    return tomllib.loads((ROOT / "tests" / "quick.toml").read_text())


def tags(cell: NotebookNode) -> list[str]:
    """The tags of a cell."""
    return cell.metadata.get("tags", [])


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """The code cells that hold code."""
    return [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]


def printed(cell: NotebookNode) -> str:
    """What a cell wrote to standard output."""
    streams = (o for o in cell.outputs if o.output_type == "stream" and o.name == "stdout")
    return "".join(o.text for o in streams)


def use_this_python(folder: Path) -> None:
    """Let `python3` mean the interpreter that runs this, whatever kernels the user has installed.

    Jupyter looks in JUPYTER_PATH first. The user's IPython profile stays out of it, too.
    """
    quiet = ["--log-level=ERROR"]  # it warns that it talks to us over TCP
    write_kernel_spec(folder / "kernels" / "python3", extra_arguments=quiet)
    os.environ["JUPYTER_PATH"] = str(folder)
    os.environ["IPYTHONDIR"] = str(folder / "ipython")


def run(notebook: NotebookNode, folder: Path, label: str) -> None:
    """Run every cell of a notebook in `folder`, with a bar that counts the cells."""
    with tqdm(total=len(code_cells(notebook)), desc=label, unit="cell") as bar:
        NotebookClient(
            notebook, timeout=None, kernel_name="python3", record_timing=False,
            coalesce_streams=True,  # print by print, a page would show gaps
            resources={"metadata": {"path": str(folder)}},
            on_cell_complete=lambda cell, cell_index: bar.update(),
        ).execute()


def tidy(notebook: NotebookNode) -> None:
    """Drop what differs from machine to machine and says nothing to a reader.

    Progress bars are widgets: they need a running kernel. How the run was made stays.
    """
    language = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python",
                "pygments_lexer": "ipython3", "nbconvert_exporter": "python"}
    made = {"run": notebook.metadata.run} if "run" in notebook.metadata else {}
    notebook.metadata = NotebookNode(kernelspec=KERNELSPEC, language_info=language, **made)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if WIDGET not in o.get("data", {})]


def execute(name: str) -> None:
    """Re-run a notebook at its committed parameters, from an empty folder, and replace it.

    A failing notebook stays as it was. How long it took, when, with what and on which machine is
    written into its metadata, which the book's status page shows.
    """
    notebook = read(name)
    made = provenance(f"make execute ONLY={name}")
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        run(notebook, Path(folder), name)
    notebook.metadata.run = made | {"seconds": round(time.perf_counter() - start)}
    tidy(notebook)
    beside = path(name).with_suffix(".ipynb.new")
    nbformat.write(notebook, beside)
    beside.replace(path(name))


def main(wanted: list[str]) -> int:
    """Execute the notebooks named, or all; the number of those that failed."""
    wanted = [re.sub(r"^book/|\.ipynb$", "", name) for name in wanted]
    unknown = sorted(set(wanted) - set(names()))
    if unknown:
        print(f"no such notebook: {', '.join(unknown)}; there are: {', '.join(names())}")
        return len(unknown)
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        use_this_python(Path(folder))
        for name in wanted or names():
            try:
                execute(name)
            except CellExecutionError as error:
                print(f"\nbook/{name}.ipynb fails and was left as it was:\n{error}")
                failed.append(name)
    if failed:
        print(f"{len(failed)} failed: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
