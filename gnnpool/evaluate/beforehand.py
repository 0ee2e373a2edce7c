"""Pooling before training, where that changes nothing but the time that it takes."""

from collections.abc import Sequence

from torch_geometric.data import Data

from gnnpool.one_over_k.graclus import GraclusPooling
from gnnpool.one_over_k.kmis import KMISPooling
from gnnpool.one_over_k.ndp import NDPPooling
from gnnpool.precompute import Precompute
from gnnpool.src import Pooling


def pooled_beforehand(pools: Sequence[Pooling], parts: list[list[Data]]) -> list[list[Data]]:
    """The graphs with a pyramid each, where these equal poolers do not have to see the features;
    else as they are.

    That is known of Graclus, NDP and k-MIS as they come, not of a subclass: they look at the edges
    alone, learn nothing (k-MIS may have a scorer) and draw nothing (k-MIS may have a random order).
    """
    pool = pools[0]
    if (type(pool) not in (GraclusPooling, NDPPooling, KMISPooling) or list(pool.parameters())
            or getattr(pool, "order", None) == "random"):
        return parts
    levels = Precompute(pool, levels=len(pools))
    return [levels.many(part, progress=False) for part in parts]
