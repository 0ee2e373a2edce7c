"""Tables that a later run goes on with: what they hold, and what tells their rows apart."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from gnnpool.checks import refuse
from gnnpool.provenance import provenance


def begin_table(path: str | Path | None, command: str, lists: Sequence[str] = ("rows",), *,
                kind: str | None = None) -> dict:
    """A new table, or what an earlier run left in this file (if any), with the commands of both.

    Args:
        path: of the file, or None for a table that is kept nowhere.
        command: what makes it.
        lists: what it holds.
        kind: what its rows are of; None: as the command is called ("topology" for
            "python -m gnnpool topology …"). A table that does not say its kind has that of its
            commands.

    Raises:
        ValueError: a folder in place of a file, or one that is not there or cannot be written to; a
            file of something else, a table of another kind included.
    """
    kind = _called(command) if kind is None else kind
    table = {"kind": kind} | provenance(command) | {name: [] for name in lists}
    if path is None:
        return table
    path = Path(path)
    if path.is_dir():
        refuse("output", f"{path}, a folder", "a file")
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        refuse("output", f"a file in {path.parent}", "one in a folder that exists and can be "
               "written to")
    if path.exists():
        lines, commands = _read(path, lists, kind)
        table |= lines | {"command": " && ".join(dict.fromkeys([*commands, command]))}
    return table


def identity(row: dict, names: Sequence[str]) -> str:
    """What these columns hold, as a text; a column that a row of an older table lacks is empty."""
    return json.dumps([row.get(name, "") for name in names])


def check_budget(path: str | Path | None, table: dict, keys: Sequence[dict],
                 steps: int | None) -> None:
    """Refuse to go on with a table that holds one of these runs after another number of steps."""
    names = list(keys[0]) if keys else []
    there = {identity(row, names): row.get("steps", steps) for row in table["rows"]}
    for key in keys:
        if (found := there.get(identity(key, names), steps)) != steps:
            refuse_budget(path, in_words(key), found, steps)


def in_words(key: dict) -> str:
    """A run for a reader: what tells it from others but for hashes."""
    return ", ".join(str(value) for name, value in key.items() if not name.endswith("source"))


def refuse_budget(path: str | Path | None, run: str, there: int | None, wanted: int | None
                  ) -> NoReturn:
    """Say which run of the table is a shorter or longer one than is asked for."""
    refuse("output", f"{path}, which holds {run} after {there} steps, where {wanted} are asked for",
           f"another file, or {there} steps")


def some_of(done: int, due: int) -> str:
    """A mark for what stands on some of its runs only, or nothing."""
    return f" ({done} of {due})" if 0 < done < due else ""


def _read(path: Path, lists: Sequence[str], kind: str) -> tuple[dict[str, list], list[str]]:
    """The lists of a table, and the commands that made it."""
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
        lines = {name: [dict(row) for row in old[name]] for name in lists}
        commands = old["command"].split(" && ")
    except (ValueError, KeyError, TypeError, AttributeError):
        refuse("output", f"{path}, which is damaged or holds something else",
               f"a table of {kind!r}; move it away, or name another")
    if kinds := {old.get("kind") or _called(command) for command in commands} - {kind}:
        refuse("output", f"{path}, a table of {', '.join(map(repr, sorted(kinds)))}",
               f"one of {kind!r}; name another file")
    return lines, commands


def _called(command: str) -> str:
    """'topology' of "python -m gnnpool topology …" and of "gnnpool.evaluate.topology"."""
    words = command.removeprefix("python -m gnnpool ").removeprefix("python -m ").split()
    return words[0].rpartition(".")[2] if words else ""
