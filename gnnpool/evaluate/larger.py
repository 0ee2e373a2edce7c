"""Communities in a graph that is larger than the device: trained on batches, assigned in pieces."""

import time
from collections.abc import Iterable, Iterator
from itertools import islice, repeat

import torch
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import normalized_mutual_info_score
from torch import Tensor, nn
from torch_geometric import seed_everything
from torch_geometric.data import Data

from gnnpool.adjacency import Adjacency
from gnnpool.checks import check_choice, check_count
from gnnpool.datasets.blocks import stochastic_block_model
from gnnpool.evaluate.layers import NodeLinear
from gnnpool.evaluate.memory import PeakMemory
from gnnpool.evaluate.pieces import (
    Batch,
    multilevel_parts,
    neighbour_batches,
    node_batches,
    part_batches,
)
from gnnpool.models import Clusterer
from gnnpool.soft.dmon import DMoNPooling

COMMUNITIES, FEATURES, NOISE = 10, 16, 0.8
INSIDE, ACROSS = 8, 2  # expected neighbours of a node in its community, and in the others
HIDDEN, LEARNING_RATE, STEPS = 32, 0.02, 100
BATCHES = 20  # into which the nodes are cut: a step sees a twentieth of them
PIECE = 1000  # nodes that are assigned at once, at least: each brings ten neighbours
METHODS = ("features", "random", "parts", "random-once", "parts-once", "full")


class MeanConv(nn.Module):
    """x W₁ + D⁻¹A x W₂ + b: a mean over neighbours, which stays a mean where some are missing."""

    takes_adjacency = True

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.own = nn.Linear(in_channels, out_channels)
        self.neighbours = nn.Linear(in_channels, out_channels, bias=False)

    def forward(self, x: Tensor, edge_index: Adjacency) -> Tensor:
        return self.own(x) + neighbour_means(self.neighbours(x), edge_index)


def neighbour_means(x: Tensor, a: Adjacency) -> Tensor:
    """D⁻¹A x: [N, F], 0 for a node without neighbours."""
    return a @ x / a.degree.clamp(min=1)[:, None]


def community_graph(nodes: int, seed: int) -> Data:
    """Ten equal communities; a node has about 8 neighbours in its own and 2 in the others."""
    size = nodes // COMMUNITIES
    return stochastic_block_model((size,) * COMMUNITIES, INSIDE / size,
                                  ACROSS / (size * (COMMUNITIES - 1)), FEATURES, NOISE, seed)


def measure_larger(nodes: int, method: str, seed: int, *, steps: int = STEPS) -> dict:
    """One run: DMoN on planted communities, of which edges and features tell a part each.

    "full" takes each step on the whole graph. The others take as many steps on a twentieth of the
    nodes each: "random" draws them without a look at the edges, "parts" in parts that Graclus
    found. There a node has the neighbours of its batch only. With "-once", the means over all
    neighbours are computed before training, as more features: then the batch has its edges for the
    loss alone, and the model is the same function. "features" is k-means, which sees no edges.
    All assign piece by piece, each node with all its neighbours.

    Args:
        nodes: at least 1,000, rounded down to a multiple of 10; about ten times as many directed
            edges.
        method: one of METHODS.
        seed: of the graph, the weights and the batches.
        steps: of Adam, at .02.

    Returns:
        nodes, edges, method, seed, steps, nmi (with the planted communities); but for "features",
        batch_nodes and batch_degree (of a step, the mean), megabytes and assign_megabytes (the most
        that the tensors of training and of assigning hold, the graph in main memory not counted);
        seconds, of these part_seconds to prepare the batches and assign_seconds.
    """
    check_count("nodes", nodes, least=1000)
    check_choice("method", method, METHODS)
    check_count("steps", steps)
    data = community_graph(nodes, seed)
    seed_everything(seed)
    start = time.perf_counter()
    cluster, found = _features(data) if method == "features" else _dmon(data, method, steps)
    seconds = round(time.perf_counter() - start, 1)
    nmi = float(normalized_mutual_info_score(data.y, cluster))
    return {"nodes": nodes, "edges": data.num_edges, "method": method, "seed": seed,
            "steps": steps, "nmi": round(nmi, 4), **found, "seconds": seconds}


def train_in_batches(model: Clusterer, batches: Iterable[tuple[Tensor, Adjacency]],
                     peak: PeakMemory) -> list[tuple[int, int]]:
    """A step of Adam on each (x, A); the nodes and edges of each. `peak` sees only the steps."""
    optimizer, seen = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE), []
    for x, a in batches:
        with peak:
            optimizer.zero_grad()
            model(x, a)[1].backward()
            optimizer.step()
        seen.append((a.num_nodes, a.edge_index.size(1)))
    return seen


@torch.no_grad()
def assign_in_batches(model: Clusterer, x: Tensor, pieces: Iterable[tuple[Tensor, Batch]],
                      peak: PeakMemory) -> Tensor:
    """The cluster of each node, a piece of the graph at a time."""
    found = []
    for places, batch in pieces:
        loaded = load(x, batch, peak)
        with peak:
            found.append(model(*loaded)[0][places].argmax(1))
    return torch.cat(found)


def load(x: Tensor, batch: Batch, peak: PeakMemory) -> tuple[Tensor, Adjacency]:
    """What goes to the device."""
    with peak:
        return x[batch.nodes], Adjacency(batch.edge_index.clone(), num_nodes=batch.nodes.numel())


def _features(data: Data) -> tuple[Tensor, dict]:
    seed = int(torch.randint(2**31, ()))
    found = MiniBatchKMeans(COMMUNITIES, n_init=3, random_state=seed).fit_predict(data.x.numpy())
    return torch.from_numpy(found).long(), {}


def _dmon(data: Data, method: str, steps: int) -> tuple[Tensor, dict]:
    kind, _, once = method.partition("-")
    a, x = Adjacency(data.edge_index, num_nodes=data.num_nodes), data.x
    size, clock = a.num_nodes // BATCHES, [time.perf_counter()]
    if once:
        x = torch.cat([x, neighbour_means(x, a)], dim=1)
    trained, held = PeakMemory(), PeakMemory()
    loaded = (load(x, batch, trained) for batch in _batches(kind, a, size))
    if kind == "full":
        loaded = repeat(next(loaded))
    model = Clusterer(x.size(1), HIDDEN, DMoNPooling(HIDDEN, COMMUNITIES),
                      conv=NodeLinear if once else MeanConv)
    clock.append(time.perf_counter())
    seen = train_in_batches(model, islice(loaded, steps), trained)
    clock.append(time.perf_counter())
    pieces = node_batches(a, size) if once else neighbour_batches(a, max(PIECE, size // 10))
    cluster = assign_in_batches(model, x, pieces, held)
    clock.append(time.perf_counter())
    batch_nodes, batch_edges = torch.tensor(seen, dtype=torch.float64).mean(0).tolist()
    return cluster, {"batch_nodes": round(batch_nodes),
                     "batch_degree": round(batch_edges / batch_nodes, 2),
                     "megabytes": round(trained.bytes / 1e6, 1),
                     "assign_megabytes": round(held.bytes / 1e6, 1),
                     "part_seconds": round(clock[1] - clock[0], 1),
                     "assign_seconds": round(clock[3] - clock[2], 1)}


def _batches(kind: str, a: Adjacency, size: int) -> Iterator[Batch]:
    if kind == "full":
        return repeat(Batch(torch.arange(a.num_nodes), a.edge_index))
    alone = torch.arange(a.num_nodes)
    return part_batches(a, alone if kind == "random" else multilevel_parts(a, max(2, size // 16)),
                        size)
