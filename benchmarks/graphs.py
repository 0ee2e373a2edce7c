"""The graphs that are timed: a batch of small ones, an uneven batch, single large ones."""

import torch
from torch_geometric.data import Batch, Data
from torch_geometric.utils import coalesce, to_undirected

from gnnpool import Adjacency
from gnnpool.datasets import DatasetUnavailable, load

FEATURES = 32


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


def batches(largest: int) -> dict[str, Batch]:
    """Name to batch; single graphs up to `largest` nodes, also with A prepared (for soft
    operators: score-based ones keep edges as they come).
    """
    generator = torch.Generator().manual_seed(0)
    shapes = {"64 graphs of 20 to 400 nodes":
              torch.randint(20, 400, (64,), generator=generator).tolist(),
              "63 graphs of 20 nodes, one of 5,000": [20] * 63 + [5000]}
    made = {name: Batch.from_data_list([random_graph(n, 10, generator) for n in sizes])
            for name, sizes in shapes.items()}
    try:
        made["128 graphs of PROTEINS"] = proteins(128, generator)
    except DatasetUnavailable as error:
        print(f"128 graphs of PROTEINS are left out: {error}")
    for n in (1_000, 10_000, 100_000, 1_000_000):
        if n <= largest:
            made[f"one graph of {n:,} nodes"] = one = Batch.from_data_list(
                [random_graph(n, 10, generator)])
            made[f"one graph of {n:,}, A prepared"] = prepared = one.clone()
            prepared.prepared = Adjacency(one.edge_index, num_nodes=n)
    return made
