"""The assignment matrix S as triples (node, supernode, weight)."""

import torch
from torch import Tensor

from gnnpool.adjacency import accumulator
from gnnpool.assignment import Assignment, gram_dtype, gram_inverse
from gnnpool.checks import check_tensor, describe, refuse
from gnnpool.graph import Graph
from gnnpool.segments import transpose_product


class SparseAssignment(Assignment):
    r"""S as triples: node `node[m]` belongs to supernode `supernode[m]` by `weight[m]`.

    S = M · diag(gate), where M holds the memberships. The gate is what score-based operators
    multiply a kept node's features by; RED applies it, and Lift, which puts features back where
    they came from, does not apply it again.

    Args:
        node, supernode: [M] int64, one or more triples a node, or none where it is dropped.
        batch: [K] int64 ascending, the graph of each supernode.
        num_nodes, num_graphs: N, B.
        weight: [M], memberships, or None for ones.
        gate: [K], or None for ones.
        representatives: [K] int64, the node that stands for each supernode, where there is one.

    Most operators use `from_kept` or `from_clusters` instead, which see to the canonical order.

    Example:
        >>> s = SparseAssignment(torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1]),
        ...                      torch.tensor([0, 0]), num_nodes=2, num_graphs=1,
        ...                      weight=torch.tensor([1., .5, .5]))
        >>> s.dense()
        tensor([[1.0000, 0.0000],
                [0.5000, 0.5000]])
    """

    def __init__(self, node: Tensor, supernode: Tensor, batch: Tensor, *, num_nodes: int,
                 num_graphs: int, weight: Tensor | None = None, gate: Tensor | None = None,
                 representatives: Tensor | None = None):
        check_tensor("node", node, (None,), "int64")
        check_tensor("supernode", supernode, (node.size(0),), "int64")
        check_tensor("batch", batch, (None,), "int64")
        if weight is not None:
            check_tensor("weight", weight, (node.size(0),), "float")
        if gate is not None:
            check_tensor("gate", gate, (batch.size(0),), "float")
        self.node, self.supernode, self.batch = node, supernode, batch
        self.weight, self.gate, self.representatives = weight, gate, representatives
        self.num_nodes, self.num_graphs = num_nodes, num_graphs

    @classmethod
    def from_kept(cls, kept: Tensor, graph: Graph, gate: Tensor | None = None
                  ) -> "SparseAssignment":
        """One supernode for each kept node: `kept` is a bool mask [N]; `gate` [N] is read at them.

        Example:
            >>> g = Graph(torch.eye(3), torch.empty(2, 0, dtype=torch.long))
            >>> SparseAssignment.from_kept(torch.tensor([True, False, True]), g).dense()
            tensor([[1., 0.],
                    [0., 0.],
                    [0., 1.]])
        """
        if kept.dtype != torch.bool or kept.shape != graph.batch.shape:
            refuse("kept", describe(kept), f"a bool tensor of shape [{graph.num_nodes}]")
        nodes = kept.nonzero().squeeze(1)
        return cls(nodes, torch.arange(nodes.size(0), device=nodes.device), graph.batch[nodes],
                   num_nodes=graph.num_nodes, num_graphs=graph.num_graphs, representatives=nodes,
                   gate=None if gate is None else gate.index_select(0, nodes))

    @classmethod
    def from_clusters(cls, cluster: Tensor, graph: Graph) -> "SparseAssignment":
        """One supernode for each cluster: `cluster` [N] int64 holds any labels, −1 drops a node.

        Equal labels in two graphs are two clusters.

        Example:
            >>> g = Graph(torch.eye(3), torch.empty(2, 0, dtype=torch.long))
            >>> SparseAssignment.from_clusters(torch.tensor([7, 2, 7]), g).dense()
            tensor([[1., 0.],
                    [0., 1.],
                    [1., 0.]])
        """
        check_tensor("cluster", cluster, (graph.num_nodes,), "int64")
        node = (cluster >= 0).nonzero().squeeze(1)
        small = cluster[node].unique(return_inverse=True)[1]  # below N, so that the key fits
        keys, label = (graph.batch[node] * graph.num_nodes + small).unique(return_inverse=True)
        lowest = node.new_full(keys.shape, graph.num_nodes).scatter_reduce(
            0, label, node, "amin")
        lowest, order = lowest.sort()
        rank = torch.empty_like(order)
        rank[order] = torch.arange(order.size(0), device=order.device)
        return cls(node, rank[label], graph.batch[lowest], num_nodes=graph.num_nodes,
                   num_graphs=graph.num_graphs, representatives=lowest)

    @classmethod
    def from_representatives(cls, representative: Tensor, graph: Graph,
                             weight: Tensor | None = None) -> "SparseAssignment":
        """One supernode for each node that stands for others: `representative` [N] int64 is the
        node that stands for each node, −1 drops it; `weight` [N], memberships, or None for ones.

        Example:
            >>> g = Graph(torch.eye(3), torch.empty(2, 0, dtype=torch.long))
            >>> s = SparseAssignment.from_representatives(torch.tensor([2, 1, 2]), g)
            >>> s.representatives
            tensor([2, 1])
        """
        self = cls.from_clusters(representative, graph)
        self.representatives = representative[self.representatives]
        if weight is not None:
            check_tensor("weight", weight, (graph.num_nodes,), "float")
            self.weight = weight[self.node]
        return self

    @property
    def values(self) -> Tensor:
        """[M], the entries of S: membership times gate."""
        if self.gate is None:
            return self._memberships()
        gate = self.gate[self.supernode]
        return gate if self.weight is None else gate * self.weight

    def _memberships(self) -> Tensor:
        if self.weight is not None:
            return self.weight
        dtype = torch.get_default_dtype() if self.gate is None else self.gate.dtype
        return torch.ones_like(self.node, dtype=dtype)

    def reduce(self, x: Tensor) -> Tensor:
        self._check_rows("x", x, self.num_nodes, "node")
        return self._gather(x, self.values, self.node, self.supernode, self.num_supernodes)

    def lift(self, h: Tensor, *, inverse: bool = False) -> Tensor:
        self._check_rows("h", h, self.num_supernodes, "supernode")
        if not inverse:
            return self._gather(h, self._memberships(), self.supernode, self.node, self.num_nodes)
        solved = self._solve_gram(h.to(gram_dtype(h)))
        out = self._gather(solved, self.values, self.supernode, self.node, self.num_nodes)
        return out.to(h.dtype)

    @staticmethod
    def _gather(t: Tensor, weight: Tensor, source: Tensor, target: Tensor, n: int) -> Tensor:
        dtype = accumulator(t, weight)
        message = t[source].to(dtype) * weight[:, None].to(dtype)
        return message.new_zeros(n, t.size(1)).index_add(0, target, message).to(t.dtype)

    def _solve_gram(self, h: Tensor) -> Tensor:
        """(SᵀS)⁺H: a division where no node has two supernodes, else per graph in dense form."""
        values = self.values.to(gram_dtype(h))
        if self.node.unique().numel() == self.node.numel():
            square = values.new_zeros(self.num_supernodes)
            square = square.index_add(0, self.supernode, values.square())
            there = square > torch.finfo(square.dtype).tiny**0.25  # below, gradients overflow
            return h * torch.where(there, 1 / square.where(there, 1.0), 0.0)[:, None]
        blocks, column = self._columns()
        gram = self._gram(values, blocks, column)
        padded = h.new_zeros(*blocks, h.size(1)).index_put((self.batch, column), h)
        solved = gram_inverse(gram, self.values.dtype) @ padded
        return solved[self.batch, column]

    def _columns(self) -> tuple[tuple[int, int], Tensor]:
        """(B, largest k) and each supernode's column [K] among those of its own graph."""
        count = self.batch.bincount(minlength=self.num_graphs)
        column = torch.arange(self.num_supernodes, device=self.batch.device)
        return (self.num_graphs, int(count.max())), column - (count.cumsum(0) - count)[self.batch]

    def _gram(self, values: Tensor, blocks: tuple[int, int], column: Tensor) -> Tensor:
        """SᵀS of every graph, padded to the largest k: [B, k, k]."""
        node, place = self.node.unique(return_inverse=True)  # ascending, so by graph too
        rows = values.new_zeros(node.size(0), blocks[1]).index_put(
            (place, column[self.supernode]), values, accumulate=True)
        graph = place.new_zeros(node.size(0))
        graph[place] = self.batch[self.supernode]
        return transpose_product(rows, rows, graph, graph.bincount(minlength=blocks[0]))

    def row_sums(self) -> Tensor:
        values = self.values.to(accumulator(self.values))
        return values.new_zeros(self.num_nodes).index_add(0, self.node, values)

    def dense(self) -> Tensor:
        shape = (self.num_nodes, self.num_supernodes)
        return self.values.new_zeros(shape).index_put(
            (self.node, self.supernode), self.values, accumulate=True)
