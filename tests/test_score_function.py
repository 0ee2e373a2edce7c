"""Scores that need no training: a function of the reader's, and the degree."""

import pytest
import torch
from operators import refused
from strategies import sample
from torch_geometric.data import Data

from gnnpool import DegreePooling, FunctionPooling, Graph, Precompute, TopKPooling

STAR = torch.tensor([[0, 0, 0, 1, 2, 3], [1, 2, 3, 0, 0, 0]])


def test_a_function_of_the_graph_decides():
    x = torch.tensor([[5.0], [1.0], [7.0], [7.0]])
    out = FunctionPooling(lambda graph: graph.x, ratio=2)(x, STAR)
    assert out.assignment.representatives.tolist() == [2, 3] and out.x.tolist() == [[7.0], [7.0]]
    out = FunctionPooling(Graph.degree, ratio=1, nonlinearity="sigmoid")(x, STAR)
    torch.testing.assert_close(out.x, 5 * torch.sigmoid(torch.tensor([[3.0]])))


def test_whole_numbers_are_scores():
    x = torch.rand(4, 1, dtype=torch.float64)
    out = FunctionPooling(lambda graph: torch.arange(4), ratio=2, nonlinearity="tanh")(x, STAR)
    assert out.x.dtype == torch.float64
    torch.testing.assert_close(out.x, x[2:] * torch.tensor([[2.0], [3.0]]).double().tanh())


def test_the_function_may_be_of_any_width_and_learned():
    weight = torch.nn.Parameter(torch.tensor([1.0, -1.0]))
    pool = FunctionPooling(lambda graph: graph.x @ weight, ratio=1, nonlinearity="tanh")
    pool(torch.tensor([[2.0, 0.0], [0.0, 1.0]]), STAR[:, :0]).x.sum().backward()
    assert weight.grad.abs().sum() > 0


def test_the_degree_keeps_hubs_and_their_features():
    s = sample([30], density=4.0)
    out = s.pool(DegreePooling(ratio=5))
    highest = s.dense().sum(1).topk(5).indices.sort().values
    assert out.assignment.representatives.tolist() == highest.tolist()
    assert torch.equal(out.x, s.x[highest])


def test_the_degree_can_be_computed_beforehand():
    data = Precompute(DegreePooling(), levels=2)(Data(x=torch.eye(4), edge_index=STAR))
    out = DegreePooling()(data.x, data.edge_index, level=data.level(1))
    assert out.assignment.representatives.tolist() == [0, 1]


def test_without_a_gate_no_gradient_reaches_the_scores():
    x = torch.rand(4, 3)
    for nonlinearity, reaches in (("tanh", True), (None, False)):
        pool = TopKPooling(3, nonlinearity=nonlinearity)
        out = pool(x.requires_grad_(), STAR)
        out.x.square().sum().backward()
        assert (pool.weight.grad is not None) is reaches
    torch.testing.assert_close(out.x, x[out.assignment.representatives])


@pytest.mark.parametrize("score", [
    lambda g: g.x, lambda g: g.x[1:, 0], lambda g: g.x[:, 0] / 0, lambda g: g.x[:, 0] > 0,
    lambda g: 3.0, lambda g: None])
def test_scores_that_do_not_fit_are_refused(score):
    with refused("function"):
        FunctionPooling(score)(torch.rand(4, 2), STAR)
