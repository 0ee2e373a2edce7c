"""How much of the nodes' features a pooler keeps: can they be told from the pooled graph?"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch_geometric import seed_everything
from torch_geometric.data import Data

from gnnpool.adjacency import Adjacency
from gnnpool.checks import check_tensor, describe, refuse
from gnnpool.connect import Edges
from gnnpool.evaluate.contenders import PoolerLike, check_pooled, make_pooler, pooler_name
from gnnpool.evaluate.fitting import Step, check_settings, fit_one_graph
from gnnpool.graph import Graph
from gnnpool.level import Fingerprint, Level
from gnnpool.models import PoolAutoencoder
from gnnpool.sparse_assignment import SparseAssignment
from gnnpool.src import Pooling

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HIDDEN, EPOCHS, PATIENCE, LEARNING_RATE = 256, 4_000, 1_000, 5e-4


@dataclass(frozen=True, eq=False, repr=False)
class NodeInformation:
    """What `node_information` returns.

    Attributes:
        pooler, graph: names.
        nodes, supernodes: N and K.
        mse: mean over all entries of (x − x̃)².
        mean_mse: the same where every node gets the mean of all nodes: the variance.
        mse_over_variance: mse / mean_mse; 0 is everything kept, 1 nothing.
        seed, epochs, seconds: of the run; epochs that were run, seconds in all.
        x, reconstruction: [N, D], X and X̃.
        error: [N], ‖x_i − x̃_i‖.
    """

    pooler: str
    graph: str
    nodes: int
    supernodes: int
    mse: float
    mean_mse: float
    seed: int
    epochs: int
    seconds: float
    x: Tensor
    reconstruction: Tensor

    @property
    def mse_over_variance(self) -> float:
        return self.mse / self.mean_mse

    @property
    def error(self) -> Tensor:
        return (self.x - self.reconstruction).norm(dim=1)

    def __repr__(self) -> str:
        return (f"NodeInformation: {self.pooler} on {self.graph}, {self.nodes} nodes to "
                f"{self.supernodes}\n"
                f"  MSE {self.mse:.3g}, {100 * self.mse_over_variance:.3g} % of the variance "
                f"({self.mean_mse:.3g})\n"
                f"  {self.epochs} epochs in {self.seconds:.1f} s, seed {self.seed}")

    def row(self) -> dict[str, str | int | float]:
        """A row of a table: text and numbers only."""
        names = ("pooler", "graph", "seed", "nodes", "supernodes", "mse", "mse_over_variance",
                 "mean_mse", "epochs", "seconds")
        return {name: getattr(self, name) for name in names}

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw where each node was reconstructed, joined to where it is, dark where that is far.

        The first two columns of X are drawn. The scale of colours ends at the distance of a node
        that gets the mean of all nodes, so that figures of several poolers can be compared.
        """
        from gnnpool.evaluate.drawings import draw_reconstruction
        return draw_reconstruction(self, ax)


