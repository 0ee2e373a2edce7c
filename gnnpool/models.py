"""The book's architectures: any pooler goes in; prediction and auxiliary loss come out."""

import inspect
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn import GraphConv

from gnnpool.adjacency import Adjacency
from gnnpool.checks import check_count, describe, refuse
from gnnpool.readout import GlobalPooling
from gnnpool.src import Pooling


def convolve(conv: nn.Module, x: Tensor, edge_index: Tensor | Adjacency,
             edge_weight: Tensor | None) -> Tensor:
    """An MP layer on a graph with or without weights; a layer that would drop them is refused.

    A layer with the attribute `takes_adjacency` gets an `Adjacency` as it is.
    """
    if isinstance(edge_index, Adjacency):
        if getattr(conv, "takes_adjacency", False):
            return conv(x, edge_index)
        edge_index, edge_weight = edge_index.edge_index, edge_index.edge_weight
    if edge_weight is None:
        return conv(x, edge_index)
    if "edge_weight" not in inspect.signature(conv.forward).parameters:
        refuse("conv", f"{type(conv).__name__}, whose forward takes no edge_weight",
               "a layer that does, such as GraphConv, since pooled graphs have weights")
    return conv(x, edge_index, edge_weight=edge_weight)


def check_poolers(pools: Sequence[Pooling]) -> None:
    """Refuse what is not a sequence of `Pooling` modules."""
    if isinstance(pools, (str, Pooling)):
        refuse("pools", describe(pools), "a list of gnnpool.Pooling modules (see get_pooler)")
    for pool in pools:
        if not isinstance(pool, Pooling):
            refuse("pools", describe(pool), "gnnpool.Pooling modules (see get_pooler)")


class GraphClassifier(nn.Module):
    r"""Graph to class: MP, pool, MP, …, pool, MP, readout, MLP (the post's graph-level scheme).

    Args:
        in_channels, hidden_channels, out_channels: widths.
        pools: the poolers, each of `in_channels = hidden_channels`; [] is a flat model of one MP
            layer, `[get_pooler("none")] * 2` a flat one of three.
        conv: the MP layer, called with (in, out); its forward takes x, edge_index, edge_weight.
        readout: as `GlobalPooling`.
        dropout: before the last layer.

    Returns (from forward): logits [B, out_channels], and the sum of the poolers' losses.

    Example:
        >>> model = GraphClassifier(3, 16, 2, pools=[TopKPooling(16)])
        >>> logits, loss = model(torch.rand(5, 3), torch.tensor([[0, 1], [1, 0]]))
        >>> logits.shape
        torch.Size([1, 2])
    """

    def __init__(self, in_channels: int, hidden_channels: int, out_channels: int,
                 pools: Sequence[Pooling] = (), *, conv=GraphConv, readout="mean",
                 dropout: float = 0.0):
        super().__init__()
        check_poolers(pools)
        widths = [in_channels] + [hidden_channels] * (len(pools) + 1)
        self.convs = nn.ModuleList(conv(*pair) for pair in pairwise(widths))
        self.pools = nn.ModuleList(pools)
        self.readout = GlobalPooling(readout)
        self.head = nn.Sequential(nn.Linear(hidden_channels, hidden_channels), nn.ReLU(),
                                  nn.Dropout(dropout), nn.Linear(hidden_channels, out_channels))

    def forward(self, x: Tensor, edge_index: Tensor | Adjacency, edge_weight: Tensor | None = None,
                batch: Tensor | None = None, num_graphs: int | None = None
                ) -> tuple[Tensor, Tensor]:
        """Logits [B, out_channels] and the auxiliary loss."""
        x, loss = convolve(self.convs[0], x, edge_index, edge_weight).relu(), x.new_zeros(())
        for pool, conv in zip(self.pools, self.convs[1:], strict=True):
            out = pool(x, edge_index, edge_weight, batch, num_graphs=num_graphs)
            edge_index, edge_weight, batch = out.edge_index, out.edge_weight, out.batch
            num_graphs, loss = out.num_graphs, loss + out.loss
            x = convolve(conv, out.x, edge_index, edge_weight).relu()
        return self.head(self.readout(x, batch, num_graphs)), loss


