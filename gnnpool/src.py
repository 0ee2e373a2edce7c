"""Select, Reduce, Connect: the template of every operator, and what it returns.

Source: Grattarola, Zambon, Bianchi and Alippi, "Understanding Pooling in Graph Neural Networks",
2022, §III.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch_geometric.utils import to_dense_adj, to_dense_batch

from gnnpool.adjacency import Adjacency, accumulator
from gnnpool.assignment import Assignment
from gnnpool.checks import check_tensor, describe, refuse
from gnnpool.connect import Edges, connect
from gnnpool.graph import Graph
from gnnpool.level import Level, check_level, check_precomputable


@dataclass(frozen=True, eq=False, repr=False)
class Pooled:
    """A pooled batch of graphs, and the way back. All of it speaks of one order of supernodes.

    Attributes:
        x: [K, F].
        edge_index: [2, E′].
        edge_weight: [E′] or None.
        edge_attr: [E′, D] or None.
        batch: [K] int64, the graph of each supernode; always a tensor.
        num_graphs: B, how many graphs.
        assignment: the matrix S that made it.
        losses: the operator's auxiliary losses by name, each a scalar.
        loss: their weighted sum; zero where there are none.

    Example:
        >>> out = NoPooling()(torch.eye(3), torch.tensor([[0, 1], [1, 0]]))
        >>> out.batch, out.num_graphs, out.loss
        (tensor([0, 0, 0]), 1, tensor(0.))
    """

    x: Tensor
    edge_index: Tensor
    edge_weight: Tensor | None
    edge_attr: Tensor | None
    batch: Tensor
    num_graphs: int
    assignment: Assignment
    loss: Tensor
    losses: dict[str, Tensor]

    def __repr__(self) -> str:
        return (f"Pooled(x={list(self.x.shape)}, edge_index={list(self.edge_index.shape)}, "
                f"num_graphs={self.num_graphs}, assignment={self.assignment!r}, "
                f"losses={list(self.losses)})")

    def lift(self, h: Tensor, *, inverse: bool = False) -> Tensor:
        """Features of the supernodes [K, F] on the original nodes [N, F]: S H, or S⁺ᵀ H."""
        return self.assignment.lift(h, inverse=inverse)

    def to_dense(self) -> tuple[Tensor, Tensor, Tensor]:
        """x [B, k, F], adj [B, k, k] and mask [B, k] for PyG's dense layers, k the largest size."""
        sizes = self.batch.bincount(minlength=self.num_graphs)
        k = int(sizes.max()) if sizes.numel() else 0
        if not self.batch.numel():
            return (self.x.new_zeros(self.num_graphs, k, self.x.size(1)),
                    self.x.new_zeros(self.num_graphs, k, k), sizes.new_zeros(
                        self.num_graphs, k, dtype=torch.bool))
        x, mask = to_dense_batch(self.x, self.batch, max_num_nodes=k, batch_size=self.num_graphs)
        weight = self.edge_weight
        if weight is None:
            weight = self.x.new_ones(self.edge_index.size(1))
        adj = to_dense_adj(self.edge_index, self.batch, weight, max_num_nodes=k,
                           batch_size=self.num_graphs)
        return x, adj, mask


