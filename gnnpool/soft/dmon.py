"""DMoN: clusters with more edges inside than chance would put there."""

from torch import Tensor, nn
from torch.linalg import vector_norm

from gnnpool.graph import Graph
from gnnpool.soft.base import (
    SoftAssignment,
    SoftPooling,
    divide,
    loss_weights,
    over_graphs,
    soft,
)


def modularity_loss(graph: Graph, s: Tensor | SoftAssignment, reduction: str = "mean") -> Tensor:
    r"""The negative relaxed modularity, −Tr(Sᵀ(A − ddᵀ/2m)S) / 2m, in (−1, ½].

    d are the degrees and 2m = Σᵢdᵢ. Computed as −(Tr(SᵀAS) − ‖Sᵀd‖² / 2m) / 2m, since ddᵀ is
    dense. 0 for all nodes in one cluster and for uniform rows, neither of which is its minimum;
    0 for a graph without edges.

    Args:
        graph: B graphs.
        s: [N, k], rows that sum to one.
        reduction: "mean" over non-empty graphs,
            a scalar, or "none", [B].

    Source: Tsitsulin, Palowitch, Perozzi and Müller 2023, eq. 5, first term.

    Example:
        >>> g = Graph(torch.eye(4), torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]]))
        >>> modularity_loss(g, torch.tensor([[1., 0.], [1., 0.], [0., 1.], [0., 1.]]))
        tensor(-0.5000)
    """
    s = soft(graph, s)
    total = s.sum_by_graph(s.degree)
    inside = s.a.diagonal(dim1=1, dim2=2).sum(1)
    expected = divide(s.d.square().sum(1), total)
    return over_graphs(-divide(inside - expected, total), s, reduction)


def collapse_loss(graph: Graph, s: Tensor | SoftAssignment, reduction: str = "mean") -> Tensor:
    r"""How unequal clusters are: (√k / n) ‖Σᵢ sᵢ‖ − 1, in [0, √k − 1].

    √k − 1 for all nodes in one cluster; 0 for clusters of one size, and for uniform rows alike,
    which it therefore allows.

    Args:
        graph, s, reduction: as `modularity_loss`.

    Source: Tsitsulin, Palowitch, Perozzi and Müller 2023, eq. 5, second term.

    Example:
        >>> g = Graph(torch.eye(4), torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]]))
        >>> collapse_loss(g, torch.tensor([1., 0., 0., 0.]).expand(4, 4))
        tensor(1.)
    """
    s = soft(graph, s)
    n = s.sizes.to(s.mass.dtype)
    return over_graphs(divide(s.k**0.5 * vector_norm(s.mass, dim=1), n) - 1, s, reduction)


class DMoNPooling(SoftPooling):
    r"""Soft clusters of high modularity that do not collapse.

    S = softmax(MLP(X)); X′ = SᵀX; A′ = SᵀAS without its diagonal, degree-normalised. Losses
    `modularity` and `collapse` (see `modularity_loss`, `collapse_loss`). Directed input is read as
    (A + Aᵀ) / 2.

    Args:
        in_channels, k, hidden: features of a node, supernodes, widths of the MLP's hidden layers.
        assign: a module that gives logits [N, k] in its place (see `gnnpool.soft.SoftPooling`).
        remove_self_loops, degree_norm, inverse_connect: what becomes of A′ (see there).
        modularity_weight, collapse_weight: the weights of the two losses in `Pooled.loss`.

    Raises:
        ValueError: a bad argument by name; negative edge weights; edge attributes.

    Source: Tsitsulin, Palowitch, Perozzi and Müller 2023 ("Graph clustering with graph neural
    networks").

    Example:
        >>> pool = DMoNPooling(in_channels=3, k=2)
        >>> out = pool(torch.rand(5, 3), torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]))
        >>> out.x.shape, sorted(out.losses)
        (torch.Size([2, 3]), ['collapse', 'modularity'])
    """

    def __init__(self, in_channels: int, k: int, *, hidden: tuple[int, ...] = (),
                 assign: nn.Module | None = None, remove_self_loops: bool = True,
                 degree_norm: bool = True, inverse_connect: bool = False,
                 modularity_weight: float = 1.0, collapse_weight: float = 1.0):
        super().__init__(in_channels, k, hidden=hidden, assign=assign,
                         remove_self_loops=remove_self_loops, degree_norm=degree_norm,
                         inverse_connect=inverse_connect)
        self.loss_weights = loss_weights(modularity=modularity_weight, collapse=collapse_weight)

    def losses(self, graph: Graph, assignment: SoftAssignment) -> dict[str, Tensor]:
        """`modularity` and `collapse`."""
        return {"modularity": modularity_loss(graph, assignment),
                "collapse": collapse_loss(graph, assignment)}
