"""Graclus: merge the nodes two by two, heaviest edges first."""

from copy import copy

import torch
from torch import Tensor

from gnnpool.adjacency import accumulator
from gnnpool.assignment import Assignment
from gnnpool.checks import check_choice
from gnnpool.connect import Edges, weight_dtype, weights
from gnnpool.graph import Graph
from gnnpool.one_over_k.base import ClusterPooling, tie_break
from gnnpool.order import coalesce, descending, lexsort
from gnnpool.sparse_assignment import SparseAssignment

WEIGHTS = ("normalized_cut", "raw")


class GraclusPooling(ClusterPooling):
    r"""Pair each node with a neighbour by a heavy-edge matching; one without a partner stays alone.

    The matching takes the edge that is heaviest by its share in the normalised cut,
    :math:`w_{ij} (1 / d_i + 1 / d_j)`, then the heaviest that touches no node of it, and so on, so
    that no edge can be added at the end. Row i of S is 1 at the supernode of node i, else 0. By
    default X′ = SᵀX, and A′ = SᵀAS without its diagonal. Equal edges are ordered by a fixed hash of
    the places of their nodes. Directed graphs are read as (A + Aᵀ) / 2; self-loops are not matched,
    but count in degrees; a weight of 0 is no edge.

    Args:
        weight: what an edge is ranked by: "normalized_cut", or "raw" for its weight.
        reduce, connect, remove_self_loops: as `ClusterPooling`, which does the rest.

    Raises:
        ValueError: a bad argument by name; negative weights.

    Source: the coarsening of Dhillon, Guan and Kulis 2007 ("Weighted graph cuts without
    eigenvectors"), as pooling in Defferrard, Bresson and Vandergheynst 2016. There the nodes are
    visited in random order, and each takes its best free neighbour; heaviest edges first needs no
    seed.

    Example:
        >>> path = torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]])
        >>> GraclusPooling()(torch.eye(4), path).x
        tensor([[1., 1., 0., 0.],
                [0., 0., 1., 1.]])
    """

    def __init__(self, *, weight: str = "normalized_cut", reduce: str = "sum",
                 connect: str = "sum", remove_self_loops: bool = True):
        super().__init__(reduce=reduce, connect=connect, remove_self_loops=remove_self_loops)
        check_choice("weight", weight, WEIGHTS)
        self.weight = weight

    def coarsen(self, graph: Graph) -> tuple[Assignment, Tensor, Edges]:
        """SEL, RED and CON, for both of which (A + Aᵀ) / 2 is prepared once."""
        self._check(graph)  # before two directions are averaged
        if graph.edge_attr is not None:
            return super().coarsen(graph)
        assignment, x, edges = super().coarsen(graph.symmetrized())
        return assignment, x, edges._replace(edge_weight=edges.edge_weight.to(weight_dtype(graph)))

    def select(self, graph: Graph) -> SparseAssignment:
        """SEL: the pairs of a maximal matching, and the nodes left over."""
        self._check(graph)
        pairs = heavy_edge_matching(graph, self.weight)
        cluster = torch.arange(graph.num_nodes, device=graph.batch.device)
        cluster[pairs[1]] = pairs[0]
        return SparseAssignment.from_clusters(cluster, graph)

    @staticmethod
    def _check(graph: Graph) -> None:
        graph.require_nonnegative_weights("Graclus ranks edges by weight and degree")

    def connect(self, graph: Graph, assignment: SparseAssignment) -> Edges:
        """CON: the edges of (A + Aᵀ) / 2 between clusters, coalesced."""
        edges = super().connect(_both_ways(graph), assignment)
        return edges._replace(edge_weight=edges.edge_weight.to(weight_dtype(graph)))

    def extra_repr(self) -> str:
        return f"weight={self.weight!r}, {super().extra_repr()}"


def heavy_edge_matching(graph: Graph, weight: str = "normalized_cut") -> Tensor:
    r"""The greedy matching of heaviest edges first: [2, M], the lower node of each pair above.

    Every round takes at once all edges that are the heaviest at both of their ends. No earlier edge
    of the sequential greedy algorithm can be in their way, so the result is the same; on weights
    without long ascending chains the number of rounds grows like log N.

    Args:
        graph: non-negative weights; read as (A + Aᵀ) / 2.
        weight: "normalized_cut" or "raw".

    Example:
        >>> path = torch.tensor([[0, 1, 2], [1, 2, 3]])
        >>> g = Graph(torch.eye(4), path, torch.tensor([1., 5., 1.]))
        >>> heavy_edge_matching(g, "raw").tolist()
        [[1], [2]]
    """
    both = graph.symmetrized()
    w = weights(both).detach()
    lower = (both.edge_index[0] < both.edge_index[1]) & (w > 0)
    lower = lower.nonzero().squeeze(1)
    edges, w = both.edge_index.index_select(1, lower), w.index_select(0, lower)
    if weight == "normalized_cut":
        w = w * _at_both_ends(both.degree().detach().reciprocal(), edges)
    edges = edges.index_select(1, lexsort(descending(w), _at_both_ends(tie_break(graph), edges)))
    rank = torch.arange(edges.size(1), device=edges.device)
    matched = torch.zeros_like(rank, dtype=torch.bool)
    ends = edges
    while rank.numel():
        best = rank.new_full((graph.num_nodes,), edges.size(1))
        best.scatter_reduce_(0, ends.flatten(), rank.repeat(2), "amin")
        row, col = ends
        first = (best.index_select(0, row) == rank) & (best.index_select(0, col) == rank)
        matched[rank[first]] = True
        taken = torch.zeros_like(best, dtype=torch.bool)
        taken[ends[:, first].flatten()] = True
        free = ~(taken.index_select(0, row) | taken.index_select(0, col))
        free = free.nonzero().squeeze(1)
        ends, rank = ends.index_select(1, free), rank.index_select(0, free)
    return edges[:, matched]


def _at_both_ends(value: Tensor, edges: Tensor) -> Tensor:
    """[E], the sum of a number of the nodes over the two ends of each edge."""
    return value.index_select(0, edges[0]) + value.index_select(0, edges[1])


def _both_ways(graph: Graph) -> Graph:
    """`graph.symmetrized()`, but with edge attributes, averaged over both directions as well."""
    if graph.edge_attr is None:
        return graph.symmetrized()
    new = copy(graph)
    pair = torch.cat([graph.edge_index, graph.edge_index.flip(0)], dim=1)
    halves = [t.repeat(2, *[1] * (t.dim() - 1)) / 2
              for t in (weights(graph), graph.edge_attr.to(accumulator(graph.edge_attr)))]
    new.edge_index, (new.edge_weight, attr) = coalesce(pair, halves, graph.num_nodes)
    new.edge_attr = attr.to(graph.edge_attr.dtype)
    return new
