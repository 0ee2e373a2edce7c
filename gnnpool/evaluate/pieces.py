"""A graph in pieces: parts with many edges inside, batches of them, nodes with their neighbours."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from gnnpool.adjacency import Adjacency
from gnnpool.graph import Graph
from gnnpool.one_over_k.graclus import GraclusPooling


class Batch(NamedTuple):
    """Some nodes of a graph and edges between them."""

    nodes: Tensor
    """[M], ascending."""
    edge_index: Tensor
    """[2, E'], in places of `nodes`, row by row."""


def multilevel_parts(a: Adjacency, most: int) -> Tensor:
    """Parts of at most `most` nodes with many edges inside: [N], the part of each node.

    Graclus merges two by two, on the graph and then on what it made of it, as multilevel
    partitioning coarsens a graph. A part has a power of two of nodes, or less.

    Example:
        >>> path = Adjacency(torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]]))
        >>> multilevel_parts(path, most=2)
        tensor([0, 0, 1, 1])
    """
    part, pool = torch.arange(a.num_nodes), GraclusPooling()
    graph = Graph(torch.zeros(a.num_nodes, 1), a)
    for _ in range(most.bit_length() - 1):
        s, x, edges = pool.coarsen(graph)
        part = s.supernode[s.node.argsort()][part]
        graph = Graph(x, edges.edge_index, edges.edge_weight)
    return part


def part_batches(a: Adjacency, part: Tensor, size: int) -> Iterator[Batch]:
    """Parts thrown together at random, about `size` nodes at a time, with all edges between them.

    Over and over; each part comes once an epoch (Chiang et al. 2019, "Cluster-GCN").
    """
    sizes = part.bincount()
    while True:
        order = torch.randperm(sizes.numel())
        group = torch.empty_like(order)
        group[order] = (sizes[order].cumsum(0) - 1) // size
        for number in range(int(group.max()) + 1):
            nodes = (group[part] == number).nonzero().squeeze(1)
            yield Batch(nodes, _edges_between(a, nodes))


def neighbour_batches(a: Adjacency, size: int) -> Iterator[tuple[Tensor, Batch]]:
    """`size` nodes at a time, in order, and a batch in which they have all their neighbours.

    One layer of message passing gives them there what it gives them in the whole graph.
    """
    for nodes in torch.arange(a.num_nodes).split(size):
        row, neighbour = _edges_of(a, nodes)
        known = torch.cat([nodes, neighbour]).unique()
        places = torch.searchsorted(known, nodes)
        yield places, Batch(known, torch.stack([places[row], torch.searchsorted(known, neighbour)]))


def node_batches(a: Adjacency, size: int) -> Iterator[tuple[Tensor, Batch]]:
    """The same without neighbours or edges, for a model that needs none."""
    none = a.edge_index[:, :0]
    for nodes in torch.arange(a.num_nodes).split(size):
        yield torch.arange(nodes.numel()), Batch(nodes, none)


def _edges_of(a: Adjacency, nodes: Tensor) -> tuple[Tensor, Tensor]:
    """The edges of some nodes, as places in `nodes` and neighbours: the rows of A one by one."""
    first = a.rowptr[nodes]
    count = a.rowptr[nodes + 1] - first
    row = torch.arange(nodes.numel()).repeat_interleave(count)
    place = torch.arange(row.numel()) - (count.cumsum(0) - count)[row]
    return row, a.edge_index[1][first[row] + place]


def _edges_between(a: Adjacency, nodes: Tensor) -> Tensor:
    row, neighbour = _edges_of(a, nodes)
    place = torch.full((a.num_nodes,), -1)
    place[nodes] = torch.arange(nodes.numel())
    column = place[neighbour]
    return torch.stack([row, column])[:, column >= 0]
