"""SAGPool: scores from any layer, called by the names of its arguments."""

import pytest
import torch
from strategies import CHANNELS, sample
from operators import refused
from torch import Tensor, nn
from torch.testing import assert_close
from torch_geometric.nn import GATConv, GCNConv, GraphConv
from torch_geometric.nn import SAGPooling as PyGSAGPooling

from gnnpool import SAGPooling


class Seeing(nn.Module):
    """A scorer that keeps what it is given."""

    def forward(self, x: Tensor, batch: Tensor, edge_weight: Tensor | None = None) -> Tensor:
        self.seen = (x, batch, edge_weight)
        return x[:, 0]


class Wide(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x


class NeedsMore(nn.Module):
    def forward(self, x: Tensor, edge_index: Tensor, time: Tensor) -> Tensor:
        return x[:, :1]


class Hiding(nn.Module):
    def forward(self, *args: Tensor) -> Tensor:
        return args[0][:, :1]


@pytest.mark.parametrize("directed", [False, True])
def test_scores_are_the_layers(directed):
    """GraphConv: y = W₁x + W₂Aᵀx + b, since messages go along the edges."""
    s = sample([7, 6], directed=directed)
    pool = SAGPooling(CHANNELS, 0.5).double()
    layer = pool.scorer
    y = s.x @ layer.lin_root.weight.T + s.dense().T @ s.x @ layer.lin_rel.weight.T
    assert_close(pool.score(s.graph()).flatten(), (y + layer.lin_rel.bias).flatten())
    out = s.pool(pool)
    kept = out.assignment.representatives
    assert_close(out.x, s.x[kept] * torch.tanh(y + layer.lin_rel.bias)[kept])


@pytest.mark.parametrize("layer", [GraphConv, GATConv, GCNConv])
def test_against_pyg(layer):
    s = sample([7, 9], weights="none", density=4.0)
    ours, theirs = SAGPooling(CHANNELS, 0.6, scorer=layer), PyGSAGPooling(CHANNELS, 0.6, GNN=layer)
    theirs.gnn.load_state_dict(ours.scorer.state_dict())
    nn.init.ones_(theirs.select.weight)  # PyG multiplies the layer's score by one more parameter
    out = s.pool(ours.double())
    x, edges, _, batch, perm, _ = theirs.double()(s.x, s.edge_index, batch=s.batch)
    order = perm.argsort()
    assert out.assignment.representatives.tolist() == perm[order].tolist()
    assert_close((out.x, out.batch), (x[order], batch[order]))
    assert {tuple(e) for e in perm[edges].T.tolist()} == {
        tuple(e) for e in out.assignment.representatives[out.edge_index].T.tolist()}


def test_a_scorer_gets_what_it_names():
    s, scorer = sample([7, 6]), Seeing()
    s.pool(SAGPooling(CHANNELS, scorer=scorer))
    assert_close(scorer.seen, (s.x, s.batch, s.edge_weight))
    linear = SAGPooling(CHANNELS, scorer=nn.Linear(CHANNELS, 1)).double()  # its x is called input
    assert_close(linear.score(s.graph()).flatten(), linear.scorer(s.x).flatten())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("weights", [torch.bfloat16, torch.float32, torch.float64])
def test_weights_of_another_dtype(dtype, weights):
    s = sample([7, 6])
    pool = SAGPooling(CHANNELS).to(dtype)
    out = pool(s.x.to(dtype), s.edge_index, s.edge_weight.to(weights), s.batch)
    assert (out.x.dtype, out.edge_weight.dtype) == (dtype, weights)


@pytest.mark.parametrize("prepared", [False, True])
def test_weights_that_a_layer_cannot_take_are_refused(prepared):
    s, pool = sample([7, 6], density=4.0), SAGPooling(CHANNELS, scorer=GATConv).double()
    with refused("edge_weight"):
        pool(s.x, s.adjacency() if prepared else s.edge_index,
             None if prepared else s.edge_weight, s.batch)
    plain = sample([7, 6], density=4.0, weights="none")
    assert_close(pool(s.x, plain.adjacency(), batch=s.batch).x, plain.pool(pool).x)


def test_a_class_is_called_with_in_channels_and_one():
    assert SAGPooling(CHANNELS, scorer=nn.Linear).scorer.weight.shape == (1, CHANNELS)
    assert SAGPooling(CHANNELS, scorer=lambda f, o: GCNConv(f, o)).scorer.in_channels == CHANNELS


@pytest.mark.parametrize("scorer", [GCNConv(CHANNELS + 1, 1), nn.Linear(CHANNELS + 1, 1)])
def test_a_scorer_of_another_width_is_refused(scorer):
    with refused("scorer"):
        SAGPooling(CHANNELS, scorer=scorer)


def test_a_scorer_may_find_out_its_width():
    assert sample([5]).pool(SAGPooling(CHANNELS, scorer=GCNConv(-1, 1).double())).x.size(0) == 3


@pytest.mark.parametrize("scorer", [
    NeedsMore(), Hiding(), lambda f, o: None, lambda x, edge_index: x.sum(1)])
def test_scorers_that_cannot_be_called_are_refused(scorer):
    with refused("scorer"):
        SAGPooling(CHANNELS, scorer=scorer)


@pytest.mark.parametrize("scorer", [Wide(), nn.Linear(CHANNELS, 2)])
def test_scores_of_another_shape_are_refused(scorer):
    with refused("scorer"):
        sample([7, 6]).pool(SAGPooling(CHANNELS, scorer=scorer).double())


def test_scores_that_are_not_finite_are_refused():
    pool = SAGPooling(CHANNELS).double()
    torch.nn.init.constant_(pool.scorer.lin_rel.bias, float("nan"))
    with refused("scorer"):
        sample([7, 6]).pool(pool)
