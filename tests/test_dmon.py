"""DMoN against PyG and networkx. Its losses against the paper: test_soft.py."""

import networkx as nx
import pytest
import torch
from strategies import CHANNELS, sample
from torch.testing import assert_close
from torch_geometric import nn as pyg

from gnnpool import DMoNPooling
from gnnpool.soft.dmon import modularity_loss


def test_against_pyg():
    """One graph and no padding. PyG applies SELU to SᵀX and takes the degrees from a matrix
    without weights, so those are left aside.
    """
    s = sample([20], weights="none", density=4.0)
    pool = DMoNPooling(CHANNELS, 4).double()
    out = s.pool(pool)
    peer = pyg.DMoNPooling([CHANNELS, 4], 4).double()
    peer.mlp = pool.assign
    _, x, adj, modularity, _, collapse = peer(s.x, s.dense())
    assert_close(torch.selu(out.to_dense()[0]), x, rtol=1e-6, atol=1e-9)
    assert_close(out.to_dense()[1], adj, rtol=1e-6, atol=1e-9)
    assert_close(out.losses, {"modularity": modularity, "collapse": collapse}, rtol=1e-6,
                 atol=1e-9)


@pytest.mark.parametrize("weights", ["none", "positive"])
def test_of_a_hard_partition_it_is_the_modularity(weights):
    s = sample([30], weights=weights, density=4.0)
    cluster = torch.arange(30) % 3
    g = nx.from_numpy_array(s.dense().numpy())
    parts = [set((cluster == c).nonzero().squeeze(1).tolist()) for c in range(3)]
    value = modularity_loss(s.graph(), torch.eye(3).double()[cluster])
    assert_close(value.item(), -nx.community.modularity(g, parts))
