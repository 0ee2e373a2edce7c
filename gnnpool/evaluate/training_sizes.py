"""Accuracy against the number of training graphs: does less capacity help where data are few?"""

import time
from collections.abc import Sequence

import torch
from torch_geometric.data import Data
from torch_geometric.loader import DataLoader

from gnnpool.checks import check_choice, check_count, refuse
from gnnpool.datasets import load
from gnnpool.evaluate.beforehand import pooled_beforehand
from gnnpool.evaluate.classification import accuracy, objective
from gnnpool.models import GraphClassifier
from gnnpool.registry import get_pooler
from gnnpool.src import Pooling
from gnnpool.train import fit

HIDDEN, BATCH, LEARNING_RATE = 32, 32, 1e-3
STEPS, PATIENCE = 2_000, 400  # of the optimizer, whatever the number of graphs
SIZES = (25, 50, 100, 200, 400, 800, 1600, 3200)
POOLERS = ("none", "graclus", "kmis", "ndp", "mincut", "topk")


def measure_training_size(data: str, pooler: str, graphs: int, seed: int, readout: str = "mean", *,
                          steps: int = STEPS) -> dict:
    """One run: a classifier with two poolers, trained on so many graphs.

    A fifth of the data set, drawn by the seed, is for testing, the same for all poolers and sizes.
    Of the `graphs` labelled ones, drawn from the rest, a fifth is for validation: its loss decides
    which weights are kept. The budget is a number of steps, at most `steps`, stopped where 400 did
    not help; Adam at 1e-3, batches of 32, 32 channels.

    Args:
        data: a graph-level data set of `gnnpool.datasets.load`.
        pooler: one of POOLERS; MinCutPool has half and a quarter of the mean size for k.
        graphs: labelled graphs, at least 10.
        seed: of the split, the weights and the order of batches.
        readout: as `GlobalPooling`; a sum knows the size of a graph, a mean does not.
        steps: at most.

    Returns:
        data, pooler, graphs, seed, readout, accuracy and train_accuracy (0 to 1), steps (at most),
        seconds.
    """
    check_choice("pooler", pooler, POOLERS)
    check_count("graphs", graphs, least=10)
    check_count("steps", steps)
    dataset = load(data)
    if graphs > largest_size(data):
        refuse("graphs", graphs, f"at most {largest_size(data)}, what {data} has besides its test "
               "graphs")
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(seed)).tolist()
    test, cut = len(order) // 5, graphs // 5
    parts = [[dataset[i] for i in part] for part in (
        order[test + cut:test + graphs], order[test:test + cut], order[:test])]
    parts = pooled_beforehand(_pools(pooler, dataset), parts)
    start = time.perf_counter()
    torch.manual_seed(seed)
    model = GraphClassifier(dataset.num_features, HIDDEN, dataset.num_classes,
                            _pools(pooler, dataset), readout=readout)
    loaders = [DataLoader(part, BATCH, shuffle=part is parts[0]) for part in parts]
    batches = len(loaders[0])
    fit(model, objective, loaders[0], loaders[1], lr=LEARNING_RATE, epochs=-(-steps // batches),
        patience=-(-PATIENCE // batches), seed=seed, device="cpu", progress=False)
    seconds = time.perf_counter() - start
    return {"data": data, "pooler": pooler, "graphs": graphs, "seed": seed,
            "readout": readout, "accuracy": round(accuracy(model, loaders[2]), 4),
            "train_accuracy": round(accuracy(model, loaders[0]), 4),
            "steps": steps, "seconds": round(seconds, 1)}


def largest_size(data: str) -> int:
    """The graphs of a data set that are not for testing."""
    size = len(load(data))
    return size - size // 5


def _pools(pooler: str, dataset: Sequence[Data]) -> list[Pooling]:
    if pooler == "topk":
        return [get_pooler(pooler, in_channels=HIDDEN) for _ in range(2)]
    if pooler == "mincut":
        mean = sum(data.num_nodes for data in dataset) / len(dataset)
        return [get_pooler(pooler, in_channels=HIDDEN, k=max(2, round(mean / part)))
                for part in (2, 4)]
    return [get_pooler(pooler) for _ in range(2)]
