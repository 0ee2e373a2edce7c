"""Many poolers in the same model, on the same splits, and what can be said of their differences."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student

from gnnpool.checks import check_choice, check_count, refuse
from gnnpool.evaluate.contenders import PoolerLike, by_name, check_names, pooler_source
from gnnpool.evaluate.downstream import BAG, LAYERS, measure_downstream
from gnnpool.evaluate.jobs import Job, begin_table, run_jobs
from gnnpool.evaluate.tasks import FOLDS, TaskLike, check_task, task_name

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
        """A row a pooler: means and deviations, or the error of its first run that failed."""
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

        runs = {name: (100 * a).tolist() for name, a in self.accuracy.items() if len(a)}
        return dots(runs, xlabel="test accuracy, %", ax=ax)

    def __repr__(self) -> str:
        wide = max([10, *(len(row["pooler"]) for row in self.table())])
        lines = [f"{'':{wide}}    accuracy    s / epoch      MB"]
        for row in self.table():
            name = f"{row['pooler']:{wide}}"
            lines.append(f"{name}   {row['error']}" if "accuracy" not in row else
                         f"{name}{100 * row['accuracy']:7.1f}{_spread(row)}"
                         f"{row['seconds']:13.3f}{row['megabytes']:8.2f}")
        return "\n".join(lines)

    def _by_pooler(self) -> dict[str, list[dict]]:
        return {name: [row for row in self.rows if row["pooler"] == name]
                for name in dict.fromkeys(row["pooler"] for row in self.rows)}


def downstream(poolers: Sequence[PoolerLike], data: TaskLike, *, runs: int = FOLDS,
               layer: str = "graph", epochs: int = 100, patience: int = 20,
               baselines: Sequence[str] = BASELINES, output: Path | None = None,
               processes: int = 1, progress: bool = True) -> Downstream:
    """Put poolers into the same classifier, with the same splits and budget for all.

    Args:
        poolers: as `make_pooler` takes them.
        data: as `load_task` takes it: a name, or a function that returns your graphs.
        runs: of each; ten are a cross-validation over all graphs.
        layer, epochs, patience: as `measure_downstream`.
        baselines: measured first: no pooling, random nodes, no pooling and no edges.
        output: a file that keeps what is finished, or None.
        processes: runs at a time.

    Raises:
        ValueError: counts below 1; two poolers of one name; a file of something else.

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
    jobs = [Job({"data": task_name(data), "pooler": name, "source": pooler_source(pooler),
                 "layer": layer, "run": run},
                partial(measure_downstream, data, pooler, run, layer=layer, epochs=epochs,
                        patience=patience))
            for run in range(runs) for name, pooler in by_name(poolers, baselines).items()]
    command = "gnnpool.evaluate.downstream"
    table = begin_table(output, command)
    return Downstream(run_jobs(jobs, table, output, processes=processes, progress=progress))


def _summary(name: str, rows: list[dict]) -> dict:
    right = [row for row in rows if "error" not in row]
    errors = [row["error"] for row in rows if "error" in row]
    summary = {"pooler": name, "runs": len(right)} | ({"error": errors[0]} if errors else {})
    if not right:
        return summary
    accuracy = np.array([row["accuracy"] for row in right])
    return summary | {
        "accuracy": float(accuracy.mean()),
        "sd": float(accuracy.std(ddof=1)) if len(accuracy) > 1 else 0.0,
        "seconds": float(np.median([row["seconds"] for row in right])),
        "megabytes": float(np.median([row["megabytes"] for row in right]))}


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
