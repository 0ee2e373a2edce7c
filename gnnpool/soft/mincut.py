"""MinCutPool: clusters that cut few edges and are balanced."""

import torch
from torch import Tensor, nn

from gnnpool.graph import Graph
from gnnpool.soft.base import (
    SoftAssignment,
    SoftPooling,
    divide,
    loss_weights,
    over_graphs,
    soft,
)


def cut_loss(graph: Graph, s: Tensor | SoftAssignment, reduction: str = "mean") -> Tensor:
    r"""The relaxed normalised cut, −Tr(SᵀAS) / Tr(SᵀDS), in [−1, 0].

    Its minimum −1 is reached by clusters without edges between them, and also by all nodes in one
    cluster and by uniform rows: alone it does not cluster. 0 for a graph without edges.

    Args:
        graph: B graphs.
        s: [N, k], rows that sum to one.
        reduction: "mean" over non-empty graphs,
            a scalar, or "none", [B].

    Source: Bianchi, Grattarola and Alippi 2020, eq. 9, first term.

    Example:
        >>> g = Graph(torch.eye(4), torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]]))
        >>> cut_loss(g, torch.tensor([[1., 0.], [1., 0.], [0., 1.], [0., 1.]]))
        tensor(-1.)
    """
    s = soft(graph, s)
    inside = s.a.diagonal(dim1=1, dim2=2).sum(1)
    volume = s.sum_by_graph(s.degree * s.s.to(s.degree.dtype).square().sum(1))
    return over_graphs(-divide(inside, volume), s, reduction)


def ortho_loss(graph: Graph, s: Tensor | SoftAssignment, reduction: str = "mean") -> Tensor:
    r"""How far clusters are from orthogonal and equal: ‖SᵀS / ‖SᵀS‖_F − I / √k‖_F, in [0, √2).

    √(2 − 2/√k) for all nodes in one cluster and for uniform rows alike: it forbids both.

    Args:
        graph, s, reduction: as `cut_loss`.

    Source: Bianchi, Grattarola and Alippi 2020, eq. 9, second term.

    Example:
        >>> g = Graph(torch.eye(2), torch.tensor([[0, 1], [1, 0]]))
        >>> ortho_loss(g, torch.eye(2))
        tensor(0.)
    """
    s = soft(graph, s)
    k = s.gram.size(-1)
    norm = torch.linalg.vector_norm(s.gram, dim=(1, 2), keepdim=True)
    target = torch.eye(k, dtype=norm.dtype, device=norm.device) / k**0.5
    return over_graphs(torch.linalg.vector_norm(divide(s.gram, norm) - target, dim=(1, 2)),
                       s, reduction)


class MinCutPooling(SoftPooling):
    r"""Soft clusters that minimise a relaxed normalised cut and stay orthogonal.

    S = softmax(MLP(X)); X′ = SᵀX; A′ = SᵀAS without its diagonal, degree-normalised. Losses `cut`
    and `ortho` (see `cut_loss`, `ortho_loss`). Directed input is read as (A + Aᵀ) / 2.

    Args:
        in_channels, k, hidden: features of a node, supernodes, widths of the MLP's hidden layers.
        assign: a module that gives logits [N, k] in its place (see `gnnpool.soft.SoftPooling`).
        remove_self_loops, degree_norm, inverse_connect: what becomes of A′ (see there).
        cut_weight, ortho_weight: the weights of the two losses in `Pooled.loss`.

    Raises:
        ValueError: a bad argument by name; negative edge weights; edge attributes.

    Source: Bianchi, Grattarola and Alippi 2020 ("Spectral clustering with graph neural networks
    for graph pooling").

    Example:
        >>> pool = MinCutPooling(in_channels=3, k=2)
        >>> out = pool(torch.rand(5, 3), torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]))
        >>> out.x.shape, sorted(out.losses)
        (torch.Size([2, 3]), ['cut', 'ortho'])
    """

    def __init__(self, in_channels: int, k: int, *, hidden: tuple[int, ...] = (),
                 assign: nn.Module | None = None, remove_self_loops: bool = True,
                 degree_norm: bool = True, inverse_connect: bool = False,
                 cut_weight: float = 1.0, ortho_weight: float = 1.0):
        super().__init__(in_channels, k, hidden=hidden, assign=assign,
                         remove_self_loops=remove_self_loops, degree_norm=degree_norm,
                         inverse_connect=inverse_connect)
        self.loss_weights = loss_weights(cut=cut_weight, ortho=ortho_weight)

    def losses(self, graph: Graph, assignment: SoftAssignment) -> dict[str, Tensor]:
        """`cut` and `ortho`."""
        return {"cut": cut_loss(graph, assignment), "ortho": ortho_loss(graph, assignment)}
