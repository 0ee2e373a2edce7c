"""k-MIS: centres more than k hops apart, every other node to the nearest of them."""

import torch
from torch import Tensor
from torch_geometric.nn.inits import reset

from gnnpool.checks import (
    check_count,
    check_features,
    check_tensor,
    did_you_mean,
    parameter_dtype,
    refuse,
)
from gnnpool.connect import weights
from gnnpool.graph import Graph
from gnnpool.one_over_k.base import ClusterPooling, tie_break
from gnnpool.order import descending, lexsort
from gnnpool.scorer import ScorerLike, call_scorer, check_scores, make_scorer
from gnnpool.sparse_assignment import SparseAssignment

ORDERS = ("degree", "k-degree", "random", "canonical")
LONGEST = 1_000  # steps of a walk after which the order of their numbers has settled


class KMISPooling(ClusterPooling):
    r"""Keep a maximal set of centres pairwise more than k hops apart; the rest joins the nearest.

    The set is the greedy one: the best node by `order` becomes a centre, then the best that is more
    than k hops from all centres, until there is none. It cannot be extended; a larger one may
    exist. Every node is then within k hops of a centre and joins the nearest, of equally near ones
    the better: S is 1 there, else 0. By default X′ = SᵀX, and A′ = SᵀAS without its diagonal.
    Hops go along edges in both directions; self-loops and weights of 0 are no edges. The centres
    are `assignment.representatives`, in the order of the supernodes, that of their lowest members.

    Args:
        k: hops; 0 keeps every node.
        order: which node is better: "degree", the higher row sum of A; "k-degree", the *fewer*
            walks of k steps from it, (A + I)ᵏ1 on edges of weight one, so that it excludes few
            others (the paper's heuristic against small sets); "random"; "canonical", the lower
            index; or a vector [N] of scores, the higher the better. Equal nodes are ordered by a
            fixed hash of their places.
        scorer: learns the order in place of `order`: a layer class that is called with
            (in_channels, 1), or a module that gives [N, 1] or [N], y. A node's features then count
            by σ(y), a sigmoid, through which the scorer gets its gradient.
        in_channels: F, the features of a node; where there is a scorer.
        reduce, connect, remove_self_loops: as `ClusterPooling`.

    Raises:
        ValueError: a bad argument by name; negative weights; scores of another shape or not finite.

    Source: Bacciu, Conte and Landolfi 2023 ("Generalizing downsampling from regular data to
    graphs"), §3.

    Example:
        >>> path = torch.tensor([[0, 1, 2, 3], [1, 2, 3, 4]])
        >>> KMISPooling(k=1, order="canonical")(torch.eye(5), path).assignment.representatives
        tensor([0, 2, 4])
    """

    def __init__(self, k: int = 1, *, order: str | Tensor = "degree",
                 scorer: ScorerLike | None = None, in_channels: int | None = None,
                 reduce: str = "sum", connect: str = "sum", remove_self_loops: bool = True):
        super().__init__(reduce=reduce, connect=connect, remove_self_loops=remove_self_loops)
        check_count("k", k, least=0)
        if isinstance(order, Tensor):
            check_tensor("order", order, (None,), "float")
        elif order not in ORDERS:
            refuse("order", repr(order), "one of " + ", ".join(map(repr, ORDERS)) +
                   ", or a float tensor [N]" + did_you_mean(order, ORDERS))
        if scorer is not None:
            check_count("in_channels", in_channels)
        elif in_channels is not None:
            refuse("in_channels", repr(in_channels), "None where there is no scorer")
        self.k, self.order, self.in_channels = k, order, in_channels
        self.scorer = None if scorer is None else make_scorer(scorer, in_channels)

    @property
    def is_expressive(self) -> bool:
        """Sums of whole clusters are; a scorer's weights make rows of S unequal."""
        return self.scorer is None and super().is_expressive

    def reset_parameters(self) -> None:
        """Draw the scorer's parameters anew, as far as it can."""
        reset(self.scorer)

    def select(self, graph: Graph) -> SparseAssignment:
        """SEL: the centres and their clusters; a centre represents its supernode."""
        graph.require_nonnegative_weights("k-MIS counts degrees and hops")
        both = graph.symmetrized()
        there = (weights(both) > 0) & (both.edge_index[0] != both.edge_index[1])
        edges = both.edge_index.index_select(1, there.nonzero().squeeze(1))
        score = self._score(graph) if self.scorer is not None else self._order(both, edges)
        rank = _rank(score.detach(), tie_break(graph))
        centres = independent_set(rank, edges, self.k)
        nearest = _nearest(centres, rank, edges)
        return SparseAssignment.from_representatives(
            nearest, graph, None if self.scorer is None else torch.sigmoid(score))

    def _score(self, graph: Graph) -> Tensor:
        check_features(graph.x, self.in_channels, parameter_dtype(self, graph.x.dtype))
        return check_scores("scorer", call_scorer(self.scorer, graph), graph)

    def _order(self, graph: Graph, edges: Tensor) -> Tensor:
        if isinstance(self.order, Tensor):
            return check_scores("order", self.order.to(graph.x.device), graph)
        if self.order == "degree":
            return graph.degree()
        if self.order == "random":
            return graph.uniform()[:, 0]
        if self.order == "canonical":
            return -torch.arange(graph.num_nodes, device=edges.device)
        walks = torch.ones_like(graph.batch, dtype=torch.float64)
        for _ in range(min(self.k, LONGEST)):
            walks = walks.index_add(0, edges[0], walks[edges[1]])
            most = walks.new_zeros(graph.num_graphs).scatter_reduce(0, graph.batch, walks, "amax")
            walks = walks / most[graph.batch]  # in each graph, or they overflow
        return -walks

    def extra_repr(self) -> str:
        order = "a vector" if isinstance(self.order, Tensor) else repr(self.order)
        first = f"order={order}" if self.scorer is None else f"in_channels={self.in_channels}"
        return f"k={self.k}, {first}, {super().extra_repr()}"


