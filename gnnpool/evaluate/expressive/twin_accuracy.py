"""Accuracy on graphs that 1-WL tells apart: what is lost in pooling cannot be classified."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean, stdev

import torch
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import OneHotDegree

from gnnpool.checks import check_choice, check_count
from gnnpool.datasets import load, twins
from gnnpool.evaluate.classification import accuracy, logits, objective
from gnnpool.evaluate.contenders import PoolerLike, make_pooler, pooler_name
from gnnpool.evaluate.expressive.gin import GINClassifier
from gnnpool.evaluate.expressive.necklaces import necklaces
from gnnpool.registry import get_pooler
from gnnpool.src import Pooling
from gnnpool.train import fit

CHANNELS, BATCH, SHARE = 64, 32, 0.1
ARGUMENTS = {"kmis": {"k": 5}, "diff": {"link_weight": 0.1, "entropy_weight": 0.1},
             "mincut": {"cut_weight": 0.5, "ortho_weight": 1.0},
             "dmon": {"modularity_weight": 0.3, "collapse_weight": 0.3}}


@dataclass(frozen=True)
class Task:
    """A set of graphs and the training that it takes."""

    graphs: Callable[[], Sequence[Data]]
    lr: float
    epochs: int


def _with_degrees(graphs: Sequence[Data]) -> list[Data]:
    """x in place of ones: the degree, one-hot, which all these graphs have alike."""
    return [OneHotDegree(4, cat=False)(data) for data in graphs]


TASKS = {"necklaces": Task(lambda: _with_degrees(necklaces()), 1e-3, 60),
         "twins": Task(lambda: _with_degrees(twins()), 1e-3, 60),
         "expwl1": Task(lambda: load("expwl1"), 1e-4, 500)}  # as published


@dataclass(frozen=True, repr=False)
class TwinAccuracy:
    """What `twin_accuracy` measured.

    Attributes:
        pooler, data: their names.
        runs: test accuracy (0 to 1) of each seed.
        train: training accuracy, likewise.
        kept: mean share of the nodes that the pooled test graphs have, over seeds.
        epochs: at most.
    """

    pooler: str
    data: str
    runs: tuple[float, ...]
    train: tuple[float, ...]
    kept: float
    epochs: int

    @property
    def accuracy(self) -> float:
        """The mean of the runs."""
        return mean(self.runs)

    @property
    def sd(self) -> float:
        """Their sample standard deviation, 0 where there is one run only."""
        return stdev(self.runs) if len(self.runs) > 1 else 0.0

    def row(self) -> dict:
        """A row of a table."""
        return {"pooler": self.pooler, "data": self.data, "accuracy": round(self.accuracy, 4),
                "accuracy_sd": round(self.sd, 4), "runs": list(self.runs),
                "train_accuracy": round(mean(self.train), 4), "kept": round(self.kept, 4),
                "epochs": self.epochs}

    def __repr__(self) -> str:
        spread = f" ± {self.sd:.3f}" if len(self.runs) > 1 else ""
        return (f"{self.pooler} on {self.data}: accuracy {self.accuracy:.3f}{spread}, "
                f"training {mean(self.train):.3f}\n"
                f"  {len(self.runs)} run{'s' * (len(self.runs) > 1)} of at most {self.epochs} "
                f"epochs, {100 * self.kept:.0f} % of the nodes after pooling")

    def plot(self, ax=None):
        """The runs as dots and their mean; guessing is at ½."""
        from gnnpool import draw
        return draw.dots({self.pooler: self.runs}, xlabel=f"accuracy on {self.data}", ax=ax)


def twin_accuracy(pooler: PoolerLike, data: str = "necklaces", *, seeds: int = 3,
                  seed: int = 0, epochs: int | None = None) -> TwinAccuracy:
    r"""Train a classifier with this pooler on graphs whose labels 1-WL can read.

    Two GIN layers, the pooler at a tenth of the nodes, one GIN layer, the sum over nodes, an MLP
    64-64-32 with a dropout of ½; ELU, 64 channels, Adam, batches of 32, 80 / 10 / 10 % of the
    graphs for training, validation and test; the weights of the lowest validation loss. k =
    ⌈0.1 · mean size⌉ where an operator takes one; the registry's operators get the arguments of
    `ARGUMENTS`, all others their defaults.

    Data sets: "necklaces" (400 graphs that differ in a count) and "twins" (`datasets.twins`) have
    the one-hot degree as features and 60 epochs at 1e-3; "expwl1" (3,000 graphs, to be downloaded)
    its own features and the published 500 epochs at 1e-4.

    Args:
        pooler: a name of `gnnpool.poolers()`, a subclass of `gnnpool.Pooling`, a function that
            makes one, or its place, "package.module:Class"; its arguments `in_channels`, `k` and
            `ratio` are filled in (`gnnpool.evaluate.make_pooler`).
        data: "necklaces", "twins" or "expwl1".
        seeds: runs, each with its own split and weights.
        seed: that of the first run, counted up from there.
        epochs: in place of the data set's.

    Raises:
        ValueError: an unknown data set; counts below 1; a pooler that leaves a graph without nodes
            or returns NaN; a loss of NaN.
        DatasetUnavailable: "expwl1", where its file is neither here nor to be had.

    Source: the experiment of Bianchi and Lachi 2023 on EXPWL1; the other data are ours.

    Example:
        >>> twin_accuracy("graclus", seeds=1, epochs=1)
        graclus on necklaces: accuracy ..., training ...
          1 run of at most 1 epochs, ... % of the nodes after pooling
    """
    check_choice("data", data, TASKS)
    check_count("seeds", seeds)
    check_count("seed", seed, least=0)
    task, name = TASKS[data], pooler_name(pooler)
    epochs = task.epochs if epochs is None else epochs
    check_count("epochs", epochs)
    graphs = list(task.graphs())
    runs = [_run(pooler, graphs, task.lr, epochs, seed) for seed in range(seed, seed + seeds)]
    test, train, kept = zip(*runs, strict=True)
    return TwinAccuracy(name, data, test, train, mean(kept), epochs)


def protocol_pooler(pooler: PoolerLike, nodes: float) -> Pooling:
    """The pooler at a tenth of this mean size, with the arguments that the paper gave it."""
    k = math.ceil(SHARE * nodes)
    if isinstance(pooler, str) and pooler in ARGUMENTS:
        size = {} if pooler == "kmis" else {"in_channels": CHANNELS, "k": k}
        return get_pooler(pooler, **size, **ARGUMENTS[pooler])
    return make_pooler(pooler, in_channels=CHANNELS, nodes=k / SHARE, share=SHARE)


def _run(pooler: PoolerLike, graphs: list[Data], lr: float, epochs: int,
         seed: int) -> tuple[float, float, float]:
    """Test and training accuracy, and the share of nodes that is left."""
    nodes = sum(data.num_nodes for data in graphs) / len(graphs)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = GINClassifier(graphs[0].num_features, 2, protocol_pooler(pooler, nodes))
        train, val, test = _split(graphs, seed)
        fit(model, objective, train, val, lr=lr, epochs=epochs, seed=seed, device="cpu",
            progress=False)
        return accuracy(model, test), accuracy(model, train), _kept(model, test)


def _split(graphs: list[Data], seed: int) -> list[DataLoader]:
    """Eight tenths, one and one, at random."""
    order = torch.randperm(len(graphs), generator=torch.Generator().manual_seed(seed)).tolist()
    tenth = len(order) // 10
    parts = order[2 * tenth:], order[tenth:2 * tenth], order[:tenth]
    return [DataLoader([graphs[i] for i in part], BATCH, shuffle=part is parts[0])
            for part in parts]


@torch.no_grad()
def _kept(model: GINClassifier, loader: DataLoader) -> float:
    counts: list[int] = []
    hook = model.pool.register_forward_hook(lambda _, __, out: counts.append(len(out.x)))
    before = sum(b.num_nodes for b in loader if logits(model, b))
    hook.remove()
    return sum(counts) / before
