"""Each operator of gnnpool beside PyG's own (where it has one), as a function of a batch that makes
one step.
"""

from collections.abc import Callable

from torch import Tensor, nn
from torch_geometric.data import Batch
from torch_geometric.nn import (
    DMoNPooling,
    SAGPooling,
    TopKPooling,
    dense_diff_pool,
    dense_mincut_pool,
)
from torch_geometric.utils import to_dense_adj, to_dense_batch

import gnnpool

Step = Callable[[Batch], None]
CLUSTERS = 16
ONE_OVER_K = ("graclus", "kmis")  # learn nothing


def backward(x: Tensor, loss: Tensor | float = 0.0) -> None:
    """A gradient through everything that was computed."""
    (x.square().mean() + loss).backward()


def ours(name: str, **arguments) -> Callable[[int], Step]:
    """A step with one of gnnpool's operators."""
    def make(in_channels: int) -> Step:
        learned = {} if name in ONE_OVER_K else {"in_channels": in_channels}
        pool = gnnpool.get_pooler(name, **learned, **arguments)

        def step(b: Batch) -> None:
            b.x.requires_grad_()
            edges = b.prepared if "prepared" in b else b.edge_index
            out = pool(b.x, edges, None, b.batch, num_graphs=b.num_graphs)
            backward(out.x, out.loss)
        return step
    return make


def pyg_sparse(cls: type[nn.Module]) -> Callable[[int], Step]:
    """A step with PyG's `TopKPooling` or `SAGPooling`."""
    def make(in_channels: int) -> Step:
        pool = cls(in_channels, ratio=0.5)
        return lambda b: backward(pool(b.x, b.edge_index, batch=b.batch)[0])
    return make


def dense(b: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """x, A and mask padded to the largest graph, as PyG's dense operators want them."""
    x, mask = to_dense_batch(b.x, b.batch, batch_size=b.num_graphs)
    adj = to_dense_adj(b.edge_index, b.batch, max_num_nodes=x.size(1), batch_size=b.num_graphs)
    return x, adj, mask


def pyg_dense(function: Callable) -> Callable[[int], Step]:
    """A step with PyG's `dense_mincut_pool` or `dense_diff_pool`, the batch made dense first."""
    def make(in_channels: int) -> Step:
        assign = nn.Linear(in_channels, CLUSTERS)

        def step(b: Batch) -> None:
            x, adj, mask = dense(b)
            x, _, first, second = function(x, adj, assign(x), mask)
            backward(x, first + second)
        return step
    return make


def pyg_dmon(in_channels: int) -> Step:
    """A step with PyG's `DMoNPooling`, the batch made dense first; its orthogonality loss, which
    ours has not, is left out of the backward.
    """
    pool = DMoNPooling(in_channels, CLUSTERS)

    def step(b: Batch) -> None:
        x, adj, mask = dense(b)
        _, x, _, modularity, _, collapse = pool(x, adj, mask)
        backward(x, modularity + collapse.mean())
    return step


PAIRS: dict[str, tuple[Callable[[int], Step], Callable[[int], Step] | None]] = {
    "topk": (ours("topk"), pyg_sparse(TopKPooling)),
    "sag": (ours("sag"), pyg_sparse(SAGPooling)),
    "diff": (ours("diff", k=CLUSTERS), pyg_dense(dense_diff_pool)),
    "mincut": (ours("mincut", k=CLUSTERS), pyg_dense(dense_mincut_pool)),
    "dmon": (ours("dmon", k=CLUSTERS), pyg_dmon),
    "acc": (ours("acc", k=CLUSTERS), None),
    "graclus": (ours("graclus"), None),
    "kmis": (ours("kmis"), None),  # NDP: see pyramids; its A′ is dense on large random graphs
}
SOFT = ("diff", "mincut", "dmon", "acc")  # these take a prepared A
DENSE_BYTES = dict.fromkeys(("diff", "mincut", "dmon"), 4 * 3)  # a node pair, copies included
