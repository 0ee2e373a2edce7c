"""Message passing and a pooler with random weights, in float64, to be looked at from outside."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch_geometric.data import Data

from gnnpool.checks import check_count, describe, refuse
from gnnpool.evaluate.contenders import PoolerLike, check_pooled, make_pooler, pooler_name
from gnnpool.evaluate.expressive.gin import GINLayer
from gnnpool.evaluate.expressive.small_graphs import pairs_of, wl_classes
from gnnpool.src import Pooled, Pooling

CHANNELS = 8
APART = 1e-6  # sums that differ by this share of their size, or more, differ


@dataclass(frozen=True, eq=False)
class Probe:
    """GIN layers and a pooler, the same for all graphs.

    Attributes:
        name: what the pooler is called.
        pool: the pooler.
        layers: before it; none leaves the features as they are.
        seed: of the weights, and of what is random in pooling.
    """

    name: str
    pool: Pooling
    layers: nn.ModuleList
    seed: int

    @classmethod
    def make(cls, pooler: PoolerLike, graphs: Sequence[Data], *, layers: int, seed: int,
             share: float = 0.5) -> "Probe":
        """Random weights, the pooler at half (or `share`) of the mean size of these graphs."""
        check_count("layers", layers, least=0)
        check_count("seed", seed, least=0)
        width = graphs[0].x.size(1)
        nodes = sum(g.num_nodes for g in graphs) / len(graphs)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            stack = nn.ModuleList(GINLayer(CHANNELS if i else width, CHANNELS)
                                  for i in range(layers))
            pool = make_pooler(pooler, in_channels=CHANNELS if layers else width, nodes=nodes,
                               share=share)
        return cls(pooler_name(pooler), pool.double().eval(), stack.double(), seed)

    @torch.no_grad()
    def embed(self, data: Data) -> Tensor:
        """X [N, F] as the pooler gets it."""
        x = data.x.double()
        for layer in self.layers:
            x = layer(x, data.edge_index)
        return x

    @torch.no_grad()
    def __call__(self, data: Data) -> Pooled:
        generator = torch.Generator().manual_seed(self.seed)
        try:
            out = self.pool(self.embed(data), data.edge_index, generator=generator)
        except RuntimeError as error:
            if "dtype" in str(error) or "Double" in str(error):
                error.add_note("expressiveness is examined in float64: make tensors with "
                               "graph.x.new_zeros and its like")
            raise
        check_pooled(self.name, out)
        return out


def wl_pairs(probe: Probe, graphs: list[Data]) -> tuple[Tensor, Tensor]:
    """[2, P], the pairs that 1-WL tells apart, and [P], whether their sums after the layers do."""
    i, j = pairs_of(len(graphs))
    wl = wl_classes(graphs)
    apart = wl[i] != wl[j]
    differ = sums_differ(torch.stack([probe.embed(data).sum(0) for data in graphs]))
    return torch.stack([i, j])[:, apart], differ[i, j][apart]


def check_graphs(argument: str, graphs: object) -> list[Data]:
    """A list of graphs, each with nodes and features; refused where it is not one."""
    wanted = "a list of PyG Data, each with edge_index and x [N, F] of one F, N at least 1"
    if isinstance(graphs, Data) or not isinstance(graphs, Sequence) or not len(graphs):
        refuse(argument, describe(graphs), wanted)
    for data in graphs:
        right = isinstance(data, Data) and data.edge_index is not None and data.x is not None
        if not right or not data.num_nodes or data.x.dim() != 2 or (
                data.x.size(1) != graphs[0].x.size(1)):
            refuse(argument, f"one that holds {describe(data)}", wanted)
    return list(graphs)


def sums_differ(sums: Tensor) -> Tensor:
    """[G, F] to [G, G] bool: which sums are further apart than `APART` of the larger's norm."""
    norm = sums.norm(dim=1)
    return torch.cdist(sums, sums, compute_mode="donot_use_mm_for_euclid_dist") > APART * (
        torch.maximum(norm[:, None], norm).clamp(min=1e-12))
