"""CON: the edges of the pooled graph."""

from typing import NamedTuple

import torch
from torch import Tensor

from gnnpool.adjacency import accumulator
from gnnpool.assignment import Assignment, DenseAssignment
from gnnpool.checks import describe, refuse
from gnnpool.graph import Graph
from gnnpool.order import coalesce
from gnnpool.segments import transpose_product
from gnnpool.sparse_assignment import SparseAssignment


class Edges(NamedTuple):
    """The edges of a pooled graph: [2, E], [E] or None, [E, D] or None.

    Example:
        >>> edge_index, edge_weight, edge_attr = Edges(torch.tensor([[0, 1], [1, 0]]))
        >>> edge_weight is edge_attr is None
        True
    """

    edge_index: Tensor
    """[2, E] int64."""
    edge_weight: Tensor | None = None
    """[E], or None for ones."""
    edge_attr: Tensor | None = None
    """[E, D], or None."""


def connect(graph: Graph, assignment: Assignment) -> Edges:
    r"""A′ = SᵀAS, for any S. Its diagonal holds the edges inside the supernodes.

    A dense S gives all k² edges of each graph, a fixed shape; a sparse one gives the edges between
    supernodes that some edge of A joins, coalesced. Edge attributes are pooled channel by channel
    like the weights, where S is sparse.

    Args:
        graph: where A is.
        assignment: S, whose rows are the graph's nodes.

    Raises:
        ValueError: edge attributes where S is dense.

    Example:
        >>> g = Graph(torch.eye(3), torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]))
        >>> connect(g, SparseAssignment.from_clusters(torch.tensor([0, 0, 1]), g)).edge_weight
        tensor([2., 1., 1.])
    """
    if isinstance(assignment, DenseAssignment):
        refuse_attributes(graph, "a dense assignment")
        s = assignment.s
        with torch.autocast(s.device.type, enabled=False):
            a = transpose_product(s.to(accumulator(s, graph.edge_weight)), graph.propagate(s),
                                  graph.batch, graph.sizes)
        return dense_edges(a, graph)
    return _sparse_product(graph, assignment)


