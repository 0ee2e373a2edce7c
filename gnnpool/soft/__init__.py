"""Soft clustering: every node belongs to every supernode, more or less.

The losses of the four operators, each a function of (graph, S) that needs no operator: a `Graph`
and a matrix [N, k] whose rows sum to one, or a ValueError.
"""

from gnnpool.soft.base import SoftPooling
from gnnpool.soft.diffpool import entropy_loss, link_loss
from gnnpool.soft.dmon import collapse_loss, modularity_loss
from gnnpool.soft.mincut import cut_loss, ortho_loss
from gnnpool.soft.tvgnn import balance_loss, tv_loss

__all__ = ["SoftPooling", "balance_loss", "collapse_loss", "cut_loss", "entropy_loss",
           "link_loss", "modularity_loss", "ortho_loss", "tv_loss"]
