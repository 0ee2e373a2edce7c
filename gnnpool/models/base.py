"""What the architectures share: an MP layer on graphs with weights, and poolers with levels."""

import inspect
from collections.abc import Sequence
from itertools import repeat

from torch import Tensor, nn

from gnnpool.adjacency import Adjacency
from gnnpool.checks import describe, refuse
from gnnpool.level import Level
from gnnpool.src import Pooling


def convolve(conv: nn.Module, x: Tensor, edge_index: Tensor | Adjacency,
             edge_weight: Tensor | None) -> Tensor:
    """An MP layer on a graph with or without weights; a layer that would drop them is refused.

    A layer with the attribute `takes_adjacency` gets an `Adjacency` as it is.
    """
    if isinstance(edge_index, Adjacency):
        if getattr(conv, "takes_adjacency", False):
            return conv(x, edge_index)
        edge_index, edge_weight = edge_index.edge_index, edge_index.edge_weight
    if edge_weight is None:
        return conv(x, edge_index)
    if "edge_weight" not in inspect.signature(conv.forward).parameters:
        refuse("conv", f"{type(conv).__name__}, whose forward takes no edge_weight",
               "a layer that does, such as GraphConv, since pooled graphs have weights")
    return conv(x, edge_index, edge_weight=edge_weight)


def check_poolers(pools: Sequence[Pooling]) -> None:
    """Refuse what is not a sequence of `Pooling` modules."""
    if isinstance(pools, (str, Pooling)):
        refuse("pools", describe(pools), "a list of gnnpool.Pooling modules (see get_pooler)")
    for pool in pools:
        if not isinstance(pool, Pooling):
            refuse("pools", describe(pool), "gnnpool.Pooling modules (see get_pooler)")


def with_levels(pools: Sequence[Pooling], levels: Sequence[Level] | None) -> list[tuple]:
    """Each pooler with its level of a pyramid, or with None, to pool in the forward pass; refused
    where the numbers differ.
    """
    if levels is None:
        return list(zip(pools, repeat(None)))
    if not isinstance(levels, (list, tuple)) or len(levels) != len(pools):
        got = f"{len(levels)} levels" if isinstance(levels, (list, tuple)) else describe(levels)
        refuse("levels", got, f"a list of {len(pools)}, one for each pooler (data.levels)")
    return list(zip(pools, levels, strict=True))
