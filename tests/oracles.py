"""The formulas of the papers on dense matrices, one graph at a time, written for clarity alone.

Nothing here imports gnnpool: where a test compares with one of these, two derivations agree.
"""

import math
from fractions import Fraction

import numpy as np
import torch
from torch import Tensor


def dense(edge_index: Tensor, edge_weight: Tensor | None, num_nodes: int) -> Tensor:
    """A [N, N] in float64, a_ij the sum of the edges from i to j."""
    if edge_weight is None:
        edge_weight = torch.ones(edge_index.size(1))
    a = torch.zeros(num_nodes, num_nodes, dtype=torch.float64)
    return a.index_put((edge_index[0], edge_index[1]), edge_weight.double(), accumulate=True)


def symmetric(a: Tensor) -> Tensor:
    """(A + Aᵀ) / 2."""
    return (a + a.T) / 2


def induced(a: Tensor, kept: Tensor) -> Tensor:
    """A[i, i]."""
    return a[kept][:, kept]


def two_hop(a: Tensor) -> Tensor:
    """(A + I)²."""
    looped = a + torch.eye(a.size(0), dtype=a.dtype)
    return looped @ looped


def without_diagonal(a: Tensor) -> Tensor:
    return a - torch.diag(a.diagonal())


def degree_normalized(a: Tensor) -> Tensor:
    """D^{-½} A D^{-½}; rows without a degree stay 0."""
    scale = a.sum(1).pow(-0.5)
    scale = torch.where(scale.isinf(), torch.zeros_like(scale), scale)
    return scale[:, None] * a * scale[None, :]


def topk(score: Tensor, ratio: Fraction | int) -> list[int]:
    """The ⌈ratio · n⌉ highest scores (or so many) of one graph, ascending by node; ties go to the
    lower node.
    """
    n = len(score)
    count = min(ratio, n) if isinstance(ratio, int) else math.ceil(ratio * n)
    order = sorted(range(n), key=lambda i: (-float(score[i]), i))
    return sorted(order[:count])


def above(score: Tensor, min_score: float) -> list[int]:
    """The nodes whose softmax score is at least `min_score`, or the best where there is none."""
    share = torch.softmax(score.double(), 0)
    threshold = min(min_score, float(share.max())) if len(score) else 0.0
    return [i for i in range(len(score)) if float(share[i]) >= threshold]


def cut(a: Tensor, s: Tensor) -> Tensor:
    """−Tr(SᵀAS) / Tr(SᵀDS); 0 without edges (Bianchi, Grattarola and Alippi 2020, eq. 9)."""
    volume = torch.trace(s.T @ torch.diag(a.sum(1)) @ s)
    return -torch.trace(s.T @ a @ s) / volume if volume != 0 else 0.0 * s.sum()


def ortho(s: Tensor) -> Tensor:
    """‖SᵀS / ‖SᵀS‖_F − I / √k‖_F (the same equation)."""
    gram, k = s.T @ s, s.size(1)
    difference = gram / (gram**2).sum().sqrt() - torch.eye(k, dtype=s.dtype) / math.sqrt(k)
    return (difference**2).sum().sqrt()


def lift_inverse(s: Tensor, h: Tensor) -> np.ndarray:
    """S⁺ᵀ H by numpy's pseudo-inverse, in float64."""
    return np.linalg.pinv(s.detach().double().numpy()).T @ h.detach().double().numpy()


def readout(x: Tensor, batch: Tensor, num_graphs: int, aggr: str) -> np.ndarray:
    """Sum, mean, max or min of each graph's rows, 0 for an empty graph."""
    rows = [x[batch == g].double().numpy() for g in range(num_graphs)]
    zero = np.zeros(x.size(1))
    return np.stack([getattr(r, aggr)(0) if len(r) else zero for r in rows])


def splitmix(z: int) -> int:
    """The finaliser of SplitMix64 on Python's integers, as a signed 64-bit number."""
    mask = 2**64 - 1
    z &= mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    z ^= z >> 31
    return z - 2**64 if z >= 2**63 else z
