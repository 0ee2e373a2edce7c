"""The adjacency matrix A: sorted once, multiplied often, never dense."""

import warnings
from copy import copy

import torch
from torch import Tensor

from gnnpool.checks import check_count, check_tensor, refuse
from gnnpool.order import bits, coalesce, mix


def accumulator(*tensors: Tensor | None) -> torch.dtype:
    """The dtype to add up in: the widest of the tensors', and float32 at least.

    In bfloat16 a thousand ones sum to 256, so that nothing is accumulated in it.
    """
    dtype = torch.float32
    for t in tensors:
        if t is not None:
            dtype = torch.promote_types(dtype, t.dtype)
    return dtype


class Adjacency:
    r"""The matrix A of a graph, prepared once: validated, coalesced, row-sorted, in CSR.

    Every pooler takes it in place of `edge_index`. For one pass that changes nothing; over
    thousands of training steps on one graph it saves the sorting and the checks of each step. It is
    for weights that stay: those that are learned go through `edge_weight`, sorted in each step.

    Args:
        edge_index: [2, E] int64, sources above targets; duplicate edges are summed.
        edge_weight: [E] floating point, or None for ones.
        num_nodes: N; by default the highest node of an edge plus one.

    Attributes:
        edge_index: [2, E'] in row-major order.
        edge_weight: [E'].
        degree: [N], the row sums of A, accumulated in float32 or better.
        is_symmetric: whether A = Aᵀ, stored entry by stored entry and bit by bit.
        is_weighted: whether weights were given, or came about by summing duplicate edges.

    Raises:
        ValueError: wrong shapes or dtypes, an edge to a node that is not there, or a weight that
            is not finite.

    Example:
        >>> a = Adjacency(torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]]))
        >>> a @ torch.eye(3)
        tensor([[0., 1., 0.],
                [1., 0., 1.],
                [0., 1., 0.]])
    """

    def __init__(self, edge_index: Tensor, edge_weight: Tensor | None = None,
                 num_nodes: int | None = None):
        check_tensor("edge_index", edge_index, (2, None), "int64")
        if edge_weight is not None:
            check_tensor("edge_weight", edge_weight, (edge_index.size(1),), "float")
            if not bool(edge_weight.isfinite().all()):
                refuse("edge_weight", "NaN or infinity", "finite weights")
        highest = int(edge_index.max()) if edge_index.numel() else -1
        num_nodes = highest + 1 if num_nodes is None else num_nodes
        check_count("num_nodes", num_nodes, least=0)
        if highest >= num_nodes or (edge_index.numel() and int(edge_index.min()) < 0):
            refuse("edge_index", f"nodes from {int(edge_index.min())} to {highest}",
                   f"nodes from 0 to num_nodes - 1 = {num_nodes - 1}")
        self._prepare(edge_index, edge_weight, num_nodes)

    @classmethod
    def unchecked(cls, edge_index: Tensor, edge_weight: Tensor | None,
                  num_nodes: int) -> "Adjacency":
        """The same for edges that were checked already (by `Graph`)."""
        self = cls.__new__(cls)
        self._prepare(edge_index, edge_weight, num_nodes)
        return self

    def _prepare(self, edge_index: Tensor, edge_weight: Tensor | None, num_nodes: int) -> None:
        given, num_edges = edge_weight is not None, edge_index.size(1)
        if not given:
            edge_weight = edge_index.new_ones(num_edges, dtype=torch.get_default_dtype())
        key = edge_index[0] * num_nodes + edge_index[1]
        if not bool((key[1:] > key[:-1]).all()):  # most stored graphs are in order already
            wide = edge_weight.to(accumulator(edge_weight))
            edge_index, [wide] = coalesce(edge_index, [wide], num_nodes)
            edge_weight = wide.to(edge_weight.dtype)
        self.num_nodes, self.is_weighted = num_nodes, given or edge_index.size(1) < num_edges
        self.edge_index, self.edge_weight = edge_index, edge_weight
        counts = edge_index[0].bincount(minlength=num_nodes)
        self.rowptr = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        self._measure()

    def _measure(self) -> None:
        weight, row = self.edge_weight.to(accumulator(self.edge_weight)), self.edge_index[0]
        self.degree = (weight.new_zeros(self.num_nodes).index_add(0, row, weight)
                       if self.is_weighted else self.rowptr.diff().to(weight.dtype))
        self.is_symmetric = self._symmetric()

    def _symmetric(self) -> bool:
        # With hashes f and g of the nodes, fᵀAg = gᵀAf modulo 2^64 where A = Aᵀ, and elsewhere by
        # an accident of about one in 2^59. Sorting the transpose would cost thirty times more.
        n, device = self.num_nodes, self.edge_index.device
        f, g = mix(torch.arange(2 * n, device=device) + 1).view(2, n)
        return bool((f * self._times(g)).sum() == (g * self._times(f)).sum())

    def _times(self, v: Tensor) -> Tensor:
        """A v for integers [N], each weight hashed by its bits (mix(0) is 0, but a stored weight
        of 0 is an entry, too): sums of rows are differences of running sums.
        """
        total = v.new_zeros(self.edge_index.size(1) + 1)
        total[1:] = v.index_select(0, self.edge_index[1])
        if self.is_weighted:
            total[1:] *= mix(bits(self.edge_weight.detach()) + 1)
        return total.cumsum_(0).index_select(0, self.rowptr).diff()

    def symmetrized(self) -> "Adjacency":
        """(A + Aᵀ) / 2; A itself where it is symmetric and needs no gradient.

        With respect to weights that need a gradient, "A" and "(A + Aᵀ) / 2" differ as functions
        even where they agree in value, so then the mean is formed in any case.
        """
        if self.is_symmetric and not self.edge_weight.requires_grad:
            return self
        both = torch.cat([self.edge_index, self.edge_index.flip(0)], dim=1)
        return Adjacency.unchecked(both, self.edge_weight.repeat(2) / 2, self.num_nodes)

    def with_weights(self, edge_weight: Tensor) -> "Adjacency":
        """The same edges with other weights [E'], in this order; they may need a gradient."""
        check_tensor("edge_weight", edge_weight, (self.edge_index.size(1),), "float")
        new = copy(self)
        new.edge_weight, new.is_weighted = edge_weight, True
        new._measure()
        return new

    def to(self, device: torch.device | str) -> "Adjacency":
        """A copy on another device."""
        weight = self.edge_weight.to(device) if self.is_weighted else None
        return Adjacency.unchecked(self.edge_index.to(device), weight, self.num_nodes)

    def csr(self) -> Tensor:
        """A as a sparse tensor of torch, for loops of products that need no gradient."""
        return _csr(self.rowptr, self.edge_index[1], self.edge_weight)

    def __matmul__(self, s: Tensor) -> Tensor:
        """A S for a dense S [N, k], in the wider of the two dtypes and float32 at least."""
        dtype = accumulator(s, self.edge_weight)
        weight, s = self.edge_weight.to(dtype), s.to(dtype)
        if self.is_symmetric and dtype in (torch.float32, torch.float64):
            return _SymmetricProduct.apply(weight, s, self.rowptr, self.edge_index[1])
        return edge_product(self.edge_index, weight, s)

    def __repr__(self) -> str:
        return f"Adjacency(num_nodes={self.num_nodes}, num_edges={self.edge_index.size(1)})"


