"""Measured tables: what was measured, with what, and by which command."""

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import torch
import torch_geometric

from gnnpool.checks import check_choice

FOLDER = Path(__file__).parent / "results"


def results(name: str) -> dict:
    """A table of a run that is too long for a page, as it was measured.

    A dict with `rows` (a list of dicts), and `command`, `date`, `versions`, `hardware`,
    `threads` of the run; some tables hold more. `python -m gnnpool` makes the tables anew.

    Raises:
        ValueError: there is no table of this name; the message lists those there are.

    Example:
        >>> sorted(results("communities")["rows"][0])[:3]
        ['accuracy', 'clusters', 'completeness']
    """
    check_choice("name", name, sorted(path.stem for path in FOLDER.glob("*.json")))
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def provenance(command: str) -> dict:
    """Command, date, versions and hardware of a run that begins now."""
    versions = {"python": platform.python_version(), "torch": torch.__version__,
                "torch_geometric": torch_geometric.__version__}
    gpu = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return {"command": command, "date": f"{datetime.now(UTC):%Y-%m-%d}", "versions": versions,
            "hardware": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores{gpu}",
            "threads": torch.get_num_threads()}


def write_results(path: Path, table: dict) -> None:
    """Write a table beside its place and rename it, so that a broken run leaves the old one."""
    beside = path.with_suffix(".part")
    parts = [f"{json.dumps(key)}: {_lines(value)}" for key, value in table.items()]
    beside.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    beside.replace(path)


def _lines(value: object) -> str:
    """JSON, a list with a line for each entry."""
    if not isinstance(value, list):
        return json.dumps(value)
    return "[\n" + ",\n".join(json.dumps(entry) for entry in value) + "\n]"
