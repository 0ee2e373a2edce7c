"""Node to class."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn import GraphConv

from gnnpool.adjacency import Adjacency
from gnnpool.checks import refuse
from gnnpool.level import Level
from gnnpool.models.base import check_poolers, convolve, with_levels
from gnnpool.src import Pooling


class GraphUNet(nn.Module):
    r"""Node to class: pool down, lift up, with a skip at every level.

    Down: h_l = MP(h), pool. Up: h = MP(h_l + S h). The lifted features of a level and those that
    went into its pooler are added (`skip="sum"`) or concatenated (`"concat"`).

    Args:
        in_channels, hidden_channels, out_channels: widths.
        pools: one pooler a level, each of `in_channels = hidden_channels`; [] is a flat model of
            two MP layers.
        conv: as in `GraphClassifier`. Where pooled graphs have large weights (`hops=2`, or clusters
            summed up over several levels) take one that normalises, such as `GCNConv`: sums over
            neighbours grow with every level.
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
                batch: Tensor | None = None, num_graphs: int | None = None,
                levels: Sequence[Level] | None = None) -> tuple[Tensor, Tensor]:
        """Logits [N, out_channels] and the auxiliary loss; `levels` as `data.levels` has them."""
        h, loss = convolve(self.first, x, edge_index, edge_weight).relu(), x.new_zeros(())
        passed = []
        for (pool, level), conv in zip(with_levels(self.pools, levels), self.down, strict=True):
            out = pool(h, edge_index, edge_weight, batch, num_graphs=num_graphs, level=level)
            passed.append((h, edge_index, edge_weight, out))
            edge_index, edge_weight, batch = out.edge_index, out.edge_weight, out.batch
            num_graphs, loss = out.num_graphs, loss + out.loss
            h = self._pass(conv, out.x, edge_index, edge_weight).relu()
        for conv in (*self.up, self.last):
            if passed:
                before, edge_index, edge_weight, out = passed.pop()
                h = self._join(before, out.lift(h))
            h = self._pass(conv, h, edge_index, edge_weight)
            h = h.relu() if passed else h
        return h, loss

    def _join(self, before: Tensor, lifted: Tensor) -> Tensor:
        return before + lifted if self.skip == "sum" else torch.cat([before, lifted], dim=1)

    def _pass(self, conv: nn.Module, h: Tensor, edge_index, edge_weight) -> Tensor:
        h = F.dropout(h, self.dropout, self.training)
        return convolve(conv, h, edge_index, edge_weight)
