"""A batch of graphs as tensors, checked once."""

from copy import copy

import torch
from torch import Tensor

from gnnpool.adjacency import Adjacency, accumulator, edge_product
from gnnpool.checks import check_count, check_tensor, describe, refuse
from gnnpool.order import mix


class Graph:
    r"""A batch of graphs in PyG's sparse form, checked when it is made and not changed after.

    Args:
        x: [N, F] floating point, finite.
        edge_index: [2, E] int64, or an `Adjacency`, which brings its own weights.
        edge_weight: [E] floating point, or None for ones.
        batch: [N] int64, ascending: the graph of each node; None for one graph.
        edge_attr: [E, D] or None.
        num_graphs: needed where the last graphs are empty, and under `torch.compile`.
        generator: where the randomness of this pass comes from; None is torch's global one.

    Attributes:
        sizes: [B] int64, the nodes of each graph.
        ptr: [B + 1] int64, where each graph begins.
        adjacency: the prepared A where one was given, else None.

    Raises:
        ValueError: wrong shapes, dtypes or devices; an edge to a node that is not there or
            between two graphs; a batch vector out of order; features that are not finite.
            (Values are not looked at under `torch.compile`, nor those of an `Adjacency`.)

    Example:
        >>> g = Graph(torch.ones(3, 2), torch.tensor([[0, 1], [1, 0]]))
        >>> g.num_nodes, g.num_graphs, g.degree().tolist()
        (3, 1, [1.0, 1.0, 0.0])
    """

    def __init__(self, x: Tensor, edge_index: Tensor | Adjacency,
                 edge_weight: Tensor | None = None, batch: Tensor | None = None, *,
                 edge_attr: Tensor | None = None, num_graphs: int | None = None,
                 generator: torch.Generator | None = None):
        check_tensor("x", x, (None, None), "float")
        self.adjacency = edge_index if isinstance(edge_index, Adjacency) else None
        if self.adjacency is not None:
            edge_index, edge_weight = self._unpack(x, edge_weight, edge_attr)
        _check_forms(x, edge_index, edge_weight, batch, edge_attr)
        self.x, self.edge_index, self.edge_weight = x, edge_index, edge_weight
        self.edge_attr, self.generator = edge_attr, generator
        self.batch = edge_index.new_zeros(x.size(0)) if batch is None else batch
        self.num_graphs = count_graphs(batch, num_graphs)
        if not torch.compiler.is_compiling():
            _check_values(self)
        self.sizes = self.batch.new_zeros(self.num_graphs).index_add(
            0, self.batch, torch.ones_like(self.batch))
        self.ptr = torch.cat([self.sizes.new_zeros(1), self.sizes.cumsum(0)])

    def _unpack(self, x: Tensor, edge_weight: Tensor | None,
                edge_attr: Tensor | None) -> tuple[Tensor, Tensor | None]:
        a = self.adjacency
        if edge_weight is not None:
            refuse("edge_weight", describe(edge_weight), "None, since the Adjacency brings its own")
        if edge_attr is not None:
            refuse("edge_attr", describe(edge_attr), "None, since an Adjacency sorts the edges")
        if a.num_nodes != x.size(0):
            refuse("edge_index", repr(a), f"an Adjacency of the {x.size(0)} nodes of x")
        return a.edge_index, a.edge_weight if a.is_weighted else None

    @property
    def num_nodes(self) -> int:
        """N, the nodes of the whole batch."""
        return self.x.size(0)

    def degree(self) -> Tensor:
        """[N], the row sums of A, accumulated in float32 or better."""
        if self.adjacency is not None:
            return self.adjacency.degree
        dtype, row = accumulator(self.edge_weight), self.edge_index[0]
        weight = (torch.ones_like(row, dtype=dtype) if self.edge_weight is None
                  else self.edge_weight.to(dtype))
        return torch.zeros_like(self.batch, dtype=dtype).index_add(0, row, weight)

    def halves(self) -> "Graph":
        """(A + Aᵀ) / 2 as twice as many edges, unsorted: nothing here depends on values."""
        both = torch.cat([self.edge_index, self.edge_index.flip(0)], dim=1)
        half = (self.x.new_full((both.size(1),), 0.5, dtype=accumulator())
                if self.edge_weight is None else self.edge_weight.repeat(2) / 2)
        return Graph(self.x, both, half, self.batch, num_graphs=self.num_graphs,
                     generator=self.generator)

    def symmetrized(self) -> "Graph":
        """This graph with (A + Aᵀ) / 2 prepared, as soft operators, Graclus and NDP read directed
        input; edge attributes do not follow.
        """
        a = self.adjacency or Adjacency.unchecked(self.edge_index, self.edge_weight, self.num_nodes)
        new = copy(self)  # the nodes are checked already
        new.adjacency, new.edge_attr = a.symmetrized(), None
        new.edge_index, new.edge_weight = new.adjacency.edge_index, new.adjacency.edge_weight
        return new

    def propagate(self, s: Tensor) -> Tensor:
        """A S for a dense S [N, k]."""
        if self.adjacency is not None:
            return self.adjacency @ s
        dtype = accumulator(s, self.edge_weight)
        weight = None if self.edge_weight is None else self.edge_weight.to(dtype)
        return edge_product(self.edge_index, weight, s.to(dtype))

    def uniform(self, columns: int = 1) -> Tensor:
        """[N, columns] numbers in [0, 1): a hash of one seed and of the node's place in its graph.

        The seed is drawn from `generator` or torch's global one. A node gets the same numbers on
        every device and in a batch as alone, which sampling with a device's generator cannot give.
        """
        device = self.generator.device if self.generator is not None else "cpu"
        seed = torch.randint(2**62, (), generator=self.generator, device=device).to(self.x.device)
        place = torch.arange(self.num_nodes, device=self.x.device) - self.ptr[self.batch]
        column = torch.arange(columns, device=self.x.device)
        bits = mix(mix(seed + place[:, None]) + column)
        if self.x.device.type == "mps":  # no float64 there
            return ((bits >> 40) & (2**24 - 1)).float() / 2**24
        return ((bits >> 11) & (2**53 - 1)).double() / 2**53

    def require_nonnegative_weights(self, why: str) -> None:
        """Refuse negative weights for an operator that takes degrees."""
        weight = self.edge_weight
        if weight is None or torch.compiler.is_compiling() or not weight.numel():
            return
        lowest = float(weight.detach().min())
        if lowest < 0:
            refuse("edge_weight", f"a weight of {lowest}", f"no negative weight: {why}")


