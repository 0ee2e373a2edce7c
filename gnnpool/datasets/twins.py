"""WL-twins: pairs of graphs with the same degrees that the Weisfeiler-Lehman test tells apart."""

import numpy as np
import torch
from torch_geometric.data import Data

from gnnpool.checks import check_count
from gnnpool.datasets.small import edges

_DEGREES = np.repeat([1, 2, 3, 4], [6, 8, 6, 4])
# Random graphs with these degrees have M = 214 ± 4, and switching reaches 194 to 236.
_LOW, _HIGH = 204, 224


def twins(num_pairs: int = 200, seed: int = 0) -> list[Data]:
    """Pairs of connected graphs with the same degrees; 1-WL tells the two of a pair apart.

    Every graph of the set has 24 nodes, 28 edges and the same degrees d_i, so its degree
    histogram says nothing. With M = Σ_{ij ∈ E} d_i d_j, summed over undirected edges, the label
    is 0 where M ≤ 204 (hubs join leaves) and 1 where M ≥ 224 (nodes join their like). Two rounds
    of 1-WL know M, so they separate every pair.

    Graphs 2i and 2i + 1 are pair i, rewired from the same random graph. Each has `x [24, 1]`
    ones, `edge_index [2, 56]`, `y [1]` and `pair [1]`. Raises ValueError for num_pairs below 1.

    Source: edge switching after Maslov and Sneppen, Science 2002; a stand-in for EXPWL1 (Bianchi
    and Lachi, NeurIPS 2023), whose pairs come from propositional formulas.

    >>> [int(graph.y) for graph in twins(2)]
    [0, 1, 0, 1]
    """
    check_count("num_pairs", num_pairs)
    rng = np.random.default_rng(seed)
    return [_data(_rewire(start, label, rng), label, pair)
            for pair, start in enumerate(_random_graph(rng) for _ in range(num_pairs))
            for label in (0, 1)]


def _random_graph(rng: np.random.Generator) -> np.ndarray:
    """Pair the ends of edges at random until the result is a simple connected graph."""
    ends = np.repeat(np.arange(len(_DEGREES)), _DEGREES)
    while not _is_simple_and_connected(pairs := rng.permutation(ends).reshape(-1, 2)):
        pass
    return pairs


def _rewire(pairs: np.ndarray, label: int, rng: np.random.Generator) -> np.ndarray:
    """Swap the ends of two edges, time and again, until M has passed the bound of the label."""
    mixing, bound, toward = _mixing(pairs), (_LOW, _HIGH)[label], (-1, 1)[label]
    while toward * (bound - mixing) > 0:
        first, second = rng.integers(len(pairs), size=2)
        switched = pairs.copy()
        switched[[first, second], 1] = pairs[[second, first], 1]
        proposed = _mixing(switched)
        if toward * (proposed - mixing) >= 0 and _is_simple_and_connected(switched):
            pairs, mixing = rng.permuted(switched, axis=1), proposed
    return pairs


def _mixing(pairs: np.ndarray) -> int:
    """M, the sum over edges of the product of the degrees at their ends."""
    return int(_DEGREES[pairs].prod(axis=1).sum())


def _is_simple_and_connected(pairs: np.ndarray) -> bool:
    size = len(_DEGREES)
    adjacency = np.zeros((size, size))
    np.add.at(adjacency, tuple(pairs.T), 1)
    adjacency += adjacency.T
    if adjacency.trace() > 0 or adjacency.max() > 1:
        return False
    walks = np.linalg.matrix_power(adjacency + np.eye(size), size)
    return bool(walks.min() > 0)


def _data(pairs: np.ndarray, label: int, pair: int) -> Data:
    size = len(_DEGREES)
    return Data(torch.ones(size, 1), edges(pairs, size), y=torch.tensor([label]),
                pair=torch.tensor([pair]))
