"""How much of the graph a pooler keeps: do signals vary as much over the pooled graph?"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch_geometric import seed_everything
from torch_geometric.data import Data

from gnnpool.adjacency import Adjacency
from gnnpool.checks import refuse
from gnnpool.connect import Edges
from gnnpool.evaluate.clouds import normalize_cloud
from gnnpool.evaluate.contenders import PoolerLike, check_pooled, make_pooler, pooler_name
from gnnpool.evaluate.fitting import Step, check_settings, fit_one_graph
from gnnpool.evaluate.spectra import (
    compare_forms,
    components,
    density,
    edges_of,
    lowest_eigenpairs,
    quadratic_form,
)
from gnnpool.src import Pooled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EPOCHS, PATIENCE, LEARNING_RATE = 2_000, 50, 1e-2


@dataclass(frozen=True, eq=False, repr=False)
class Topology:
    """What `topology` returns. Columns of X are numbered by d, eigenvalues λ ascend.

    Attributes:
        pooler, graph: names.
        nodes, supernodes: N and K.
        absolute: `mean_d |x_dᵀLx_d − x′_dᵀL′x′_d|`, X′ by the pooler's own RED.
        squared: Σ_d (x_dᵀLx_d − x′_dᵀL′x′_d)², the same differences squared and added up.
        absolute_sum, absolute_mean, absolute_unit: `absolute` where X′ is SᵀX, or that with each
            supernode divided by Σ_i s_ic, or by (Σ_i s_ic²)^½: the sum of the nodes, their mean,
            and the sum over the root of their number, where S is a partition.
        rayleigh: `mean_d |x_dᵀLx_d / x_dᵀx_d − x′_dᵀL′x′_d / x′_dᵀx′_d|`, which the scale of RED
            does not change (that of A′ does); a column of zeros counts as 0.
        eigenvalue_difference: `mean_d |λ_d − λ′_d|`, the other reading of the measure, where X′ are
            the eigenvectors of L′; over as many as both graphs have.
        density, pooled_density: the share of pairs of nodes that A and A′ join.
        components, pooled_components: the parts of A and of A′.
        seed, epochs, seconds: of the run; 0 epochs where there is nothing to train.
        forms, pooled_forms: [D], x_dᵀLx_d and x′_dᵀL′x′_d.
        eigenvalues, pooled_eigenvalues: the lowest of L and of L′.
        pooled: the pooled graph.
    """

    pooler: str
    graph: str
    nodes: int
    supernodes: int
    absolute: float
    squared: float
    absolute_sum: float
    absolute_mean: float
    absolute_unit: float
    rayleigh: float
    eigenvalue_difference: float
    density: float
    pooled_density: float
    components: int
    pooled_components: int
    seed: int
    epochs: int
    seconds: float
    forms: Tensor
    pooled_forms: Tensor
    eigenvalues: Tensor
    pooled_eigenvalues: Tensor
    pooled: Pooled

    def __repr__(self) -> str:
        return (f"Topology: {self.pooler} on {self.graph}, {self.nodes} nodes to "
                f"{self.supernodes}\n"
                f"  quadratic forms differ by {self.absolute:.3g} (sum {self.absolute_sum:.3g}, "
                f"mean {self.absolute_mean:.3g}, 1/√size {self.absolute_unit:.3g}; squared "
                f"{self.squared:.3g}), Rayleigh quotients by {self.rayleigh:.3g}, "
                f"eigenvalues by {self.eigenvalue_difference:.3g}\n"
                f"  density {self.density:.3g} to {self.pooled_density:.3g}, components "
                f"{self.components} to {self.pooled_components}, {self.epochs} epochs in "
                f"{self.seconds:.1f} s, seed {self.seed}")

    def row(self) -> dict[str, str | int | float]:
        """A row of a table: text and numbers only."""
        return {name: value for name, value in vars(self).items()
                if isinstance(value, (str, int, float))}

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw A′, and beside it the lowest eigenvalues of L and of L′."""
        from gnnpool.evaluate.drawings import draw_topology
        return draw_topology(self, ax)


