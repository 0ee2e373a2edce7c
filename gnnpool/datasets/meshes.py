"""Graphs with positions that come with PyGSP: bunny, airfoil, Minnesota, sensors, its logo."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch_geometric.data import Data
from torch_geometric.utils import from_scipy_sparse_matrix

from gnnpool.checks import check_count
from gnnpool.datasets.optional import optional


def bunny() -> Data:
    """The Stanford bunny: 2,503 points, near ones joined; `pos [2503, 3]`, `edge_weight`.

    The features are the positions. Raises ImportError without PyGSP.

    Source: Turk and Levoy 1994, as PyGSP has it.

    >>> bunny().num_nodes
    2503
    """
    return from_pygsp("Bunny", weighted=True)


def airfoil() -> Data:
    """A triangle mesh around a wing: 4,253 nodes, `pos [4253, 2]`, which are the features.

    Raises ImportError without PyGSP.

    >>> airfoil().num_edges
    24578
    """
    return from_pygsp("Airfoil")


def minnesota() -> Data:
    """The roads of Minnesota: 2,642 crossings, `pos [2642, 2]`, which are the features.

    Raises ImportError without PyGSP.

    >>> minnesota().num_edges
    6608
    """
    return from_pygsp("Minnesota")


def sensor(num_nodes: int = 64, seed: int = 0) -> Data:
    """Random points of the unit square, each joined to its nearest; `pos [N, 2]`, `edge_weight`.

    The features are the positions. Raises ImportError without PyGSP.

    >>> sensor(64).num_nodes
    64
    """
    check_count("num_nodes", num_nodes)
    return from_pygsp("Sensor", weighted=True, N=num_nodes, seed=seed)


def logo() -> Data:
    """The letters GSP: 1,130 nodes, `pos [1130, 2]`, which are the features.

    Raises ImportError without PyGSP.

    >>> logo().num_edges
    6262
    """
    return from_pygsp("Logo")


def from_pygsp(name: str, *, weighted: bool = False, **arguments: float) -> Data:
    """A graph of PyGSP; its positions are its features, or ones where it has none."""
    graphs = optional("pygsp.graphs", extra="data")
    with _quiet():
        graph = getattr(graphs, name)(**arguments)
    matrix = graph.W.astype("float32").tocsr()
    matrix.sort_indices()
    edge_index, weight = from_scipy_sparse_matrix(matrix)
    data = Data(torch.ones(graph.N, 1), edge_index.long())
    if hasattr(graph, "coords"):
        data.pos = torch.from_numpy(graph.coords).float()
        data.x = data.pos.clone()
    if weighted:
        data.edge_weight = weight
    return data


@contextmanager
def _quiet() -> Iterator[None]:
    """PyGSP logs its steps on stderr and trips over a warning of scipy's."""
    level = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        logging.disable(level)
