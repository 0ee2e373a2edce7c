"""TVGNN's pooling: clusters between which S varies little, and of one size."""

import torch
from torch import Tensor, nn

from gnnpool.graph import Graph
from gnnpool.order import descending, lexsort
from gnnpool.soft.base import (
    SoftAssignment,
    SoftPooling,
    divide,
    loss_weights,
    over_graphs,
    soft,
)
from gnnpool.soft.gtvconv import edge_distance


def tv_loss(graph: Graph, s: Tensor | SoftAssignment, reduction: str = "mean") -> Tensor:
    r"""The total variation of S over the edges, Σ_e a_e ‖sᵢ − s_j‖₁ / 2Σ_e a_e, in [0, 1].

    The sums run over directed edges e = (i, j), so each pair counts twice, above and below. Its
    minimum 0 is reached by clusters without edges between them, and also by all nodes in one
    cluster and by uniform rows. 0 for a graph without edges.

    Args:
        graph: B graphs.
        s: [N, k], rows that sum to one.
        reduction: "mean" over non-empty graphs,
            a scalar, or "none", [B].

    Source: Hansen and Bianchi 2023, §4.2 (there over the number of edges, the same without
    weights).

    Example:
        >>> g = Graph(torch.eye(3), torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]))
        >>> tv_loss(g, torch.tensor([[1., 0.], [1., 0.], [0., 1.]]))  # one of two pairs is cut
        tensor(0.5000)
    """
    s = soft(graph, s)
    row, col = s.graph.edge_index
    distance = edge_distance(s.s.to(s.degree.dtype), row, col, symmetric=True)
    weight = s.graph.edge_weight
    variation = distance if weight is None else weight.to(distance.dtype) * distance
    total = 2 * s.sum_by_graph(s.degree)
    return over_graphs(divide(s.sum_by_graph(variation, row), total), s, reduction)


def balance_loss(graph: Graph, s: Tensor | SoftAssignment, reduction: str = "mean") -> Tensor:
    r"""How unequal clusters are: (β − Σ_c ‖s_c − q_c‖_{1,ρ}) / β, in [0, 1].

    ρ = k − 1, β = nρ, ‖z‖_{1,ρ} = Σᵢ max(ρzᵢ, −zᵢ), and q_c is the entry of column c that ⌊n/k⌋
    others are at least as large as: its quantile, where ‖s_c − q‖_{1,ρ} is least. 0 for k one-hot
    clusters of one size; 1 for all nodes in one cluster and for uniform rows: it forbids both.
    0 for k = 1.

    Args:
        graph, s, reduction: as `tv_loss`.

    Source: Hansen and Bianchi 2023, §4.2.

    Example:
        >>> g = Graph(torch.eye(4), torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]]))
        >>> balance_loss(g, torch.eye(2).repeat(2, 1)), balance_loss(g, torch.full((4, 2), .5))
        (tensor(0.), tensor(1.))
    """
    s = soft(graph, s)
    rows, rho = s.s.to(s.degree.dtype), s.k - 1
    z = rows - _quantile(rows, s)[s.node_batch]
    spread = s.sum_by_graph(torch.maximum(rho * z, -z).sum(1))
    beta = s.sizes.to(spread.dtype) * rho
    return over_graphs(divide(beta - spread, beta), s, reduction)


def _quantile(rows: Tensor, s: SoftAssignment) -> Tensor:
    """[B, k]: the entry of each column of each graph that ⌊n/k⌋ others come before."""
    n, k = rows.shape
    if n == 0:  # "not n" would fix the size where torch 2.4 compiles
        return rows.new_zeros(s.num_graphs, k)
    if s.num_graphs == 1:
        return rows.T.contiguous().kthvalue(n - min(n // k, n - 1)).values[None]
    # all columns of all graphs in one vector, which is sorted by value, then by whose it is
    values, column = rows.T.flatten(), torch.arange(k, device=rows.device)[:, None]
    order = lexsort((column * s.num_graphs + s.node_batch).flatten(), descending(values))
    first = s.sizes.cumsum(0) - s.sizes
    place = (first + torch.minimum(s.sizes // k, s.sizes - 1)).clamp(0, n - 1)
    return values[order[column * n + place]].T


class AsymCheegerCutPooling(SoftPooling):
    r"""Soft clusters of small total variation and equal size: an asymmetric Cheeger cut.

    S = softmax(MLP(X)); X′ = SᵀX; A′ = SᵀAS without its diagonal, degree-normalised. Losses `tv`
    and `balance` (see `tv_loss`, `balance_loss`). Directed input is read as (A + Aᵀ) / 2. In the
    paper, the features come from `GTVConv` layers.

    Args:
        in_channels, k, hidden: features of a node, supernodes, widths of the MLP's hidden layers.
        assign: a module that gives logits [N, k] in its place (see `gnnpool.soft.SoftPooling`).
        remove_self_loops, degree_norm, inverse_connect: what becomes of A′ (see there).
        tv_weight, balance_weight: the weights of the two losses in `Pooled.loss`.

    Raises:
        ValueError: a bad argument by name; negative edge weights; edge attributes.

    Source: Hansen and Bianchi 2023 ("Total variation graph neural networks"), §4.

    Example:
        >>> pool = AsymCheegerCutPooling(in_channels=3, k=2)
        >>> out = pool(torch.rand(5, 3), torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]))
        >>> out.x.shape, sorted(out.losses)
        (torch.Size([2, 3]), ['balance', 'tv'])
    """

    def __init__(self, in_channels: int, k: int, *, hidden: tuple[int, ...] = (),
                 assign: nn.Module | None = None, remove_self_loops: bool = True,
                 degree_norm: bool = True, inverse_connect: bool = False,
                 tv_weight: float = 1.0, balance_weight: float = 1.0):
        super().__init__(in_channels, k, hidden=hidden, assign=assign,
                         remove_self_loops=remove_self_loops, degree_norm=degree_norm,
                         inverse_connect=inverse_connect)
        self.loss_weights = loss_weights(tv=tv_weight, balance=balance_weight)

    def losses(self, graph: Graph, assignment: SoftAssignment) -> dict[str, Tensor]:
        """`tv` and `balance`."""
        return {"tv": tv_loss(graph, assignment), "balance": balance_loss(graph, assignment)}
