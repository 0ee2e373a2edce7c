"""Time and memory of every operator beside its limit, PyG and torch-geometric-pool. Rows that the
file holds already stay.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path


from benchmarks.graphs import batches
from benchmarks.precomputing import NAME, precomputed
from benchmarks.rows import line, measured, slow_peers, variants
from benchmarks.steps import NDP_SELECT, ONE_OVER_K, OPERATORS
from gnnpool.evaluate.jobs import Job, begin_table, run_jobs
from gnnpool.evaluate.options import count


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [*OPERATORS, NDP_SELECT]
    parser.add_argument("--operators", nargs="+", choices=names, default=names)
    parser.add_argument("--largest", type=count, default=100_000,
                        help="nodes of the largest single graph; batches of small ones are always "
                             "measured")
    parser.add_argument("--seconds", type=float, default=10, help="of measurement for each row")
    parser.add_argument("--threads", type=count, default=1,
                        help="of torch; with one, a ratio depends least on the rest of the machine")
    parser.add_argument("--output", type=Path, default=Path("bench.json"), help="the table, a file")
    options = parser.parse_args()
    try:
        table = begin_table(options.output, "python -m benchmarks " + " ".join(sys.argv[1:]))
    except ValueError as error:
        parser.error(str(error))
    table["threads"] = options.threads
    print("seconds of ours; times of the others over ours: above 1, gnnpool is faster")
    for job in jobs(options, table):
        for row in run_jobs([job], table, options.output, threads=options.threads, progress=False):
            print(line(row), flush=True)


def jobs(options: argparse.Namespace, table: dict) -> list[Job]:
    """Small graphs first, so that a peer that is slow on them is not tried on large ones."""
    def job(name: str, graphs: str, with_a: bool, run: Callable[[], dict]) -> Job:
        return Job({"operator": name, "graphs": graphs, "prepared": with_a}, run)

    made = [job(name, NAME, False, partial(precomputed, name))
            for name in ONE_OVER_K if name in options.operators]
    for label, batch in batches(options.largest).items():
        for name in options.operators:
            for with_a in variants(name, batch):
                made.append(job(name, label, with_a, lambda n=name, b=batch, a=with_a: measured(
                    n, b, a, options.seconds, slow_peers(table["rows"], n))))
    return made


if __name__ == "__main__":
    main()
