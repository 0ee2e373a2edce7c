"""MinCutPool against PyG, and at its work. Its losses against the paper: test_soft.py."""

import pytest
import torch
from strategies import CHANNELS, Sample, sample
from test_soft import two_cliques
from torch.testing import assert_close
from torch_geometric.nn import dense_mincut_pool

from gnnpool import MinCutPooling


@pytest.mark.parametrize("weights", ["none", "positive"])
def test_against_pyg(weights):
    """One graph with edges and no padding, where PyG's dense operator is right."""
    s = sample([20], weights=weights, density=4.0)
    pool = MinCutPooling(CHANNELS, 4).double()
    out = s.pool(pool)
    x, adj, cut, ortho = dense_mincut_pool(s.x, s.dense(), pool.assign(s.x))
    assert_close(out.to_dense()[:2], (x, adj), rtol=1e-6, atol=1e-9)
    assert_close(out.losses, {"cut": cut, "ortho": ortho}, rtol=1e-6, atol=1e-9)


def test_training_finds_the_cliques():
    """The reason for the operator: features say nothing but the node, the losses do the rest."""
    s = two_cliques(6)
    s = Sample(torch.eye(12), torch.cat([s.edge_index, torch.tensor([[0, 6], [6, 0]])], 1), None,
               s.batch, 1)
    torch.manual_seed(0)
    pool = MinCutPooling(12, 2)
    optimizer = torch.optim.Adam(pool.parameters(), lr=0.1)
    for _ in range(150):
        optimizer.zero_grad()
        s.pool(pool).loss.backward()
        optimizer.step()
    cluster = s.pool(pool).assignment.s.argmax(1)
    assert cluster.tolist() in ([0] * 6 + [1] * 6, [1] * 6 + [0] * 6)