def dense_edges(a: Tensor, graph: Graph, *, remove_self_loops: bool = False,
                degree_norm: bool = False) -> Edges:
    r"""All edges of the pooled adjacency matrices A′ [B, k, k], row by row.

    Args:
        a: [B, k, k].
        graph: where it was pooled from; its weights give the dtype.
        remove_self_loops: leaves out the diagonal, k² − k edges a graph.
        degree_norm: `D⁻¹ᐟ² A′ D⁻¹ᐟ²` with D the row sums of A′; rows that sum to 0 stay 0, and sums
            below the rounding of the graph's largest (self-loops included) count as that rounding,
            or the gradient of a cluster that has lost its edges would overflow.
    """
    b, k, _ = a.shape
    rounding = torch.finfo(a.dtype).eps * a.detach().abs().sum(-1, keepdim=True).amax(1)
    off_diagonal = ~torch.eye(k, dtype=torch.bool, device=a.device)
    if remove_self_loops:
        a = a * off_diagonal
    if degree_norm:
        degree = a.sum(-1)
        scale = torch.where(degree > 0, degree.where(degree > 0, 1.0).maximum(rounding).rsqrt(), 0)
        a = scale[:, :, None] * a * scale[:, None, :]
    place = torch.arange(k * k, device=a.device)[None]
    flat = a.flatten(1)
    if remove_self_loops:  # the flat places that are no multiple of k + 1; shapes only, no values
        place, flat = (t[:, :-1].reshape(-1, k - 1, k + 1)[:, :, 1:].flatten(1) if k > 1
                       else t[:, :0] for t in (place, flat))
    first = k * torch.arange(b, device=a.device)[:, None]
    pair = torch.stack([(first + place // k).flatten(), (first + place % k).flatten()])
    return Edges(pair, flat.flatten().to(weight_dtype(graph)))


def induced(graph: Graph, kept: Tensor) -> Edges:
    """A[i, i]: the edges whose two ends are kept, in the numbering of `kept` [K] (ascending)."""
    new = _places(kept, graph.num_nodes)
    row, col = (new.index_select(0, end) for end in graph.edge_index)
    stays = ((row >= 0) & (col >= 0)).nonzero().squeeze(1)
    return Edges(torch.stack([row.index_select(0, stays), col.index_select(0, stays)]),
                 *(None if t is None else t[stays] for t in (graph.edge_weight, graph.edge_attr)))


def two_hop(graph: Graph, kept: Tensor) -> Edges:
    """(A + I)²[i, i], by which Graph U-Net joins kept nodes that are two hops apart.

    Only what leads from a kept node and to one is multiplied: (A + I)[i, :] (A + I)[:, i].

    Source: Gao and Ji 2019, eq. 3 (there A², on an A with self-loops).
    """
    refuse_attributes(graph, "hops=2")
    n, k = graph.num_nodes, kept.size(0)
    weight = weights(graph)
    loops = torch.arange(n, device=kept.device).expand(2, -1)
    row, col = torch.cat([graph.edge_index, loops], dim=1)
    weight = torch.cat([weight, weight.new_ones(n)])
    new = _places(kept, n)
    leaves, arrives = new[row] >= 0, new[col] >= 0
    product = torch.sparse.mm(
        _sparse(new[row[leaves]], col[leaves], weight[leaves], (k, n)),
        _sparse(row[arrives], new[col[arrives]], weight[arrives], (n, k))).coalesce()
    weight = product.values().clone()  # torch.compile takes no view of a sparse tensor
    return Edges(product.indices(), weight.to(weight_dtype(graph)))


def _sparse(row: Tensor, col: Tensor, weight: Tensor, shape: tuple[int, int]) -> Tensor:
    return torch.sparse_coo_tensor(torch.stack([row, col]), weight, shape, check_invariants=False)


def _places(kept: Tensor, n: int) -> Tensor:
    """[n], the place of each node among the kept ones (ascending), −1 for the others."""
    new = kept.new_full((n,), -1)
    return new.index_put((kept,), torch.arange(kept.size(0), device=kept.device))


def _sparse_product(graph: Graph, s: SparseAssignment) -> Edges:
    """SᵀAS: every edge (i, j) once for each supernode of i and each of j, then summed up."""
    order = s.node.argsort(stable=True)
    node, supernode, value = s.node[order], s.supernode[order], s.values[order]
    row, col = graph.edge_index
    edge, left = join(row, node, graph.num_nodes)
    again, right = join(col[edge], node, graph.num_nodes)
    edge, left = edge[again], left[again]
    pair = torch.stack([supernode[left], supernode[right]])
    weight = value[left] * value[right] * weights(graph)[edge]
    values = [weight]
    if graph.edge_attr is not None:
        values.append(graph.edge_attr[edge] * (value[left] * value[right])[:, None])
    pair, [weight, *attr] = coalesce(pair, values, s.num_supernodes)
    return Edges(pair, weight.to(weight_dtype(graph)),
                 *(t.to(graph.edge_attr.dtype) for t in attr))


def join(query: Tensor, key: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """All pairs (q, t) with query[q] = key[t], for sorted keys in [0, n)."""
    count = key.bincount(minlength=n)
    first = count.cumsum(0) - count
    found = count[query]
    q = torch.arange(query.size(0), device=query.device).repeat_interleave(found)
    within = torch.arange(q.size(0), device=q.device) - (found.cumsum(0) - found)[q]
    return q, first[query[q]] + within


def weights(graph: Graph) -> Tensor:
    """[E], the weights in the dtype to add them up in; ones where there are none."""
    dtype = accumulator(graph.x, graph.edge_weight)
    if graph.edge_weight is None:
        return torch.ones_like(graph.edge_index[0], dtype=dtype)
    return graph.edge_weight.to(dtype)


def weight_dtype(graph: Graph) -> torch.dtype:
    """The dtype in which weights leave: that in which they came, or that of x."""
    return graph.x.dtype if graph.edge_weight is None else graph.edge_weight.dtype


def refuse_attributes(graph: Graph, by: str) -> None:
    """Refuse edge attributes where an operation would have to drop them."""
    if graph.edge_attr is not None:
        refuse("edge_attr", describe(graph.edge_attr),
               f"None, since {by} does not carry edge attributes")