def topology(pooler: PoolerLike, data: Data, *, name: str | None = None, seed: int = 0,
             share: float = 0.5, lr: float = LEARNING_RATE, epochs: int = EPOCHS,
             patience: int = PATIENCE, eigenvectors: int = 10,
             progress: bool = False) -> Topology:
    r"""How alike signals vary over a graph and over its pooled graph.

    The signals X are the positions, each column centred and of norm 1 (where there are positions),
    and the lowest eigenvectors of L. L = D − A and L′ = D′ − A′ are combinatorial, with weights as
    they are. The measure is

        `mean_d |x_dᵀ L x_d − x′_dᵀ L′ x′_d|`,  X′ = RED(X): SᵀX for most.

    Its value depends on how RED scales X′; `Topology` has it for three scales beside the pooler's
    own, and in a form without scale. A pooler with parameters is trained, alone, on this measure
    and its own losses by Adam, until the measure did not fall by more than 1e-6 in `patience`
    epochs; others are evaluated once.

    Where an eigenvalue of L is repeated, as on the grid, its eigenvectors are one basis of many;
    single terms depend on it, their sum over the eigenvalue does not.

    Args:
        pooler: a name of `gnnpool.poolers()`, a subclass of `gnnpool.Pooling`, a function that
            makes one, or its place, "package.module:Class"; its arguments `in_channels`, `k` and
            `ratio` are filled in (`gnnpool.evaluate.make_pooler`).
        data: one graph, with `pos` and `edge_weight` if it has them; directed edges are read as
            (A + Aᵀ) / 2.
        name: of the graph, for tables.
        seed: of the pooler's parameters, and of poolers that draw.
        share: of the nodes that are left, where one can choose.
        lr, epochs, patience: of the training.
        eigenvectors: how many of the lowest are among the signals and compared.
        progress: show a bar.

    Raises:
        ValueError: data that is not one graph with nodes; settings out of range; a pooler that
            leaves no nodes, or gives what is NaN or infinite.

    Source: Grattarola, Zambon, Bianchi and Alippi 2022 ("Understanding pooling in graph neural
    networks"), its spectral similarity experiment. The post of Bianchi squares the differences
    and adds them up.

    Example:
        >>> from gnnpool.datasets import ring
        >>> result = topology("ndp", ring(8), name="ring", eigenvectors=4)
        >>> result.supernodes, result.pooled_components, round(result.pooled_density, 2)
        (4, 1, 0.67)
    """
    check_settings(data, seed, share, lr, progress, epochs=epochs, patience=patience,
                   eigenvectors=eigenvectors)
    start, called, n = time.perf_counter(), pooler_name(pooler), data.num_nodes
    if not n:
        refuse("data", "a graph without nodes", "at least one node")
    a = Adjacency(data.edge_index, data.get("edge_weight"), n).to("cpu").symmetrized()
    edges = Edges(a.edge_index, a.edge_weight)
    values, vectors = lowest_eigenpairs(edges, n, eigenvectors)
    x = vectors
    if data.pos is not None:
        x = torch.cat([normalize_cloud(data.pos).double().cpu(), x], dim=1)
    seed_everything(seed)
    pool = make_pooler(pooler, in_channels=x.size(1), nodes=n, share=share)
    forms, signals = quadratic_form(x, edges), x.float()

    def step() -> Step:
        out = pool(signals, a)
        check_pooled(called, out)
        difference = (forms - quadratic_form(out.x, edges_of(out))).abs().mean()
        return Step(difference, difference + out.loss)

    trained = 0
    if any(True for _ in pool.parameters()):
        trained = fit_one_graph(pool, step, called, lr=lr, epochs=epochs, patience=patience,
                                progress=progress)
    with torch.no_grad():
        out = pool(signals, a)
    check_pooled(called, out)
    size, spectrum = out.x.size(0), lowest_eigenpairs(edges_of(out), out.x.size(0), eigenvectors)
    both = min(len(values), len(spectrum.values))
    return Topology(
        called, name or f"{n} nodes", n, size, **compare_forms(x, forms, out),
        eigenvalue_difference=(values[:both] - spectrum.values[:both]).abs().mean().item(),
        density=density(edges, n), pooled_density=density(edges_of(out), size),
        components=components(edges, n), pooled_components=components(edges_of(out), size),
        seed=seed, epochs=trained, seconds=round(time.perf_counter() - start, 2), forms=forms,
        eigenvalues=values, pooled_eigenvalues=spectrum.values, pooled=out)
