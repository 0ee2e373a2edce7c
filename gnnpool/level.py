"""One level of a pyramid: S and A′ computed beforehand, and which graphs they belong to."""

from dataclasses import dataclass
from zlib import crc32

from torch import Tensor, nn

from gnnpool.assignment import gram_dtype
from gnnpool.checks import describe, refuse
from gnnpool.connect import Edges, weights
from gnnpool.graph import Graph
from gnnpool.order import mix
from gnnpool.sparse_assignment import SparseAssignment

ROUNDING = 2.0**-7  # what the sum of weights may change by when they are rounded to bfloat16


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What tells the graphs of a batch apart, graph by graph, whatever the order of their edges.

    Attributes:
        edges: [B] int64, a hash of the number of nodes, of the edges and of the operator's class.
        weight: [B] float32, the sum of the weights.
    """

    edges: Tensor
    weight: Tensor

    @classmethod
    def of(cls, graph: Graph, pooler: nn.Module) -> "Fingerprint":
        """The fingerprints of the graphs of a batch, for this operator."""
        owner = graph.batch[graph.edge_index[0]]
        place = graph.edge_index - graph.ptr[owner]
        weight = weights(graph).detach()
        weight = weight.to(gram_dtype(weight))
        total = weight.new_zeros(graph.num_graphs).index_add(0, owner, weight)
        edges = mix(graph.sizes + 1).index_add(0, owner, mix(mix(place[0]) + place[1]))
        return cls(edges ^ crc32(type(pooler).__name__.encode()), total.float())


@dataclass(frozen=True, eq=False)
class Level:
    """S and A′ of one level, for `pool(..., level=level)`; `PyramidData.level` makes it.

    Attributes:
        assignment: S, from the nodes of the level below.
        edges: A′.
        below: the fingerprint of the graphs that they were computed for.
    """

    assignment: SparseAssignment
    edges: Edges
    below: Fingerprint


def check_level(level: object, graph: Graph, pooler: nn.Module) -> None:
    """Refuse what is not a level computed for these very graphs by an operator of this class."""
    if not isinstance(level, Level):
        refuse("level", describe(level), "a level of a pyramid (data.level(1), see Precompute)")
    name = type(pooler).__name__
    wanted = (f"the level that {name} computed for these graphs; precompute again after a "
              "transform that changes them")
    s = level.assignment
    if (s.num_nodes, s.num_graphs) != (graph.num_nodes, graph.num_graphs):
        refuse("level", f"one computed for {s.num_nodes} nodes in {s.num_graphs} graphs where "
               f"there are {graph.num_nodes} in {graph.num_graphs}", wanted)
    if graph.edge_attr is not None and level.edges.edge_attr is None:
        refuse("level", "one computed without edge attributes", "one computed with them, or no "
               "edge_attr")
    found = Fingerprint.of(graph, pooler)
    edges = (found.edges != level.below.edges).any()
    weight = (found.weight - level.below.weight).abs() > ROUNDING * found.weight.abs()
    if bool(edges):
        refuse("level", "one computed for graphs with other edges or by another operator", wanted)
    if bool(weight.any()):
        refuse("level", "one computed for the same edges with other weights", wanted)


def check_precomputable(argument: str, got: str, pooler: nn.Module) -> None:
    """Refuse an operator that learns: its S changes in training."""
    if any(True for _ in pooler.parameters()):
        refuse(argument, f"{got}{type(pooler).__name__}, which learns",
               "an operator that does not, such as GraclusPooling, NDPPooling or KMISPooling")
