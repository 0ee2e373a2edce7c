"""Motif in a haystack: graphs whose class is the small pattern hidden in them."""

import numpy as np
import torch
from torch_geometric.data import Data

from gnnpool.checks import check_choice, check_count, refuse
from gnnpool.datasets.small import edges

# All of five nodes, six edges, degrees 3, 3, 2, 2, 2, the first two nodes of degree 3: what tells
# them apart is who touches whom, nothing that can be counted node by node.
MOTIFS: dict[str, list[tuple[int, int]]] = {
    "house": [(0, 1), (0, 2), (1, 2), (0, 3), (1, 4), (3, 4)],
    "bipartite": [(0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4)],
}
_MOTIF_SIZE = 5
_MOTIF_COLOURS = np.array([0, 0, 1, 1, 1])


def haystack(
    num_graphs: int = 1000,
    motifs: tuple[str, ...] = ("house", "bipartite"),
    min_nodes: int = 15,
    max_nodes: int = 35,
    num_colours: int = 5,
    seed: int = 0,
) -> list[Data]:
    """Random connected graphs with a motif hidden in each; the class says which.

    The background is a sparse, molecule-like graph of min_nodes to max_nodes nodes with random
    colours, the same random process for every class. The motifs have the same number of nodes
    and edges, the same degrees and colours and are tied in at two random nodes, so size, edge,
    degree and colour counts carry no information on the class; two rounds of message passing do.

    Each graph has `x [n, num_colours]` float32 (one-hot), `edge_index [2, E]`, `y [1]` and
    `motif [n]` bool, which marks the five nodes of the motif. Classes alternate.

    Raises ValueError for sizes below 1, for min_nodes above max_nodes, for unknown motifs.

    Source: after the planted motifs of Ying et al., "GNNExplainer", NeurIPS 2019, with motifs
    that counting cannot tell apart.

    >>> [int(graph.motif.sum()) for graph in haystack(2)]
    [5, 5]
    """
    _check(num_graphs, motifs, min_nodes, max_nodes, num_colours)
    rng = np.random.default_rng(seed)
    sizes = rng.integers(min_nodes, max_nodes + 1, size=num_graphs)
    return [_hide(i % len(motifs), MOTIFS[motifs[i % len(motifs)]], int(size), num_colours, rng)
            for i, size in enumerate(sizes)]


def _check(num_graphs: int, motifs: tuple[str, ...], min_nodes: int, max_nodes: int,
           num_colours: int) -> None:
    for argument, value in (("num_graphs", num_graphs), ("min_nodes", min_nodes),
                            ("max_nodes", max_nodes), ("num_colours", num_colours)):
        check_count(argument, value)
    if max_nodes < min_nodes:
        refuse("max_nodes", max_nodes, f"at least min_nodes, {min_nodes}")
    if num_colours < 2:
        refuse("num_colours", num_colours, "at least 2, the colours of a motif")
    if len(motifs) == 0:
        refuse("motifs", motifs, "at least one of " + ", ".join(MOTIFS))
    for name in motifs:
        check_choice("motifs", name, tuple(MOTIFS))


def _hide(label: int, motif: list[tuple[int, int]], size: int, num_colours: int,
          rng: np.random.Generator) -> Data:
    """Background first, motif behind it, two ties between them; then all nodes are shuffled."""
    num_nodes = size + _MOTIF_SIZE
    ties = np.stack([rng.integers(size, size=2),
                     size + rng.choice(_MOTIF_SIZE, size=2, replace=False)], axis=1)
    pairs = np.concatenate([_background(size, rng), size + np.array(motif), ties])
    colours = np.concatenate([rng.integers(num_colours, size=size), _MOTIF_COLOURS])
    place = rng.permutation(num_nodes)
    x, hidden = torch.zeros(num_nodes, num_colours), torch.zeros(num_nodes, dtype=torch.bool)
    x[place, colours] = 1
    hidden[place[size:]] = True
    return Data(x, edges(place[pairs], num_nodes), y=torch.tensor([label]), motif=hidden)


def _background(size: int, rng: np.random.Generator) -> np.ndarray:
    """A tree grown node by node, each tied to one of the last four, and one ring in six nodes."""
    node = np.arange(1, size)
    tree = np.stack([node, node - rng.integers(1, np.minimum(node, 4) + 1)], axis=1)
    end = rng.integers(2, size, size=size // 6) if size > 2 else np.empty(0, dtype=np.int64)
    rings = np.stack([end, end - rng.integers(2, np.minimum(end, 6) + 1)], axis=1)
    return np.concatenate([tree, rings])
