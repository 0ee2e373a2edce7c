"""Small graphs by hand and by rule: the running graph, the five nodes, grids, rings, paths, stars.

Each is undirected (both directions listed), with planar positions `pos [N, 2]`.
"""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data
from torch_geometric.utils import to_undirected

from gnnpool.checks import check_count, refuse

_RUNNING_NAMES = ["a", "b", "c", "d", "s", "l1", "l2", "t", "u", "v", "w", "z"]
_RUNNING_EDGES = [("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("s", "l1"), ("s", "l2"),
                  ("t", "u"), ("u", "v"), ("t", "v"), ("v", "w"), ("w", "z"), ("d", "s"),
                  ("s", "w")]
_RUNNING_POSITIONS = [[-3.0, 1.0], [-4.0, 0.0], [-3.0, -1.0], [-2.0, 0.0], [-0.4, 0.4],
                      [-1.0, 1.5], [0.2, 1.5], [3.5, 0.9], [3.5, -0.7], [2.4, 0.1],
                      [1.0, -0.2], [1.0, -1.4]]
_RUNNING_COMMUNITIES = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2]


def edges(pairs: Iterable[tuple[int, int]], num_nodes: int) -> Tensor:
    """`edge_index [2, E]` with both directions of each pair, sorted, each once."""
    array = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
    return to_undirected(torch.from_numpy(array).t().contiguous(), num_nodes=num_nodes)


def running_graph() -> Data:
    """The graph of twelve nodes that the book pools with every operator.

    A cycle a-b-c-d, a star s with leaves l1 and l2, a triangle t-u-v with the tail v-w-z; d-s and
    s-w join them. `y [12]` is the community (0, 1, 2), `x [12, 3]` float32 its colour with noise,
    `names` the twelve names.

    Source: the graph of three communities in the post of Bianchi, drawn after its picture.

    >>> running_graph().num_edges
    26
    """
    at = {name: i for i, name in enumerate(_RUNNING_NAMES)}
    pairs = [(at[start], at[end]) for start, end in _RUNNING_EDGES]
    y = torch.tensor(_RUNNING_COMMUNITIES)
    noise = np.random.default_rng(0).uniform(0, 0.4, size=(12, 3)).round(2)
    x = 0.6 * torch.eye(3)[y] + torch.from_numpy(noise).float()
    return Data(x, edges(pairs, 12), y=y, pos=torch.tensor(_RUNNING_POSITIONS),
                names=list(_RUNNING_NAMES))


def five_nodes() -> Data:
    """Two red and three blue nodes: the example of overlapping supernodes.

    A red circle, a red square, a blue square and two blue circles; `x [5, 2]` float32 is the
    colour (red, blue), `names` says colour and shape.

    >>> five_nodes().names[1]
    'red square'
    """
    pairs = [(0, 1), (1, 2), (2, 3), (2, 4), (3, 4)]
    colour = torch.tensor([0, 0, 1, 1, 1])
    names = ["red circle", "red square", "blue square", "blue circle", "blue circle"]
    pos = torch.tensor([[-2.0, 0.0], [-1.0, 0.0], [0.0, 0.0], [0.9, 0.6], [0.9, -0.6]])
    return Data(torch.eye(2)[colour], edges(pairs, 5), y=colour, pos=pos, names=names)


def grid(height: int = 8, width: int = 8) -> Data:
    """A grid of height × width nodes, row by row; the features are the positions.

    `x`, `pos [N, 2]` float32 (column, minus row). Raises ValueError for sizes below 1.

    >>> grid(2, 3).num_edges
    14
    """
    check_count("height", height)
    check_count("width", width)
    node = np.arange(height * width).reshape(height, width)
    across = np.stack([node[:, :-1].ravel(), node[:, 1:].ravel()], axis=1)
    down = np.stack([node[:-1].ravel(), node[1:].ravel()], axis=1)
    column, row = node % width, node // width
    return _placed(np.concatenate([across, down]), np.stack([column, -row], -1).reshape(-1, 2))


def ring(num_nodes: int = 64) -> Data:
    """A cycle on the unit circle; the features are the positions `pos [N, 2]` float32.

    Raises ValueError below 3 nodes.

    >>> ring(4).num_edges
    8
    """
    check_count("num_nodes", num_nodes)
    if num_nodes < 3:
        refuse("num_nodes", num_nodes, "an integer of at least 3")
    node = np.arange(num_nodes)
    return _placed(np.stack([node, (node + 1) % num_nodes], axis=1), _circle(num_nodes))


def path(num_nodes: int = 16) -> Data:
    """A path from left to right; the features are the positions `pos [N, 2]` float32.

    Raises ValueError below 1 node.

    >>> path(3).edge_index.tolist()
    [[0, 1, 1, 2], [1, 0, 2, 1]]
    """
    check_count("num_nodes", num_nodes)
    node = np.arange(num_nodes)
    return _placed(np.stack([node[:-1], node[1:]], axis=1), np.stack([node, 0 * node], axis=1))


def star(num_leaves: int = 8) -> Data:
    """A centre (node 0) and its leaves; the features are the positions `pos [N, 2]` float32.

    Raises ValueError below 1 leaf.

    >>> star(2).edge_index.tolist()
    [[0, 0, 1, 2], [1, 2, 0, 0]]
    """
    check_count("num_leaves", num_leaves)
    leaf = np.arange(1, num_leaves + 1)
    pos = np.concatenate([np.zeros((1, 2)), _circle(num_leaves)])
    return _placed(np.stack([0 * leaf, leaf], axis=1), pos)


def _circle(num_points: int) -> np.ndarray:
    angle = 2 * np.pi * np.arange(num_points) / num_points
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _placed(pairs: np.ndarray, pos: np.ndarray) -> Data:
    points = torch.from_numpy(pos).float()
    return Data(points, edges(pairs, len(pos)), pos=points.clone())