class Pooling(nn.Module):
    r"""The Select-Reduce-Connect template: subclass it and write `select`.

    SEL finds S (`select`), RED forms X′ = SᵀX (`reduce`), CON forms A′ = SᵀAS (`connect`); `losses`
    returns auxiliary losses. An operator overrides only what it does differently; `forward` is
    written once, here. A subclass with a constructor calls `super().__init__()` in it.

    Sums grow with the size of a supernode, and weights on the diagonal of A′ with them. Where that
    is not wanted, divide in `reduce`, leave the diagonal out in `connect`, or let layers follow
    that normalise (`GCNConv`).

    Attributes:
        loss_weights: the weight of each loss in `Pooled.loss`, 1 where it is not named.
        is_expressive: whether SEL and RED meet the conditions under which pooling keeps apart what
            message passing tells apart (Bianchi and Lachi 2023, Theorem 1); None: not known.
        carries_edge_attr: whether CON can take edge attributes along; else they are refused, and
            `Precompute` leaves them where they are.

    Example:
        >>> class Halves(Pooling):
        ...     def select(self, graph):
        ...         return SparseAssignment.from_clusters(torch.arange(graph.num_nodes) // 2, graph)
        >>> Halves()(torch.eye(4), torch.tensor([[0, 1, 2], [1, 2, 3]])).x
        tensor([[1., 1., 0., 0.],
                [0., 0., 1., 1.]])
    """

    is_expressive: bool | None = None
    carries_edge_attr: bool = True

    def __init__(self):
        super().__init__()
        self.loss_weights: dict[str, float] = {}

    def select(self, graph: Graph) -> Assignment:
        """SEL: the assignment of nodes to supernodes.

        graph.x may be float64 or bfloat16: make tensors with `graph.x.new_zeros` and its like.
        """
        raise NotImplementedError(f"{type(self).__name__} has to define select(graph)")

    def reduce(self, graph: Graph, assignment: Assignment) -> Tensor:
        """RED: the features of the supernodes, [K, F]. By default SᵀX."""
        return assignment.reduce(graph.x)

    def connect(self, graph: Graph, assignment: Assignment) -> Edges:
        """CON: the edges between supernodes. By default SᵀAS."""
        return connect(graph, assignment)

    def prune(self, edges: Edges) -> Edges:
        """What CON leaves out at the very end: in a pyramid, when all levels are built."""
        return edges

    def losses(self, graph: Graph, assignment: Assignment) -> dict[str, Tensor]:
        """The auxiliary losses by name. By default none."""
        return {}

    def forward(self, x: Tensor, edge_index: Tensor | Adjacency, edge_weight: Tensor | None = None,
                batch: Tensor | None = None, *, edge_attr: Tensor | None = None,
                num_graphs: int | None = None, generator: torch.Generator | None = None,
                level: Level | None = None) -> Pooled:
        """Pool a batch of graphs; arguments as `Graph` takes them, which also checks them.

        Args:
            level: S and A′ that `Precompute` found for these graphs (`data.level(1)`); then only
                RED is left to do. Edge attributes are then the level's.
        """
        graph = Graph(x, edge_index, edge_weight, batch, edge_attr=edge_attr,
                      num_graphs=num_graphs, generator=generator)
        if level is not None:
            return self._from_level(graph, level)
        assignment, pooled, edges = self.coarsen(graph)
        losses = self.losses(graph, assignment)
        self._check_losses(losses)
        total = x.new_zeros((), dtype=accumulator(x))
        for name, value in losses.items():
            total = total + self.loss_weights.get(name, 1.0) * value
        return Pooled(pooled, *self.prune(edges), assignment.batch, graph.num_graphs, assignment,
                      total, losses)

    def coarsen(self, graph: Graph) -> tuple[Assignment, Tensor, Edges]:
        """SEL, RED and CON of a graph, each checked; what `prune` leaves out is still in."""
        assignment = self.select(graph)
        self._check_selection(graph, assignment)
        x, edges = self.reduce(graph, assignment), self.connect(graph, assignment)
        self._check_parts(assignment, x, edges)
        return assignment, x, Edges(*edges)  # a plain tuple of edges may leave the last ones out

    def _from_level(self, graph: Graph, level: Level) -> Pooled:
        check_precomputable("level", "one for ", self)
        check_level(level, graph, self)
        s = level.assignment
        return Pooled(self.reduce(graph, s), *level.edges, s.batch, graph.num_graphs, s,
                      graph.x.new_zeros((), dtype=accumulator(graph.x)), {})

    def _check_selection(self, graph: Graph, assignment: object) -> None:
        if not isinstance(assignment, Assignment):
            got = describe(assignment)
        elif (assignment.num_nodes, assignment.num_graphs) != (graph.num_nodes, graph.num_graphs):
            got = f"an assignment of {assignment.num_nodes} nodes, {assignment.num_graphs} graphs"
        else:
            return
        refuse(f"{type(self).__name__}.select", got,
               f"an Assignment of {graph.num_nodes} nodes, {graph.num_graphs} graphs")

    def _check_losses(self, losses: object) -> None:
        scalars = isinstance(losses, dict) and all(
            isinstance(value, Tensor) and value.dim() == 0 for value in losses.values())
        if not scalars:
            refuse(f"{type(self).__name__}.losses", describe(losses), "a dict of name to scalar")

    def _check_parts(self, assignment: Assignment, x: object, edges: object) -> None:
        k = assignment.num_supernodes
        if not isinstance(x, Tensor) or x.dim() != 2 or x.size(0) != k:
            refuse(f"{type(self).__name__}.reduce", describe(x),
                   f"a tensor of {k} rows, one for each supernode")
        if not isinstance(edges, tuple):
            refuse(f"{type(self).__name__}.connect", describe(edges),
                   "Edges(edge_index, edge_weight, edge_attr)")
        check_tensor(f"{type(self).__name__}.connect", edges[0], (2, None), "int64")
