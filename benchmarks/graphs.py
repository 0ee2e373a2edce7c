"""The graphs that are timed: a batch of small ones, an uneven batch, single large ones."""

import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import coalesce, to_undirected

from gnnpool import Adjacency
from gnnpool.datasets import DatasetUnavailable, load

FEATURES, DEGREE = 32, 10
SINGLE = (1_000, 10_000, 100_000, 1_000_000)


def random_graph(num_nodes: int, degree: int, generator: torch.Generator) -> Data:
    """An undirected graph with about `degree` neighbours a node."""
    ends = torch.randint(num_nodes, (2, num_nodes * degree // 2), generator=generator)
    edge_index = coalesce(to_undirected(ends[:, ends[0] != ends[1]], num_nodes=num_nodes))
    return Data(torch.rand(num_nodes, FEATURES, generator=generator), edge_index)


def proteins(count: int, generator: torch.Generator) -> Batch:
    """The first graphs of PROTEINS, with as many features as the others have."""
    graphs = load("proteins")[:count]
    return Batch.from_data_list([
        Data(torch.rand(g.num_nodes, FEATURES, generator=generator), g.edge_index)
        for g in graphs])


def prepared(batch: Batch) -> Batch:
    """The same batch with A prepared, as it is over the steps of training on one graph."""
    new = batch.clone()
    new.prepared = Adjacency(batch.edge_index, num_nodes=batch.num_nodes)
    return new


def batches(largest: int) -> dict[str, Batch]:
    """Name to batch; single graphs up to `largest` nodes."""
    generator = torch.Generator().manual_seed(0)
    shapes = {"64 graphs of 20 to 400 nodes":
              torch.randint(20, 400, (64,), generator=generator).tolist(),
              "63 graphs of 20 nodes, one of 5,000": [20] * 63 + [5000]}
    shapes |= {f"one graph of {n:,} nodes": [n] for n in SINGLE if n <= largest}
    made = {}
    try:
        made["128 graphs of PROTEINS"] = proteins(128, generator)
    except DatasetUnavailable as error:
        print(f"128 graphs of PROTEINS are left out: {error}")
    for name, sizes in shapes.items():
        made[name] = Batch.from_data_list([random_graph(n, DEGREE, generator) for n in sizes])
    return made
