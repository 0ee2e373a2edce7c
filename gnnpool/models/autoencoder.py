"""Nodes to themselves, through the pooled graph."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch_geometric.nn.inits import glorot, zeros

from gnnpool.adjacency import Adjacency, edge_product
from gnnpool.level import Level
from gnnpool.models.base import check_poolers, convolve
from gnnpool.src import Pooled, Pooling


class GeneralConv(nn.Module):
    """A σ(XW + b), σ = ReLU: what the neighbours say is added up, by the weights of A as they are.

    The layer of You, Ying and Leskovec 2020 ("Design space for graph neural networks")
    without its batch normalisation, dropout and PReLU, as Grattarola et al. 2022 use it. A node
    does not hear itself.

    Example:
        >>> GeneralConv(3, 8)(torch.rand(2, 3), torch.tensor([[0, 1], [1, 0]])).shape
        torch.Size([2, 8])
    """

    takes_adjacency = True

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.lin = _linear(in_channels, out_channels)

    def forward(self, x: Tensor, edge_index: Tensor | Adjacency,
                edge_weight: Tensor | None = None) -> Tensor:
        h = self.lin(x).relu()
        if isinstance(edge_index, Adjacency):
            return edge_index @ h
        return edge_product(edge_index, edge_weight, h)


class PoolAutoencoder(nn.Module):
    r"""Nodes to themselves: MLP, MP, pool, lift by the pseudo-inverse, MP, MLP.

    H = MLP(X), H = [MP(H, A) ‖ H], H′ = RED(H), H̃ = S⁺ᵀH′, X̃ = MLP([MP(H̃, A) ‖ H̃]). What the
    pooled features do not hold is lost, but for what the second MP makes up for: it runs on the
    *original* A. No connection leads past the pooler.

    Both MLPs have one hidden layer and ReLU inside, the last layer is linear. Weights are drawn by
    Glorot and Bengio, biases are 0.

    S⁺ᵀ undoes a gate: S = M diag(g) gives S⁺ᵀSᵀ = M⁺ᵀMᵀ. So the reconstruction does not teach the
    scores of `TopKPooling` and `SAGPooling`; they choose by weights that stay as they were drawn,
    from features that are learned.

    Args:
        in_channels, hidden_channels: widths of X and of every hidden layer.
        pool: one pooler, of `in_channels = 2 * hidden_channels`.
        conv: as in `GraphClassifier`.

    Returns (from forward): X̃ [N, in_channels], and the pooler's loss.

    Source: Grattarola, Zambon, Bianchi and Alippi 2022 ("Understanding pooling in graph neural
    networks"), its autoencoder experiment.

    Example:
        >>> model = PoolAutoencoder(2, 16, TopKPooling(32))
        >>> x, loss = model(torch.rand(5, 2), torch.tensor([[0, 1], [1, 0]]))
        >>> x.shape
        torch.Size([5, 2])
    """

    def __init__(self, in_channels: int, hidden_channels: int, pool: Pooling, *,
                 conv: Callable[[int, int], nn.Module] = GeneralConv):
        super().__init__()
        check_poolers([pool])
        self.before = _mlp(in_channels, hidden_channels, hidden_channels)
        self.encoder = conv(hidden_channels, hidden_channels)
        self.pool = pool
        self.decoder = conv(2 * hidden_channels, hidden_channels)
        self.after = _mlp(3 * hidden_channels, hidden_channels, in_channels)

    def forward(self, x: Tensor, edge_index: Tensor | Adjacency, edge_weight: Tensor | None = None,
                level: Level | None = None) -> tuple[Tensor, Tensor]:
        """X̃ [N, in_channels] and the auxiliary loss."""
        out = self.encode(x, edge_index, edge_weight, level)
        return self.decode(out, edge_index, edge_weight), out.loss

    def encode(self, x: Tensor, edge_index: Tensor | Adjacency, edge_weight: Tensor | None = None,
               level: Level | None = None) -> Pooled:
        """The pooled graph; `level` is the one that an operator without parameters found before."""
        h = self.before(x)
        h = torch.cat([convolve(self.encoder, h, edge_index, edge_weight), h], dim=1)
        return self.pool(h, edge_index, edge_weight, level=level)

    def decode(self, out: Pooled, edge_index: Tensor | Adjacency,
               edge_weight: Tensor | None = None) -> Tensor:
        """X̃ from the pooled features, S and A."""
        h = out.lift(out.x, inverse=True)
        return self.after(torch.cat([convolve(self.decoder, h, edge_index, edge_weight), h], dim=1))


def _mlp(in_channels: int, hidden_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(_linear(in_channels, hidden_channels), nn.ReLU(),
                         _linear(hidden_channels, out_channels))


def _linear(in_channels: int, out_channels: int) -> nn.Linear:
    layer = nn.Linear(in_channels, out_channels)
    glorot(layer.weight)
    zeros(layer.bias)
    return layer
