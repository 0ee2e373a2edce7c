"""Small social networks that come with PyG and networkx."""

import torch
from torch_geometric.data import Data
from torch_geometric.datasets import KarateClub

from gnnpool.datasets.optional import optional
from gnnpool.datasets.small import edges


def karate() -> Data:
    """Zachary's karate club: 34 members, friendships; `y [34]` four communities, `x` one-hot.

    `train_mask [34]` marks one labelled member a community.

    Source: Zachary 1977, with the labels of Kipf and Welling 2017, as PyG has it.

    >>> karate().num_edges
    156
    """
    return KarateClub()[0]


def les_miserables() -> Data:
    """The 77 characters of Les Misérables; `edge_weight` counts the chapters two share.

    `x [77, 77]` is one-hot, `names` the characters. Raises ImportError without networkx.

    Source: Knuth, The Stanford GraphBase, 1993, as networkx has it.

    >>> les_miserables().num_edges
    508
    """
    networkx = optional("networkx", extra="draw")
    graph = networkx.les_miserables_graph()
    data = _from_networkx(graph)
    weight = networkx.to_scipy_sparse_array(graph, weight="weight", dtype="float32")
    data.edge_weight = torch.from_numpy(weight.toarray())[tuple(data.edge_index)]
    return data


def florentine_families() -> Data:
    """15 families of Florence, joined by marriages; `x [15, 15]` one-hot, `names`.

    Raises ImportError without networkx. Source: Breiger and Pattison 1986, as networkx has it.

    >>> florentine_families().num_edges
    40
    """
    networkx = optional("networkx", extra="draw")
    return _from_networkx(networkx.florentine_families_graph())


def davis_southern_women() -> Data:
    """18 women and the 14 events they came to: a bipartite graph, `y [32]` its two sides.

    `x [32, 32]` is one-hot, `names` the women and events. Raises ImportError without networkx.

    Source: Davis, Gardner and Gardner 1941, as networkx has it.

    >>> davis_southern_women().y.bincount().tolist()
    [18, 14]
    """
    networkx = optional("networkx", extra="draw")
    graph = networkx.davis_southern_women_graph()
    data = _from_networkx(graph)
    data.y = torch.tensor(list(networkx.get_node_attributes(graph, "bipartite").values()))
    return data


def _from_networkx(graph) -> Data:
    at = {name: i for i, name in enumerate(graph)}
    pairs = [(at[start], at[end]) for start, end in graph.edges]
    return Data(torch.eye(len(at)), edges(pairs, len(at)), names=list(at))