class GraphUNet(nn.Module):
    r"""Node to class: pool down, lift up, with a skip at every level.

    Down: h_l = MP(h), pool. Up: h = MP(h_l + S h). The lifted features of a level and those that
    went into its pooler are added (`skip="sum"`) or concatenated (`"concat"`).

    Args:
        in_channels, hidden_channels, out_channels: widths.
        pools: one pooler a level, each of `in_channels = hidden_channels`; [] is a flat model of
            two MP layers.
        conv: as in `GraphClassifier`.
        skip: "sum" or "concat".
        dropout: on the input of each MP after the first (of bags of words, most of the time would
            go into dropping zeros).

    Returns (from forward): logits [N, out_channels], and the sum of the poolers' losses.

    Source: Gao and Ji 2019 ("Graph U-Nets"), with any pooler.

    Example:
        >>> model = GraphUNet(3, 16, 2, pools=[TopKPooling(16), TopKPooling(16)])
        >>> model(torch.rand(5, 3), torch.tensor([[0, 1], [1, 0]]))[0].shape
        torch.Size([5, 2])
    """

    def __init__(self, in_channels: int, hidden_channels: int, out_channels: int,
                 pools: Sequence[Pooling] = (), *, conv=GraphConv, skip: str = "sum",
                 dropout: float = 0.0):
        super().__init__()
        check_poolers(pools)
        if skip not in ("sum", "concat"):
            refuse("skip", repr(skip), "'sum' or 'concat'")
        self.skip, self.dropout = skip, dropout
        self.first = conv(in_channels, hidden_channels)
        self.pools = nn.ModuleList(pools)
        self.down = nn.ModuleList(conv(hidden_channels, hidden_channels) for _ in pools)
        joined = hidden_channels * (1 if skip == "sum" or not pools else 2)
        self.up = nn.ModuleList(conv(joined, hidden_channels) for _ in pools[1:])
        self.last = conv(joined, out_channels)

    def forward(self, x: Tensor, edge_index: Tensor | Adjacency, edge_weight: Tensor | None = None,
                batch: Tensor | None = None, num_graphs: int | None = None
                ) -> tuple[Tensor, Tensor]:
        """Logits [N, out_channels] and the auxiliary loss."""
        h, loss = convolve(self.first, x, edge_index, edge_weight).relu(), x.new_zeros(())
        levels = []
        for pool, conv in zip(self.pools, self.down, strict=True):
            out = pool(h, edge_index, edge_weight, batch, num_graphs=num_graphs)
            levels.append((h, edge_index, edge_weight, out))
            edge_index, edge_weight, batch = out.edge_index, out.edge_weight, out.batch
            num_graphs, loss = out.num_graphs, loss + out.loss
            h = self._pass(conv, out.x, edge_index, edge_weight).relu()
        for conv in (*self.up, self.last):
            if levels:
                before, edge_index, edge_weight, out = levels.pop()
                h = self._join(before, out.lift(h))
            h = self._pass(conv, h, edge_index, edge_weight)
            h = h.relu() if levels else h
        return h, loss

    def _join(self, before: Tensor, lifted: Tensor) -> Tensor:
        return before + lifted if self.skip == "sum" else torch.cat([before, lifted], dim=1)

    def _pass(self, conv: nn.Module, h: Tensor, edge_index, edge_weight) -> Tensor:
        h = F.dropout(h, self.dropout, self.training)
        return convolve(conv, h, edge_index, edge_weight)


class Clusterer(nn.Module):
    r"""Nodes to communities without labels: MP layers, then the assignment of one soft pooler.

    Trained on the pooler's own losses alone (the post's unsupervised scheme).

    Args:
        in_channels, hidden_channels: widths.
        pool: a pooler with a dense assignment and losses, of `in_channels = hidden_channels`.
        layers: MP layers.
        conv: as in `GraphClassifier`.
        activation: after each MP layer.

    Returns (from forward): S [N, k], and the pooler's loss.

    Example:
        >>> model = Clusterer(3, 16, MinCutPooling(16, k=2))
        >>> s, loss = model(torch.rand(5, 3), torch.tensor([[0, 1], [1, 0]]))
        >>> s.shape
        torch.Size([5, 2])
    """

    def __init__(self, in_channels: int, hidden_channels: int, pool: Pooling, *, layers: int = 1,
                 conv=GraphConv, activation: Callable[[Tensor], Tensor] = F.elu):
        super().__init__()
        check_poolers([pool])
        check_count("layers", layers)
        widths = [in_channels] + [hidden_channels] * layers
        self.convs = nn.ModuleList(conv(*pair) for pair in pairwise(widths))
        self.pool, self.activation = pool, activation

    def forward(self, x: Tensor, edge_index: Tensor | Adjacency, edge_weight: Tensor | None = None
                ) -> tuple[Tensor, Tensor]:
        """S [N, k] and the loss."""
        for conv in self.convs:
            x = self.activation(convolve(conv, x, edge_index, edge_weight))
        out = self.pool(x, edge_index, edge_weight)
        if not out.losses:
            refuse("pool", f"{type(self.pool).__name__}, which has no losses",
                   "a pooler that can be trained without labels, such as MinCutPooling")
        return out.assignment.s, out.loss
