"""GTVConv, TVGNN's message passing: neighbours that differ little pull more."""

import torch
from torch import Tensor, nn
from torch_geometric.nn.inits import glorot, zeros

from gnnpool.adjacency import Adjacency, edge_product
from gnnpool.checks import check_count, check_number, check_tensor, describe, refuse


def edge_distance(x: Tensor, row: Tensor, col: Tensor, *, symmetric: bool = False) -> Tensor:
    """‖xᵢ − x_j‖₁ of every edge: [N, k] to [E], without keeping an [E, k] matrix.

    `symmetric`: every edge is there in both directions, and both will get the same gradient. Then
    the backward is twice the sum over rows, ten times faster where edges are sorted by row.
    """
    if torch.compiler.is_compiling():  # the number of blocks depends on that of edges
        return (x[row] - x[col]).abs().sum(1)
    return _EdgeDistance.apply(x, row, col, symmetric)


class _EdgeDistance(torch.autograd.Function):
    """Edges go block by block through the processor's cache, and once more in the backward.

    Autograd would keep the differences of all edges, E·k numbers, several times over.
    """

    NUMBERS = 2**19  # in a block

    @staticmethod
    def blocks(x: Tensor, *tensors: Tensor):
        edges = max(1, _EdgeDistance.NUMBERS // max(1, x.size(1)))
        return zip(*(t.split(edges) for t in tensors), strict=True)

    @staticmethod
    def difference(x: Tensor, i: Tensor, j: Tensor) -> Tensor:
        return x.index_select(0, i).sub_(x.index_select(0, j))  # five times faster than x[i] - x[j]

    @staticmethod
    def forward(ctx, x: Tensor, row: Tensor, col: Tensor, symmetric: bool) -> Tensor:
        ctx.save_for_backward(x, row, col)
        ctx.symmetric = symmetric
        parts = [_EdgeDistance.difference(x, i, j).abs_().sum(1)
                 for i, j in _EdgeDistance.blocks(x, row, col)]
        return torch.cat(parts) if parts else x.new_zeros(0)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g: Tensor):
        x, row, col = ctx.saved_tensors
        grad = torch.zeros_like(x)
        for i, j, part in _EdgeDistance.blocks(x, row, col, g):
            change = _EdgeDistance.difference(x, i, j).sign_().mul_(part[:, None])
            grad.index_add_(0, i, change, alpha=2 if ctx.symmetric else 1)
            if not ctx.symmetric:
                grad.index_add_(0, j, change, alpha=-1)
        return grad, None, None, None


class GTVConv(nn.Module):
    r"""One step down the total variation of the features over the graph.

    X′ = (I − δ L_Γ) XW + b, with L_Γ the Laplacian of γ_ij = a_ij / max(‖(XW)ᵢ − (XW)_j‖₁, ε).
    Where two neighbours are alike, γ is large and they become more so; across the border of two
    groups it is small, so that borders stay sharp where other layers blur them. Messages go from
    source to target. An activation may follow. With an `Adjacency` of an undirected graph in place
    of `edge_index`, the step takes half the time.

    Args:
        in_channels, out_channels: widths.
        delta: δ, the length of the step; at 1 / max degree of Γ or above it may overshoot.
        eps: ε, the smallest difference that counts.
        bias: whether to add b.

    Raises:
        ValueError: a width below 1, a number that is not finite, eps that is not above 0; x of
            another width, weights beside an Adjacency or of another length.

    Source: Hansen and Bianchi 2023 ("Total variation graph neural networks"), §4.1.

    Example:
        >>> GTVConv(3, 8)(torch.rand(4, 3), torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])).shape
        torch.Size([4, 8])
    """

    takes_adjacency = True

    def __init__(self, in_channels: int, out_channels: int, *, delta: float = 1.0,
                 eps: float = 1e-3, bias: bool = True):
        super().__init__()
        check_count("in_channels", in_channels)
        check_count("out_channels", out_channels)
        check_number("delta", delta)
        check_number("eps", eps)
        if eps <= 0:
            refuse("eps", repr(eps), "a number above 0, since it divides")
        self.in_channels, self.out_channels = in_channels, out_channels
        self.delta, self.eps = delta, eps
        self.weight = nn.Parameter(torch.empty(in_channels, out_channels))
        self.bias = nn.Parameter(torch.empty(out_channels)) if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw W anew and set b to 0."""
        glorot(self.weight)
        zeros(self.bias)

    def forward(self, x: Tensor, edge_index: Tensor | Adjacency,
                edge_weight: Tensor | None = None) -> Tensor:
        """[N, in_channels] to [N, out_channels]; x may be a sparse matrix."""
        a, prepared = edge_index, isinstance(edge_index, Adjacency)
        self._check(x, a, edge_weight)
        if prepared:
            edge_index, edge_weight = a.edge_index, a.edge_weight
        x = x @ self.weight
        source, target = edge_index
        gamma = edge_distance(x, source, target).clamp(min=self.eps).reciprocal()
        if edge_weight is not None:
            gamma = gamma * edge_weight
        if prepared and a.is_symmetric:
            a = a.with_weights(gamma)
            pulled, degree = a @ x, a.degree
        else:
            pulled = edge_product(edge_index.flip(0), gamma, x)
            degree = gamma.new_zeros(x.size(0)).index_add(0, target, gamma)
        out = x + self.delta * (pulled - degree[:, None] * x)
        return out if self.bias is None else out + self.bias

    def _check(self, x: Tensor, a: Tensor | Adjacency, edge_weight: Tensor | None) -> None:
        if x.dim() != 2 or x.size(1) != self.in_channels:
            refuse("x", describe(x), f"in_channels = {self.in_channels} features a node")
        if isinstance(a, Adjacency):
            if edge_weight is not None:
                refuse("edge_weight", describe(edge_weight), "None: the Adjacency brings its own")
            if a.num_nodes != x.size(0):
                refuse("edge_index", repr(a), f"an Adjacency of the {x.size(0)} nodes of x")
        else:
            check_tensor("edge_index", a, (2, None), "int64")
            if edge_weight is not None:
                check_tensor("edge_weight", edge_weight, (a.size(1),), "float")

    def extra_repr(self) -> str:
        return f"{self.in_channels}, {self.out_channels}, delta={self.delta}"
