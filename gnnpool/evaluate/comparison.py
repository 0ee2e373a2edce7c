"""Many poolers in the same model, on the same splits, and what can be said of their differences."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

from gnnpool.checks import check_choice, check_count, refuse
from gnnpool.evaluate.downstream import BAG, LAYERS, measure_downstream
from gnnpool.evaluate.jobs import Job, begin_table, run_jobs
from gnnpool.evaluate.lineup import Lineup, by_name, check_names, warn_of_failures
from gnnpool.evaluate.sources import pooler_source
from gnnpool.evaluate.tables import check_budget, some_of
from gnnpool.evaluate.tasks import FOLDS, TaskLike, check_task, task_name, task_source

BASELINES = ("none", "random", BAG)


class Difference(NamedTuple):
    """A mean difference of accuracies on identical splits, and its confidence interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Downstream:
    """Accuracy, time and memory of poolers; each row is a run.

    Attributes:
        rows: of `measure_downstream`, with data, pooler, layer and run before; a run that failed
            has `error` in place of the rest.

    Example:
        >>> runs = [{"pooler": p, "run": r, "accuracy": a + .1 * r, "seconds": 1., "megabytes": 2.}
        ...         for p, a in (("none", .5), ("topk", .6)) for r in range(3)]
        >>> Downstream(runs)
                        accuracy    s / epoch      MB
        none         60.0 ± 10.0        1.000    2.00
        topk         70.0 ± 10.0        1.000    2.00
    """

    rows: list[dict]

    @property
    def accuracy(self) -> dict[str, np.ndarray]:
        """Pooler to the accuracies of its runs (0 to 1), without those that failed."""
        return {name: np.array([row["accuracy"] for row in rows if "error" not in row])
                for name, rows in self._by_pooler().items()}

    def table(self) -> list[dict]:
        """A row a pooler: `runs` of so many that were `due`, their means and deviations, and the
        error of the first that failed.
        """
        return [_summary(name, rows) for name, rows in self._by_pooler().items()]

    def common(self) -> "Downstream":
        """Only the runs that every pooler has finished: what may be compared."""
        poolers = self._by_pooler().values()
        runs = set.intersection(*({row["run"] for row in rows if "error" not in row}
                                  for rows in poolers)) if poolers else set()
        return Downstream([row for row in self.rows if row["run"] in runs])

    def differences(self, reference: str = "none", confidence: float = 0.95
                    ) -> dict[str, Difference]:
        """Each pooler's accuracy minus that of the reference, over the runs that both have.

        The interval is Student's t with the variance σ²(1/R + n_test/n_train) for R runs: training
        sets overlap, so runs are not independent, and σ²/R alone would be too small.

        Source: Nadeau and Bengio 2003, eq. 9.

        Raises:
            ValueError: a reference that was not measured; a confidence that is not in (0, 1).
        """
        poolers = self._by_pooler()
        check_choice("reference", reference, list(poolers))
        if not 0 < confidence < 1:
            refuse("confidence", confidence, "a number between 0 and 1")
        base = _by_run(poolers[reference])
        return {name: _difference(_by_run(rows), base, confidence)
                for name, rows in poolers.items() if name != reference}

    def plot(self, ax=None):
        """Accuracies in percent, a dot a run (needs matplotlib). Returns the Axes."""
        from gnnpool.draw import dots  # only who plots needs matplotlib

        accuracy = self.accuracy
        runs = {_marked(row): (100 * accuracy[row["pooler"]]).tolist()
                for row in self.table() if row["runs"]}
        return dots(runs, xlabel="test accuracy, %", ax=ax)

    def __repr__(self) -> str:
        table = self.table()
        wide = max([10, *(len(_marked(row)) for row in table)])
        lines = [f"{'':{wide}}    accuracy    s / epoch      MB"]
        for row in table:
            name = f"{_marked(row):{wide}}"
            lines.append(f"{name}   {row['error']}" if "accuracy" not in row else
                         f"{name}{100 * row['accuracy']:7.1f}{_spread(row)}"
                         f"{row['seconds']:13.3f}{row['megabytes']:8.2f}")
        return "\n".join(lines)

    def _by_pooler(self) -> dict[str, list[dict]]:
        return {name: [row for row in self.rows if row["pooler"] == name]
                for name in dict.fromkeys(row["pooler"] for row in self.rows)}


