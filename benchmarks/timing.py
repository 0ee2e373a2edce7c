"""Interleaved timings: what is compared runs in turn, in one process, so that a slow spell of the
machine meets all of it alike.
"""

import gc
import time

import numpy as np
from torch_geometric.data import Batch

from benchmarks.steps import Step
from gnnpool.evaluate.memory import PeakMemory

OURS, LIMIT = "gnnpool", "limit"
LONG = 20.0  # seconds; what takes longer is timed once, and its larger graphs are left out
MOST = 200  # rounds; a row of a millisecond gets them all


def timed(step: Step, batch: Batch) -> tuple[float, float]:
    """Seconds of forward and backward."""
    batch.x.grad = None
    start = time.perf_counter()
    result = step(batch)
    middle = time.perf_counter()
    result.backward()
    return middle - start, time.perf_counter() - middle


def peak_megabytes(step: Step, batch: Batch) -> float:
    """The most that the tensors of forward and backward hold at one moment."""
    batch.x.grad = None
    with PeakMemory() as peak:
        step(batch).backward()
    return round(peak.bytes / 1e6, 2)


def interleaved(steps: dict[str, Step], batch: Batch, seconds: float) -> dict:
    """Rounds of all steps for about so many seconds, each round in another order.

    Returns:
        Medians of forward and backward in seconds and peak megabytes by name of the step; the
        median of the ratios of whole steps to `OURS`, round by round, with their quartiles;
        `failed`, in words, for steps that raise.
    """
    batch.x.requires_grad_()
    first, failed, memory = {}, {}, {}
    for name, step in steps.items():
        try:
            memory[name] = peak_megabytes(step, batch)
            first[name] = timed(step, batch)
        except (RuntimeError, MemoryError, ImportError, ValueError) as error:
            if name == OURS:
                raise
            failed[name] = f"{type(error).__name__}: {str(error).splitlines()[0][:100]}"
    rounds = int(min(max(seconds / sum(map(sum, first.values())), 5), MOST))
    short = {name: steps[name] for name, spent in first.items() if sum(spent) <= LONG}
    times = {name: [spent] for name, spent in first.items() if name not in short}
    gc.disable()  # a collection would be charged to whoever happens to run
    try:
        for number in range(rounds):
            names = list(short)[number % len(short):] + list(short)[:number % len(short)]
            for name in names:
                times.setdefault(name, []).append(timed(steps[name], batch))
            gc.collect(0)
    finally:
        gc.enable()
    return {"rounds": rounds, "seconds": {n: np.median(t, 0).round(7).tolist()
                                          for n, t in times.items()},
            "megabytes": memory, "ratios": _ratios(times), "failed": failed}


def _ratios(times: dict[str, list[tuple[float, float]]]) -> dict[str, list[float]]:
    """(Median, first and third quartile) of each step's time over ours."""
    whole = {name: np.sum(t, 1) for name, t in times.items()}
    return {name: np.quantile(t / (whole[OURS] if t.size == whole[OURS].size else
                                   np.median(whole[OURS])), (0.5, 0.25, 0.75)).round(3).tolist()
            for name, t in whole.items() if name != OURS}
