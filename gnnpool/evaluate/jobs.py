"""Independent runs, in parallel and restartable: what is finished is in a file and stays there."""

import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky import reusable_executor
from tqdm.auto import tqdm

from gnnpool.checks import check_choice, check_count, refuse
from gnnpool.evaluate.tables import begin_table, identity
from gnnpool.provenance import write_results

__all__ = ["BACKENDS", "Job", "begin_table", "run_jobs"]

BACKENDS = ("loky", "dask")
# What Ctrl-C leaves of the workers' locks is cleaned up by loky's tracker, which need not say so.
TRACKER = "ignore::UserWarning:joblib.externals.loky.backend.resource_tracker"


@dataclass(frozen=True)
class Job:
    """One run.

    Attributes:
        key: what tells it from others, name to text or number; these are columns of its row.
        run: takes nothing, gives the other columns. Other processes get it pickled.
    """

    key: dict
    run: Callable[[], dict]


def run_jobs(jobs: Sequence[Job], table: dict, path: str | Path | None = None, *,
             processes: int = 1, backend: str = "loky", scheduler: str | None = None,
             threads: int = 1, progress: bool = True) -> list[dict]:
    """Run what the table does not hold yet; each row is written as soon as it is there.

    A job that fails gives a row with its key and `error`, in words, and the others go on; it is
    tried again by the next call that has it.

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
            that does not answer; a scheduler without "dask".
        KeyboardInterrupt: with how many runs are kept, and where.
    """
    check_count("processes", processes)
    _check_engine(backend, scheduler)
    names = list(jobs[0].key) if jobs else []
    asked = {identity(job.key, names) for job in jobs}
    table["rows"] = [row for row in table["rows"]
                     if "error" not in row or identity(row, names) not in asked]
    there = {identity(row, names) for row in table["rows"]}
    left = [job for job in jobs if identity(job.key, names) not in there]
    ran = 0
    try:
        with _engine(backend, scheduler, processes) as parallel:
            done = parallel(delayed(_row)(job, threads) for job in left)
            for row in tqdm(done, total=len(left), disable=not progress, smoothing=0.1):
                table["rows"].append(row | {"jobs": processes if backend == "loky" else backend})
                ran += 1
                if path is not None:
                    write_results(Path(path), table)
    except KeyboardInterrupt:
        kept = len(jobs) - len(left) + ran if path is not None else 0
        raise KeyboardInterrupt(f"{kept} of {len(jobs)} runs are kept"
                                + f" in {path}" * (kept > 0)) from None
    rows = {identity(row, names): row for row in table["rows"]}
    return [rows[identity(job.key, names)] for job in jobs]


def _row(job: Job, threads: int) -> dict:
    if not hasattr(tqdm, "_lock"):  # in another process: one across processes would outlive Ctrl-C
        tqdm.set_lock(threading.RLock())
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return {**job.key, **job.run(), **job.key}  # the key's columns first, and as they are
    except Exception as error:  # a reader's own pooler may raise anything
        notes = "".join(f" ({note})" for note in getattr(error, "__notes__", ()))
        text = f"{type(error).__name__}: {error}{notes}{_place(error)}"
        return {**job.key, "error": " ".join(text.split())}
    finally:
        torch.set_num_threads(before)


def _place(error: Exception) -> str:
    """Where in the reader's own code it was raised: the last line outside of installed packages."""
    others = str(Path(__file__).parents[1]), sys.prefix, sys.base_prefix, "<"
    own = [frame for frame in traceback.extract_tb(error.__traceback__)
           if not frame.filename.startswith(others)]
    return f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""


def _check_engine(backend: str, scheduler: str | None) -> None:
    check_choice("backend", backend, BACKENDS)
    if backend == "dask" and scheduler is None:
        refuse("scheduler", "None", "the address of a Dask scheduler, tcp://host:port")
    if backend == "dask":
        _reach(scheduler)
    elif scheduler is not None:
        refuse("scheduler", f"{scheduler!r} with the backend {backend!r}",
               "none, or the backend 'dask'")


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
    hook, warned = threading.excepthook, os.environ.get("PYTHONWARNINGS")
    threading.excepthook = partial(_excepthook, hook)
    os.environ["PYTHONWARNINGS"] = ",".join(filter(None, (warned, TRACKER)))
    try:
        with parallel_config(backend=backend, **config):
            yield Parallel(return_as="generator_unordered", pre_dispatch="all")
    except KeyboardInterrupt:
        if (running := getattr(reusable_executor, "_executor", None)) is not None:
            running.shutdown(wait=True, kill_workers=True)  # its public getter would start another
        raise
    finally:
        threading.excepthook = hook
        if warned is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = warned


def _excepthook(otherwise: Callable, caught: threading.ExceptHookArgs) -> None:
    """loky's own thread stumbles over workers that Ctrl-C has stopped: that is no news."""
    if not (caught.thread and caught.thread.name == "ExecutorManagerThread"):
        otherwise(caught)
