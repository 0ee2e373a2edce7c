"""The assignment matrix S ∈ R^{N×K}: which nodes form which supernode, and how much."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from gnnpool.adjacency import accumulator
from gnnpool.checks import check_tensor, describe, refuse
from gnnpool.graph import Graph
from gnnpool.segments import product, transpose_product


class Assignment(ABC):
    """The matrix S, sparse or dense. Not changed once made.

    Supernodes stand in one canonical order: by graph, and within a graph by lowest member (sparse)
    or by column (dense).

    Attributes:
        num_nodes, num_supernodes, num_graphs: N, K, B.
        batch: [K] int64, the graph of each supernode.

    Example:
        >>> s = NoPooling()(torch.eye(2), torch.tensor([[0, 1], [1, 0]])).assignment
        >>> isinstance(s, Assignment), s.num_supernodes, s.row_sums()
        (True, 2, tensor([1., 1.]))
    """

    num_nodes: int
    num_graphs: int
    batch: Tensor

    def __repr__(self) -> str:
        return (f"{type(self).__name__}(num_nodes={self.num_nodes}, "
                f"num_supernodes={self.num_supernodes}, num_graphs={self.num_graphs})")

    @property
    def num_supernodes(self) -> int:
        """K, the supernodes of the whole batch."""
        return self.batch.size(0)

    @abstractmethod
    def reduce(self, x: Tensor) -> Tensor:
        """SᵀX: [N, F] to [K, F], accumulated in float32 or better, in the dtype of x."""

    @abstractmethod
    def lift(self, h: Tensor, *, inverse: bool = False) -> Tensor:
        """Features of supernodes [K, F] back on the nodes [N, F].

        Each node receives the features of its supernodes by membership; a dropped node zero.
        `inverse=True` gives S⁺ᵀH, the smallest X with SᵀX = H (or the least-squares one).
        """

    @abstractmethod
    def row_sums(self) -> Tensor:
        """[N], how much of each node goes into the pooled graph: Σ_j s_ij."""

    @abstractmethod
    def dense(self) -> Tensor:
        """The whole matrix, [N, K]; for small graphs, drawings and tests."""

    def _check_rows(self, argument: str, t: Tensor, rows: int, of: str) -> None:
        check_tensor(argument, t, (None, None), "float")
        if t.size(0) != rows:
            refuse(argument, describe(t), f"{rows} rows, one for each {of}")


class DenseAssignment(Assignment):
    """S as rows [N, k]: every graph has its own k supernodes, also where it has no nodes.

    Args:
        s: [N, k].
        graph: the `Graph` whose nodes the rows are.

    Example:
        >>> g = Graph(torch.eye(3), torch.empty(2, 0, dtype=torch.long))
        >>> DenseAssignment(torch.tensor([[1., 0.], [.5, .5], [0., 1.]]), g).reduce(g.x)
        tensor([[1.0000, 0.5000, 0.0000],
                [0.0000, 0.5000, 1.0000]])
    """

    def __init__(self, s: Tensor, graph: Graph):
        check_tensor("s", s, (graph.num_nodes, None), "float")
        self.s = s
        self.node_batch, self.sizes = graph.batch, graph.sizes
        self.num_nodes, self.num_graphs = graph.num_nodes, graph.num_graphs
        graphs = torch.arange(self.num_graphs, device=s.device)
        self.batch = graphs.repeat_interleave(s.size(1))

    @property
    def k(self) -> int:
        """The supernodes of each graph."""
        return self.s.size(1)

    def reduce(self, x: Tensor) -> Tensor:
        self._check_rows("x", x, self.num_nodes, "node")
        dtype = accumulator(x, self.s)
        with torch.autocast(x.device.type, enabled=False):
            out = transpose_product(self.s.to(dtype), x.to(dtype), self.node_batch, self.sizes)
        return out.flatten(0, 1).to(x.dtype)

    def lift(self, h: Tensor, *, inverse: bool = False) -> Tensor:
        self._check_rows("h", h, self.num_supernodes, "supernode")
        dtype = gram_dtype(h) if inverse else accumulator(h, self.s)
        s, blocks = self.s.to(dtype), h.to(dtype).view(self.num_graphs, self.k, h.size(1))
        with torch.autocast(h.device.type, enabled=False):
            if inverse:
                gram = transpose_product(s, s, self.node_batch, self.sizes)
                blocks = gram_inverse(gram, self.s.dtype) @ blocks
            return product(s, blocks, self.node_batch, self.sizes).to(h.dtype)

    def row_sums(self) -> Tensor:
        return self.s.sum(1, dtype=accumulator(self.s))

    def dense(self) -> Tensor:
        out = self.s.new_zeros(self.num_nodes, self.num_graphs, self.k)
        nodes = torch.arange(self.num_nodes, device=self.s.device)
        return out.index_put((nodes, self.node_batch), self.s).flatten(1)


def gram_dtype(t: Tensor) -> torch.dtype:
    """The dtype to form and invert SᵀS in: float64, since SᵀS squares the condition of S."""
    return torch.float32 if t.device.type == "mps" else torch.float64


def gram_inverse(gram: Tensor, dtype: torch.dtype) -> Tensor:
    """(SᵀS)⁺ [B, k, k] of an S that came in `dtype`.

    Directions in which S is smaller than that dtype's rounding are noise and count as 0: columns
    that are equal up to rounding are one column.
    """
    k = gram.size(-1)
    smallest = max((k * torch.finfo(dtype).eps) ** 2, k * torch.finfo(gram.dtype).eps)
    return torch.linalg.pinv(gram, hermitian=True, rtol=smallest)
