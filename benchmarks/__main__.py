"""`python -m benchmarks`: forward and backward times, ours and PyG's interleaved."""

import argparse
import statistics
import subprocess
import sys
import time

import torch
from torch_geometric.data import Batch
from tqdm import tqdm

from benchmarks.graphs import FEATURES, batches
from benchmarks.operators import DENSE_BYTES, PAIRS, SOFT, Step
from benchmarks.pyramids import pyramids, selections
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
            if "prepared" in batch and name not in SOFT:
                continue
            largest = int(batch.batch.bincount().max())
            fits = make_peer and (
                batch.num_graphs * largest**2 * DENSE_BYTES.get(name, 0) < MEMORY)
            ours, theirs = compare(make_ours(FEATURES), make_peer(FEATURES) if fits else None,
                                   batch, options.repeats)
            bar.write(row(name, label, ours, theirs, "no memory" if make_peer else "has none"))
            bar.update()
    bar.close()
    for line in (*pyramids(repeats=3), *selections(options.largest)):
        print(line)
    if options.largest >= 1_000_000:
        memory()


MILLION = """
import resource, time, torch, gnnpool
from benchmarks.graphs import FEATURES, random_graph
from benchmarks.operators import CLUSTERS, ours
data = random_graph(1_000_000, 10, torch.Generator().manual_seed(0))
data.prepared, data.batch, data.num_graphs = gnnpool.Adjacency(data.edge_index), None, 1
step, times = ours("{name}", k=CLUSTERS)(FEATURES), []
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")  # the peak from here on
for _ in range(4):
    start = time.perf_counter()
    step(data)
    times.append(time.perf_counter() - start)
with open("/proc/self/status") as file:
    peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
print(f"{{sorted(times)[1]:.2f}} s a step, peak memory of the process {{peak / 2**20:.2f}} GiB")
"""


def memory() -> None:
    """A million nodes, ten million edges, A prepared: each operator in a process of its own."""
    for name in SOFT:
        run = subprocess.run([sys.executable, "-c", MILLION.format(name=name)],
                             capture_output=True, text=True, check=True)
        print(f"{name:9} {run.stdout.strip()}")


def row(name: str, label: str, ours: list[float], theirs: list[float], without: str) -> str:
    """One line of the table: medians, the median ratio and its range."""
    line = f"{name:9} {label:37} {1e3 * statistics.median(ours):10.1f} "
    if theirs[0] != theirs[0]:
        return line + f"{without:>10}"
    ratios = [b / a for a, b in zip(ours, theirs, strict=True)]
    return line + (f"{1e3 * statistics.median(theirs):10.1f} {statistics.median(ratios):7.1f} "
                   f"{min(ratios):5.1f} – {max(ratios):5.1f}")


if __name__ == "__main__":
    main()
