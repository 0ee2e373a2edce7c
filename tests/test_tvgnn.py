"""TVGNN: its layer against the paper. Its losses against the paper: test_soft.py."""

import itertools

import oracles
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from operators import refused
from strategies import CHANNELS, sample, samples
from torch.testing import assert_close

from gnnpool import Adjacency, AsymCheegerCutPooling, Graph, GTVConv
from gnnpool.models import Clusterer
from gnnpool.soft.gtvconv import edge_distance
from gnnpool.soft.tvgnn import balance_loss, tv_loss


@given(s=samples(), delta=st.sampled_from([0.311, 1.0, 2.0]))
def test_the_layer_and_its_gradients(s, delta):
    conv = GTVConv(CHANNELS, 4, delta=delta).double()
    torch.nn.init.normal_(conv.bias)
    weight = torch.ones(s.edge_index.size(1)) if s.edge_weight is None else s.edge_weight
    x, weight = s.x.clone().requires_grad_(), weight.double().requires_grad_()
    fast = conv(x, s.edge_index, weight)
    a = oracles.dense(s.edge_index, weight, s.num_nodes).T  # messages go from source to target
    slow = oracles.gtv(x @ conv.weight, a, delta, conv.eps) + conv.bias
    assert_close(fast, slow, rtol=1e-6, atol=1e-7)
    probe = torch.linspace(1, 2, fast.numel()).double().view_as(fast)
    grads = [torch.autograd.grad((y * probe).sum(), (x, weight, conv.weight), allow_unused=True,
                                 materialize_grads=True) for y in (fast, slow)]
    assert_close(*grads, rtol=1e-6, atol=1e-7)


@given(s=samples())
def test_the_layer_on_a_prepared_adjacency(s):
    conv, a = GTVConv(CHANNELS, 4, delta=0.3).double(), s.adjacency()
    x = s.x.clone().requires_grad_()
    both = [conv(x, a), conv(x, a.edge_index, a.edge_weight.double())]
    assert_close(*both)
    assert_close(*(torch.autograd.grad(y.square().sum(), (x, conv.weight)) for y in both))


def test_sparse_features():
    s = sample([9], weights="none")
    x, conv = s.x.clamp(min=0), GTVConv(CHANNELS, 4).double()
    assert_close(conv(x.to_sparse_coo(), s.edge_index), conv(x, s.edge_index))


@pytest.mark.parametrize("argument, change", [
    ("x", {"x": torch.ones(4, 2)}), ("edge_index", {"edge_index": torch.zeros(3, 2).long()}),
    ("edge_weight", {"edge_weight": torch.ones(5)}),
    ("edge_weight", {"edge_index": Adjacency(torch.tensor([[0], [1]]), num_nodes=4),
                     "edge_weight": torch.ones(1)}),
    ("edge_index", {"edge_index": Adjacency(torch.tensor([[0], [1]]))})])
def test_bad_input_of_the_layer_is_refused(argument, change):
    good = {"x": torch.ones(4, 3), "edge_index": torch.tensor([[0, 1], [1, 0]])}
    with refused(argument):
        GTVConv(3, 4)(**{**good, **change})


def test_alike_neighbours_pull_more():
    """A path a–b–c with b nearer to a: after a step, b is nearer to a still."""
    conv = GTVConv(1, 1, delta=0.1, bias=False)
    torch.nn.init.ones_(conv.weight)
    x = torch.tensor([[0.0], [0.2], [1.0]])
    edges = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
    a, b, c = conv(x, edges).squeeze(1)
    assert_close(b.item(), 0.2 + 0.1 * (-0.2 / 0.2 + 0.8 / 0.8))  # each pulls with a force of δ
    assert_close([a.item(), c.item()], [0.1, 0.9])


def test_blocks_of_edges_make_no_difference(monkeypatch):
    s = sample([30], density=4.0)
    row, col = s.edge_index

    def distance(numbers: int):
        monkeypatch.setattr("gnnpool.soft.gtvconv._EdgeDistance.NUMBERS", numbers)
        x = s.x.clone().requires_grad_()
        value = edge_distance(x, row, col)
        return value, *torch.autograd.grad((value * torch.arange(len(row))).sum(), x)

    assert_close(distance(7), distance(2**19))
    assert_close(distance(7)[0], (s.x[row] - s.x[col]).abs().sum(1))


def test_the_balance_is_never_negative():
    """All one-hot partitions of five nodes into three, sizes that cannot be equal included."""
    graph = Graph(torch.ones(5, 1), torch.empty(2, 0).long())
    values = {c: balance_loss(graph, torch.eye(3)[list(c)]).item()
              for c in itertools.product(range(3), repeat=5)}
    least = min(values.values())
    sizes = {c: sorted(c.count(j) for j in range(3)) for c in values}
    assert least >= 0
    assert all((values[c] == least) == (sizes[c] == [1, 2, 2]) for c in values)
    assert all(values[c] == 1 for c in values if sizes[c] == [0, 0, 5])


def test_more_clusters_than_nodes():
    graph = Graph(torch.ones(2, 1), torch.tensor([[0, 1], [1, 0]]))
    matrix = torch.eye(5)[:2]
    assert tv_loss(graph, matrix) == 1 and balance_loss(graph, matrix).isfinite()


def test_the_papers_model_runs_and_learns():
    s = sample([40], weights="none", density=6.0)
    torch.manual_seed(0)
    pool = AsymCheegerCutPooling(16, 3, hidden=(8,), tv_weight=0.785, balance_weight=0.514)
    model = Clusterer(CHANNELS, 16, pool, layers=2, conv=GTVConv)
    optimizer, values = torch.optim.Adam(model.parameters(), lr=1e-2), []
    for _ in range(60):
        optimizer.zero_grad()
        _, loss = model(s.x.float(), s.edge_index)
        loss.backward()
        optimizer.step()
        values.append(loss.item())
    assert values[-1] < values[0] - 0.1


@pytest.mark.parametrize("argument, value", [
    ("in_channels", 0), ("out_channels", 2.5), ("delta", "1"), ("delta", float("nan")),
    ("eps", 0.0), ("eps", -1.0), ("eps", None)])
def test_bad_arguments_of_the_layer_are_refused(argument, value):
    with refused(argument):
        GTVConv(**{"in_channels": 3, "out_channels": 4, argument: value})
