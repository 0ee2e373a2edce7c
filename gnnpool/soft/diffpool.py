"""DiffPool: clusters from which the edges can be told."""

import torch
from torch import Tensor, nn

from gnnpool.checks import check_choice
from gnnpool.graph import Graph
from gnnpool.soft.base import (
    SoftAssignment,
    SoftPooling,
    divide,
    loss_weights,
    over_graphs,
    soft,
)

SCALES = ("frobenius", "mean")


def link_loss(graph: Graph, s: Tensor | SoftAssignment, reduction: str = "mean", *,
              link: str = "frobenius") -> Tensor:
    r"""How far SSᵀ is from A: ‖A − SSᵀ‖_F of each graph, or its square over n².

    SSᵀ is never formed: ‖A − SSᵀ‖² = ‖A‖² − 2 Tr(SᵀAS) + ‖SᵀS‖².

    The two scales are minimised by the same S, but weigh differently against other losses: the
    norm grows with the graph (roughly with n), the mean of squares lies near the density of A.

    Args:
        graph: B graphs.
        s: [N, k], rows that sum to one.
        reduction: "mean" over non-empty graphs,
            a scalar, or "none", [B].
        link: "frobenius", the norm, or "mean", the mean of squares over the n² pairs of nodes.

    Source: Ying et al. 2018, §3.3 (L_LP): the norm. The mean is a scale of this package; PyG
    divides the norm by n².

    Example:
        >>> g = Graph(torch.eye(2), torch.tensor([[0, 0, 1, 1], [0, 1, 0, 1]]))
        >>> link_loss(g, torch.tensor([[1., 0.], [0., 1.]]), link="mean")
        tensor(0.5000)
    """
    check_choice("link", link, SCALES)
    s = soft(graph, s)
    inside = s.a.diagonal(dim1=1, dim2=2).sum(1)
    square = _squared_weights(s) - 2 * inside + s.gram.square().sum((1, 2))
    square = square.clamp(min=0)  # rounding may leave a little less than nothing
    if link == "mean":
        return over_graphs(divide(square, s.sizes.to(square.dtype).square()), s, reduction)
    root = square.where(square != 0, 1.0).sqrt().where(square != 0, 0.0)  # of 0: no slope
    return over_graphs(root, s, reduction)


def _squared_weights(s: SoftAssignment) -> Tensor:
    """‖A‖²_F of each graph: [B]."""
    row, col = s.graph.edge_index
    weight, dtype = s.graph.edge_weight, s.gram.dtype
    weight = torch.ones_like(row, dtype=dtype) if weight is None else weight.to(dtype)
    if s.graph.adjacency is None:  # under torch.compile A is not coalesced: edges may share a pair
        key, order = (row * s.num_nodes + col).sort()
        first = torch.cat([torch.ones_like(key[:1]), (key[1:] != key[:-1]).long()])
        pair = (first.cumsum(0) - 1).clamp(min=0)
        weight = torch.zeros_like(weight).index_add(0, pair, weight[order])
        row = torch.zeros_like(row).index_put((pair,), row[order])
    return s.sum_by_graph(weight.square(), row)


def entropy_loss(graph: Graph, s: Tensor | SoftAssignment, reduction: str = "mean") -> Tensor:
    r"""How undecided the rows are: the mean over nodes of H(sᵢ) = −Σ_c s_ic log s_ic, in nats.

    0 for rows that are one-hot, all nodes in one cluster included, which it therefore rewards;
    log k for uniform rows.

    Args:
        graph, s, reduction: as `link_loss`.

    Source: Ying et al. 2018, §3.3 (L_E).

    Example:
        >>> g = Graph(torch.eye(2), torch.tensor([[0, 1], [1, 0]]))
        >>> entropy_loss(g, torch.tensor([[1., 0.], [.5, .5]]))  # half of log 2
        tensor(0.3466)
    """
    s = soft(graph, s)
    rows = s.s.to(s.gram.dtype)
    # The logarithm is cut off where softmax underflows: its slope there would be infinite.
    entropy = -(rows * rows.clamp(min=torch.finfo(rows.dtype).tiny).log()).sum(1)
    return over_graphs(divide(s.sum_by_graph(entropy), s.sizes.to(rows.dtype)), s, reduction)


class DiffPool(SoftPooling):
    r"""Soft clusters such that joined nodes share clusters, and every node decides for one.

    S = softmax(MLP(X)), or softmax of a GNN given as `assign`, as in the paper; X′ = SᵀX;
    A′ = SᵀAS. Losses `link` and `entropy` (see `link_loss`, `entropy_loss`). Directed input is
    read as (A + Aᵀ) / 2.

    Args:
        in_channels, k, hidden: features of a node, supernodes, widths of the MLP's hidden layers.
        assign: a module that gives logits [N, k] in its place (see `gnnpool.soft.SoftPooling`).
        remove_self_loops, degree_norm, inverse_connect: what becomes of A′ (see there).
        link: the scale of the link loss, "frobenius" or "mean".
        link_weight, entropy_weight: the weights of the two losses in `Pooled.loss`.

    Raises:
        ValueError: a bad argument by name; negative edge weights; edge attributes.

    Source: Ying, You, Morris, Ren, Hamilton and Leskovec 2018 ("Hierarchical graph representation
    learning with differentiable pooling").

    Example:
        >>> from torch_geometric.nn import GraphConv
        >>> pool = DiffPool(in_channels=3, k=2, assign=GraphConv(3, 2))
        >>> out = pool(torch.rand(5, 3), torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]))
        >>> out.x.shape, sorted(out.losses)
        (torch.Size([2, 3]), ['entropy', 'link'])
    """

    def __init__(self, in_channels: int, k: int, *, hidden: tuple[int, ...] = (),
                 assign: nn.Module | None = None, link: str = "frobenius",
                 remove_self_loops: bool = False, degree_norm: bool = False,
                 inverse_connect: bool = False, link_weight: float = 1.0,
                 entropy_weight: float = 1.0):
        super().__init__(in_channels, k, hidden=hidden, assign=assign,
                         remove_self_loops=remove_self_loops, degree_norm=degree_norm,
                         inverse_connect=inverse_connect)
        check_choice("link", link, SCALES)
        self.link = link
        self.loss_weights = loss_weights(link=link_weight, entropy=entropy_weight)

    def losses(self, graph: Graph, assignment: SoftAssignment) -> dict[str, Tensor]:
        """`link` and `entropy`."""
        return {"link": link_loss(graph, assignment, link=self.link),
                "entropy": entropy_loss(graph, assignment)}
