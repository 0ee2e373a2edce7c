"""The three conditions under which pooling keeps apart what message passing tells apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric.data import Data

from gnnpool.assignment import Assignment
from gnnpool.evaluate.contenders import PoolerLike
from gnnpool.evaluate.expressive.probe import Probe, check_graphs, wl_pairs
from gnnpool.evaluate.expressive.small_graphs import small_graph
from gnnpool.graph import Graph
from gnnpool.soft.base import SoftAssignment

_SHOWN = 4
_DRAWS = 3  # of random features


@dataclass(frozen=True, repr=False)
class Conditions:
    """What `conditions` measured.

    Attributes:
        pooler: its name.
        pairs: pairs of the graphs that 1-WL tells apart.
        collisions: those of them whose sums Σx_i are equal all the same, (graph, graph).
        row_sums: Σ_j s_ij, by graph and node.
        row_sum: λ, the most frequent positive row sum; NaN where there is none.
        uneven: the nodes whose row does not sum to λ, (graph, node).
        error: the largest `|X′ − SᵀX|`, relative to the largest entry of SᵀX.
        claimed: what the pooler says of itself, `is_expressive`.
    """

    pooler: str
    pairs: int
    collisions: tuple[tuple[int, int], ...]
    row_sums: tuple[tuple[float, ...], ...]
    row_sum: float
    uneven: tuple[tuple[int, int], ...]
    error: float
    claimed: bool | None

    @property
    def separates(self) -> bool:
        """Condition 1, on the layers before: Σx_i differs wherever 1-WL tells graphs apart."""
        return not self.collisions

    @property
    def constant_rows(self) -> bool:
        """Condition 2, on SEL: all rows of S sum to one λ > 0."""
        return not self.uneven

    @property
    def linear(self) -> bool:
        """Condition 3, on RED: X′ = SᵀX."""
        return self.error < 1e-5

    @property
    def hold(self) -> bool:
        """Conditions 2 and 3, those on the pooler."""
        return self.constant_rows and self.linear

    def row(self) -> dict:
        """A row of a table."""
        return {"pooler": self.pooler, "separates": self.separates,
                "constant_rows": self.constant_rows, "linear": self.linear,
                "conditions_hold": self.hold, "claimed": self.claimed}

    def __repr__(self) -> str:
        nodes = ", ".join(f"{n} of graph {g}" for g, n in self.uneven[:_SHOWN])
        more = ", …" * (len(self.uneven) > _SHOWN)
        rows = f"no: node {nodes}{more}" if self.uneven else f"yes, to {self.row_sum:.3g}"
        claim = {True: "expressive", False: "not expressive", None: "nothing"}[self.claimed]
        return (f"{self.pooler}\n"
                f"  1 sums differ before pooling: {self.pairs - len(self.collisions)} of "
                f"{self.pairs} pairs\n"
                f"  2 rows of S sum to one number: {rows}\n"
                f"  3 X′ = SᵀX: {'yes' if self.linear else 'no'} (error {self.error:.1e})\n"
                f"  claims: {claim}")

    def plot(self, ax=None):
        """The row sums of all nodes, graph by graph, and λ; rows that are off in orange."""
        import matplotlib.pyplot as plt

        from gnnpool.draw import COLOURS, GREY
        ax = plt.subplots(figsize=(4.6, 2.2), layout="constrained")[1] if ax is None else ax
        nodes = [(g, n) for g, sums in enumerate(self.row_sums) for n in range(len(sums))]
        off = set(self.uneven)
        ax.bar(range(len(nodes)), [self.row_sums[g][n] for g, n in nodes],
               color=[COLOURS["orange" if node in off else "blue"] for node in nodes])
        ax.axhline(self.row_sum, color=GREY, linestyle=(0, (4, 3)), linewidth=1)
        ax.set(xticks=range(len(nodes)), xticklabels=[f"{g}.{n}" for g, n in nodes],
               xlabel="graph.node", ylabel="row sum of S", title=self.pooler)
        return ax


def conditions(pooler: PoolerLike, graphs: Sequence[Data] | None = None, *, layers: int = 2,
               seed: int = 0) -> Conditions:
    r"""Measure the conditions for expressive pooling, on some graphs.

    What 1-WL tells apart stays apart in pooling if (1) the layers before give Σ_i x_i ≠ Σ_i y_i;
    (2) Σ_j s_ij = λ > 0 for all nodes; (3) X′ = SᵀX: then Σ_j x′_j = λ Σ_i x_i. Each is measured,
    not read off a flag: sums after GIN layers with random weights, the row sums of S, and X′ beside
    the product with the whole matrix S, for the graphs' own features and random ones with S held
    fast. What holds for these graphs and weights need not for others; what fails, fails. The
    conditions are sufficient, not necessary (`merged_pair`, `pool_pair`).

    Args:
        pooler: as `gnnpool.evaluate.make_pooler` takes it; made for half of the nodes.
        graphs: each with x [N, F]; None: the two 4-node graphs of the post, "diamond" and "paw".
        layers: GIN layers before the pooler.
        seed: of all weights and random features.

    Raises:
        ValueError: no graphs, or without features; a pooler that leaves no nodes or returns NaN.

    Source: Bianchi and Lachi 2023 ("The expressive power of pooling in graph neural networks"),
    Theorem 1.

    Example:
        >>> conditions("ndp")
        ndp
          1 sums differ before pooling: 1 of 1 pairs
          2 rows of S sum to one number: no: node 1 of graph 0, 3 of graph 0, 0 of graph 1, ...
          3 X′ = SᵀX: yes (error 0.0e+00)
          claims: not expressive
    """
    if graphs is None:
        graphs = [small_graph("graphs", name) for name in ("diamond", "paw")]
    graphs = check_graphs("graphs", graphs)
    probe = Probe.make(pooler, graphs, layers=layers, seed=seed)
    pairs, differ = wl_pairs(probe, graphs)
    collisions = tuple(map(tuple, pairs[:, ~differ].T.tolist()))
    outs = [probe(data) for data in graphs]
    sums = [out.assignment.row_sums().double() for out in outs]
    row_sum, uneven = _uneven(sums, torch.finfo(outs[0].assignment.row_sums().dtype).eps ** 0.5)
    error = max(_error(probe, data) for data in graphs)
    return Conditions(probe.name, pairs.size(1), collisions, tuple(tuple(s.tolist()) for s in sums),
                      row_sum, uneven, error, probe.pool.is_expressive)


def _uneven(sums: list[Tensor], tolerance: float) -> tuple[float, tuple[tuple[int, int], ...]]:
    """λ and the nodes whose row sums to something else."""
    flat = torch.cat(sums)
    positive = flat[flat > tolerance]
    if not positive.numel():
        return float("nan"), tuple((g, n) for g, s in enumerate(sums) for n in range(len(s)))
    close = ((positive[:, None] - positive).abs() <= tolerance * positive).sum(1)
    row_sum = positive[close.argmax()]
    off = [((s - row_sum).abs() > tolerance * row_sum).nonzero().flatten() for s in sums]
    return float(row_sum), tuple((g, n) for g, nodes in enumerate(off) for n in nodes.tolist())


@torch.no_grad()
def _error(probe: Probe, data: Data) -> float:
    """How far RED is from SᵀX, for the pooler's own X and for random ones with the same S."""
    out, x = probe(data), probe.embed(data)
    generator = torch.Generator().manual_seed(probe.seed)
    errors = [_distance(out.x, out.assignment, x)]
    for _ in range(_DRAWS):
        x = torch.randn(x.shape, generator=generator, dtype=x.dtype)
        graph = Graph(x, data.edge_index)
        s = _held(out.assignment, graph)
        errors.append(_distance(probe.pool.reduce(graph, s), s, x))
    return max(errors)


def _held(s: Assignment, graph: Graph) -> Assignment:
    """The same S for other features: soft operators keep products with X beside it."""
    return SoftAssignment(s.s, graph) if isinstance(s, SoftAssignment) else s


def _distance(pooled: Tensor, s: Assignment, x: Tensor) -> float:
    product = s.dense().to(x.dtype).T @ x
    return float((pooled - product).abs().max() / product.abs().max().clamp(min=1e-12))