def independent_set(rank: Tensor, edges: Tensor, k: int) -> Tensor:
    r"""The greedy k-independent set: a mask [N] of nodes pairwise more than k hops apart.

    Every round takes at once all nodes that are the best of the undecided ones within k hops, and
    decides those around them; that is the set which the sequential greedy algorithm finds. Each
    needs 2k passes over the edges, and the rounds grow like log N where ranks are random (a path
    ranked from one end to the other takes N / (k + 1)).

    Args:
        rank: [N] int64, each number once; the highest first.
        edges: [2, E], both directions of each.
        k: hops.
    """
    undecided = torch.ones_like(rank, dtype=torch.bool)
    chosen = torch.zeros_like(undecided)
    while bool(undecided.any()):
        best = _highest_within(torch.where(undecided, rank, -1), edges, k)
        new = undecided & (best == rank)
        chosen |= new
        undecided &= ~_highest_within(new.long(), edges, k).bool()
        near = _highest_within(undecided.long(), edges, k // 2).bool()
        # all that a path of k hops between undecided nodes can use
        use = near.index_select(0, edges[0]) & near.index_select(0, edges[1])
        edges = edges.index_select(1, use.nonzero().squeeze(1))
    return chosen


def _highest_within(value: Tensor, edges: Tensor, k: int) -> Tensor:
    """The highest value within k hops of each node."""
    for _ in range(k):
        before, value = value, value.scatter_reduce(
            0, edges[0], value.index_select(0, edges[1]), "amax")
        if torch.equal(value, before):  # also where k is larger than any distance
            break
    return value


def _nearest(centres: Tensor, rank: Tensor, edges: Tensor) -> Tensor:
    """[N], the nearest centre of each node, of equally near ones the highest in rank.

    Centres spread hop by hop over nodes not reached yet; what reaches a node first is nearest.
    """
    reached = torch.where(centres, rank, -1)
    while bool((reached < 0).any()):  # at most k times: every node is that near to a centre
        reached = torch.where(reached < 0, _highest_within(reached, edges, 1), reached)
    node = torch.empty_like(rank)
    node[rank] = torch.arange(rank.numel(), device=rank.device)
    return node[reached]


def _rank(score: Tensor, tie: Tensor) -> Tensor:
    """[N], 0 for the lowest score; equal ones by a hash."""
    order = lexsort(~descending(score), tie)
    rank = torch.empty_like(order)
    rank[order] = torch.arange(order.numel(), device=order.device)
    return rank
