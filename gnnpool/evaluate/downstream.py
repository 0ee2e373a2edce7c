"""The first examination: how well a model does its task with this pooler, and at what cost.

One run is here; `downstream` in `gnnpool.evaluate.comparison` puts many side by side.
"""

from collections.abc import Sequence

import numpy as np
from torch_geometric import seed_everything
from torch_geometric.data import Batch, Data
from torch_geometric.loader import DataLoader
from torch_geometric.nn import GCNConv, GraphConv

from gnnpool.checks import check_choice, check_count
from gnnpool.evaluate.beforehand import pooled_beforehand
from gnnpool.evaluate.classification import accuracy, objective
from gnnpool.evaluate.contenders import PoolerLike, check_pooled, make_pooler, pooler_name
from gnnpool.evaluate.layers import NodeLinear
from gnnpool.evaluate.memory import PeakMemory
from gnnpool.evaluate.tasks import TaskLike, bare, described, load_task, split
from gnnpool.models import GraphClassifier
from gnnpool.train import fit

HIDDEN, BATCH, LEARNING_RATE, WEIGHT_DECAY = 32, 64, 1e-3, 1e-4
SHARES = (0.5, 0.25)  # of the nodes, after the first and the second pooling
LAYERS = {"graph": GraphConv, "gcn": GCNConv}
BAG = "bag of nodes"  # the model without pooling and without edges


def measure_downstream(data: TaskLike, pooler: PoolerLike, run: int, *, layer: str = "graph",
                       epochs: int = 100, patience: int = 20) -> dict:
    """One run: a graph classifier with two poolers, on one of ten folds.

    MP – pool – MP – pool – MP – mean – dense, 32 channels, with half and a quarter of the nodes
    left where one can choose; Adam at 1e-3, batches of 64, the weights of the lowest validation
    loss. Features are the data set's own, with the degree and the clustering coefficient of each
    node before them (standardised). Run r tests on fold r mod 10 of a stratified split that
    ⌊r / 10⌋ shuffles, so that ten runs test on every graph once, and a tenth of the rest is for
    validation: all poolers have the same splits. Graclus, NDP and k-MIS pool before training.

    Args:
        data: a name of `gnnpool.datasets.load`, a list of graphs with a class each, or a function
            that returns them (`gnnpool.evaluate.load_task`).
        pooler: a name, "package.module:Class", a class or a function
            (`gnnpool.evaluate.make_pooler`); or "bag of nodes": no pooling, no edges, and the data
            set's own features alone.
        run: from 0; the seed of weights and batches as well.
        layer: a name of LAYERS.
        epochs, patience: of `fit`.

    Returns:
        accuracy and train_accuracy (0 to 1), steps (the most epochs), epochs (those that were run),
        seconds (an epoch, the median), megabytes (the most that the tensors of a training step
        hold, of the first batch), parameters.

    Raises:
        ValueError: a pooler that cannot be made (see `make_pooler`), that leaves nothing of a graph
            or gives what is not finite; arguments out of range.

    Source: the protocol of Bianchi, Grattarola and Alippi 2020, with larger batches and a shorter
    budget.
    """
    check_choice("layer", layer, LAYERS)
    check_count("run", run, least=0)
    graphs = load_task(data)
    graphs = bare(graphs) if pooler == BAG else described(graphs)
    seed_everything(run)
    model = _model(pooler, layer, graphs, 1 + max(int(d.y) for d in graphs))
    parts = pooled_beforehand(model.pools, [[graphs[i] for i in part]
                                            for part in split(graphs, run)])
    loaders = [DataLoader(part, BATCH, shuffle=part is parts[0]) for part in parts]
    for pool in model.pools:
        pool.register_forward_hook(lambda _, __, out: check_pooled(pooler_name(pooler), out))
    megabytes = _step_memory(model, Batch.from_data_list(parts[0][:BATCH])) / 2**20
    history = fit(model, objective, loaders[0], loaders[1], lr=LEARNING_RATE, epochs=epochs,
                  patience=patience, weight_decay=WEIGHT_DECAY, seed=run, progress=False)
    return {"accuracy": round(accuracy(model, loaders[2]), 4),
            "train_accuracy": round(accuracy(model, loaders[0]), 4),
            "steps": epochs, "epochs": len(history.seconds),
            "seconds": round(float(np.median(history.seconds)), 4),
            "megabytes": round(megabytes, 2),
            "parameters": sum(p.numel() for p in model.parameters())}


def _model(pooler: PoolerLike, layer: str, graphs: Sequence[Data], classes: int) -> GraphClassifier:
    bag = pooler == BAG
    nodes, left, pools = sum(d.num_nodes for d in graphs) / len(graphs), 1.0, []
    for share in SHARES:
        pools.append(make_pooler("none" if bag else pooler, in_channels=HIDDEN,
                                 nodes=nodes * left, share=share / left))
        left = share
    return GraphClassifier(graphs[0].num_features, HIDDEN, classes, pools,
                           conv=NodeLinear if bag else LAYERS[layer])


def _step_memory(model: GraphClassifier, batch: Batch) -> int:
    """Bytes; the gradients are thrown away."""
    with PeakMemory() as peak:
        objective(model, batch).backward()
    model.zero_grad()
    return peak.bytes
