"""Two graphs, and what a pooler makes of them behind the same message passing."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric.data import Data

from gnnpool.evaluate.contenders import PoolerLike
from gnnpool.evaluate.expressive.probe import APART, Probe, check_graphs, sums_differ
from gnnpool.evaluate.expressive.small_graphs import same_pooled, small_graph, wl_classes
from gnnpool.src import Pooled

_RELABELLINGS = 4


@dataclass(frozen=True, eq=False, repr=False)
class PooledPair:
    """Two graphs, and what a pooler made of them.

    Attributes:
        pooler: its name.
        names: of the two graphs.
        graphs, pooled: before and after.
        seed: of the weights.
        layers: GIN layers before the pooler.
        apart: whether 1-WL tells the graphs apart.
        sums_differ: whether the sums over nodes do so after the layers.
        same: whether the pooled graphs are isomorphic, features and weights included.
        settled: whether each graph is pooled alike however its nodes are numbered (tried on a few
            random numberings); else ties decided, or chance.
    """

    pooler: str
    names: tuple[str, str]
    graphs: tuple[Data, Data]
    pooled: tuple[Pooled, Pooled]
    seed: int
    layers: int
    apart: bool
    sums_differ: bool
    same: bool
    settled: bool

    @property
    def merged(self) -> bool:
        """Whether pooling, and nothing before it, made the two the same."""
        return self.apart and self.sums_differ and self.same

    def row(self) -> dict:
        """A row of a table."""
        first, second = self.names
        return {"pooler": self.pooler, "first": first, "second": second, "layers": self.layers,
                "seed": self.seed, "apart": self.apart, "sums_differ": self.sums_differ,
                "same": self.same, "settled": self.settled, "merged": self.merged}

    def __repr__(self) -> str:
        sizes = " and ".join(str(len(out.x)) for out in self.pooled)
        told = "1-WL tells them apart" if self.apart else "1-WL cannot tell them apart"
        sums = "differ" if self.sums_differ else "are equal"
        ties = "" if self.settled else " (another order of nodes may pool them otherwise)"
        return (f"{self.pooler}: {self.names[0]} and {self.names[1]}\n"
                f"  before: {told}, sums after {in_layers(self.layers)} {sums}\n"
                f"  after: {sizes} nodes, {'the same graph' if self.same else 'different'}{ties}")

    def plot(self, ax=None):
        """The two graphs above their pooled graphs; equal features have equal colours."""
        import matplotlib.pyplot as plt

        from gnnpool import draw
        ax = plt.subplots(figsize=(4.6, 4.2), layout="constrained")[1] if ax is None else ax
        ax.axis("off")
        ax.set_title(self.pooler)
        for column, (name, data, out) in enumerate(zip(self.names, self.graphs, self.pooled,
                                                       strict=True)):
            above = ax.inset_axes([0.5 * column, 0.52, 0.48, 0.42])
            draw.graph(data, node_color=draw.GREY, ax=above)
            above.set_title(name, fontsize=9)
            below = ax.inset_axes([0.5 * column, 0.0, 0.48, 0.42])
            draw.graph(out, node_color=self._colours()[column], ax=below)
        return ax

    def _colours(self) -> tuple[Tensor, ...]:
        """Classes of equal features, over both pooled graphs."""
        x = torch.cat([out.x for out in self.pooled])
        alike = torch.cdist(x, x) <= APART * (1 + x.abs().max())
        label = alike.int().argmax(1).unique(return_inverse=True)[1]
        return label.split([len(out.x) for out in self.pooled])


def pool_pair(pooler: PoolerLike, first: str | Data, second: str | Data, *, layers: int = 1,
              seed: int = 0) -> PooledPair:
    """Pool two graphs behind the same GIN layers, with the same weights, and compare.

    "The same" means isomorphic, with features and edge weights: no readout can see a difference.

    Args:
        pooler: as `gnnpool.evaluate.make_pooler` takes it; made for half of the nodes.
        first, second: graphs with x [N, F], or names of `small_graphs`.
        layers: GIN layers before the pooler.
        seed: of weights and of what is random in pooling.

    Raises:
        ValueError: an unknown name; a graph without features; a pooler that leaves no nodes or
            returns NaN.

    Source: Bianchi and Lachi 2023, §3, for what it is to stay apart.

    Example:
        >>> pool_pair("ndp", "paw", "star of 3")
        ndp: paw and star of 3
          before: 1-WL tells them apart, sums after 1 layer differ
          after: 1 and 1 nodes, the same graph
        >>> pool_pair("topk", "paw", "diamond").same  # no condition met, apart all the same
        False
    """
    graphs = check_graphs("graphs", [
        small_graph(argument, graph) if isinstance(graph, str) else graph
        for argument, graph in (("first", first), ("second", second))])
    names = [g if isinstance(g, str) else f"graph of {g.num_nodes}" for g in (first, second)]
    probe = Probe.make(pooler, graphs, layers=layers, seed=seed)
    return compare(probe, names, graphs, [probe(data) for data in graphs])


def is_settled(probe: Probe, data: Data, out: Pooled) -> bool:
    """Whether the graph is pooled alike in some random numberings of its nodes."""
    generator = torch.Generator().manual_seed(probe.seed)
    orders = (torch.randperm(data.num_nodes, generator=generator) for _ in range(_RELABELLINGS))
    return all(same_pooled(out, probe(_renumbered(data, order))) for order in orders)


def _renumbered(data: Data, order: Tensor) -> Data:
    """Node i becomes number `order[i]`."""
    return Data(torch.empty_like(data.x).index_copy_(0, order, data.x), order[data.edge_index])


def compare(probe: Probe, names: list[str], graphs: list[Data], outs: list[Pooled]) -> PooledPair:
    """What there is to say about two graphs and what the probe made of them."""
    wl = wl_classes(graphs)
    sums = torch.stack([probe.embed(data).sum(0) for data in graphs])
    return PooledPair(
        probe.name, tuple(names), tuple(graphs), tuple(outs), probe.seed, len(probe.layers),
        bool(wl[0] != wl[1]), bool(sums_differ(sums)[0, 1]), same_pooled(*outs),
        all(is_settled(probe, *both) for both in zip(graphs, outs, strict=True)))


def in_layers(count: int) -> str:
    """So many layers, in words."""
    return f"{count} layer{'s' * (count != 1)}"
