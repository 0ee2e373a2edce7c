"""Graph U-Nets against a flat GCN: does going down and up again help to classify nodes?"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric import seed_everything
from torch_geometric.data import Data
from torch_geometric.nn import GCNConv

from gnnpool.checks import check_choice, check_count
from gnnpool.datasets import load
from gnnpool.models import GraphUNet
from gnnpool.registry import get_pooler
from gnnpool.src import Pooling
from gnnpool.train import fit

HIDDEN, LEARNING_RATE = 48, 0.01
EPOCHS, PATIENCE = 200, 100
RATIOS = (0.74, 0.5, 0.5, 0.4)  # 2,000, 1,000, 500 and 200 of the 2,708 nodes of Cora


@dataclass(frozen=True)
class UNet:
    """What a U differs in: the pooler of every level, their number, two-hop edges, the skips."""

    pooler: str
    depth: int = 4
    hops: int = 1
    skip: str = "sum"


@dataclass(frozen=True)
class Recipe:
    """How hard a run is regularised."""

    input_dropout: float
    weight_decay: float
    improved: bool  # A + 2I in place of A + I in the GCN layers
    normalized: bool  # features divided by their sum


RECIPES = {"light": Recipe(0.5, 5e-4, False, True), "strong": Recipe(0.9, 5e-3, True, False)}
UNETS = {
    "flat": UNet("none", 0), "none": UNet("none"), "topk": UNet("topk", hops=2),
    "topk, 1 hop": UNet("topk"), "topk, concat": UNet("topk", skip="concat"),
    "topk, 1 level": UNet("topk", 1, hops=2), "sag": UNet("sag"),
    "degree": UNet("degree"), "random": UNet("random"), "kmis": UNet("kmis"),
    "graclus": UNet("graclus")}


def measure_unet(data: str, model: str, recipe: str, seed: int, *, epochs: int = EPOCHS) -> dict:
    """One run: a Graph U-Net on the public split of a citation network.

    "flat" is a GCN of two layers; the others have `depth` levels, of the sizes that Gao and Ji
    2019 have for Cora where the pooler lets one choose ("kmis" and "graclus" do not), and a
    sigmoid as the gate. All have GCN layers of 48 channels, a dropout of ½ between them, Adam at
    .01, and end with the weights of the lowest validation loss, at the latest 100 epochs after it.
    The recipe "light" regularises about as Kipf and Welling 2017 do, "strong" about as Gao and Ji:
    nine tenths of the input dropped, ten times the weight decay, self-loops of weight 2.

    Args:
        data: a node-level data set of `gnnpool.datasets.load` with masks.
        model: a name of UNETS.
        recipe: a name of RECIPES.
        seed: of weights, dropout and random nodes.
        epochs: at most.

    Returns:
        data, model, the fields of its `UNet`, recipe, seed, accuracy and val_accuracy (0 to 1),
        sizes (nodes of each level), steps (epochs, at most), best_epoch, seconds.
    """
    check_choice("model", model, list(UNETS))
    check_choice("recipe", recipe, list(RECIPES))
    check_count("epochs", epochs)
    graph, setting, recipe_ = load(data)[0], UNETS[model], RECIPES[recipe]
    if recipe_.normalized:
        graph.x = F.normalize(graph.x, p=1, dim=1)
    start = time.perf_counter()
    seed_everything(seed)
    net = GraphUNet(graph.num_features, HIDDEN, int(graph.y.max()) + 1, _pools(setting),
                    conv=partial(GCNConv, improved=recipe_.improved), skip=setting.skip,
                    dropout=0.5)
    history = fit(net, _loss_on("train", recipe_), [graph], lr=LEARNING_RATE,
                  val_objective=_loss_on("val", recipe_), weight_decay=recipe_.weight_decay,
                  epochs=epochs, patience=PATIENCE, seed=seed, device="cpu", progress=False)
    seconds = time.perf_counter() - start
    right = _logits(net, graph).argmax(1) == graph.y
    return {"data": data, "model": model, **vars(setting), "recipe": recipe, "seed": seed,
            "accuracy": round(right[graph.test_mask].double().mean().item(), 4),
            "val_accuracy": round(right[graph.val_mask].double().mean().item(), 4),
            "sizes": _sizes(net, graph), "steps": epochs, "best_epoch": history.best_epoch,
            "seconds": round(seconds, 1)}


def _pools(setting: UNet) -> list[Pooling]:
    return [_pool(setting, ratio) for ratio in RATIOS[:setting.depth]]


def _pool(setting: UNet, ratio: float) -> Pooling:
    if setting.pooler in ("topk", "sag"):
        return get_pooler(setting.pooler, in_channels=HIDDEN, ratio=ratio, hops=setting.hops,
                          nonlinearity="sigmoid")
    arguments = {"degree": {"ratio": ratio}, "random": {"ratio": ratio},
                 "kmis": {"order": "k-degree", "reduce": "mean"}, "graclus": {"reduce": "mean"}}
    return get_pooler(setting.pooler, **arguments.get(setting.pooler, {}))


def _loss_on(part: str, recipe: Recipe) -> Callable[[nn.Module, Data], Tensor]:
    def loss(net: nn.Module, graph: Data) -> Tensor:
        x = F.dropout(graph.x, recipe.input_dropout, net.training)
        scores, auxiliary = net(x, graph.edge_index)
        mask = graph[f"{part}_mask"]
        return F.cross_entropy(scores[mask], graph.y[mask]) + auxiliary
    return loss


@torch.no_grad()
def _logits(net: GraphUNet, graph: Data) -> Tensor:
    return net(graph.x, graph.edge_index)[0]


def _sizes(net: GraphUNet, graph: Data) -> list[int]:
    """Nodes of each level."""
    sizes: list[int] = []
    hooks = [pool.register_forward_hook(lambda _, __, out: sizes.append(len(out.x)))
             for pool in net.pools]
    _logits(net, graph)
    for hook in hooks:
        hook.remove()
    return sizes
