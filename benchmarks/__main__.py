"""`python -m benchmarks`: forward and backward times, ours and PyG's interleaved."""

import argparse
import statistics
import time

import torch
from torch_geometric.data import Batch
from tqdm import tqdm

from benchmarks.graphs import FEATURES, batches
from benchmarks.operators import DENSE_BYTES, PAIRS, Step
from gnnpool.train import hardware

MEMORY = 8e9  # a peer that would need more than this is not started


def seconds(step: Step, batch: Batch) -> float:
    """The wall-clock time of one step."""
    start = time.perf_counter()
    step(batch)
    return time.perf_counter() - start


def compare(ours: Step, peer: Step | None, batch: Batch, repeats: int) -> tuple[list, list]:
    """Times of both, one after the other, so that a slow spell of the machine meets both."""
    pairs = [(seconds(ours, batch), seconds(peer, batch) if peer else float("nan"))
             for _ in range(repeats + 1)]
    return tuple(map(list, zip(*pairs[1:], strict=True)))  # the first warms up


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--largest", type=int, default=100_000, help="nodes of the largest graph")
    parser.add_argument("--repeats", type=int, default=9, help="timed pairs a row")
    options = parser.parse_args()
    torch.manual_seed(0)
    print(hardware(torch.device("cpu")) + "; PyG/us above 1: gnnpool is faster")
    print(f"{'operator':9} {'graphs':37} {'gnnpool ms':>10} {'PyG ms':>10} "
          f"{'PyG/us':>7} {'spread':>13}")
    work = batches(options.largest)
    bar = tqdm(total=len(PAIRS) * len(work), leave=False)
    for name, (make_ours, make_peer) in PAIRS.items():
        for label, batch in work.items():
            largest = int(batch.batch.bincount().max())
            fits = batch.num_graphs * largest**2 * DENSE_BYTES.get(name, 0) < MEMORY
            ours, theirs = compare(make_ours(FEATURES), make_peer(FEATURES) if fits else None,
                                   batch, options.repeats)
            bar.write(row(name, label, ours, theirs))
            bar.update()
    bar.close()


def row(name: str, label: str, ours: list[float], theirs: list[float]) -> str:
    """One line of the table: medians, the median ratio and its range."""
    line = f"{name:9} {label:37} {1e3 * statistics.median(ours):10.1f} "
    if theirs[0] != theirs[0]:
        return line + f"{'no memory':>10}"
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    return line + (f"{1e3 * statistics.median(theirs):10.1f} {statistics.median(ratios):7.1f} "
                   f"{min(ratios):5.1f} – {max(ratios):5.1f}")


if __name__ == "__main__":
    main()
