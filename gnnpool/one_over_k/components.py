"""Connected components and two-colouring of a batch of graphs, in one search."""

from typing import NamedTuple

import numpy as np
import torch
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from gnnpool.adjacency import Adjacency


class Components(NamedTuple):
    """The connected components of a symmetric A, numbered by their lowest nodes."""

    of: Tensor
    """[N] int64, the component of each node."""
    bipartite: Tensor
    """[C] bool: no edge joins two nodes of one colour."""
    colour: Tensor
    """[N] bool, the two sides of a bipartite component; says nothing in any other."""

    @property
    def count(self) -> int:
        """C."""
        return self.bipartite.size(0)

    def sum(self, t: Tensor) -> Tensor:
        """[N] to [C], the sum of each component, added in the order of its nodes."""
        return t.new_zeros(self.count).index_add(0, self.of, t)

    def max(self, t: Tensor) -> Tensor:
        """[N] to [C], for t ≥ 0."""
        return t.new_zeros(self.count).scatter_reduce(0, self.of, t, "amax")

    def first(self, there: Tensor) -> Tensor:
        """[C], the lowest node of each component where `there` [N] holds; N if there is none."""
        node = there.nonzero().squeeze(1)
        lowest = node.new_full((self.count,), there.size(0))
        return lowest.scatter_reduce(0, self.of[node], node, "amin")


def components(a: Adjacency) -> Components:
    r"""The components of A = Aᵀ and a colour for each node, from the bipartite double cover.

    The cover has nodes i⁺ and i⁻, and edges i⁺j⁻ and i⁻j⁺ for each edge ij. A bipartite component
    falls apart in it, {i⁺ of one colour, j⁻ of the other} and the rest; any other stays whole. So
    one search of components in the cover, which scipy does on the CPU, answers both questions.
    """
    n, device = a.num_nodes, a.edge_index.device
    if not n:
        none = torch.zeros(0, dtype=torch.bool, device=device)
        return Components(none.long(), none, none)
    rowptr, col = a.rowptr.cpu().numpy(), a.edge_index[1].cpu().numpy()
    cover = csr_matrix((np.ones(2 * len(col), dtype=np.int8), np.concatenate([col + n, col]),
                        np.concatenate([rowptr, rowptr[1:] + len(col)])), shape=(2 * n, 2 * n))
    # A is symmetric, so strong components are components, and scipy need not transpose it
    label = torch.from_numpy(connected_components(cover, connection="strong")[1]).to(device).long()
    plus, minus = label.view(2, n)
    return _number(torch.minimum(plus, minus), plus > minus, plus != minus)


def _number(key: Tensor, colour: Tensor, bipartite: Tensor) -> Components:
    """Components in the order of their lowest nodes, whose colour is False."""
    node = torch.arange(key.size(0), device=key.device)
    keys, of = key.unique(return_inverse=True)
    lowest, order = node.new_full(keys.shape, key.size(0)).scatter_reduce(
        0, of, node, "amin").sort()
    of = torch.empty_like(order).index_copy(0, order, torch.arange(len(order), device=key.device)
                                            )[of]
    return Components(of, bipartite[lowest], colour ^ colour[lowest][of])
