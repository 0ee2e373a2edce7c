"""What is timed of gnnpool: a step of each operator, and the least that such a step has to do.

A step is a function of a batch that returns a scalar; the gradient of it is timed as well.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch_geometric.data import Batch

import gnnpool
from gnnpool.adjacency import Adjacency
from gnnpool.order import descending
from gnnpool.segments import transpose_product

Step = Callable[[Batch], Tensor]
CLUSTERS, RATIO = 16, 0.5
SOFT = ("diff", "mincut", "dmon", "acc")
SCORES = ("topk", "sag")
ONE_OVER_K = ("graclus", "kmis", "ndp")
OPERATORS = SCORES + SOFT + ONE_OVER_K
NDP_SELECT = "ndp, select"  # without its Kron reduction, which is dense on large random graphs


def scalar(x: Tensor, loss: Tensor | float = 0.0) -> Tensor:
    """Something whose gradient goes through all that was computed."""
    return x.square().mean() + loss


def ours(name: str, in_channels: int) -> Step:
    """A step with one of gnnpool's operators."""
    arguments = {"k": CLUSTERS} if name in SOFT else {}
    learned = {} if name.split(",")[0] in ONE_OVER_K else {"in_channels": in_channels}
    pool = gnnpool.get_pooler(name.removesuffix(", select"), **learned, **arguments)

    def step(b: Batch) -> Tensor:
        edges = b.prepared if "prepared" in b else b.edge_index
        out = pool(b.x, edges, None, b.batch, num_graphs=b.num_graphs)
        return scalar(out.x, out.loss)

    def select(b: Batch) -> Tensor:
        graph = gnnpool.Graph(b.x, b.edge_index, None, b.batch, num_graphs=b.num_graphs)
        return scalar(pool.select(graph).reduce(b.x))
    return select if name == NDP_SELECT else step


def limit(name: str) -> Step:
    """What the operator cannot do without, on the edges as given."""
    return _products if name in SOFT else _kept if name in SCORES else _merged


def _products(b: Batch) -> Tensor:
    """Soft: A in CSR where it is not prepared, A S and SᵀX."""
    a = b.prepared if "prepared" in b else _csr(b)
    s = b.x[:, :CLUSTERS].softmax(1)
    sizes = b.ptr.diff()
    return scalar(transpose_product(s, b.x, b.batch, sizes)) + (a @ s).mean()


def _csr(b: Batch) -> Adjacency:
    """A of edges that are symmetric and in order: row pointers, and nothing is checked."""
    a = Adjacency.__new__(Adjacency)
    a.edge_index, a.num_nodes, a.is_symmetric = b.edge_index, b.num_nodes, True
    a.edge_weight = torch.ones(b.edge_index.size(1))
    count = b.edge_index[0].bincount(minlength=b.num_nodes)
    a.rowptr = torch.cat([count.new_zeros(1), count.cumsum(0)])
    return a


def _kept(b: Batch) -> Tensor:
    """Scores: one sort of the nodes; features and both ends of the edges gathered."""
    kept = descending(b.x[:, 0]).argsort()[:b.num_nodes // 2]
    new = kept.new_full((b.num_nodes,), -1)
    new[kept] = torch.arange(kept.numel())
    row, col = (new.index_select(0, end) for end in b.edge_index)
    stays = ((row >= 0) & (col >= 0)).nonzero().squeeze(1)
    torch.stack([row.index_select(0, stays), col.index_select(0, stays)])
    return scalar(b.x.index_select(0, kept))


def _merged(b: Batch) -> Tensor:
    """One over K: one sort of the edges; features and both ends of the edges gathered."""
    half = (b.num_nodes + 1) // 2
    cluster = torch.arange(b.num_nodes) * 7_919 % half  # pairs in no order
    row, col = (cluster.index_select(0, end) for end in b.edge_index)
    (row * b.num_nodes + col).argsort()
    return scalar(b.x.new_zeros(half, b.x.size(1)).index_add(0, cluster, b.x))
