"""Graph to class."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch_geometric.nn import GraphConv

from gnnpool.adjacency import Adjacency
from gnnpool.level import Level
from gnnpool.models.base import check_poolers, convolve, with_levels
from gnnpool.readout import GlobalPooling
from gnnpool.src import Pooling


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
                batch: Tensor | None = None, num_graphs: int | None = None,
                levels: Sequence[Level] | None = None) -> tuple[Tensor, Tensor]:
        """Logits [B, out_channels] and the auxiliary loss; `levels` as `data.levels` has them."""
        x, loss = convolve(self.convs[0], x, edge_index, edge_weight).relu(), x.new_zeros(())
        for (pool, level), conv in zip(with_levels(self.pools, levels), self.convs[1:],
                                       strict=True):
            out = pool(x, edge_index, edge_weight, batch, num_graphs=num_graphs, level=level)
            edge_index, edge_weight, batch = out.edge_index, out.edge_weight, out.batch
            num_graphs, loss = out.num_graphs, loss + out.loss
            x = convolve(conv, out.x, edge_index, edge_weight).relu()
        return self.head(self.readout(x, batch, num_graphs)), loss
