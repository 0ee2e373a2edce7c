"""DiffPool against PyG. Its losses against the paper: test_soft.py."""

import pytest
import torch
from strategies import CHANNELS, sample
from torch.testing import assert_close
from torch_geometric.nn import dense_diff_pool

from gnnpool import DiffPool, Graph
from gnnpool.soft import link_loss


@pytest.mark.parametrize("weights", ["none", "positive"])
@pytest.mark.parametrize("link, normalize", [("frobenius", False), ("mean", True)])
def test_against_pyg(weights, link, normalize):
    """One graph and no padding. PyG divides the norm by n², we divide its square."""
    s = sample([20], weights=weights, density=4.0)
    pool = DiffPool(CHANNELS, 4, link=link).double()
    out = s.pool(pool)
    x, adj, loss, entropy = dense_diff_pool(s.x, s.dense(), pool.assign(s.x), normalize=normalize)
    loss = loss**2 * 20**2 if normalize else loss
    assert_close(out.to_dense()[:2], (x, adj))
    assert_close(out.losses["link"], loss)
    assert_close(out.losses["entropy"], entropy, rtol=1e-6, atol=1e-9)


def test_a_link_loss_of_zero_has_gradient_zero():
    """A = SSᵀ: the square root has no slope there, where autograd's would be 0 / 0."""
    graph = Graph(torch.ones(2, 1), torch.arange(2).expand(2, -1))  # A = I
    s = torch.eye(2, requires_grad=True)
    loss = link_loss(graph, s)
    loss.backward()
    assert loss == 0 and s.grad.tolist() == [[0.0, 0.0], [0.0, 0.0]]
