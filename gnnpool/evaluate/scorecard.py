"""All four examinations of many poolers, as independent jobs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gnnpool.checks import check_choice
from gnnpool.evaluate.comparison import BASELINES
from gnnpool.evaluate.contenders import PoolerLike, by_name, check_names, pooler_source
from gnnpool.evaluate.downstream import BAG, measure_downstream
from gnnpool.evaluate.examinations import (
    expressiveness_row,
    node_information_row,
    topology_row,
)
from gnnpool.evaluate.jobs import Job, begin_table, run_jobs
from gnnpool.evaluate.summary import Scorecard
from gnnpool.evaluate.tasks import TaskLike, check_task, task_name

KEY = ("size", "examination", "pooler", "source", "data", "run")


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


def scorecard(poolers: Sequence[PoolerLike], *, size: str = "quick",
              tasks: Sequence[TaskLike] | None = None, output: Path | None = None,
              command: str = "gnnpool.evaluate.scorecard", processes: int = 1,
              backend: str = "loky", scheduler: str | None = None, threads: int = 1,
              progress: bool = True) -> Scorecard:
    """Put poolers through all four examinations, beside no pooling and random nodes.

    Args:
        poolers: as `make_pooler` takes them.
        size: "quick" (embedded graphs, few epochs) or "full" (hours).
        tasks: data sets for the first examination, in place of those of the size; as `load_task`
            takes them.
        output: a file that keeps what is finished, so that a stopped run goes on; or None.
        command: what the table says that it was made with.
        processes, backend, scheduler, threads: as `run_jobs`.

    Raises:
        ValueError: an unknown size; two poolers of one name; a file of something else. (A pooler
            that cannot be made, or fails, has its error in its row.)
    """
    check_choice("size", size, SIZES)
    tasks = SIZES[size].tasks if tasks is None else tasks
    for data in check_names("tasks", tasks):
        check_task(data)
    jobs = [Job(dict(zip(KEY, (size, examination, name, pooler_source(pooler), data,
                               run), strict=True)), work)
            for name, pooler in by_name(poolers, BASELINES).items()
            for examination, data, run, work in _work(pooler, SIZES[size], tasks)]
    table = begin_table(output, command)
    rows = run_jobs(jobs, table, output, processes=processes, backend=backend,
                    scheduler=scheduler, threads=threads, progress=progress)
    return Scorecard(table | {"rows": rows})


Work = tuple[str, str, int, Callable[[], dict]]


def _work(pooler: PoolerLike, size: Size, tasks: Sequence[TaskLike]) -> Iterator[Work]:
    """Examination, data, run, and the run itself."""
    for run in range(size.runs):
        for data in tasks:
            yield "downstream", task_name(data), run, partial(
                measure_downstream, data, pooler, run, epochs=size.epochs)
    if pooler == BAG:  # it is a model, and pools nothing
        return
    for run in range(size.cloud_runs):
        for data in size.clouds:
            yield "node information", data, run, partial(
                node_information_row, data, pooler, run, epochs=size.cloud_epochs)
        for data in size.graphs:
            yield "topology", data, run, partial(
                topology_row, data, pooler, run, epochs=size.graph_epochs)
    yield "expressiveness", "necklaces", 0, partial(
        expressiveness_row, "necklaces", pooler, 0, quick=not size.thorough)
