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


def sums(s: Tensor, x: Tensor) -> Tensor:
    """Sᵀx."""
    return s.T @ x


def means(s: Tensor, x: Tensor) -> Tensor:
    """The mean of each column's nodes."""
    return torch.stack([x[column != 0].mean(0) for column in s.T]) if s.size(1) else sums(s, x)


def maxima(s: Tensor, x: Tensor) -> Tensor:
    """The largest feature of each column's nodes."""
    return torch.stack([x[column != 0].amax(0) for column in s.T]) if s.size(1) else sums(s, x)


def between(a: Tensor, members: Tensor, how: str) -> Tensor:
    """The sum, mean or maximum of the entries of A that join two clusters; 0 on the diagonal."""
    out = a.new_zeros(members.size(1), members.size(1))
    for i, left in enumerate(members.T):
        for j, right in enumerate(members.T):
            block = a[left][:, right]
            entries = block[block != 0]
            if i != j and len(entries):
                out[i, j] = getattr(torch, how)(entries)
    return out


def schur(a: Tensor, kept: Tensor) -> Tensor:
    """−(L₊₊ − L₊₋ L₋₋⁺ L₋₊) without its diagonal, L = D − A (Dörfler and Bullo 2013, eq. 5)."""
    laplacian = np.diag(a.sum(1).numpy()) - a.numpy()
    dropped = np.setdiff1d(np.arange(len(a)), kept.numpy())
    inner, across = laplacian[np.ix_(kept, kept)], laplacian[np.ix_(kept, dropped)]
    inverse = np.linalg.pinv(laplacian[np.ix_(dropped, dropped)], hermitian=True)
    return without_diagonal(torch.from_numpy(-(inner - across @ inverse @ across.T)))


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


def ortho(a: Tensor, s: Tensor) -> Tensor:
    """‖SᵀS / ‖SᵀS‖_F − I / √k‖_F (the same equation)."""
    gram, k = s.T @ s, s.size(1)
    difference = gram / (gram**2).sum().sqrt() - torch.eye(k, dtype=s.dtype) / math.sqrt(k)
    return (difference**2).sum().sqrt()


def link(a: Tensor, s: Tensor) -> Tensor:
    """‖A − SSᵀ‖_F (Ying et al. 2018, §3.3)."""
    return ((a - s @ s.T) ** 2).sum().sqrt()


def link_mean(a: Tensor, s: Tensor) -> Tensor:
    """The mean of the squared entries of A − SSᵀ."""
    return ((a - s @ s.T) ** 2).mean()


def entropy(a: Tensor, s: Tensor) -> Tensor:
    """The mean entropy of a row (the same section)."""
    return -torch.special.xlogy(s, s).sum(1).mean()


def modularity(a: Tensor, s: Tensor) -> Tensor:
    """−Tr(SᵀBS) / 2m with B = A − ddᵀ / 2m (Tsitsulin et al. 2023, eq. 5); 0 without edges."""
    d, total = a.sum(1), a.sum()
    if total == 0:
        return 0.0 * s.sum()
    return -torch.trace(s.T @ (a - torch.outer(d, d) / total) @ s) / total


def collapse(a: Tensor, s: Tensor) -> Tensor:
    """√k / n ‖Σᵢ sᵢ‖ − 1 (the same equation)."""
    n, k = s.shape
    return math.sqrt(k) / n * (s.sum(0) ** 2).sum().sqrt() - 1


def tv(a: Tensor, s: Tensor) -> Tensor:
    """Σ_ij a_ij ‖sᵢ − s_j‖₁ / 2Σ_ij a_ij (Hansen and Bianchi 2023, §4.2); 0 without edges."""
    distance = (s[:, None] - s[None]).abs().sum(2)
    return (a * distance).sum() / (2 * a.sum()) if a.sum() != 0 else 0.0 * s.sum()


def balance(a: Tensor, s: Tensor) -> Tensor:
    """(β − Σ_c ‖s_c − q_c‖_{1,ρ}) / β (the same section); 0 for k = 1."""
    n, k = s.shape
    if k == 1:
        return 0.0 * s.sum()
    rho, total = k - 1, 0.0
    for column in s.T:
        z = column - column.sort(descending=True).values[n // k]
        total = total + (rho * z.clamp(min=0) + (-z).clamp(min=0)).sum()
    return (n * rho - total) / (n * rho)


def gtv(x: Tensor, a: Tensor, delta: float, eps: float) -> Tensor:
    """(I − δL_Γ) X with γ_ij = a_ij / max(‖xᵢ − x_j‖₁, ε) (the same paper, §4.1)."""
    gamma = a / (x[:, None] - x[None]).abs().sum(2).clamp(min=eps)
    laplacian = torch.diag(gamma.sum(1)) - gamma
    return (torch.eye(len(a), dtype=a.dtype) - delta * laplacian) @ x


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
