"""Stochastic block models: communities with features that tell them apart only in part."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.utils import to_undirected

from gnnpool.checks import check_count, refuse


def stochastic_block_model(
    sizes: Sequence[int] = (100, 100, 100, 100),
    p_in: float = 0.06,
    p_out: float = 0.012,
    num_features: int = 16,
    noise: float = 0.6,
    seed: int = 0,
) -> Data:
    """Communities of the given sizes, with edges drawn independently for every pair of nodes.

    A pair is joined with probability p_in inside a community, p_out across; the features are
    x_i = μ_{y_i} + noise · ε_i with ε_i ~ N(0, I) and the means μ_c random on the unit sphere.
    Time and memory are O(N + E): a million nodes take seconds.

    The result has `x [N, num_features]` float32, `edge_index [2, E]`, `y [N]`, and
    `train_mask`, `val_mask`, `test_mask [N]` after the model of the public citation splits: 20
    nodes a community to train, 30 to validate (a third of it at most), the rest to test.

    Raises ValueError for an empty community, a probability outside [0, 1], a negative noise.

    Source: Holland, Laskey and Leinhardt, "Stochastic blockmodels", Social Networks 1983.

    >>> stochastic_block_model(sizes=(3, 2), p_in=1.0, p_out=0.0).num_edges
    8
    """
    _check(sizes, p_in, p_out, num_features, noise)
    rng = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(sizes)), sizes)
    means = rng.normal(size=(len(sizes), num_features))
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    x = means[y] + noise * rng.normal(size=(len(y), num_features))
    edge_index = _block_edges(np.asarray(sizes), p_in, p_out, rng)
    return Data(torch.from_numpy(x).float(), edge_index, y=torch.from_numpy(y),
                **_public_split(y, np.asarray(sizes), rng))


def _check(sizes: Sequence[int], p_in: float, p_out: float, num_features: int,
           noise: float) -> None:
    if len(sizes) == 0 or any(int(size) != size or size < 1 for size in sizes):
        refuse("sizes", sizes, "one positive integer a community")
    for argument, value in (("p_in", p_in), ("p_out", p_out)):
        if not 0 <= value <= 1:
            refuse(argument, value, "a probability")
    check_count("num_features", num_features)
    if not noise >= 0:
        refuse("noise", noise, "a number of at least 0")


def _block_edges(sizes: np.ndarray, p_in: float, p_out: float,
                 rng: np.random.Generator) -> Tensor:
    """Draw the number of edges of each pair of blocks, then which pairs of nodes they join."""
    first = np.cumsum(sizes) - sizes
    blocks = [first[r] + _pairs_within(sizes[r], p_in, rng) for r in range(len(sizes))]
    blocks += [np.stack([first[r], first[s]])[:, None]
               + _pairs_across(sizes[r], sizes[s], p_out, rng)
               for s in range(len(sizes)) for r in range(s)]
    pairs = torch.from_numpy(np.concatenate(blocks, axis=1))
    return to_undirected(pairs, num_nodes=int(sizes.sum()))


def _pairs_within(n: int, p: float, rng: np.random.Generator) -> np.ndarray:
    """Number j·n + i stands for the pair of i and the node j + 1 steps further round a circle."""
    steps, node = np.divmod(_choose(n * (n - 1) // 2, p, rng), n)
    return np.stack([node, (node + steps + 1) % n])


def _pairs_across(n: int, m: int, p: float, rng: np.random.Generator) -> np.ndarray:
    return np.stack(np.divmod(_choose(n * m, p, rng), m))


def _choose(population: int, p: float, rng: np.random.Generator) -> np.ndarray:
    """Keep each of `population` numbers with probability p."""
    kept = rng.binomial(population, p)
    return rng.choice(population, size=kept, replace=False, shuffle=False).astype(np.int64)


def _public_split(y: np.ndarray, sizes: np.ndarray, rng: np.random.Generator) -> dict[str, Tensor]:
    """Masks by a random rank of each node in its community."""
    order = np.lexsort((rng.random(len(y)), y))
    rank = np.empty(len(y), dtype=np.int64)
    rank[order] = np.arange(len(y)) - (np.cumsum(sizes) - sizes)[y]
    train, val = (np.minimum(most, sizes // 3)[y] for most in (20, 30))
    masks = {"train_mask": rank < train,
             "val_mask": (rank >= train) & (rank < train + val),
             "test_mask": rank >= train + val}
    return {name: torch.from_numpy(mask) for name, mask in masks.items()}
