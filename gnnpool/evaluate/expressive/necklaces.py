"""Graphs that differ in a count: a pooler that drops most nodes cannot count any more."""

import numpy as np
import torch
from torch_geometric.data import Data

from gnnpool.checks import check_count
from gnnpool.datasets.small import edges

_RING, _LEAVES = 16, 8
RUNS = (4, 5)  # of label 0 and 1


def necklaces(num_pairs: int = 200, seed: int = 0) -> list[Data]:
    """Rings of 16 nodes, 8 of them with a leaf: these stand in 4 runs (label 0) or 5 (label 1).

    All graphs have 24 nodes and edges, and the same degrees: 8 of 1, 2 and 3 each. Along the ring
    there are 8 − runs edges between nodes of degree 3, so that two rounds of 1-WL tell the labels
    apart; but whoever sees a part of the ring cannot know how many runs there are elsewhere.

    The graphs and their counts were chosen so that dropping nodes costs accuracy, which it need
    not: in `datasets.twins` a few nodes give the label away, and of rings with 3 or 5 runs Top-K
    gets nearly all right with a tenth of the nodes.

    Returns:
        2 · num_pairs graphs with labels 0, 1, 0, …, each with `x [24, 1]` ones, `edge_index` and
        `y [1]`; nodes are in random order.

    Raises:
        ValueError: num_pairs below 1.

    Example:
        >>> necklaces(1)[1]
        Data(x=[24, 1], edge_index=[2, 48], y=[1])
    """
    check_count("num_pairs", num_pairs)
    rng = np.random.default_rng(seed)
    return [_necklace(label, rng) for _ in range(num_pairs) for label in (0, 1)]


def _necklace(label: int, rng: np.random.Generator) -> Data:
    with_leaf = _parts(_LEAVES, RUNS[label], rng)
    without = _parts(_RING - _LEAVES, RUNS[label], rng)
    lengths = np.stack([with_leaf, without], axis=1).ravel()
    owners = np.flatnonzero(np.repeat(np.arange(len(lengths)) % 2 == 0, lengths))
    node = np.arange(_RING)
    around = np.stack([node, (node + 1) % _RING], axis=1)
    hanging = np.stack([owners, _RING + np.arange(_LEAVES)], axis=1)
    n = _RING + _LEAVES
    pairs = rng.permutation(n)[np.concatenate([around, hanging])]
    return Data(torch.ones(n, 1), edges(pairs, n), y=torch.tensor([label]))


def _parts(total: int, parts: int, rng: np.random.Generator) -> np.ndarray:
    """A random way to write a number as an ordered sum of so many positive ones."""
    cuts = 1 + np.sort(rng.choice(total - 1, parts - 1, replace=False))
    return np.diff(np.concatenate([[0], cuts, [total]]))
