"""What is computed before training: pyramids of a whole data set, and the selection on one large
graph, beside torch-geometric-pool and PyG where they can do it.
"""

import time
from collections.abc import Callable, Iterator

import torch
from torch_geometric.data import Data
from torch_geometric.nn import graclus

from benchmarks.graphs import random_graph
from gnnpool import Graph, Precompute, get_pooler
from gnnpool.datasets import DatasetUnavailable, load

LEVELS = 3
SAMPLE = 128  # graphs that a peer gets, which does one at a time
PEERS = {"ndp": ("NDPPooling", {}), "graclus": ("GraclusPooling", {}),
         "kmis": ("KMISPooling", {"scorer": "degree", "score_heuristic": None})}


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The median wall-clock time of some runs, after one that warms up."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return sorted(times[1:])[repeats // 2]


def peer(name: str) -> Callable[[Data], Data] | None:
    """torch-geometric-pool's transform (it needs torch-scatter: `pip install
    --no-build-isolation torch-scatter torch-geometric-pool`), or None.
    """
    try:
        from tgp import poolers
        from tgp.data import PreCoarsening
    except ImportError:
        return None
    cls, arguments = PEERS[name]
    return PreCoarsening([getattr(poolers, cls)(**arguments) for _ in range(LEVELS)])


def pyramids(repeats: int) -> Iterator[str]:
    """All of PROTEINS, three levels."""
    try:
        graphs = list(load("proteins"))
    except DatasetUnavailable as error:
        yield f"pyramids of PROTEINS are left out: {error}"
        return
    for name in PEERS:
        precompute = Precompute(get_pooler(name), levels=LEVELS)
        ours = seconds(lambda: precompute.many(graphs, progress=False), repeats)  # noqa: B023
        line = f"{name:9} {LEVELS} levels of {len(graphs):,} PROTEINS graphs {ours:8.2f} s"
        yield line + _peer_time(peer(name), graphs, ours)


def _peer_time(transform: Callable[[Data], Data] | None, graphs: list[Data], ours: float) -> str:
    if transform is None:
        return "   torch-geometric-pool cannot be imported"
    try:
        start = time.perf_counter()
        for data in graphs[:SAMPLE]:
            transform(data.clone())
        all_of_them = (time.perf_counter() - start) * len(graphs) / SAMPLE
    except (ImportError, RuntimeError, ValueError, TypeError) as error:
        return f"   torch-geometric-pool stops: {str(error).splitlines()[0][:60]}"
    return f"   torch-geometric-pool {all_of_them:8.2f} s ({all_of_them / ours:.0f} times)"


def selections(largest: int) -> Iterator[str]:
    """One random graph of mean degree 10."""
    data = random_graph(largest, 10, torch.Generator().manual_seed(0))
    graph = Graph(data.x, data.edge_index)
    label = f"select, one graph of {largest:,} nodes"
    for name in PEERS:
        yield f"{name:9} {label} {seconds(lambda: get_pooler(name).select(graph), 1):8.2f} s"  # noqa: B023
    try:
        yield f"graclus   {label}, PyG {seconds(lambda: graclus(data.edge_index), 1):8.2f} s"
    except ImportError:
        yield "PyG's graclus needs torch-cluster, which is not installed"
