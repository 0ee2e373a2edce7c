"""MinCutPool against the paper's formulas on dense matrices, and against PyG."""

import math

import oracles
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import CHANNELS, Sample, sample, samples
from operators import refused
from torch import nn
from torch.testing import assert_close
from torch_geometric.nn import GCNConv, dense_mincut_pool

from gnnpool import MinCutPooling
from gnnpool.soft.mincut import cut_loss, ortho_loss


def rows(s: Sample, k: int, seed: int = 0) -> torch.Tensor:
    random = torch.randn(s.num_nodes, k, dtype=torch.float64,
                         generator=torch.Generator().manual_seed(seed))
    return (3 * random).softmax(1)


def dense_losses(s: Sample, a: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    """[B, 2]: the two losses of every graph, 0 where it has no nodes."""
    losses = []
    for g in range(s.num_graphs):
        i = s.batch == g
        block = oracles.symmetric(a)[i][:, i]
        losses.append([oracles.cut(block, matrix[i]), oracles.ortho(matrix[i])] if i.any()
                      else [matrix.sum() * 0] * 2)
    return torch.stack([torch.stack(pair) for pair in losses])


@given(s=samples(), k=st.integers(1, 5), seed=st.integers(0, 99))
def test_losses_and_gradients(s, k, seed):
    weight = torch.ones(s.edge_index.size(1)) if s.edge_weight is None else s.edge_weight
    weight = weight.double().requires_grad_()
    matrix = rows(s, k, seed).requires_grad_()
    graph = Sample(s.x, s.edge_index, weight, s.batch, s.num_graphs).graph()
    fast = torch.stack([f(graph, matrix, "none") for f in (cut_loss, ortho_loss)], 1)
    slow = dense_losses(s, oracles.dense(s.edge_index, weight, s.num_nodes), matrix)
    assert_close(fast, slow, rtol=1e-6, atol=1e-9)
    mean = torch.stack([f(graph, matrix) for f in (cut_loss, ortho_loss)])
    filled = s.batch.unique().numel()
    assert_close(mean, slow.sum(0) / max(filled, 1))
    if k > 1:  # for one cluster the second loss sits on its kink, 0
        probe = torch.linspace(1, 2, fast.numel()).double().view_as(fast)
        grads = [torch.autograd.grad((loss * probe).sum(), (matrix, weight), allow_unused=True,
                                     materialize_grads=True) for loss in (fast, slow)]
        assert_close(*grads, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("directed", [False, True])
def test_the_whole_operator(directed):
    """S = softmax(XW + b), X′ = SᵀX, A′ = SᵀAS without diagonal, normalised; losses weighted."""
    s = sample([9], directed=directed, duplicates=True, loops=True)
    pool = MinCutPooling(CHANNELS, 3, cut_weight=2.0, ortho_weight=0.5).double()
    out, layer = s.pool(pool), pool.assign[0]
    matrix = (s.x @ layer.weight.T + layer.bias).softmax(1)
    a = oracles.symmetric(s.dense())
    assert_close(out.assignment.dense(), matrix)
    assert_close(out.x, matrix.T @ s.x)
    pooled = oracles.degree_normalized(oracles.without_diagonal(matrix.T @ a @ matrix))
    assert_close(oracles.dense(out.edge_index, out.edge_weight, 3), pooled)
    losses = {"cut": oracles.cut(a, matrix), "ortho": oracles.ortho(matrix)}
    assert_close(out.losses, losses)
    assert_close(out.loss, 2.0 * losses["cut"] + 0.5 * losses["ortho"])


@pytest.mark.parametrize("weights", ["none", "positive"])
def test_against_pyg(weights):
    """One graph with edges and no padding, where PyG's dense operator is right."""
    s = sample([20], weights=weights, density=4.0)
    pool = MinCutPooling(CHANNELS, 4).double()
    out = s.pool(pool)
    x, adj, cut, ortho = dense_mincut_pool(s.x, s.dense(), pool.assign(s.x))
    assert_close(out.to_dense()[:2], (x, adj), rtol=1e-6, atol=1e-9)
    assert_close(out.losses, {"cut": cut, "ortho": ortho}, rtol=1e-6, atol=1e-9)


def two_cliques(n: int = 4) -> Sample:
    ones = torch.ones(n, n) - torch.eye(n)
    return Sample(torch.ones(2 * n, 1).double(), torch.block_diag(ones, ones).nonzero().T, None,
                  torch.zeros(2 * n).long(), 1)


@pytest.mark.parametrize("name, matrix, cut, ortho", [
    ("the cliques", torch.eye(2).repeat_interleave(4, 0), -1.0, 0.0),
    ("all in one", torch.eye(2)[:1].expand(8, 2), -1.0, math.sqrt(2 - math.sqrt(2))),
    ("uniform", torch.full((8, 2), 0.5), -1.0, math.sqrt(2 - math.sqrt(2))),
    ("across", torch.eye(2).repeat(4, 1), -1 / 3, 0.0)])
def test_losses_that_can_be_worked_out(name, matrix, cut, ortho):
    graph = two_cliques().graph()
    assert_close(cut_loss(graph, matrix.double()).item(), cut)
    assert_close(ortho_loss(graph, matrix.double()).item(), ortho, atol=1e-7, rtol=1e-7)


def test_without_edges_the_cut_is_zero_with_a_zero_gradient():
    s = sample([5, 4], density=0.0)
    matrix = rows(s, 3).requires_grad_()
    loss = cut_loss(s.graph(), matrix)
    loss.backward()
    assert loss.item() == 0 and not matrix.grad.any()


def test_empty_graphs_do_not_count():
    s, with_empty = sample([6, 5]), sample([6, 5, 0, 0])
    for loss in (cut_loss, ortho_loss):
        assert_close(loss(with_empty.graph(), rows(s, 3)), loss(s.graph(), rows(s, 3)))
        assert loss(with_empty.graph(), rows(s, 3), "none")[2:].tolist() == [0.0, 0.0]


def test_losses_of_half_precision_are_those_of_its_numbers():
    """A star of 2,001 nodes: in bfloat16 neither its degree nor ‖SᵀS‖ could be counted."""
    spokes = torch.stack([torch.zeros(2000), torch.arange(1, 2001)]).long()
    s = Sample(torch.ones(2001, 1).bfloat16(), torch.cat([spokes, spokes.flip(0)], 1), None,
               torch.zeros(2001).long(), 1)
    matrix = rows(s, 3).bfloat16()
    expected = dense_losses(s, s.dense(), matrix.double())[0]
    for loss, value in zip((cut_loss, ortho_loss), expected, strict=True):
        result = loss(s.graph(), matrix)
        assert result.dtype == torch.float32
        assert_close(result.double(), value, rtol=1e-4, atol=1e-5)


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


def test_other_assigners():
    s = sample([8, 6])
    layer = GCNConv(CHANNELS, 4)
    out = s.pool(MinCutPooling(CHANNELS, 4, assign=layer).double())
    assert_close(out.assignment.s, layer(s.x, s.edge_index, s.edge_weight).softmax(1))
    deep = MinCutPooling(CHANNELS, 4, hidden=(7, 5)).double()
    assert [m.weight.shape for m in deep.assign if isinstance(m, nn.Linear)] == [
        (7, CHANNELS), (5, 7), (4, 5)]
    assert_close(s.pool(deep).assignment.s, deep.assign(s.x).softmax(1))
    with refused("assign"):
        s.pool(MinCutPooling(CHANNELS, 4, assign=nn.Linear(CHANNELS, 5)).double())
    with refused("hidden"):
        MinCutPooling(CHANNELS, 4, hidden=(7,), assign=layer)


@pytest.mark.parametrize("loss", [cut_loss, ortho_loss])
def test_bad_losses_are_refused(loss):
    s = sample([8, 6])
    with refused("s"):
        loss(s.graph(), torch.ones(13, 3))
    with refused("reduction"):
        loss(s.graph(), rows(s, 3), "sum")