def downstream(poolers: Lineup, data: TaskLike, *, runs: int = FOLDS, layer: str = "graph",
               epochs: int = 100, patience: int = 20, baselines: Sequence[str] = BASELINES,
               output: str | Path | None = None, processes: int = 1,
               progress: bool = True) -> Downstream:
    """Put poolers into the same classifier, with the same splits and budget for all.

    Args:
        poolers: a list, or a dict that names them. Each is a name of `gnnpool.poolers()`, a
            subclass of `gnnpool.Pooling`, a function that makes one, or its place,
            "package.module:Class"; its arguments `in_channels`, `k` and `ratio` are filled in
            (`gnnpool.evaluate.make_pooler`).
        data: a name of `gnnpool.datasets.load`, a list of PyG graphs with a class `y` each, or a
            function that returns one (`gnnpool.evaluate.load_task`).
        runs: of each; ten are a cross-validation over all graphs.
        layer: of message passing, "graph" (GraphConv) or "gcn".
        epochs, patience: at most so many; an end where the validation loss did not fall in so many.
        baselines: measured first: no pooling, random nodes, no pooling and no edges.
        output: a file that keeps what is finished, or None. Runs are measured anew where the code
            of a pooler (the files of its classes) or the graphs have changed.
        processes: runs at a time.

    A pooler that cannot be made gives a warning, and a row with its error.

    Raises:
        ValueError: counts below 1; an unknown name, an instance in place of a class; two poolers of
            one name; a file of something else.

    Example:
        >>> downstream(["topk"], "haystack", runs=1, epochs=1, baselines=["none"],
        ...            progress=False).accuracy.keys()
        dict_keys(['none', 'topk'])
    """
    check_count("runs", runs)
    check_task(data)
    check_choice("layer", layer, LAYERS)
    for name in check_names("baselines", baselines):
        check_choice("baselines", name, BASELINES)
    named = by_name(poolers, baselines, BASELINES)
    table = begin_table(output, "gnnpool.evaluate.downstream")
    warn_of_failures(named, BASELINES)
    sources = {name: pooler_source(pooler) for name, pooler in named.items()}
    of = {"data": task_name(data), "data_source": task_source(data)}
    measure = partial(measure_downstream, data, layer=layer, epochs=epochs, patience=patience)
    jobs = [Job({**of, "pooler": name, "source": sources[name], "layer": layer, "run": run},
                partial(measure, pooler, run))
            for run in range(runs) for name, pooler in named.items()]
    check_budget(output, table, [job.key for job in jobs], epochs)
    return Downstream(run_jobs(jobs, table, output, processes=processes, progress=progress))


def _summary(name: str, rows: list[dict]) -> dict:
    right = [row for row in rows if "error" not in row]
    summary = {"pooler": name, "runs": len(right), "due": len(rows)}
    summary |= next(({"error": row["error"]} for row in rows if "error" in row), {})
    if not right:
        return summary
    accuracy = np.array([row["accuracy"] for row in right])
    return summary | {
        "accuracy": float(accuracy.mean()),
        "sd": float(accuracy.std(ddof=1)) if len(accuracy) > 1 else 0.0,
        "seconds": float(np.median([row["seconds"] for row in right])),
        "megabytes": float(np.median([row["megabytes"] for row in right]))}


def _marked(row: dict) -> str:
    """The name, with how many runs there are where some failed: a mean of fewer is another."""
    return row["pooler"] + some_of(row["runs"], row["due"])


def _spread(row: dict) -> str:
    return f" ± {100 * row['sd']:4.1f}" if row["runs"] > 1 else " " * 7


def _by_run(rows: list[dict]) -> dict[int, float]:
    return {row["run"]: row["accuracy"] for row in rows if "error" not in row}


def _difference(accuracy: dict[int, float], base: dict[int, float], confidence: float
                ) -> Difference:
    gaps = np.array([accuracy[run] - base[run] for run in accuracy.keys() & base.keys()])
    if len(gaps) < 2:
        mean = float(gaps.mean()) if len(gaps) else float("nan")
        return Difference(mean, float("nan"), float("nan"))
    error = gaps.std(ddof=1) * np.sqrt(1 / len(gaps) + 1 / (FOLDS - 1))
    half = student.ppf((1 + confidence) / 2, len(gaps) - 1) * error
    return Difference(float(gaps.mean()), float(gaps.mean() - half), float(gaps.mean() + half))
