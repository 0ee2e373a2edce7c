"""Nodes to communities, without labels."""

from collections.abc import Callable
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.nn import GraphConv

from gnnpool.adjacency import Adjacency
from gnnpool.checks import check_count, refuse
from gnnpool.models.base import check_poolers, convolve
from gnnpool.src import Pooling


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
