"""All four examinations of many poolers, as independent jobs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gnnpool.checks import check_choice, refuse
from gnnpool.evaluate.comparison import BASELINES
from gnnpool.evaluate.contenders import PoolerLike
from gnnpool.evaluate.downstream import BAG, measure_downstream
from gnnpool.evaluate.examinations import (
    expressiveness_row,
    node_information_row,
    topology_row,
)
from gnnpool.evaluate.jobs import Job, begin_table, run_jobs
from gnnpool.evaluate.lineup import Lineup, by_name, check_names, warn_of_failures
from gnnpool.evaluate.sources import pooler_source
from gnnpool.evaluate.summary import Scorecard
from gnnpool.evaluate.tasks import TaskLike, check_task, task_name, task_source


@dataclass(frozen=True)
class Size:
    """How much is measured: data sets, runs, and epochs at most."""

    tasks: tuple[str, ...]
    runs: int
    epochs: int
    clouds: tuple[str, ...]
    cloud_runs: int
    cloud_epochs: int
    graphs: tuple[str, ...]
    graph_epochs: int
    thorough: bool  # the fourth examination with its own budget, not a short one


SIZES = {
    "quick": Size(("haystack",), 2, 20, ("grid", "ring"), 1, 300, ("grid", "ring"), 300,
                  False),
    "full": Size(("PROTEINS", "Mutagenicity"), 10, 100, ("grid", "ring", "bunny"), 3, 4_000,
                 ("grid", "ring", "sensor", "minnesota"), 2_000, True)}


def scorecard(poolers: Lineup, *, size: str = "quick", tasks: Sequence[TaskLike] | None = None,
              output: str | Path | None = None, command: str = "gnnpool.evaluate.scorecard",
              processes: int = 1, backend: str = "loky", scheduler: str | None = None,
              threads: int = 1, progress: bool = True) -> Scorecard:
    """Put poolers through all four examinations, beside no pooling and random nodes.

    A pooler that cannot be made gives a warning at once; where it fails, its rows have the error,
    and the others are complete.

    Args:
        poolers: a list, or a dict that names them. Each is a name of `gnnpool.poolers()`, a
            subclass of `gnnpool.Pooling`, a function that makes one, or its place,
            "package.module:Class"; its arguments `in_channels`, `k` and `ratio` are filled in
            (`gnnpool.evaluate.make_pooler`).
        size: "quick" (embedded graphs, few epochs) or "full" (hours).
        tasks: data sets for the first examination, in place of those of the size: each a name of
            `gnnpool.datasets.load`, a list of PyG graphs with a class `y` each, or a function that
            returns one (`gnnpool.evaluate.load_task`).
        output: a file that keeps what is finished, so that a stopped run goes on; or None. Runs are
            measured anew where the code of a pooler (the files of its classes) or graphs of your
            own have changed.
        command: what the table says that it was made with.
        processes: runs at a time.
        backend: "loky" for this machine, or "dask" for a cluster.
        scheduler: the address of the cluster's scheduler, tcp://host:port.
        threads: of torch in each run.
        progress: show a bar.

    Returns:
        A `Scorecard`, which prints as a table; `.write("report")` makes a page with figures of it.

    Raises:
        ValueError: an unknown size or name; an instance in place of a class; two poolers or two
            data sets of one name; a file of something else.

    Example:
        >>> card = scorecard(["kmis"], output="runs.json")  # doctest: +SKIP
        >>> card.write("report")  # doctest: +SKIP
        PosixPath('report/scorecard.html')
    """
    check_choice("size", size, SIZES)
    tasks = _checked(SIZES[size].tasks if tasks is None else tasks)
    named = by_name(poolers, BASELINES)
    table = begin_table(output, command, kind="scorecard")
    warn_of_failures(named, BASELINES)
    sources = {name: pooler_source(pooler) for name, pooler in named.items()}
    jobs = [Job({"size": size, "pooler": name, "source": sources[name], **key}, work)
            for name, pooler in named.items()
            for key, work in _work(pooler, SIZES[size], tasks)]
    rows = run_jobs(jobs, table, output, processes=processes, backend=backend,
                    scheduler=scheduler, threads=threads, progress=progress)
    return Scorecard(table | {"rows": rows})


def _checked(tasks: Sequence[TaskLike]) -> dict[str, tuple[TaskLike, str]]:
    """Data sets by name, each with the hash of its graphs."""
    for data in check_names("tasks", tasks):
        check_task(data)
    names = [task_name(data) for data in tasks]
    if len(set(names)) < len(names):
        refuse("tasks", names, "data sets of different names")
    return {name: (data, task_source(data)) for name, data in zip(names, tasks, strict=True)}


def _work(pooler: PoolerLike, size: Size, tasks: dict[str, tuple[TaskLike, str]]
          ) -> Iterator[tuple[dict, Callable[[], dict]]]:
    """What tells each run of a pooler from its others, and the run itself."""
    for run in range(size.runs):
        for name, (data, source) in tasks.items():
            yield _key("downstream", name, run, source), partial(
                measure_downstream, data, pooler, run, epochs=size.epochs)
    if pooler == BAG:  # it is a model, and pools nothing
        return
    for run in range(size.cloud_runs):
        for data in size.clouds:
            yield _key("node information", data, run), partial(
                node_information_row, data, pooler, run, epochs=size.cloud_epochs)
        for data in size.graphs:
            yield _key("topology", data, run), partial(
                topology_row, data, pooler, run, epochs=size.graph_epochs)
    yield _key("expressiveness", "necklaces", 0), partial(
        expressiveness_row, "necklaces", pooler, 0, quick=not size.thorough)


def _key(examination: str, data: str, run: int, source: str = "") -> dict:
    return {"examination": examination, "data": data, "data_source": source, "run": run}
