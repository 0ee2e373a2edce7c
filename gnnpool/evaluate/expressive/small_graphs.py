"""All small graphs, which of them the Weisfeiler-Lehman test tells apart, and equality of pools."""

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data
from torch_geometric.nn import WLConv

from gnnpool.checks import check_choice
from gnnpool.datasets.optional import optional
from gnnpool.datasets.small import edges
from gnnpool.src import Pooled

if TYPE_CHECKING:
    import networkx

_LARGEST = 8  # stars and cycles


def small_graphs() -> dict[str, Data]:
    """Every connected graph of up to six nodes, and stars and cycles of up to eight, by name.

    Each has `x [N, 1]` ones and `edge_index`. No two are isomorphic; where one has no name of its
    own, it is called by its number in networkx's atlas. "paw" (a triangle with a tail) and
    "diamond" (a square with a diagonal) are the two of the post's last figure.

    Source: Read and Wilson 1998 ("An Atlas of Graphs").

    Example:
        >>> graphs = small_graphs()
        >>> len(graphs), graphs["paw"].num_edges
        (147, 8)
    """
    named = _named()
    nx = optional("networkx", extra="draw")
    atlas = ((f"atlas {i}", g) for i, g in enumerate(nx.graph_atlas_g()) if len(g) and len(g) < 7)
    others = {name: g for name, g in atlas if nx.is_connected(g)
              and not any(nx.faster_could_be_isomorphic(g, h) and nx.is_isomorphic(g, h)
                          for h in named.values())}
    return {name: _data(g) for name, g in (named | others).items()}


def small_graph(argument: str, name: str) -> Data:
    """One of `small_graphs`; refused where there is none of this name."""
    named = _named()
    if name in named:
        return _data(named[name])  # without opening the atlas
    graphs = small_graphs()
    check_choice(argument, name, graphs)
    return graphs[name]


def _data(g: "networkx.Graph") -> Data:
    return Data(torch.ones(len(g), 1), edges(g.edges, len(g)))


def _named() -> dict[str, "networkx.Graph"]:
    nx = optional("networkx", extra="draw")
    graphs = {f"path of {n}": nx.path_graph(n) for n in range(2, 7)}
    graphs |= {f"star of {n}": nx.star_graph(n) for n in range(3, _LARGEST)}
    graphs |= {f"cycle of {n}": nx.cycle_graph(n) for n in range(3, _LARGEST + 1)}
    graphs |= {f"clique of {n}": nx.complete_graph(n) for n in range(4, 7)}
    graphs["one node"] = nx.empty_graph(1)
    graphs["paw"] = nx.Graph([(0, 1), (1, 2), (0, 2), (2, 3)])
    graphs["diamond"] = nx.Graph([(0, 1), (1, 2), (2, 3), (0, 3), (0, 2)])
    return graphs


def wl_classes(graphs: Sequence[Data]) -> Tensor:
    """[G] int64: equal for two graphs iff the Weisfeiler-Lehman test cannot tell them apart.

    All graphs are refined together (PyG's `WLConv`, one dictionary of colours a round) from the
    colours that `x` gives, until no colour splits; then numbers of nodes of each colour are
    compared.

    Example:
        >>> graphs = small_graphs()
        >>> wl_classes([graphs["paw"], graphs["diamond"], graphs["paw"]]).tolist()
        [0, 1, 0]
    """
    batch = Batch.from_data_list(list(graphs))
    colour = batch.x.unique(dim=0, return_inverse=True)[1]
    count = 0
    while (found := colour.unique().numel()) > count:
        count, colour = found, WLConv()(colour, batch.edge_index)
    counts = torch.zeros(batch.num_graphs, int(colour.max()) + 1, dtype=torch.int64)
    counts.index_put_((batch.batch, colour), torch.ones_like(colour), accumulate=True)
    return _by_first(counts.unique(dim=0, return_inverse=True)[1])


def _by_first(label: Tensor) -> Tensor:
    """The same classes, numbered as they come."""
    order: dict[int, int] = {}
    return torch.tensor([order.setdefault(i, len(order)) for i in label.tolist()])


def same_pooled(first: Pooled, second: Pooled) -> bool:
    """Whether a renumbering of supernodes makes X′ and A′ of two pooled graphs equal, up to the
    square root of rounding: then no readout, whatever it is, can tell them apart.
    """
    nx = optional("networkx", extra="draw")
    tolerance = torch.finfo(first.x.dtype).eps ** 0.5
    scale = 1 + max(float(out.x.abs().max()) for out in (first, second))
    left, right = (_as_networkx(out, tolerance) for out in (first, second))

    def alike(a: dict, b: dict) -> bool:
        return bool(((a["value"] - b["value"]).abs() <= tolerance * scale).all())

    return nx.is_isomorphic(left, right, node_match=alike, edge_match=alike)


def _as_networkx(out: Pooled, tolerance: float) -> "networkx.DiGraph":
    x, adj, _ = out.to_dense()
    g = optional("networkx", extra="draw").DiGraph()
    g.add_nodes_from((i, {"value": row}) for i, row in enumerate(x[0]))
    g.add_edges_from((i, j, {"value": adj[0, i, j]})
                     for i, j in (adj[0].abs() > tolerance).nonzero().tolist())
    return g


def pairs_of(count: int) -> Tensor:
    """[2, P], every pair i < j."""
    pairs = torch.tensor(list(combinations(range(count), 2)), dtype=torch.int64)
    return pairs.reshape(-1, 2).T
