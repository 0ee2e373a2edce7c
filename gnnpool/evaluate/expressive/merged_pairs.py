"""A search for graphs that message passing tells apart and a pooler makes the same."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch_geometric.data import Data

from gnnpool.checks import check_count, describe, refuse
from gnnpool.evaluate.contenders import PoolerLike
from gnnpool.evaluate.expressive.pooled_pair import PooledPair, compare, in_layers, is_settled
from gnnpool.evaluate.expressive.probe import Probe, check_graphs, wl_pairs
from gnnpool.evaluate.expressive.small_graphs import same_pooled, small_graphs
from gnnpool.src import Pooled


@dataclass(frozen=True, eq=False, repr=False)
class MergedPair:
    """What `merged_pair` found.

    Attributes:
        pooler: its name.
        pair: a merged pair, or None.
        pairs: how many were looked at with each set of weights, all told apart by 1-WL and by the
            sums after the layers.
        merged: how many of them are the same after pooling, with the last set.
        seeds: sets of random weights that were tried.
        layers: GIN layers before the pooler.
    """

    pooler: str
    pair: PooledPair | None
    pairs: int
    merged: int
    seeds: int
    layers: int

    @property
    def found(self) -> bool:
        """Whether there is a pair: the pooler is not expressive."""
        return self.pair is not None

    def row(self) -> dict:
        """A row of a table; `first` and `second` are None where no pair was found."""
        first, second = self.pair.names if self.pair else (None, None)
        return {"pooler": self.pooler, "merged_pair": self.found, "first": first, "second": second,
                "settled": self.pair.settled if self.pair else None, "pairs": self.pairs,
                "merged": self.merged, "layers": self.layers, "seeds": self.seeds}

    def __repr__(self) -> str:
        weights = f"{self.seeds} draw{'s' * (self.seeds > 1)} of weights"
        if self.pair is None:
            return (f"{self.pooler}: no merged pair among {self.pairs} of small graphs, {weights}, "
                    f"{in_layers(self.layers)}\n  that shows nothing about larger graphs or other "
                    "weights")
        return f"{self.pair!r}\n  {self.merged} of {self.pairs} pairs merge, {weights}"

    def plot(self, ax=None):
        """The pair, or a line that says there is none."""
        if self.pair is not None:
            return self.pair.plot(ax)
        import matplotlib.pyplot as plt
        ax = plt.subplots(figsize=(4.6, 1.2), layout="constrained")[1] if ax is None else ax
        ax.axis("off")
        ax.text(0.5, 0.5, f"{self.pooler}: no merged pair in {self.pairs}", ha="center")
        return ax


def merged_pair(pooler: PoolerLike, graphs: Mapping[str, Data] | None = None, *, layers: int = 1,
                seeds: int = 3, seed: int = 0) -> MergedPair:
    r"""Search small graphs for a pair that a pooler merges: a proof that it is not expressive.

    A pair counts if 1-WL tells it apart (colour refinement from the colours that x gives, until
    nothing splits), the sums Σx_i after the layers differ, and the pooled graphs are isomorphic,
    features and weights included. All graphs are pooled one by one with one set of random weights,
    in float64; another set is drawn until there is a pair. Of several, one that does not rest on
    how ties between nodes are broken comes first, then the smallest. Finding none proves nothing
    about other weights and graphs.

    Args:
        pooler: as `gnnpool.evaluate.make_pooler` takes it; made for half of the nodes.
        graphs: name to graph with x [N, F]; None: `small_graphs`.
        layers: GIN layers before the pooler; 0 leaves constant features.
        seeds: sets of weights to try at most.
        seed: the first of them, counted up from there.

    Raises:
        ValueError: no graphs, or without features; a pooler that leaves no nodes or returns NaN.

    Source: what is to be shown wrong is in Bianchi and Lachi 2023, §3; the search is ours.

    Example:
        >>> stars = {f"star of {n}": small_graphs()[f"star of {n}"] for n in (3, 4, 5)}
        >>> merged_pair(lambda: gnnpool.KMISPooling(reduce="mean"), stars, layers=0).pair.names
        ('star of 3', 'star of 4')
    """
    check_count("seeds", seeds)
    graphs = small_graphs() if graphs is None else graphs
    if not isinstance(graphs, Mapping):
        refuse("graphs", describe(graphs), "a dict of name to PyG Data, or None")
    names, listed = list(graphs), check_graphs("graphs", list(graphs.values()))
    for draw in range(seeds):
        probe = Probe.make(pooler, listed, layers=layers, seed=seed + draw)
        outs = [probe(data) for data in listed]
        pairs, differ = wl_pairs(probe, listed)
        candidates = pairs[:, differ]
        merged = [(i, j) for i, j in _alike(outs, candidates) if same_pooled(outs[i], outs[j])]
        if merged:
            i, j = _best(probe, listed, outs, merged)
            pair = compare(probe, [names[i], names[j]], [listed[i], listed[j]],
                           [outs[i], outs[j]])
            return MergedPair(probe.name, pair, candidates.size(1), len(merged), draw + 1, layers)
    return MergedPair(probe.name, None, candidates.size(1), 0, seeds, layers)


def _alike(outs: list[Pooled], candidates: Tensor) -> Iterator[tuple[int, int]]:
    """Of some pairs [2, P] those whose pooled graphs agree in a few sums: fewer to compare."""
    sums = torch.stack([_summary(out) for out in outs])
    close = torch.finfo(sums.dtype).eps ** 0.4 * (1 + sums.abs())  # wider than `same_pooled`
    i, j = candidates
    there = ((sums[i] - sums[j]).abs() <= torch.maximum(close[i], close[j])).all(1)
    yield from zip(i[there].tolist(), j[there].tolist(), strict=True)


def _summary(out: Pooled) -> Tensor:
    """K, the sum and sum of squares of X′, the sum of A′ and of A′X′: equal for equal graphs."""
    x, adj, _ = (t[0] for t in out.to_dense())
    size = x.new_tensor([len(x)])
    return torch.cat([size, x.sum(0), x.square().sum(0), adj.sum()[None],
                      (adj.to(x.dtype) @ x).sum(0)])


def _best(probe: Probe, graphs: list[Data], outs: list[Pooled],
          merged: list[tuple[int, int]]) -> tuple[int, int]:
    """The pair to show: settled before all others, then the smallest."""
    known: dict[int, bool] = {}

    def settled(i: int) -> bool:
        if i not in known:
            known[i] = is_settled(probe, graphs[i], outs[i])
        return known[i]

    by_size = sorted(merged, key=lambda pair: sum(graphs[i].num_nodes for i in pair))
    return next((pair for pair in by_size if all(map(settled, pair))), by_size[0])
