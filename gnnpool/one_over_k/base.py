"""What operators share that put every node into one cluster, and how ties are broken."""

import torch
from torch import Tensor
from torch_geometric.utils import scatter

from gnnpool.adjacency import accumulator
from gnnpool.checks import check_choice, check_flag
from gnnpool.connect import Edges, weight_dtype, weights
from gnnpool.graph import Graph
from gnnpool.order import coalesce, mix
from gnnpool.sparse_assignment import SparseAssignment
from gnnpool.src import Pooling

REDUCTIONS = ("sum", "mean", "max")


class ClusterPooling(Pooling):
    r"""Merge each cluster of nodes into a supernode: subclass it and write `select`.

    RED is the sum Sᵀx, the mean (the sum over that of the column of S) or the largest s_ij x_i of
    the cluster's nodes; CON gives two clusters the sum, mean or maximum of the entries of A between
    them, and likewise of each channel of edge attributes, where an edge of weight 0 is none. A
    weight in S concerns features only.

    Args:
        reduce: RED, "sum", "mean" or "max".
        connect: CON, "sum", "mean" or "max".
        remove_self_loops: leave out the diagonal of A′, the edges inside the clusters.
    """

    def __init__(self, *, reduce: str = "sum", connect: str = "sum",
                 remove_self_loops: bool = True):
        super().__init__()
        check_choice("reduce", reduce, REDUCTIONS)
        check_choice("connect", connect, REDUCTIONS)
        check_flag("remove_self_loops", remove_self_loops)
        self.reduction, self.connection = reduce, connect  # reduce and connect are methods
        self.remove_self_loops = remove_self_loops

    @property
    def is_expressive(self) -> bool:
        """The sum of whole clusters is; a mean or maximum forgets how many nodes there were."""
        return self.reduction == "sum"

    def reduce(self, graph: Graph, assignment: SparseAssignment) -> Tensor:
        """RED: sum, mean or maximum over each cluster."""
        if self.reduction == "max":
            x = graph.x
            if assignment.weight is not None:
                x = (x * assignment.weight[:, None]).to(x.dtype)
            return scatter(x, assignment.supernode, 0, assignment.num_supernodes, reduce="max")
        total = assignment.reduce(graph.x)
        if self.reduction == "sum":
            return total
        values = assignment.values.to(accumulator(assignment.values))
        size = values.new_zeros(assignment.num_supernodes).index_add(
            0, assignment.supernode, values)
        return (total / size[:, None]).to(total.dtype)

    def connect(self, graph: Graph, assignment: SparseAssignment) -> Edges:
        """CON: the edges between clusters, coalesced."""
        pair, values = graph.edge_index, [weights(graph)]
        if graph.edge_attr is not None:
            values.append(graph.edge_attr.to(accumulator(graph.edge_attr)))
        if graph.edge_weight is not None:
            pair, values = _where(values[0] > 0, pair, values)
        if self.connection != "sum":  # over the entries of A, however many edges make up one
            pair, values = coalesce(pair, values, graph.num_nodes)
        # every node is in one cluster, in the order of nodes
        pair = torch.stack([assignment.supernode.index_select(0, end) for end in pair])
        if self.remove_self_loops:
            pair, values = _where(pair[0] != pair[1], pair, values)
        pair, values = coalesce(pair, values, assignment.num_supernodes, self.connection)
        weight, attr = values[0], None if graph.edge_attr is None else values[1]
        return Edges(pair, weight.to(weight_dtype(graph)),
                     None if attr is None else attr.to(graph.edge_attr.dtype))

    def extra_repr(self) -> str:
        return (f"reduce={self.reduction!r}, connect={self.connection!r}, "
                f"remove_self_loops={self.remove_self_loops}")


def _where(mask: Tensor, pair: Tensor, values: list[Tensor]) -> tuple[Tensor, list[Tensor]]:
    index = mask.nonzero().squeeze(1)
    return pair.index_select(1, index), [t.index_select(0, index) for t in values]


def tie_break(graph: Graph) -> Tensor:
    """[N] int64: a fixed hash of each node's place in its graph, which decides between equals.

    The place itself would do so too, but slowly: on a path of equal weights the first edge would be
    matched in the first round, the third in the second, and so on.
    """
    place = torch.arange(graph.num_nodes, device=graph.batch.device) - graph.ptr[graph.batch]
    return mix(mix(place + 1))
