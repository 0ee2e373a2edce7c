"""Results: learning curves, means with their spread, one table as dots."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from gnnpool.checks import describe, refuse
from gnnpool.draw.theme import COLOURS, INK

Runs = Sequence[float]


def curves(history: object, *, labels: tuple[str, str] = ("training", "validation"),
           ylabel: str = "loss", ax: Axes | None = None) -> Axes:
    """Draw training and validation loss against the epoch, and mark the best epoch.

    Args:
        history: what training returned: lists `train_loss` and `val_loss` (None or empty: not
            drawn), and `best_epoch`, counted from 0, or None.

    Raises:
        ValueError: history has no train_loss.

    Example:
        >>> from gnnpool.train import History
        >>> ax = curves(History([1.0, 0.5, 0.4], [1.1, 0.7, 0.8], best_epoch=1))
    """
    train, val = getattr(history, "train_loss", None), getattr(history, "val_loss", None)
    if not train:
        refuse("history", describe(history), "a training history with train_loss")
    ax = plt.subplots(figsize=(4.6, 2.9), layout="constrained")[1] if ax is None else ax
    ax.plot(range(len(train)), train, color=COLOURS["blue"], label=labels[0])
    if val:
        ax.plot(range(len(val)), val, color=COLOURS["orange"], label=labels[1])
    _mark_best(ax, getattr(history, "best_epoch", None), val or train)
    ax.set(xlabel="epoch", ylabel=ylabel)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(frameon=True, facecolor="white", edgecolor="none", framealpha=1)
    return ax


def _mark_best(ax: Axes, best: int | None, values: Sequence[float]) -> None:
    if best is None or best < 0:
        return
    ax.axvline(best, color="#8A8A8A", linestyle=(0, (4, 3)), linewidth=1, zorder=0)
    ax.plot([best], [values[best]], "o", color="white", markeredgecolor=INK, markersize=6,
            label=f"best epoch ({best})")


def interval(x: Sequence[float], runs: Sequence[Runs], *, label: str | None = None,
             color: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the mean of several runs as a line, in a band of one standard deviation on each side.

    Args:
        x: [P].
        runs: [R, P], a row a run; NaN where a run has no value.
        color: None is the next of the axes' colours.

    Raises:
        ValueError: runs is not [R, P].

    Example:
        >>> ax = interval([1, 2, 3], [[1, 2, 3], [2, 3, 4]], label="flat")
    """
    x, runs = np.asarray(x, dtype=float), np.asarray(runs, dtype=float)
    if runs.ndim != 2 or runs.shape[1] != len(x) or not runs.size:
        refuse("runs", f"shape {list(runs.shape)}", f"[runs, {len(x)}], a column for each x")
    ax = plt.subplots(figsize=(4.6, 2.9), layout="constrained")[1] if ax is None else ax
    mean, sd = np.nanmean(runs, 0), deviation(runs)
    line, = ax.plot(x, mean, color=color, label=label, marker="o", markersize=3.5)
    ax.fill_between(x, mean - sd, mean + sd, color=line.get_color(), alpha=0.2, linewidth=0)
    return ax


def dots(results: Mapping[str, Runs], *, reference: Mapping[str, float] | float | None = None,
         xlabel: str = "", color: str = COLOURS["blue"], decimals: int | None = None,
         ax: Axes | None = None) -> Axes:
    """Draw a small table: a row a method, its runs as pale dots, their mean ± sd beside the value.

    Args:
        results: method to its runs. The first stands at the top.
        reference: a published number, for all (a dashed line) or by method (a diamond).
        decimals: of the values; None: so many that the largest deviation shows two digits.

    Raises:
        ValueError: no method, a method without runs, or a reference for a method that is not there.

    Example:
        >>> ax = dots({"flat": [0.7, 0.8], "pooled": [0.8, 0.9]}, reference=0.75)
    """
    if not results or not all(len(runs) for runs in results.values()):
        refuse("results", results, "at least one run for each of at least one method")
    if ax is None:
        ax = plt.subplots(figsize=(5.4, 0.6 + 0.36 * len(results)), layout="constrained")[1]
    table = [np.asarray(runs, dtype=float) for runs in results.values()]
    if decimals is None:
        decimals = _decimals([float(deviation(runs[:, None])[0]) for runs in table])
    for row, runs in enumerate(table):
        mean, sd = runs.mean(), float(deviation(runs[:, None])[0])
        ax.plot(runs, np.full(runs.shape, row), "o", color=color, alpha=0.3, markersize=4.5,
                markeredgewidth=0)
        ax.errorbar(mean, row, xerr=sd, fmt="o", color=color, markersize=7, capsize=3.5,
                    elinewidth=1.6, markeredgecolor="white", zorder=3)
        text = f"{mean:.{decimals}f}" + f" ± {sd:.{decimals}f}" * (len(runs) > 1)
        ax.annotate(text, (1.02, row), xycoords=("axes fraction", "data"), va="center", fontsize=9)
    _reference(ax, reference, list(results))
    ax.set(yticks=range(len(results)), yticklabels=list(results), xlabel=xlabel,
           ylim=(len(results) - 0.5, -0.5))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    return ax


def _decimals(sds: list[float]) -> int:
    """So many that the largest spread shows two digits."""
    return int(np.clip(1 - np.floor(np.log10(max(sds))), 0, 4)) if max(sds) > 0 else 3


def _reference(ax: Axes, reference: Mapping[str, float] | float | None, rows: list[str]) -> None:
    mark = {"color": COLOURS["vermillion"], "zorder": 2}
    if isinstance(reference, Mapping):
        unknown = set(reference) - set(rows)
        if unknown:
            refuse("reference", sorted(unknown), "methods among " + ", ".join(rows))
        ax.plot(list(reference.values()), [rows.index(m) for m in reference], "D", markersize=6,
                markerfacecolor="none", markeredgewidth=1.5, label="published", **mark)
    elif reference is not None:
        ax.axvline(reference, linestyle=(0, (4, 3)), linewidth=1.4, label="published", **mark)
    if reference is not None:
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.2)


def deviation(runs: np.ndarray) -> np.ndarray:
    """The sample standard deviation of each column, 0 where there is one run only."""
    count = np.isfinite(runs).sum(0)
    centred = np.nan_to_num(runs - np.nanmean(runs, 0))
    return np.sqrt((centred**2).sum(0) / np.maximum(count - 1, 1))
