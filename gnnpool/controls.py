"""Two controls that every comparison needs: no pooling, and pooling at random."""

from gnnpool.assignment import Assignment, DenseAssignment
from gnnpool.checks import check_count
from gnnpool.connect import Edges, connect, induced
from gnnpool.graph import Graph
from gnnpool.score.base import check_ratio, highest
from gnnpool.sparse_assignment import SparseAssignment
from gnnpool.src import Pooling


class NoPooling(Pooling):
    """The identity, so that a model with a place for pooling runs flat: S = I, X′ = X, A′ = A.

    Source: ours; the flat model that every pooler has to beat.

    Example:
        >>> NoPooling()(torch.eye(2), torch.tensor([[0, 1], [1, 0]])).edge_index.tolist()
        [[0, 1], [1, 0]]
    """

    is_expressive = True

    def select(self, graph: Graph) -> Assignment:
        """Every node is its own supernode."""
        return SparseAssignment.from_kept(graph.batch >= 0, graph)

    def connect(self, graph: Graph, assignment: Assignment) -> Edges:
        """The edges as they are."""
        return Edges(graph.edge_index, graph.edge_weight, graph.edge_attr)


class RandomPooling(Pooling):
    """Random kept nodes, or with `k` random dense rows: what a learned selection has to beat.

    Without `k`: ⌈ratio · n⌉ nodes of each graph, drawn without replacement, A′ = A[i, i].
    With `k`: rows of S drawn uniformly and divided by their sums, A′ = SᵀAS. In both, X′ = SᵀX.

    Args:
        ratio: a share in (0, 1] (float) or a count (int), by type.
        k: supernodes a graph, or None.

    Source: the control of Mesquita, Souza and Kaski 2020 ("Rethinking pooling in GNNs").

    Example:
        >>> g = torch.Generator().manual_seed(0)
        >>> RandomPooling(2)(torch.eye(5), torch.tensor([[0, 1], [1, 0]]), generator=g).x.shape
        torch.Size([2, 5])
    """

    def __init__(self, ratio: float | int = 0.5, *, k: int | None = None):
        super().__init__()
        check_ratio(ratio)
        if k is not None:
            check_count("k", k)
        self.ratio, self.k = ratio, k

    @property
    def is_expressive(self) -> bool:
        """Rows that sum to one are; dropped nodes (rows of zeros) are not."""
        return self.k is not None

    def select(self, graph: Graph) -> Assignment:
        """A node's numbers are a hash of one seed and its place in its graph (`Graph.uniform`)."""
        if self.k is None:
            return SparseAssignment.from_kept(highest(graph.uniform()[:, 0], self.ratio, graph),
                                              graph)
        rows = graph.uniform(self.k) + 2**-30  # never a row of zeros
        return DenseAssignment((rows / rows.sum(1, keepdim=True)).to(graph.x.dtype), graph)

    def connect(self, graph: Graph, assignment: Assignment) -> Edges:
        """A[i, i] for kept nodes, SᵀAS for rows."""
        if isinstance(assignment, DenseAssignment):
            return connect(graph, assignment)
        return induced(graph, assignment.representatives)

    def extra_repr(self) -> str:
        return f"ratio={self.ratio}" if self.k is None else f"k={self.k}"
