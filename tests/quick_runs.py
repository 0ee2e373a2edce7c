"""A notebook run from an empty folder at the quick parameters of quick.toml."""

from pathlib import Path

import nbformat
import notebooks
import papermill


def parameters(name: str, data: bool = False) -> dict:
    """The quick parameters of a notebook, with its data sets or without."""
    assert name in notebooks.quick(), f'tests/quick.toml has no table ["{name}"]'
    table = dict(notebooks.quick()[name])
    real = dict(table.pop("with-data", {}))
    real.pop("needs", None)
    return table | real if data else table


def run(notebook: nbformat.NotebookNode, folder: Path, values: dict) -> Path:
    """Run it with `python3`, whatever kernel that is, in folder/empty; the executed file."""
    source, executed, empty = folder / "in.ipynb", folder / "executed.ipynb", folder / "empty"
    empty.mkdir(parents=True)
    nbformat.write(notebook, source)
    papermill.execute_notebook(str(source), str(executed), values, kernel_name="python3",
                               cwd=str(empty), progress_bar=False)
    return executed
