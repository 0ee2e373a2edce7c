"""What is computed before training: pyramids of a whole data set, beside torch-geometric-pool,
which does one graph at a time.
"""

import time

import numpy as np

from benchmarks.peers import TGP, TGP_CLASSES, TGP_SETTINGS
from benchmarks.timing import OURS
from gnnpool import Precompute, get_pooler
from gnnpool.datasets import load

LEVELS, REPEATS = 3, 5
NAME = f"all of PROTEINS, {LEVELS} levels"


def precomputed(name: str) -> dict:
    """Seconds for all graphs; the peer's once, since it takes long."""
    graphs = list(load("proteins"))
    work = Precompute(get_pooler(name), levels=LEVELS)
    spent = [_seconds(lambda: work.many(graphs, progress=False)) for _ in range(REPEATS)]
    times, failed = {OURS: float(np.median(spent))}, {}
    try:
        from tgp import poolers
        from tgp.data import PreCoarsening
        pool = getattr(poolers, TGP_CLASSES[name])
        transform = PreCoarsening([pool(**TGP_SETTINGS.get(name, {})) for _ in range(LEVELS)])
        times[TGP] = _seconds(lambda: [transform(data.clone()) for data in graphs])
    except (ImportError, RuntimeError, ValueError, TypeError) as error:
        failed[TGP] = f"{type(error).__name__}: {str(error).splitlines()[0][:100]}"
    return {"nodes": sum(g.num_nodes for g in graphs), "edges": sum(g.num_edges for g in graphs),
            "rounds": REPEATS, "seconds": {peer: [t, 0.0] for peer, t in times.items()},
            "ratios": {peer: [t / times[OURS]] * 3 for peer, t in times.items() if peer != OURS},
            "megabytes": {}, "failed": failed, "left_out": {}}


def _seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
