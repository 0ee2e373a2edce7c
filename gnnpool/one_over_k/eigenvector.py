"""The top eigenvector of L_sym, of all components of a batch at once."""

from copy import copy

import torch
from torch import Tensor

from gnnpool.adjacency import Adjacency

TOLERANCE = 1e-10  # of the residual ‖Lv − θv‖ of a unit vector v
ROUNDS = 12        # of Lanczos and Chebyshev steps, at most
STEPS, DEGREE = 12, 80
CORE = 1e-3        # entries below this share of the largest are found again, from the others
REACH = 150        # how many hops outward from those


class Blocks:
    r"""L = I − D⁻¹ᐟ²AD⁻¹ᐟ² of the components of a graph, block by block.

    Args:
        a: A, symmetric, float64, weights > 0, no self-loops; every node has an edge.
        of, count: [N] the component of each node, and their number.
    """

    def __init__(self, a: Adjacency, of: Tensor, count: int):
        root = a.degree.sqrt()
        weight = a.edge_weight / (root[a.edge_index[0]] * root[a.edge_index[1]])
        self.a, self.of, self.count = a.with_weights(weight), of, count
        self.matrix = self.a.csr()

    def laplacian(self, x: Tensor) -> Tensor:
        return x - self.matrix @ x

    def dot(self, x: Tensor, y: Tensor) -> Tensor:
        """[C], or [C, m] of m columns; summed in the order of the nodes, so that a batch gives what
        its graphs give.
        """
        product = x * y
        return x.new_zeros(self.count, *product.shape[1:]).index_add(0, self.of, product)

    def unit(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """x / ‖x‖ and ‖x‖ [C]; 0 stays 0."""
        norm = self.dot(x, x).sqrt()
        return x * torch.where(norm > 0, 1 / norm, 0.0)[self.of], norm

    def only(self, chosen: Tensor) -> tuple["Blocks", Tensor]:
        """The blocks chosen [C] and their nodes."""
        node = chosen[self.of].nonzero().squeeze(1)
        number = chosen.long().cumsum(0) - 1
        new = copy(self)
        new.a, new.of = restrict(self.a, node), number[self.of[node]]
        new.count, new.matrix = int(chosen.sum()), new.a.csr()
        return new, node


def restrict(a: Adjacency, node: Tensor) -> Adjacency:
    """A on some nodes (ascending) that no edge leaves."""
    if node.size(0) == a.num_nodes:
        return a
    new = node.new_full((a.num_nodes,), -1)
    new[node] = torch.arange(node.size(0), device=node.device)
    pair = new[a.edge_index]
    there = pair[0] >= 0
    return Adjacency.unchecked(pair[:, there], a.edge_weight[there], node.size(0))


def top_eigenvector(blocks: Blocks, start: Tensor) -> tuple[Tensor, Tensor]:
    r"""Unit v [N] with Lv = θv for the largest θ [C] of every block.

    A round takes `STEPS` of Lanczos from the vector so far, fully reorthogonalised, and, where the
    residual ‖Lv − θv‖ is still above `TOLERANCE`, a Chebyshev polynomial of degree `DEGREE` that
    is small on [0, θ₂], θ₂ being the second Ritz value. A block that is done rests. After `ROUNDS`
    of them v is a mixture of eigenvectors whose θ agree in their first digits.

    Example:
        >>> from gnnpool.one_over_k.eigenvector import Blocks, top_eigenvector
        >>> pair = Adjacency(torch.tensor([[0, 1], [1, 0]]), torch.ones(2).double())
        >>> blocks = Blocks(pair, torch.tensor([0, 0]), 1)
        >>> top_eigenvector(blocks, torch.tensor([1.0, 0.0]).double())[1]
        tensor([2.], dtype=torch.float64)
    """
    v, theta = start.clone(), start.new_zeros(blocks.count)
    node = torch.arange(v.size(0), device=v.device)
    block = torch.arange(blocks.count, device=v.device)
    for _ in range(ROUNDS):
        v[node], theta[block], second, residual = _lanczos(blocks, v[node])
        going = residual > TOLERANCE
        if not bool(going.any()):
            break
        blocks, inner = blocks.only(going)
        node, block, second = node[inner], block[going], second[going]
        cutoff = torch.maximum(second, theta[block] / 2)  # so that it grows by e¹⁴¹ at most
        v[node] = blocks.unit(_chebyshev(blocks, v[node], cutoff, DEGREE))[0]
    return v, theta


def outward(blocks: Blocks, v: Tensor, theta: Tensor) -> Tensor:
    r"""The eigenvectors again, but every entry with the sign that its neighbours give it.

    Eigenvectors are often localised: on a road map three entries of four are below 10⁻⁶ of the
    largest, and there v is what the start left behind. So entries below `CORE` are forgotten and
    grow again out of the others, by a polynomial of θ alone whose rounding is relative to each
    place. Entries more than `REACH` hops from the others stay 0.
    """
    largest = v.new_zeros(blocks.count).scatter_reduce(0, blocks.of, v.abs(), "amax")
    core = torch.where(v.abs() >= CORE * largest[blocks.of], v, 0.0)
    return _chebyshev(blocks, core, 0.9 * theta, REACH)


def _lanczos(blocks: Blocks, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The top Ritz vector [N] of each block, the two largest Ritz values, and its residual [C].

    A Krylov space that is exhausted before `STEPS` (a block of few nodes, or x an eigenvector) is
    filled up with zero vectors, to which T gives −1, less than any eigenvalue.
    """
    basis, q, off = x.new_zeros(x.size(0), STEPS), blocks.unit(x)[0], None
    t = x.new_zeros(blocks.count, STEPS, STEPS)
    for j in range(STEPS):
        basis[:, j] = q
        w = blocks.laplacian(q)
        t[:, j, j] = blocks.dot(q, w)
        if j:
            t[:, j, j] -= (off == 0).double()
            t[:, j, j - 1] = t[:, j - 1, j] = off
        so_far = basis[:, :j + 1]
        for _ in range(2):  # Gram-Schmidt, twice
            w = w - (so_far * blocks.dot(so_far, w[:, None])[blocks.of]).sum(1)
        w, norm = blocks.unit(w)
        off = torch.where(norm > TOLERANCE / 10, norm, 0.0)
        q = w * (off > 0).double()[blocks.of]
    value, vector = torch.linalg.eigh(t)
    y = vector[:, :, -1]
    x = (basis * y[blocks.of]).sum(1)
    return x, value[:, -1], value[:, -2].clamp(min=0), off * y[:, -1].abs()


def _chebyshev(blocks: Blocks, x: Tensor, cutoff: Tensor, degree: int) -> Tensor:
    """T_degree(2L / cutoff − I) x: at most 1 on [0, cutoff], large above."""
    scale = (2 / cutoff)[blocks.of]
    before, now = x, scale * blocks.laplacian(x) - x
    for _ in range(degree - 1):
        step = 2 * (scale * blocks.laplacian(now) - now) - before
        before, now = now, step.where(step.abs() > 1e-280, 0.0)  # denormals are slow
    return now
