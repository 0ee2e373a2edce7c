"""NDP: keep one side of a cut of many edges, join the kept nodes by Kron reduction."""

from typing import NamedTuple

import torch
from torch import Tensor

from gnnpool.adjacency import Adjacency
from gnnpool.checks import check_flag, check_number, refuse
from gnnpool.connect import Edges, refuse_attributes
from gnnpool.graph import Graph
from gnnpool.one_over_k.base import tie_break
from gnnpool.one_over_k.components import Components, components
from gnnpool.one_over_k.eigenvector import Blocks, outward, restrict, top_eigenvector
from gnnpool.one_over_k.kron import kron, precedes
from gnnpool.sparse_assignment import SparseAssignment
from gnnpool.src import Pooling

TIE = 1e-6      # degrees this close to each other are equal
CANCELS = 1e-5  # an entry this small beside the terms that add up to it is zero


class NDPPooling(Pooling):
    r"""Node decimation: keep about every second node, so that most edges join a kept and a dropped
    one.

    SEL: each connected component is split by the signs of the eigenvector v of the largest
    eigenvalue of L_sym = I − D⁻¹ᐟ²AD⁻¹ᐟ²; v is oriented so that the *anchor*, the node of highest
    degree (ties: the lowest), is kept, and the nodes with v ≥ 0 are. A bipartite component is split
    exactly into its two colours; an isolated node is kept. Where the split cuts less than half of
    the component's weight, one at random takes its place, the anchor's side kept; the random bits
    are a fixed hash of the nodes' places, so that a graph is pooled alike every time. Every
    component keeps a node. (Components are searched for on the CPU, all else happens where the data
    is.)
    RED: X′ = SᵀX, the rows of the kept nodes. CON: the Kron reduction (`kron`), A′ = −L′ off the
    diagonal with L′ = L₊₊ − L₊₋L₋₋⁻¹L₋₊ (+ kept, − dropped), weights above `threshold` only.

    Directed input is read as (A + Aᵀ) / 2; self-loops and edges of weight 0 do not matter. The
    features do not matter either: a pyramid of graphs can be computed once, before training.

    Args:
        refine: move nodes to the other side as long as the move of any one of them cuts more.
        threshold: pooled edges of this weight or less are left out; a weight, not a share, so
            that small weights in A ask for a smaller one.

    Raises:
        ValueError: a bad argument by name; negative edge weights; edge attributes.

    Source: Bianchi, Grattarola, Livi and Alippi 2022 ("Hierarchical representation learning in
    graph neural networks with node decimation pooling"), §III. Ours: the split by components, the
    anchor, `refine`.

    Example:
        >>> path = torch.tensor([[0, 1, 1, 2, 2, 3, 3, 4], [1, 0, 2, 1, 3, 2, 4, 3]])
        >>> out = NDPPooling()(torch.eye(5), path)
        >>> out.assignment.representatives, out.edge_weight
        (tensor([1, 3]), tensor([0.5000, 0.5000]))
    """

    is_expressive = False  # a dropped node's row of S is zero
    carries_edge_attr = False

    def __init__(self, *, refine: bool = False, threshold: float = 1e-2):
        super().__init__()
        check_flag("refine", refine)
        check_number("threshold", threshold)
        if threshold < 0:
            refuse("threshold", repr(threshold), "a number of at least 0")
        self.refine, self.threshold = refine, threshold

    def select(self, graph: Graph) -> SparseAssignment:
        """One side of the split of every component."""
        graph.require_nonnegative_weights("NDP divides by degrees")
        return SparseAssignment.from_kept(decimate(graph, refine=self.refine), graph)

    def connect(self, graph: Graph, assignment: SparseAssignment) -> Edges:
        """The Kron reduction, exact: `prune` applies the threshold."""
        refuse_attributes(graph, "NDPPooling")
        kept = torch.zeros_like(graph.batch, dtype=torch.bool)
        return kron(graph, kept.index_fill(0, assignment.representatives, True))

    def prune(self, edges: Edges) -> Edges:
        """The edges with a weight above `threshold`."""
        there = edges.edge_weight > self.threshold
        return Edges(edges.edge_index[:, there], edges.edge_weight[there])

    def extra_repr(self) -> str:
        return f"refine={self.refine}, threshold={self.threshold}"


