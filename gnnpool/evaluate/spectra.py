"""The Laplacian L = D − A of a graph: its quadratic form, its lowest eigenvectors, its parts."""

from typing import NamedTuple

import numpy as np
import torch
from scipy.linalg import eigh
from scipy.sparse import csgraph, csr_matrix
from scipy.sparse.linalg import ArpackError, eigsh
from torch import Tensor

from gnnpool.assignment import Assignment
from gnnpool.checks import check_count, check_tensor, refuse
from gnnpool.connect import Edges
from gnnpool.sparse_assignment import SparseAssignment
from gnnpool.src import Pooled

MOST_DENSE = 1_500  # nodes up to which all eigenvectors are found at once


class Eigenpairs(NamedTuple):
    """The lowest eigenvalues and their eigenvectors."""

    values: Tensor
    """[m] float64, ascending."""
    vectors: Tensor
    """[N, m] float64, orthonormal. Where an eigenvalue is repeated, one basis of many."""


def quadratic_form(x: Tensor, edges: Edges) -> Tensor:
    """x_dᵀ L x_d = ½ Σ_ij a_ij (x_id − x_jd)² of each column: [D].

    L = D − A with weights as they are; self-loops cancel, directed edges count as (A + Aᵀ) / 2.

    Example:
        >>> edges = Edges(torch.tensor([[0, 1], [1, 0]]))
        >>> quadratic_form(torch.tensor([[1.], [3.]]), edges)
        tensor([4.])
    """
    row, col = edges.edge_index
    square = (x[row] - x[col]).square()
    if edges.edge_weight is not None:
        square = edges.edge_weight[:, None].to(x.dtype) * square
    return square.sum(0) / 2


def laplacian(edges: Edges, num_nodes: int) -> csr_matrix:
    """L = D − A [N, N] in float64 of (A + Aᵀ) / 2; self-loops cancel."""
    a = _matrix(edges, num_nodes)
    return csr_matrix(csgraph.laplacian((a + a.T) / 2))


def lowest_eigenpairs(edges: Edges, num_nodes: int, count: int) -> Eigenpairs:
    """The `count` lowest eigenvalues of L, or all where there are fewer nodes.

    Up to 1,500 nodes from the dense matrix, above by Lanczos about a number just below 0.

    Args:
        edges: of the graph; above 1,500 nodes their weights must not be negative.

    Raises:
        ValueError: count below 1; a graph whose eigenvalues cannot be found.

    Example:
        >>> edges = Edges(torch.tensor([[0, 1], [1, 0]]))
        >>> lowest_eigenpairs(edges, 2, 5).values.round(decimals=6)
        tensor([0., 2.], dtype=torch.float64)
    """
    check_count("count", count)
    matrix, count = laplacian(edges, num_nodes), min(count, num_nodes)
    if num_nodes <= MOST_DENSE or count >= num_nodes - 1:
        values, vectors = eigh(matrix.toarray(), subset_by_index=(0, count - 1))
    else:
        values, vectors = _lanczos(matrix, count)
    return Eigenpairs(torch.from_numpy(values.copy()), torch.from_numpy(vectors.copy()))


def _lanczos(matrix: csr_matrix, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The lowest eigenpairs of a large L. Every component has an eigenvector for 0; Lanczos finds
    a few of them, but where there are as many as are asked for, they are the answer.
    """
    n = matrix.shape[0]
    parts, label = csgraph.connected_components(matrix, directed=False)
    if parts >= count:
        inside = csr_matrix((np.bincount(label)[label] ** -0.5, (np.arange(n), label)), (n, parts))
        return np.zeros(count), inside[:, :count].toarray()
    start = np.random.default_rng(0).random(n)  # by default it is drawn anew each time
    try:
        values, vectors = eigsh(matrix.tocsc(), count, sigma=-1e-3 * matrix.diagonal().mean(),
                                v0=start)
    except (ArpackError, RuntimeError) as error:
        refuse("data", f"a graph of {n} nodes, and {error}", "one whose eigenvectors can be found")
    order = values.argsort()
    return values[order], vectors[:, order]


def density(edges: Edges, num_nodes: int) -> float:
    """The share of the N² − N ordered pairs of nodes that an edge of weight other than 0 joins; 0
    for a single node.
    """
    a = _matrix(edges, num_nodes)
    joined = a.count_nonzero() - np.count_nonzero(a.diagonal())
    return float(joined / max(num_nodes * (num_nodes - 1), 1))


def components(edges: Edges, num_nodes: int) -> int:
    """How many parts no edge of weight other than 0 joins."""
    a = _matrix(edges, num_nodes)
    a.eliminate_zeros()
    return int(csgraph.connected_components(a, directed=False)[0])


def _matrix(edges: Edges, num_nodes: int) -> csr_matrix:
    """A in float64, edges between the same nodes added up."""
    check_tensor("edge_index", edges.edge_index, (2, None), "int64")
    row, col = edges.edge_index.cpu().numpy()
    weight = edges.edge_weight
    weight = np.ones(row.size) if weight is None else weight.detach().cpu().double().numpy()
    return csr_matrix((weight, (row, col)), shape=(num_nodes, num_nodes))


def edges_of(out: Pooled) -> Edges:
    """The edges and weights of a pooled graph, without attributes."""
    return Edges(out.edge_index, out.edge_weight)


def compare_forms(x: Tensor, forms: Tensor, out: Pooled) -> dict[str, float | Tensor]:
    """How far x′_dᵀL′x′_d is from x_dᵀLx_d, in the fields of `Topology` that say so.

    Args:
        x: [N, D], the signals, of which out.x is what RED made.
        forms: [D], x_dᵀLx_d.
    """
    edges, s = edges_of(out), out.assignment
    reduced, total = s.reduce(x), s.reduce(torch.ones_like(x[:, :1]))
    norm = _squared_columns(s).to(x.dtype).sqrt()[:, None]

    def absolute(signals: Tensor) -> float:
        return (forms - quadratic_form(signals, edges)).abs().mean().item()

    own = out.x.to(x.dtype)
    pooled = quadratic_form(own, edges)
    quotient = _divide(pooled, own.square().sum(0)) - _divide(forms, x.square().sum(0))
    return {"absolute": absolute(own), "squared": (forms - pooled).square().sum().item(),
            "absolute_sum": absolute(reduced), "absolute_mean": absolute(_divide(reduced, total)),
            "absolute_unit": absolute(_divide(reduced, norm)),
            "rayleigh": quotient.abs().mean().item(), "pooled_forms": pooled}


def _squared_columns(s: Assignment) -> Tensor:
    """Σ_i s_ic² of each supernode: [K]."""
    if not isinstance(s, SparseAssignment):
        return s.dense().square().sum(0)
    return s.values.new_zeros(s.num_supernodes).index_add(0, s.supernode, s.values.square())


def _divide(a: Tensor, b: Tensor) -> Tensor:
    return torch.where(b != 0, a / b.where(b != 0, 1.0), 0.0)
