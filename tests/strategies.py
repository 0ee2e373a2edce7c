"""Batches of graphs to test on: drawn by Hypothesis, or odd ones by name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import oracles
import torch
from hypothesis import strategies as st
from torch import Tensor

from gnnpool import Adjacency, Graph, Pooled, Pooling

CHANNELS = 3


@dataclass(frozen=True)
class Sample:
    """The arguments of a pooler."""

    x: Tensor
    edge_index: Tensor
    edge_weight: Tensor | None
    batch: Tensor
    num_graphs: int

    @property
    def num_nodes(self) -> int:
        return self.x.size(0)

    def graph(self) -> Graph:
        return Graph(self.x, self.edge_index, self.edge_weight, self.batch,
                     num_graphs=self.num_graphs)

    def adjacency(self) -> Adjacency:
        return Adjacency(self.edge_index, self.edge_weight, self.num_nodes)

    def dense(self) -> Tensor:
        """A [N, N] in float64."""
        return oracles.dense(self.edge_index, self.edge_weight, self.num_nodes)

    def pool(self, pooler: Pooling, seed: int = 0, **others) -> Pooled:
        return pooler(self.x, self.edge_index, self.edge_weight, self.batch,
                      num_graphs=self.num_graphs,
                      generator=torch.Generator().manual_seed(seed), **others)

    def single(self, g: int) -> "Sample":
        """Graph g alone."""
        nodes = (self.batch == g).nonzero().squeeze(1)
        first = int(nodes[0]) if len(nodes) else 0
        inside = (self.edge_index[0] >= first) & (self.edge_index[0] < first + len(nodes))
        weight = None if self.edge_weight is None else self.edge_weight[inside]
        return Sample(self.x[nodes], self.edge_index[:, inside] - first, weight,
                      torch.zeros_like(nodes), 1)

    def relabelled(self, new: Tensor) -> "Sample":
        """Node i is called new[i]; the edges come in another order too."""
        order = torch.arange(self.edge_index.size(1)).flip(0)
        weight = None if self.edge_weight is None else self.edge_weight[order]
        return replace(self, x=self.x[new.argsort()], edge_index=new[self.edge_index[:, order]],
                       edge_weight=weight)

    def to(self, dtype: torch.dtype) -> "Sample":
        weight = None if self.edge_weight is None else self.edge_weight.to(dtype)
        return replace(self, x=self.x.to(dtype), edge_weight=weight)


SHAPES: dict[str, Callable[[int], object]] = {
    "path": lambda n: [range(n - 1), range(1, n)],
    "cycle": lambda n: [range(n), np.roll(range(n), -1)] if n > 2 else [range(n - 1), range(1, n)],
    "star": lambda n: [[0] * (n - 1), range(1, n)],
    "complete": lambda n: np.triu_indices(n, 1),
    "bipartite": lambda n: np.indices((n // 2, n - n // 2)).reshape(2, -1) + [[0], [n // 2]],
}
FEATURES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "normal": lambda x: x, "ties": np.round, "equal": np.ones_like, "zero": np.zeros_like,
    "huge": lambda x: x * 1e100, "tiny": lambda x: x * 1e-20,
}


def random_ends(rng: np.random.Generator, n: int, density: float, directed: bool) -> np.ndarray:
    """Ends of about density · n / 2 edges, each once."""
    ends = rng.integers(0, max(n, 1), (2, int(density * n / 2 * (2 if directed else 1))))
    return np.unique(ends[:, (ends[0] < ends[1]) | (directed & (ends[0] != ends[1]))], axis=1)


def sample(sizes: list[int], seed: int = 0, *, weights: str = "positive", directed: bool = False,
           density: float = 1.5, duplicates: bool = False, loops: bool = False,
           shape: str = "random", features: str = "normal") -> Sample:
    """Graphs of these sizes, random or of a shape of SHAPES, with FEATURES.

    `weights` is "none", "positive", "zeros" (some are 0) or "wide" (of all magnitudes). With
    `density` about 1 there are several components and isolated nodes.
    """
    rng = np.random.default_rng(seed)
    batch = np.repeat(np.arange(len(sizes)), sizes)
    first = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    row, col = [], []
    for offset, n in zip(first, sizes, strict=True):
        ends = (random_ends(rng, n, density, directed) if shape == "random"
                else np.array(SHAPES[shape](n), dtype=np.int64).reshape(2, -1))
        if loops and n:
            ends = np.concatenate([ends, rng.integers(0, n, (1, 2)).repeat(2, 0)], 1)
        if duplicates:
            ends = np.concatenate([ends, ends[:, ::2]], 1)
        row.append(ends[0] + offset)
        col.append(ends[1] + offset)
    edges = np.stack([np.concatenate([*row, []]), np.concatenate([*col, []])]).astype(np.int64)
    weight = rng.uniform(0.1, 2.0, edges.shape[1])
    if weights == "zeros":
        weight[::3] = 0.0
    if weights == "wide":
        weight = 10 ** rng.uniform(-12, 12, weight.shape)
    if not directed:
        there = edges[0] != edges[1]  # a self-loop has no other direction
        edges = np.concatenate([edges, edges[::-1, there]], 1)
        weight = np.concatenate([weight, weight[there]])
    order = rng.permutation(edges.shape[1])
    x = FEATURES[features](rng.normal(size=(len(batch), CHANNELS)))
    return Sample(torch.from_numpy(x),
                  torch.from_numpy(np.ascontiguousarray(edges[:, order])),
                  None if weights == "none" else torch.from_numpy(weight[order]),
                  torch.from_numpy(batch.astype(np.int64)), len(sizes))


def samples(max_graphs: int = 4, max_nodes: int = 40,
            weights: Sequence[str] = ("none", "positive", "zeros"),
            features: Sequence[str] = ("normal", "ties")) -> st.SearchStrategy[Sample]:
    """Batches of 1 to `max_graphs` graphs of 0 to `max_nodes` nodes, most of them small."""
    size = st.one_of(st.integers(0, 4), st.integers(0, min(10, max_nodes)),
                     st.integers(0, max_nodes))
    return st.builds(
        sample, st.lists(size, min_size=1, max_size=max_graphs), st.integers(0, 2**32 - 1),
        weights=st.sampled_from(weights), directed=st.booleans(),
        density=st.sampled_from([0.5, 1.5, 4.0]), duplicates=st.booleans(), loops=st.booleans(),
        shape=st.sampled_from(["random", *SHAPES]), features=st.sampled_from(features))


def wild_samples() -> st.SearchStrategy[Sample]:
    """Batches with features and weights of all magnitudes as well."""
    return samples(weights=("none", "positive", "zeros", "wide"), features=list(FEATURES))


def permutations(s: Sample, seed: int) -> Tensor:
    """New names for the nodes, within each graph."""
    random = torch.rand(s.num_nodes, generator=torch.Generator().manual_seed(seed))
    return torch.from_numpy(np.lexsort((random.numpy(), s.batch.numpy()))).argsort()


def odd(name: str) -> Sample:
    """A graph that operators are tempted to break on."""
    whole = sample([4, 3], weights="positive")
    nothing = whole.edge_index[:, :0]
    made = {
        "no graphs": lambda: sample([]),
        "no nodes": lambda: sample([0]),
        "only empty graphs": lambda: sample([0, 0, 0]),
        "one node": lambda: sample([1]),
        "one node with a loop": lambda: replace(sample([1]), edge_index=torch.zeros(2, 1).long(),
                                                edge_weight=torch.ones(1).double()),
        "no edges": lambda: replace(whole, edge_index=nothing, edge_weight=None),
        "no weighted edges": lambda: replace(whole, edge_index=nothing,
                                             edge_weight=torch.ones(0).double()),
        "isolated nodes": lambda: sample([12], density=0.4),
        "several components": lambda: sample([20], density=1.0),
        "an empty graph at the beginning": lambda: sample([0, 5, 3]),
        "an empty graph inside": lambda: sample([5, 0, 0, 3]),
        "an empty graph at the end": lambda: sample([5, 3, 0]),
        "zero weights": lambda: replace(whole, edge_weight=torch.zeros_like(whole.edge_weight)),
        "zero features": lambda: replace(whole, x=torch.zeros_like(whole.x)),
        "equal nodes": lambda: replace(whole, x=torch.ones_like(whole.x), edge_weight=None),
        "huge features": lambda: replace(whole, x=whole.x * 1e100),
        "graphs of one node": lambda: sample([1, 1, 1]),
    }
    return made[name]()


ODD = ("no graphs", "no nodes", "only empty graphs", "one node", "one node with a loop", "no edges",
       "no weighted edges", "isolated nodes", "several components",
       "an empty graph at the beginning", "an empty graph inside", "an empty graph at the end",
       "zero weights", "zero features", "equal nodes", "huge features", "graphs of one node")


def columns(s: Sample, k: int = 2) -> Tensor:
    """Something to multiply A with."""
    return torch.randn(s.num_nodes, k, dtype=torch.float64,
                       generator=torch.Generator().manual_seed(1))
