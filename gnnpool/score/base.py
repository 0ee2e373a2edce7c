"""What score-based operators share: keep the highest, gate them, cut out their subgraph."""

from abc import abstractmethod
from fractions import Fraction

import torch
from torch import Tensor
from torch_geometric.utils import softmax

from gnnpool.adjacency import accumulator
from gnnpool.checks import (
    INTEGER,
    check_choice,
    check_count,
    check_features,
    check_number,
    parameter_dtype,
    refuse,
)
from gnnpool.connect import Edges, induced, two_hop
from gnnpool.graph import Graph
from gnnpool.order import descending, lexsort
from gnnpool.scorer import check_scores
from gnnpool.sparse_assignment import SparseAssignment
from gnnpool.src import Pooling

NONLINEARITIES = ("tanh", "sigmoid", "softmax", None)


def check_ratio(ratio: float | int) -> None:
    """Refuse what is neither a share in (0, 1] (float) nor a count of at least 1 (int)."""
    right = (isinstance(ratio, INTEGER) and not isinstance(ratio, bool) and ratio >= 1) or (
        isinstance(ratio, float) and 0 < ratio <= 1)
    if not right:
        refuse("ratio", repr(ratio), "a share in (0, 1] (float) or a count from 1 on (int)")


def highest(score: Tensor, ratio: float | int, graph: Graph) -> Tensor:
    """The mask [N] of the ⌈ratio · n⌉ highest scores of each graph; ties go to the lower index.

    A float is a share, read as the decimal written (⌈0.07 · 100⌉ = 7, though 0.07 * 100 > 7 in
    floating point) or the fraction it stands for (2 / 3); an int is a count, and a smaller graph
    keeps all its nodes.
    """
    if isinstance(ratio, INTEGER):
        keep = graph.sizes.clamp(max=int(ratio))
    else:
        share = Fraction(ratio).limit_denominator(10**9)
        keep = -(-graph.sizes * share.numerator // share.denominator)
        keep = keep.maximum(graph.sizes.clamp(max=1))  # a share below 1e-9 still keeps one
    key = descending(score)
    order = lexsort(graph.batch, key) if graph.num_graphs > 1 else key.argsort(stable=True)
    rank = torch.arange(graph.num_nodes, device=order.device) - graph.ptr[graph.batch]
    kept = torch.zeros_like(graph.batch, dtype=torch.bool)
    return kept.index_put((order,), rank < keep[graph.batch])


class ScorePooling(Pooling):
    r"""Keep the nodes that score highest: subclass it and write `score`.

    SEL keeps the ⌈ratio · n⌉ highest scores y of each graph, i; RED is X_i ⊙ σ(y_i), which lets
    gradients reach the scores; CON is A[i, i]. Duplicate edges and self-loops between kept nodes
    stay as they are, as do directions, weights and edge attributes.

    Args:
        in_channels: F, the features of a node, or None for any number.
        ratio: a share in (0, 1] (float) or a count (int), by type.
        min_score: keeps, in place of a ratio, the nodes whose softmax score over their graph is at
            least this (or, if there is none, the highest), gated by that softmax.
        nonlinearity: σ: "tanh", "sigmoid" or "softmax" (over the graph); None takes the features
            as they are, and then no gradient reaches the scores.
        hops: 2 takes A′ from (A + I)², as Graph U-Net does against isolated kept nodes.
    """

    is_expressive = False  # a dropped node's row of S is zero
    scored_by = "score"  # what scores that do not fit are blamed on

    def __init__(self, in_channels: int | None, ratio: float | int = 0.5, *,
                 min_score: float | None = None, nonlinearity: str | None = "tanh",
                 hops: int = 1):
        super().__init__()
        if in_channels is not None:
            check_count("in_channels", in_channels)
        check_ratio(ratio)
        check_choice("nonlinearity", nonlinearity, NONLINEARITIES)
        check_choice("hops", hops, (1, 2))
        if min_score is not None:
            check_number("min_score", min_score)
            if not 0 <= min_score <= 1:
                refuse("min_score", repr(min_score), "a number in [0, 1], or None")
        self.in_channels, self.ratio, self.min_score = in_channels, ratio, min_score
        self.nonlinearity = nonlinearity if min_score is None else "softmax"
        self.hops = hops

    @abstractmethod
    def score(self, graph: Graph) -> Tensor:
        """y [N] or [N, 1], before σ."""

    def select(self, graph: Graph) -> SparseAssignment:
        """SEL: a mask of kept nodes, gated by σ(y)."""
        if self.in_channels is not None:
            check_features(graph.x, self.in_channels, parameter_dtype(self, graph.x.dtype))
        score = check_scores(self.scored_by, self.score(graph), graph)
        gate = self._gate(score, graph)
        if self.min_score is None:
            kept = highest(score.detach(), self.ratio, graph)
        else:
            best = gate.new_zeros(graph.num_graphs).scatter_reduce(0, graph.batch, gate, "amax")
            kept = gate >= best.clamp(max=self.min_score)[graph.batch]
        return SparseAssignment.from_kept(kept, graph, gate)

    def _gate(self, score: Tensor, graph: Graph) -> Tensor | None:
        if self.nonlinearity is None:
            return None
        if self.nonlinearity == "softmax":
            wide = score.to(accumulator(score))
            return softmax(wide, graph.batch, num_nodes=graph.num_graphs)
        return torch.tanh(score) if self.nonlinearity == "tanh" else torch.sigmoid(score)

    def reduce(self, graph: Graph, assignment: SparseAssignment) -> Tensor:
        """RED: X_i ⊙ σ(y_i), which is SᵀX read at the one node of each supernode."""
        x, gate = graph.x.index_select(0, assignment.representatives), assignment.gate
        return x if gate is None else (x * gate[:, None]).to(x.dtype)

    def connect(self, graph: Graph, assignment: SparseAssignment) -> Edges:
        """CON: A[i, i], or (A + I)²[i, i] with `hops=2`."""
        connect = induced if self.hops == 1 else two_hop
        return connect(graph, assignment.representatives)

    def extra_repr(self) -> str:
        size = f"ratio={self.ratio}" if self.min_score is None else f"min_score={self.min_score}"
        width = "" if self.in_channels is None else f"{self.in_channels}, "
        return f"{width}{size}, nonlinearity={self.nonlinearity!r}, hops={self.hops}"
