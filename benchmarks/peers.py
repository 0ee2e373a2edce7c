"""The same steps with the operators of PyG, and of torch-geometric-pool where it is installed.

torch-geometric-pool needs torch-scatter, a compiled extension:
`pip install --no-build-isolation torch-scatter torch-geometric-pool`.
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

from benchmarks.steps import CLUSTERS, RATIO, SCORES, SOFT, Step, scalar

MEMORY = 8e9  # bytes; a peer that would need more than this is not started
DENSE_BYTES = 4 * 3  # for each pair of nodes of a padded batch, copies included
PYG, TGP, TGP_SPARSE = "PyG", "tgp", "tgp, sparse"
TGP_CLASSES = {
    "topk": "TopkPooling", "sag": "SAGPooling", "diff": "DiffPool", "mincut": "MinCutPooling",
    "dmon": "DMoNPooling", "acc": "AsymCheegerCutPooling", "graclus": "GraclusPooling",
    "kmis": "KMISPooling", "ndp": "NDPPooling"}
TGP_SETTINGS = {"kmis": {"scorer": "degree", "score_heuristic": None}}  # that need no width


def peers(name: str, in_channels: int, batch: Batch) -> tuple[dict[str, Step], dict[str, str]]:
    """Steps of those that can do this batch, and why the others are left out."""
    steps = {} if name not in PYG_STEPS else {PYG: PYG_STEPS[name](in_channels)}
    steps |= _tgp(name, in_channels)
    pairs = batch.num_graphs * int(batch.batch.bincount().max()) ** 2
    dense = {PYG, TGP} if name in SOFT else {TGP} if name == "ndp" else set()
    if pairs * DENSE_BYTES <= MEMORY:
        return steps, {}
    gigabytes = f"more than {MEMORY / 1e9:.0f} GB (about {pairs * DENSE_BYTES / 1e9:,.0f})"
    return ({peer: step for peer, step in steps.items() if peer not in dense},
            {peer: gigabytes for peer in steps if peer in dense})


def _tgp(name: str, in_channels: int) -> dict[str, Step]:
    try:
        from tgp import poolers
    except ImportError:
        return {}
    cls = getattr(poolers, TGP_CLASSES.get(name, ""), None)
    if cls is None:
        return {}
    settings = TGP_SETTINGS.get(name, {})
    if name in SOFT:
        return {peer: _tgp_step(cls(in_channels, k=CLUSTERS, batched=batched))
                for peer, batched in ((TGP, True), (TGP_SPARSE, False))}
    if name in SCORES:
        settings = {"in_channels": in_channels, "ratio": RATIO}
    return {TGP: _tgp_step(cls(**settings))}


def _tgp_step(pool: nn.Module) -> Step:
    def step(b: Batch) -> Tensor:
        out = pool(x=b.x, adj=b.edge_index, batch=b.batch)
        return scalar(out.x, sum((out.loss or {}).values()))
    return step


def _sparse(cls: type[nn.Module]) -> Callable[[int], Step]:
    """PyG's `TopKPooling` or `SAGPooling`."""
    def make(in_channels: int) -> Step:
        pool = cls(in_channels, ratio=RATIO)
        return lambda b: scalar(pool(b.x, b.edge_index, batch=b.batch)[0])
    return make


def dense(b: Batch) -> tuple[Tensor, Tensor, Tensor]:
    """x, A and mask padded to the largest graph, as PyG's dense operators want them."""
    x, mask = to_dense_batch(b.x, b.batch, batch_size=b.num_graphs)
    adj = to_dense_adj(b.edge_index, b.batch, max_num_nodes=x.size(1), batch_size=b.num_graphs)
    return x, adj, mask


def _dense(function: Callable) -> Callable[[int], Step]:
    """PyG's `dense_mincut_pool` or `dense_diff_pool`, the batch made dense first."""
    def make(in_channels: int) -> Step:
        assign = nn.Linear(in_channels, CLUSTERS)

        def step(b: Batch) -> Tensor:
            x, adj, mask = dense(b)
            x, _, first, second = function(x, adj, assign(x), mask)
            return scalar(x, first + second)
        return step
    return make


def _dmon(in_channels: int) -> Step:
    """PyG's `DMoNPooling`, the batch made dense first; its orthogonality loss, which ours has not,
    is left out of the backward.
    """
    pool = DMoNPooling(in_channels, CLUSTERS)

    def step(b: Batch) -> Tensor:
        _, x, _, modularity, _, collapse = pool(*dense(b))
        return scalar(x, modularity + collapse.mean())
    return step


PYG_STEPS: dict[str, Callable[[int], Step]] = {
    "topk": _sparse(TopKPooling), "sag": _sparse(SAGPooling), "diff": _dense(dense_diff_pool),
    "mincut": _dense(dense_mincut_pool), "dmon": _dmon}