class Cut(NamedTuple):
    """What splits are made and judged by: A, float64, without self-loops and zeros."""

    a: Adjacency
    parts: Components
    hash: Tensor
    """[N] int64, of the place of each node in its graph."""

    @classmethod
    def of(cls, graph: Graph) -> "Cut":
        a = graph.symmetrized().adjacency
        row, col = a.edge_index
        there = (row != col) & (a.edge_weight > 0)
        a = Adjacency.unchecked(a.edge_index[:, there], a.edge_weight.detach()[there].double(),
                                graph.num_nodes)
        return cls(a, components(a), tie_break(graph))

    def highest_degree(self, among: Tensor) -> Tensor:
        """[C], the node of highest degree among some [N] (ties: the lowest); N if there is none."""
        degree = self.a.degree.where(among, -1.0)
        most = self.parts.max(degree.clamp(min=0))
        return self.parts.first(among & (degree >= (1 - TIE) * most[self.parts.of]))

    def keep(self, side: Tensor) -> Tensor:
        """A split [N] bool, turned over where it would drop the anchor of a component."""
        anchor = self.highest_degree(torch.ones_like(side))
        return side == side[anchor][self.parts.of]

    def share(self, side: Tensor) -> Tensor:
        """[C], how much of its weight a split cuts; 1 where there is none."""
        row, col = self.a.edge_index
        part, weight = self.parts.of[row], self.a.edge_weight
        both = torch.stack([weight, weight * (side[row] != side[col])])
        total, cut = both.new_zeros(2, self.parts.count).index_add(1, part, both)
        return torch.where(total > 0, cut / total, 1.0)


def decimate(graph: Graph, *, refine: bool = False) -> Tensor:
    """[N] bool, the nodes that NDP keeps."""
    cut = Cut.of(graph)
    side = spectral_split(cut)
    poor = cut.share(side) < 0.5 - TIE
    if bool(poor.any()):
        side = torch.where(poor[cut.parts.of], cut.keep(cut.hash % 2 == 0), side)
    return cut.keep(refined(cut, side)) if refine else side


def spectral_split(cut: Cut) -> Tensor:
    """[N] bool: v ≥ 0, v oriented by the anchor; in bipartite components the anchor's colour."""
    odd = (~cut.parts.bipartite)[cut.parts.of]
    if not bool(odd.any()):
        return cut.keep(cut.parts.colour)
    v = torch.zeros_like(cut.a.degree).masked_scatter(odd, _odd_eigenvectors(cut, odd))
    # an anchor with v = 0 is kept in any case; then another node says where v points
    compass = cut.highest_degree((v != 0) | ~odd)
    positive = v * v[compass].sign()[cut.parts.of] >= 0
    return torch.where(odd, positive, cut.keep(cut.parts.colour))


def _odd_eigenvectors(cut: Cut, odd: Tensor) -> Tensor:
    """v at the nodes of components that are not bipartite, 0 where its terms cancel."""
    node, number = odd.nonzero().squeeze(1), (~cut.parts.bipartite).long().cumsum(0) - 1
    blocks = Blocks(restrict(cut.a, node), number[cut.parts.of[node]], int(number[-1]) + 1)
    v = outward(blocks, *top_eigenvector(blocks, cut.hash[node].double() / 2**63))
    row, col = blocks.a.edge_index
    terms = torch.zeros_like(v).index_add(0, row, blocks.a.edge_weight * v.abs()[col])
    return v.where(v.abs() > CANCELS * terms, 0.0)


def refined(cut: Cut, side: Tensor) -> Tensor:
    """A split after moves of single nodes to the other side, until no such move cuts more.

    In rounds: a node moves where that cuts more and it gains the most among its neighbours
    (ties by a hash), so that no two that move are neighbours and each round gains the sum.
    """
    row, col = cut.a.edge_index
    while True:
        same = torch.where(side[row] == side[col], cut.a.edge_weight, -cut.a.edge_weight)
        gain = torch.zeros_like(cut.a.degree).index_add(0, row, same)
        moves = gain > TIE * cut.a.degree
        if not bool(moves.any()):
            return side
        i, j = cut.a.edge_index[:, moves[row] & moves[col]]
        side = side ^ moves.index_fill(0, i[precedes(i, j, gain, cut.hash)], False)