def node_information(pooler: PoolerLike, data: Data, *, x: Tensor | None = None,
                     name: str | None = None, seed: int = 0, hidden: int = HIDDEN,
                     epochs: int = EPOCHS, patience: int = PATIENCE, lr: float = LEARNING_RATE,
                     share: float = 0.5, progress: bool = False) -> NodeInformation:
    r"""How well the features of the nodes can be told from the pooled graph.

    A `PoolAutoencoder` is trained on the one graph to give back X:

        mse = 1/(N D) Σ_i ‖x_i − x̃_i‖²,  minimised with the pooler's own losses.

    Adam, until the mse did not fall by more than 1e-6 in `patience` epochs, at the latest after
    `epochs` (the protocol has no such bound); the weights of the lowest mse are kept. A pooler
    without parameters pools the graph once, by X, where its S is sparse; then RED and Lift are
    all that an epoch has to do.

    Args:
        pooler: a name of `gnnpool.poolers()`, a subclass of `gnnpool.Pooling`, a function that
            makes one, or its place, "package.module:Class"; its arguments `in_channels`, `k` and
            `ratio` are filled in (`gnnpool.evaluate.make_pooler`).
        data: one graph, with `edge_weight` if it has one; directed edges are read as
            (A + Aᵀ) / 2.
        x: X [N, D] float; None is `data.pos`, or `data.x` where there are no positions.
        name: of the graph, for tables.
        seed: of the weights, and of poolers that draw.
        hidden: width of the layers; the pooler sees 2 · hidden features.
        epochs, patience, lr: of the training.
        share: of the nodes that are left, where one can choose.
        progress: show a bar.

    Raises:
        ValueError: data that is not one graph with features; features that are the same at all
            nodes; settings out of range; a pooler that leaves no nodes, or gives what is NaN or
            infinite.

    Source: Grattarola, Zambon, Bianchi and Alippi 2022 ("Understanding pooling in graph neural
    networks"), its autoencoder experiment.

    Example:
        >>> from gnnpool.datasets import ring
        >>> result = node_information("ndp", ring(8), name="ring", hidden=16, epochs=3)
        >>> result.supernodes, result.epochs, tuple(result.reconstruction.shape)
        (4, 3, (8, 2))
    """
    check_settings(data, seed, share, lr, progress, epochs=epochs, patience=patience, hidden=hidden)
    start, called, x = time.perf_counter(), pooler_name(pooler), _features(data, x)
    a = _adjacency(data)
    seed_everything(seed)
    pool = make_pooler(pooler, in_channels=2 * hidden, nodes=x.size(0), share=share)
    model = PoolAutoencoder(x.size(1), hidden, pool)
    level = _level(pool, Graph(x, a), called)

    def step() -> Step:
        out = model.encode(x, a, level=level)
        check_pooled(called, out)
        mse = (model.decode(out, a) - x).square().mean()
        return Step(mse, mse + out.loss)

    trained = fit_one_graph(model, step, called, lr=lr, epochs=epochs, patience=patience,
                            progress=progress)
    with torch.no_grad():
        out = model.encode(x, a, level=level)
        reconstruction = model.decode(out, a)
    mse = (reconstruction - x).double().square().mean().item()
    return NodeInformation(called, name or f"{x.size(0)} nodes", x.size(0), out.x.size(0), mse,
                           _variance(x), seed, trained, round(time.perf_counter() - start, 2), x,
                           reconstruction)


def _features(data: Data, x: Tensor | None) -> Tensor:
    """X, and that there is something to tell from it."""
    argument = "data" if x is None else "x"
    if x is None:
        x = data.x if data.pos is None else data.pos
    if x is None:
        refuse("data", describe(data), "a graph with pos or x, or x given")
    check_tensor(argument, x, (data.num_nodes, None), "float")
    if not x.numel() or not bool(x.isfinite().all()) or not _variance(x) > 0:
        refuse(argument, f"{describe(x)}, empty, not finite or the same at all nodes",
               "finite features by which nodes differ")
    return x.detach().float().cpu()


def _adjacency(data: Data) -> Adjacency:
    weight = data.get("edge_weight")
    weight = None if weight is None else weight.float().cpu()
    return Adjacency(data.edge_index.cpu(), weight, data.num_nodes).symmetrized()


def _variance(x: Tensor) -> float:
    return x.double().var(0, correction=0).mean().item()


def _level(pool: Pooling, graph: Graph, called: str) -> Level | None:
    """S and A′ for all epochs, of an operator that learns nothing and whose S is sparse."""
    if any(True for _ in pool.parameters()):
        return None
    with torch.no_grad():
        out = pool(graph.x, graph.adjacency)
    check_pooled(called, out)
    if not isinstance(out.assignment, SparseAssignment):
        return None
    return Level(out.assignment, Edges(out.edge_index, out.edge_weight, out.edge_attr),
                 Fingerprint.of(graph, pool))