def edge_product(edge_index: Tensor, weight: Tensor | None, s: Tensor) -> Tensor:
    """A S by gathering and adding up rows: any dtype, any order of edges, any compiler."""
    message = s[edge_index[1]] if weight is None else weight[:, None] * s[edge_index[1]]
    return torch.zeros_like(s).index_add(0, edge_index[0], message)


def _csr(rowptr: Tensor, col: Tensor, values: Tensor) -> Tensor:
    shape = (rowptr.numel() - 1,) * 2
    return torch.sparse_csr_tensor(rowptr, col, values, shape, check_invariants=False)


with warnings.catch_warnings():  # "CSR is in beta" is said once a process: here, unheard
    warnings.simplefilter("ignore", UserWarning)
    _csr(torch.zeros(1, dtype=torch.long), torch.zeros(0, dtype=torch.long), torch.zeros(0))


class _SymmetricProduct(torch.autograd.Function):
    """A S in CSR, with a backward that stays in CSR.

    A = Aᵀ, so the gradient of S is A G. The gradient of an entry a_ij is ⟨g_i, s_j⟩, a product
    sampled at the edges. Autograd through torch's own CSR product converts formats instead and
    takes some twenty times longer. Autocast is kept away: there is no CSR product in bfloat16.
    """

    @staticmethod
    def forward(ctx, weight: Tensor, s: Tensor, rowptr: Tensor, col: Tensor) -> Tensor:
        ctx.save_for_backward(weight, s, rowptr, col)
        with torch.autocast(s.device.type, enabled=False):
            return _csr(rowptr, col, weight) @ s

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g: Tensor):
        weight, s, rowptr, col = ctx.saved_tensors
        grad_weight, grad_s, g = None, None, g.contiguous()
        with torch.autocast(g.device.type, enabled=False):
            if ctx.needs_input_grad[0]:
                zeros = _csr(rowptr, col, torch.zeros_like(weight))
                grad_weight = torch.sparse.sampled_addmm(zeros, g, s.mT, beta=0).values()
            if ctx.needs_input_grad[1]:
                grad_s = _csr(rowptr, col, weight) @ g
        return grad_weight, grad_s, None, None
