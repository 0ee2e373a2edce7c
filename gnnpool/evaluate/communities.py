"""Communities in networks: the soft operators, each as a paper trained it, and two rivals."""

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
from sklearn.cluster import KMeans, SpectralClustering
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Data
from torch_geometric.utils import to_scipy_sparse_matrix
from tqdm.auto import tqdm

from gnnpool.adjacency import Adjacency
from gnnpool.checks import check_choice, check_count, describe, refuse
from gnnpool.datasets import load
from gnnpool.evaluate.clustering import clustering_scores
from gnnpool.evaluate.layers import SkipConv, WeightedSkipConv
from gnnpool.models import Clusterer
from gnnpool.registry import get_pooler
from gnnpool.soft.gtvconv import GTVConv

NETWORKS = ("cora", "citeseer", "pubmed", "dblp")


class Protocol(NamedTuple):
    """How a method is trained. Losses see A as it is, layers see what they make of it."""

    model: Callable[[int, int], Clusterer]
    """(in_channels, k) to a model."""
    lr: float
    steps: int


def _skip(pooler: str) -> Callable[[int, int], Clusterer]:
    return lambda in_channels, k: Clusterer(
        in_channels, 16, get_pooler(pooler, in_channels=16, k=k), conv=SkipConv)


def _weighted_skip(pooler: str, dropout: float) -> Callable[[int, int], Clusterer]:
    def model(in_channels: int, k: int) -> Clusterer:
        assign = nn.Sequential(nn.Dropout(dropout), nn.Linear(64, k))
        return Clusterer(in_channels, 64, get_pooler(pooler, in_channels=64, k=k, assign=assign),
                         conv=WeightedSkipConv, activation=F.selu)
    return model


def _acc(in_channels: int, k: int) -> Clusterer:
    pool = get_pooler("acc", in_channels=512, k=k, hidden=(256,), tv_weight=0.785,
                      balance_weight=0.514)
    return Clusterer(in_channels, 512, pool, layers=2,
                     conv=lambda i, o: GTVConv(i, o, delta=0.311))


METHODS: dict[str, Protocol] = {
    # Bianchi et al. 2020, in a quarter of the steps, each four times as long
    "diff": Protocol(_skip("diff"), 2e-3, 2_500),
    "mincut": Protocol(_skip("mincut"), 2e-3, 2_500),
    # Tsitsulin et al. 2023, for as many clusters as classes in place of 16
    "dmon": Protocol(_weighted_skip("dmon", 0.5), 1e-3, 1_000),
    # Hansen and Bianchi 2023, their values for Cora
    "acc": Protocol(_acc, 1e-3, 500),
    # the first two in DMoN's network, so that less than the whole recipe differs
    "diff-wide": Protocol(_weighted_skip("diff", 0.0), 2e-3, 1_000),
    "mincut-wide": Protocol(_weighted_skip("mincut", 0.0), 2e-3, 1_000),
}


def classes(data: Data) -> int:
    """The number of labels: all that a method is told of them."""
    return int(data.y.max()) + 1


def prepare(data: Data) -> tuple[Tensor, Adjacency]:
    """Features, each row over its sum, as a sparse matrix, and A, made once for all steps."""
    total = data.x.abs().sum(1, keepdim=True)
    x = data.x / total.where(total != 0, 1.0)
    a = Adjacency(data.edge_index, data.edge_weight, data.num_nodes)
    return x.to_sparse_coo().coalesce(), a


def train(model: Clusterer, x: Tensor, a: Adjacency, lr: float, steps: int) -> Iterator[float]:
    """Full-batch steps of Adam on the pooler's own losses; yields the loss of each.

    Not `gnnpool.train.fit`, which keeps the weights of the lowest loss: the papers keep the last.
    """
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(steps):
        model.train()
        optimizer.zero_grad()
        _, loss = model(x, a)
        loss.backward()
        optimizer.step()
        yield loss.item()


def find_communities(data: Data, method: str, seed: int, *, k: int | None = None,
                     steps: int | None = None, progress: bool = True) -> Tensor:
    """S [N, k] of a method of `METHODS`, after its protocol; no label is looked at but for k.

    Args:
        data: a graph with `x`, not negative, and `edge_index`; `edge_weight` if it has one.
        seed: given to torch's global generator.
        k: clusters; None is the number of classes in `data.y`.
        steps: in place of the protocol's.

    Raises:
        ValueError: an unknown method; k or steps below 1; data without x, or without y and k.
    """
    check_choice("method", method, METHODS)
    if not isinstance(data, Data) or data.x is None or (k is None and data.y is None):
        refuse("data", describe(data), "a PyG Data with x, and with y where no k is given")
    k = classes(data) if k is None else k
    check_count("k", k)
    protocol = METHODS[method]
    steps = protocol.steps if steps is None else steps
    check_count("steps", steps)
    torch.manual_seed(seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"  # Apple's GPU has no sparse matrices
    x, a = (part.to(device) for part in prepare(data))
    model = protocol.model(x.size(1), k).to(device)
    run = train(model, x, a, protocol.lr, steps)
    list(tqdm(run, total=steps, desc=method, leave=False, disable=not progress))
    with torch.no_grad():
        return model.eval()(x, a)[0].cpu()


def _features(data: Data, seed: int) -> Tensor:
    x = prepare(data)[0].to_dense().numpy()
    model = KMeans(classes(data), n_init=10, random_state=seed)
    return torch.from_numpy(model.fit_predict(x)).long()


def _spectral(data: Data, seed: int) -> Tensor:
    a = to_scipy_sparse_matrix(data.edge_index, num_nodes=data.num_nodes)
    model = SpectralClustering(classes(data), affinity="precomputed", random_state=seed)
    return torch.from_numpy(model.fit_predict(a.tocsr())).long()


RIVALS = {"k-means on features": _features, "spectral clustering": _spectral}


def measure_communities(network: str, method: str, seed: int, *, steps: int | None = None,
                        progress: bool = True) -> tuple[dict, Tensor]:
    """A row of the table and the memberships S [N, k] that were scored.

    `method` is one of `METHODS`, or a rival, whose S is 0 or 1.
    """
    check_choice("method", method, (*METHODS, *RIVALS))
    data, start = load(network)[0], time.perf_counter()
    if method in RIVALS:
        s, spent = F.one_hot(RIVALS[method](data, seed)).float(), {}
    else:
        s = find_communities(data, method, seed, steps=steps, progress=progress)
        spent = {"steps": METHODS[method].steps if steps is None else steps}
    row = {"network": network, "method": method, "seed": seed, **spent,
           "seconds": round(time.perf_counter() - start, 1),
           "entropy": torch.special.entr(s).sum(1).mean().item()}
    return row | clustering_scores(s.argmax(1), data.y, data.edge_index)._asdict(), s


def membership_sample(network: str, s: Tensor, count: int = 500) -> dict:
    """Classes and memberships (in thousandths) of some nodes, for a figure of S."""
    y = load(network)[0].y
    some = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))[:count].sort().values
    return {"network": network, "y": y[some].tolist(),
            "s": (1000 * s[some]).round().long().tolist()}
