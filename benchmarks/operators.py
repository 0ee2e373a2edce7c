"""Each operator of gnnpool beside PyG's own, as a function of a batch that makes one step."""

from collections.abc import Callable

from torch import Tensor, nn
from torch_geometric.data import Batch
from torch_geometric.nn import SAGPooling, TopKPooling, dense_mincut_pool
from torch_geometric.utils import to_dense_adj, to_dense_batch

import gnnpool

Step = Callable[[Batch], None]
CLUSTERS = 16


def backward(x: Tensor, loss: Tensor | float = 0.0) -> None:
    """A gradient through everything that was computed."""
    (x.square().mean() + loss).backward()


def ours(name: str, **arguments) -> Callable[[int], Step]:
    """A step with one of gnnpool's operators."""
    def make(in_channels: int) -> Step:
        pool = gnnpool.get_pooler(name, in_channels=in_channels, **arguments)

        def step(b: Batch) -> None:
            out = pool(b.x, b.edge_index, None, b.batch, num_graphs=b.num_graphs)
            backward(out.x, out.loss)
        return step
    return make


def pyg_sparse(cls: type[nn.Module]) -> Callable[[int], Step]:
    """A step with PyG's `TopKPooling` or `SAGPooling`."""
    def make(in_channels: int) -> Step:
        pool = cls(in_channels, ratio=0.5)
        return lambda b: backward(pool(b.x, b.edge_index, batch=b.batch)[0])
    return make


def pyg_mincut(in_channels: int) -> Step:
    """A step with PyG's `dense_mincut_pool`, the batch made dense first, as it has to be."""
    assign = nn.Linear(in_channels, CLUSTERS)

    def step(b: Batch) -> None:
        x, mask = to_dense_batch(b.x, b.batch, batch_size=b.num_graphs)
        adj = to_dense_adj(b.edge_index, b.batch, max_num_nodes=x.size(1),
                           batch_size=b.num_graphs)
        x, _, cut, ortho = dense_mincut_pool(x, adj, assign(x), mask)
        backward(x, cut + ortho)
    return step


PAIRS: dict[str, tuple[Callable[[int], Step], Callable[[int], Step]]] = {
    "topk": (ours("topk"), pyg_sparse(TopKPooling)),
    "sag": (ours("sag"), pyg_sparse(SAGPooling)),
    "mincut": (ours("mincut", k=CLUSTERS), pyg_mincut),
}
DENSE_BYTES = {"mincut": 4 * 3}  # a peer that holds A dense: bytes a node pair, copies included
