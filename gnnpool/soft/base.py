"""What soft operators share: rows of S from features, and the products that losses and CON use."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch_geometric.nn.inits import reset

from gnnpool.adjacency import accumulator
from gnnpool.assignment import DenseAssignment, gram_dtype, gram_inverse
from gnnpool.checks import (
    call_on_graph,
    check_choice,
    check_count,
    check_features,
    check_flag,
    check_number,
    check_tensor,
    describe,
    graph_arguments,
    parameter_dtype,
    refuse,
)
from gnnpool.connect import Edges, dense_edges, refuse_attributes
from gnnpool.graph import Graph
from gnnpool.segments import transpose_product, transpose_products
from gnnpool.src import Pooling


class SoftAssignment(DenseAssignment):
    r"""A dense S together with the products that its losses and CON share.

    Every statistic of every loss is read from Sᵀ[X | AS | S | d | 1]. Where the
    input is directed, A is (A + Aᵀ) / 2; d are its row sums.

    Attributes:
        graph: the graph with that A.
        x: SᵀX [B, k, F].
        a: SᵀAS [B, k, k].
        gram: SᵀS [B, k, k].
        d: Sᵀd [B, k].
        mass: Sᵀ1 [B, k], how much of the nodes each supernode has.
        degree: d [N].
    """

    def __init__(self, s: Tensor, graph: Graph):
        super().__init__(s, graph)
        compiling = torch.compiler.is_compiling()
        self.graph = graph = graph.halves() if compiling else graph.symmetrized()
        with torch.autocast(s.device.type, enabled=False):
            dtype = accumulator(s, graph.x, graph.edge_weight)
            wide = s.to(dtype)
            self.degree = graph.degree().to(dtype)
            sums = torch.stack([self.degree, torch.ones_like(self.degree)], dim=1)
            parts = [graph.x.to(dtype), graph.propagate(wide), wide, sums]
            self.x, self.a, self.gram, sums = transpose_products(wide, parts, graph.batch,
                                                                 graph.sizes)
        self.d, self.mass = sums.unbind(2)

    def inverse_a(self) -> Tensor:
        """S⁺AS [B, k, k], from products in float64: SᵀS squares the condition of S."""
        with torch.autocast(self.s.device.type, enabled=False):
            s = self.s.to(gram_dtype(self.s))
            both = torch.cat([s, self.graph.propagate(s).to(s.dtype)], dim=1)
            gram, a = transpose_product(s, both, self.node_batch, self.sizes).chunk(2, dim=2)
            return (gram_inverse(gram, self.s.dtype) @ a).to(self.a.dtype)

    def sum_by_graph(self, value: Tensor, nodes: Tensor | None = None) -> Tensor:
        """[N] added up in each graph: [B]; or [M], values that belong to these nodes."""
        if self.num_graphs == 1:  # in pairs: one by one, float32 cannot count beyond 2^24
            return value.sum()[None]
        owner = self.node_batch if nodes is None else self.node_batch[nodes]
        return value.new_zeros(self.num_graphs).index_add(0, owner, value)


def soft(graph: Graph, s: Tensor | DenseAssignment) -> SoftAssignment:
    """S with its products, made once: a loss takes a plain matrix, which is checked, or what an
    operator made.
    """
    if isinstance(s, SoftAssignment):
        return s
    if not isinstance(graph, Graph):
        refuse("graph", describe(graph), "a gnnpool.Graph")
    s = s.s if isinstance(s, DenseAssignment) else s
    check_tensor("s", s, (graph.num_nodes, None), "float")
    if not torch.compiler.is_compiling():
        _check_rows(s)
        graph.require_nonnegative_weights("the losses take degrees")
    return SoftAssignment(s, graph)


def _check_rows(s: Tensor) -> None:
    if not s.size(1):
        refuse("s", describe(s), "at least one column")
    off = (s.detach().sum(1, dtype=accumulator(s)) - 1).abs()
    if bool((off > 8 * s.size(1) * torch.finfo(s.dtype).eps + 1e-3).any() | (s < 0).any()):
        refuse("s", "rows that are negative somewhere or do not sum to one",
               "rows of memberships (of logits, take .softmax(-1))")


def over_graphs(value: Tensor, s: SoftAssignment, reduction: str) -> Tensor:
    """A loss [B] as it is ("none", 0 for empty graphs), or its mean over non-empty graphs."""
    check_choice("reduction", reduction, ("mean", "none"))
    filled = s.sizes > 0
    value = value.where(filled, 0.0)
    return value if reduction == "none" else value.sum() / filled.sum().clamp(min=1)


def divide(a: Tensor, b: Tensor) -> Tensor:
    """a / b, and 0 with gradient 0 where b = 0 (a graph without edges, say)."""
    return torch.where(b != 0, a / b.where(b != 0, 1.0), 0.0)


class SoftPooling(Pooling):
    r"""Rows of S from the features: S = softmax(MLP(X)), or softmax of what `assign` gives.

    RED is SᵀX and CON is SᵀAS on all pairs of supernodes; subclasses add their losses.

    Args:
        in_channels: F, the features of a node.
        k: supernodes a graph.
        hidden: widths of the MLP's hidden layers.
        assign: a module that gives logits [N, k] in place of the MLP; it gets the parts of the
            graph that its `forward` names (`x`, `edge_index`, `edge_weight`, `batch`).
        remove_self_loops: leave out the diagonal of A′.
        degree_norm: D⁻¹ᐟ² A′ D⁻¹ᐟ², with D the row sums of A′; rows that do not sum to more than 0
            become 0.
        inverse_connect: S⁺AS in place of SᵀAS: averages over supernodes in place of sums. It is not
            symmetric, its entries are large where rows of S are nearly alike, and negative ones may
            come about where supernodes overlap: then no operator that takes degrees can follow.
    """

    is_expressive = True  # rows of S sum to one and RED is SᵀX

    def __init__(self, in_channels: int, k: int, *, hidden: tuple[int, ...] = (),
                 assign: nn.Module | None = None, remove_self_loops: bool, degree_norm: bool,
                 inverse_connect: bool):
        super().__init__()
        check_count("in_channels", in_channels)
        check_count("k", k)
        for name, flag in (("remove_self_loops", remove_self_loops), ("degree_norm", degree_norm),
                           ("inverse_connect", inverse_connect)):
            check_flag(name, flag)
        self.in_channels, self.k = in_channels, k
        self.remove_self_loops, self.degree_norm = remove_self_loops, degree_norm
        self.inverse_connect = inverse_connect
        _check_widths(hidden, assign)
        self.assign = _mlp((in_channels, *hidden, k)) if assign is None else assign
        self._names = graph_arguments(self.assign, "assign")

    def reset_parameters(self) -> None:
        """Draw the parameters of the MLP, or of `assign`, anew."""
        reset(self.assign)

    def select(self, graph: Graph) -> SoftAssignment:
        """SEL: rows that sum to one."""
        refuse_attributes(graph, type(self).__name__)
        graph.require_nonnegative_weights(f"{type(self).__name__} takes degrees")
        check_features(graph.x, self.in_channels, parameter_dtype(self.assign, graph.x.dtype))
        logits = call_on_graph(self.assign, self._names, graph, "assign")
        if logits.shape != (graph.num_nodes, self.k):
            refuse("assign", describe(logits), f"a tensor of shape [{graph.num_nodes}, {self.k}]")
        return SoftAssignment(logits.softmax(dim=-1), graph)

    def reduce(self, graph: Graph, assignment: SoftAssignment) -> Tensor:
        """RED: SᵀX, from the shared product."""
        return assignment.x.flatten(0, 1).to(graph.x.dtype)

    def connect(self, graph: Graph, assignment: SoftAssignment) -> Edges:
        """CON: SᵀAS, or S⁺AS = (SᵀS)⁺SᵀAS, on all pairs of supernodes."""
        a = assignment.inverse_a() if self.inverse_connect else assignment.a
        return dense_edges(a, graph, remove_self_loops=self.remove_self_loops,
                           degree_norm=self.degree_norm)

    def extra_repr(self) -> str:
        return f"{self.in_channels}, k={self.k}"


def loss_weights(**weights: float) -> dict[str, float]:
    """The weights of an operator's losses by loss; `cut` is its argument `cut_weight`."""
    for name, weight in weights.items():
        check_number(f"{name}_weight", weight)
    return weights


def _check_widths(hidden: object, assign: nn.Module | None) -> None:
    if not isinstance(hidden, (tuple, list)):
        refuse("hidden", describe(hidden), "a tuple of widths, one for each hidden layer")
    for width in hidden:
        check_count("hidden", width)
    if assign is not None and hidden:
        refuse("hidden", repr(hidden), "no widths of an MLP where assign= replaces it")


def _mlp(widths: tuple[int, ...]) -> nn.Sequential:
    layers = [layer for pair in pairwise(widths) for layer in (nn.ReLU(), nn.Linear(*pair))]
    return nn.Sequential(*layers[1:])
