"""Layers of experiments: those with which papers found communities, and one that sees no edges."""

import torch
from torch import Tensor, nn
from torch_geometric.nn.inits import glorot

from gnnpool.adjacency import Adjacency


class SkipConv(nn.Module):
    """x W₁ + Ã x W₂ + b, Ã = D^{-½} A D^{-½}; x may be a sparse matrix (Bianchi et al. 2020)."""

    takes_adjacency = True

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.own = nn.Parameter(torch.empty(in_channels, out_channels))
        self.neighbours = nn.Parameter(torch.empty(in_channels, out_channels))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        glorot(self.own)
        glorot(self.neighbours)

    def forward(self, x: Tensor, edge_index: Adjacency) -> Tensor:
        own, neighbours = (x @ torch.cat([self.own, self.neighbours], 1)).chunk(2, 1)
        return own + _normalized_product(edge_index, neighbours) + self.bias


class WeightedSkipConv(nn.Module):
    """Ã x W + w ⊙ x W + b, with a learned weight w in place of self-loops; x may be a sparse matrix
    (Tsitsulin et al. 2023, §4.3).
    """

    takes_adjacency = True

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(in_channels, out_channels))
        self.skip = nn.Parameter(torch.ones(out_channels))
        self.bias = nn.Parameter(torch.zeros(out_channels))
        glorot(self.weight)

    def forward(self, x: Tensor, edge_index: Adjacency) -> Tensor:
        h = x @ self.weight
        return _normalized_product(edge_index, h) + self.skip * h + self.bias


def _normalized_product(a: Adjacency, h: Tensor) -> Tensor:
    scale = a.degree.where(a.degree > 0, 1.0).rsqrt()[:, None]
    return scale * (a @ (scale * h))


class NodeLinear(nn.Linear):
    """A linear layer that is called like a message-passing one: each node for itself."""

    def forward(self, x: Tensor, edge_index: Tensor, edge_weight: Tensor | None = None) -> Tensor:
        return super().forward(x)