def _check_forms(x, edge_index, edge_weight, batch, edge_attr) -> None:
    if x.layout != torch.strided:
        refuse("x", f"a tensor of layout {x.layout}", "a dense one (see .to_dense())")
    check_tensor("edge_index", edge_index, (2, None), "int64")
    if edge_weight is not None:
        check_tensor("edge_weight", edge_weight, (edge_index.size(1),), "float")
    if edge_attr is not None:
        check_tensor("edge_attr", edge_attr, (edge_index.size(1), None), "float")
    if batch is not None:
        check_tensor("batch", batch, (x.size(0),), "int64")
    others = {"edge_index": edge_index, "edge_weight": edge_weight, "edge_attr": edge_attr,
              "batch": batch}
    for name, t in others.items():
        if t is not None and t.device != x.device:
            refuse(name, f"a tensor on {t.device}", f"one on {x.device}, where x is")


def count_graphs(batch: Tensor | None, num_graphs: int | None) -> int:
    """B: as given, else one for no batch vector, else the highest number in it plus one."""
    if num_graphs is not None:
        check_count("num_graphs", num_graphs, least=0)
        return num_graphs
    if batch is None:
        return 1
    return int(batch.max()) + 1 if batch.numel() else 0


def _check_values(graph: Graph) -> None:
    """Everything that must be read from the tensors, with one transfer from the device."""
    x, batch, n, edges = graph.x, graph.batch, graph.num_nodes, graph.edge_index
    if n == 0 and edges.numel():
        refuse("edge_index", describe(edges), "no edges, since x has no nodes")
    extremes = torch.stack(x.aminmax()) if x.numel() else x  # they carry on NaN and infinity
    faults = [(~extremes.isfinite().all(), "x", "NaN or infinity", "finite features"),
              *batch_faults(batch, graph.num_graphs)]
    if graph.adjacency is None and edges.numel():
        low, high = edges.aminmax()
        faults.append(((low < 0) | (high >= n), "edge_index", "an edge to a node that is not there",
                       f"nodes from 0 to {n - 1}, since x has {n} rows"))
        if graph.num_graphs != 1:
            row, col = (batch.index_select(0, end) for end in edges.clamp(0, n - 1))
            faults.append(((row != col).any(), "edge_index",
                           "an edge between two graphs of the batch",
                           "edges within one graph (see batch)"))
        if graph.edge_weight is not None:
            faults.append((~graph.edge_weight.isfinite().all(), "edge_weight", "NaN or infinity",
                           "finite weights"))
    refuse_faults(faults)


def batch_faults(batch: Tensor, num_graphs: int) -> list[tuple[Tensor, str, str, str]]:
    """What the values of a batch vector can get wrong, for `refuse_faults`."""
    return [((batch[1:] < batch[:-1]).any(), "batch", "a graph number lower than the one before it",
             "the nodes of graph 0, then those of graph 1, and so on"),
            ((batch[:1] < 0).any() | (batch[-1:] >= num_graphs).any(), "batch",
             f"graph numbers outside 0 to {num_graphs - 1}",
             f"numbers from 0 to num_graphs - 1 = {num_graphs - 1}")]


def refuse_faults(faults: list[tuple[Tensor, str, str, str]]) -> None:
    """Refuse the first (whether it is there, argument, got, wanted); one transfer for all."""
    there = torch.stack([fault[0] for fault in faults]).tolist()
    for is_there, (_, *message) in zip(there, faults, strict=True):
        if is_there:
            refuse(*message)
