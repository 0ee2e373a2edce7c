"""Where nodes and supernodes are drawn."""

import networkx as nx
import numpy as np
import torch
from torch import Tensor

from gnnpool.assignment import Assignment
from gnnpool.checks import check_tensor, describe, refuse

_STRESS_LIMIT = 300  # nodes; above it all shortest paths cost too much for a drawing


def layout(edge_index: Tensor, num_nodes: int, seed: int = 0) -> Tensor:
    """Positions for a drawing, [N, 2]: the mean edge has length 1, the longest extent is level.

    Each component is laid out by Kamada and Kawai's stress (by springs above 300 nodes), and the
    components are packed beside each other. The same seed gives the same drawing.

    Args:
        edge_index: [2, E] int64.
        num_nodes: N, how many nodes.
        seed: of the starting positions.

    Raises:
        ValueError: edge_index is not [2, E] int64, or names a node that is not there.

    Source: Kamada and Kawai 1989, in networkx.

    Example:
        >>> pos = layout(torch.tensor([[0, 1], [1, 2]]), 4)
        >>> pos.shape
        torch.Size([4, 2])
    """
    check_tensor("edge_index", edge_index, (2, None), "int64")
    if edge_index.numel() and not 0 <= int(edge_index.min()) <= int(edge_index.max()) < num_nodes:
        refuse("edge_index", "an edge to a node that is not there",
               f"nodes from 0 to {num_nodes - 1}")
    g = nx.empty_graph(num_nodes)
    row, col = edge_index.cpu().numpy()
    g.add_edges_from(zip(row[row != col].tolist(), col[row != col].tolist(), strict=True))
    parts = sorted(map(sorted, nx.connected_components(g)), key=lambda p: (-len(p), p[0]))
    pos = np.zeros((num_nodes, 2))
    pieces = [_component(g.subgraph(part), seed) for part in parts]
    for part, piece, corner in zip(parts, pieces, _pack(pieces), strict=True):
        pos[part] = piece + corner
    return torch.from_numpy(pos - pos.mean(0) if num_nodes else pos).float()


def _component(g: nx.Graph, seed: int) -> np.ndarray:
    """One connected component, its nodes ascending, its lower left corner at the origin."""
    nodes = sorted(g)
    if len(nodes) == 1:
        return np.zeros((1, 2))
    ordered = nx.Graph()  # a subgraph lists its nodes in the order of a set
    ordered.add_nodes_from(nodes)
    ordered.add_edges_from(sorted(tuple(sorted(e)) for e in g.edges))
    if len(nodes) <= _STRESS_LIMIT:
        final = nx.kamada_kawai_layout(ordered, pos=_start(ordered, seed))
    else:
        rounds = min(50, 30_000 // len(nodes))
        final = nx.spring_layout(ordered, seed=seed, iterations=rounds)
    p = np.array([final[i] for i in nodes])
    ends = np.searchsorted(nodes, np.array(ordered.edges))
    p = _level(p - p.mean(0), ends)
    p /= np.linalg.norm(p[ends[:, 0]] - p[ends[:, 1]], axis=1).mean()
    return p - p.min(0)


def _start(g: nx.Graph, seed: int) -> dict:
    """Eigenvectors unfold grids and rings that springs leave crossed; a little noise parts ties."""
    spectral = nx.spectral_layout(g)
    noise = np.random.default_rng(seed).normal(scale=0.05, size=(len(g), 2))
    return {i: spectral[i] + noise[n] for n, i in enumerate(g)}


def _level(p: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The centred points turned so that they are widest from left to right.

    Where no direction is wider than the others, as in a grid, edges come to lie along the axes.
    """
    variance, turn = np.linalg.eigh(p.T @ p)
    if variance[0] < 0.9 * variance[1]:
        turned = p @ turn[:, ::-1]
    else:
        step = (p[ends[:, 1]] - p[ends[:, 0]]) @ [1, 1j]
        turned = p @ [1, 1j] * np.exp(-0.25j * np.angle((step**4).sum()))
        turned = np.column_stack([turned.real, turned.imag])
    first = np.argmax(np.abs(turned).round(6), axis=0)  # either sign would do: fix one
    return turned * -np.sign(turned[first, [0, 1]] + (turned[first, [0, 1]] == 0))


def _pack(pieces: list[np.ndarray], gap: float = 1.0) -> list[np.ndarray]:
    """The lower left corner of each piece: on shelves about twice as wide as high in all."""
    size = [p.max(0) + gap for p in pieces]
    width = max([np.sqrt(2 * sum(w * h for w, h in size)), *(w for w, _ in size)], default=0)
    corners, x, y, shelf = [], 0.0, 0.0, 0.0
    for w, h in size:
        if x > 0 and x + w > width:
            x, y, shelf = 0.0, y - shelf, 0.0
        if x == 0:
            shelf = h
        corners.append(np.array([x, y - h]))
        x += w
    return corners


def centroids(assignment: Assignment, pos: Tensor) -> Tensor:
    """Positions of the supernodes, [K, 2]: their nodes' mean positions, weighted by S.

    A supernode without any member stands at the mean of all nodes.

    Args:
        assignment: of N nodes to K supernodes.
        pos: [N, 2].

    Raises:
        ValueError: pos is not a float tensor of shape [N, 2].

    Example:
        >>> from gnnpool import Graph, SparseAssignment
        >>> g = Graph(torch.eye(2), torch.empty(2, 0, dtype=torch.long))
        >>> pair = SparseAssignment.from_clusters(torch.tensor([0, 0]), g)
        >>> centroids(pair, torch.tensor([[0.0, 0.0], [2.0, 0.0]]))
        tensor([[1., 0.]])
    """
    check_tensor("pos", pos, (assignment.num_nodes, 2), "float")
    pos = pos.detach().cpu()
    s = assignment.dense().detach().abs().double().cpu()
    total = s.sum(0)[:, None]
    mean = s.T @ pos.double() / total.where(total > 0, 1.0)
    return mean.where(total > 0, pos.double().mean(0)).to(pos.dtype)


def spread(pos: Tensor, near: float, apart: float) -> Tensor:
    """Positions with those nearer than `near` to each other set on a ring around their mean.

    Neighbours on the ring are `apart` from each other.

    Example:
        >>> spread(torch.zeros(2, 2), 0.5, 1.0).norm(dim=1)
        tensor([0.5000, 0.5000])
    """
    close = nx.from_numpy_array((torch.cdist(pos, pos) < near).numpy())
    out = pos.clone()
    for group in map(sorted, nx.connected_components(close)):
        if len(group) > 1:
            turn = 2 * np.pi * torch.arange(len(group)) / len(group) + np.pi / 2
            ring = torch.stack([turn.cos(), turn.sin()], 1).to(pos.dtype)
            out[group] = pos[group].mean(0) + apart / (2 * np.sin(np.pi / len(group))) * ring
    return out


def check_positions(pos: object, n: int) -> Tensor:
    """Positions [N, 2] on the CPU, or an error that says what came instead."""
    if isinstance(pos, np.ndarray):
        pos = torch.from_numpy(pos)
    if not isinstance(pos, Tensor) or pos.shape != (n, 2):
        refuse("pos", describe(pos), f"a tensor of shape [{n}, 2]")
    if not pos.isfinite().all():
        refuse("pos", "NaN or infinity", "finite numbers")
    return pos.detach().cpu().float()
