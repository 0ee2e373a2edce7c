"""Independent runs, in parallel and restartable: what is finished is in a file and stays there."""

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from joblib import Parallel, delayed, parallel_config
from tqdm.auto import tqdm

from gnnpool.checks import check_choice, check_count, refuse
from gnnpool.provenance import provenance, write_results

BACKENDS = ("loky", "dask")


@dataclass(frozen=True)
class Job:
    """One run.

    Attributes:
        key: what tells it from others, name to text or number; these are columns of its row.
        run: takes nothing, gives the other columns. Other processes get it pickled.
    """

    key: dict
    run: Callable[[], dict]


def run_jobs(jobs: Sequence[Job], table: dict, path: Path | None = None, *, processes: int = 1,
             backend: str = "loky", scheduler: str | None = None, threads: int = 1,
             progress: bool = True) -> list[dict]:
    """Run what the table does not hold yet; each row is written as soon as it is there.

    A job that fails gives a row with its key and `error`, in words, and the others go on; it is
    tried again by the next call.

    Args:
        jobs: to be run, in this order.
        table: a new one, or one that was begun (`begin_table`); its "rows" are added to.
        path: where to keep it, or None.
        processes: at a time, with the backend "loky".
        backend: of joblib, "loky" for this machine or "dask" for a cluster.
        scheduler: the address of the cluster's scheduler, tcp://….
        threads: of torch in each job.
        progress: show a bar, with the time that is left.

    Returns:
        The rows of these jobs, in their order; `jobs` in them is how many ran at a time.

    Raises:
        ValueError: processes below 1; an unknown backend; "dask" without a scheduler, or with one
            that does not answer.
    """
    check_count("processes", processes)
    check_choice("backend", backend, BACKENDS)
    if backend == "dask" and scheduler is None:
        refuse("scheduler", "None", "the address of a Dask scheduler, tcp://host:port")
    if backend == "dask":
        _reach(scheduler)
    table["rows"] = [row for row in table["rows"] if "error" not in row]
    names = list(jobs[0].key) if jobs else []
    there = {_identity(row, names) for row in table["rows"]}
    left = [job for job in jobs if _identity(job.key, names) not in there]
    with _engine(backend, scheduler, processes) as parallel:
        done = parallel(delayed(_row)(job, threads) for job in left)
        for row in tqdm(done, total=len(left), disable=not progress, smoothing=0.1):
            table["rows"].append(row | {"jobs": processes if backend == "loky" else backend})
            if path is not None:
                write_results(path, table)
    rows = {_identity(row, names): row for row in table["rows"]}
    return [rows[_identity(job.key, names)] for job in jobs]


def begin_table(path: Path | None, command: str, lists: Sequence[str] = ("rows",)) -> dict:
    """A new table, or what an earlier run left in this file (if any), with the commands of both.

    Raises:
        ValueError: a folder that is not there or cannot be written to; a file of something else.
    """
    table = provenance(command) | {name: [] for name in lists}
    if path is None:
        return table
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        refuse("output", f"a file in {path.parent}", "one in a folder that exists and can be "
               "written to")
    if path.exists():
        try:
            old = json.loads(path.read_text(encoding="utf-8"))
            table |= {name: list(old[name]) for name in lists}
            commands = old["command"].split(" && ")
        except (ValueError, KeyError, TypeError, AttributeError):
            refuse("output", f"{path}, which is damaged or holds something else",
                   "a table of this command; move it away, or name another")
        table["command"] = " && ".join(dict.fromkeys([*commands, command]))
    return table


def _identity(row: dict, names: list[str]) -> str:
    return json.dumps([row.get(name) for name in names])


def _row(job: Job, threads: int) -> dict:
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return {**job.key, **job.run()}
    except Exception as error:  # a reader's own pooler may raise anything
        text = f"{type(error).__name__}: {error}{_place(error)}"
        return {**job.key, "error": " ".join(text.split())}
    finally:
        torch.set_num_threads(before)


def _place(error: Exception) -> str:
    """Where in the reader's own code it was raised: the last line outside of installed packages."""
    others = str(Path(__file__).parents[1]), sys.prefix, sys.base_prefix, "<"
    own = [frame for frame in traceback.extract_tb(error.__traceback__)
           if not frame.filename.startswith(others)]
    return f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""


def _reach(scheduler: str) -> None:
    """Refuse an address where nothing answers; joblib would wait half a minute and more."""
    from distributed import Client  # only who has a cluster needs Dask

    try:
        Client(scheduler, timeout=5).close()
    except (OSError, ValueError, TypeError) as error:
        refuse("scheduler", f"{scheduler!r} ({type(error).__name__})",
               "the address of a Dask scheduler that answers, tcp://host:port")


@contextmanager
def _engine(backend: str, scheduler: str | None, processes: int) -> Iterator[Parallel]:
    config = {"scheduler_host": scheduler} if backend == "dask" else {"n_jobs": processes}
    with parallel_config(backend=backend, **config):
        yield Parallel(return_as="generator_unordered", pre_dispatch="all")
