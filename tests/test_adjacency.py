"""Adjacency: A, sorted once, multiplied often. What a Graph asks of it is in test_graph.py."""

import oracles
import pytest
import torch
from hypothesis import given
from operators import refused
from scipy.sparse import csr_matrix
from strategies import Sample, columns, sample, samples
from torch.autograd import gradcheck
from torch.testing import assert_close

from gnnpool import Adjacency, Graph


@given(s=samples())
def test_adjacency_is_sorted_coalesced_and_in_csr(s):
    a, dense = s.adjacency(), s.dense()
    key = a.edge_index[0] * s.num_nodes + a.edge_index[1]
    assert (key.diff() > 0).all()
    rows = csr_matrix((a.edge_weight, a.edge_index[1], a.rowptr), (s.num_nodes, s.num_nodes))
    assert_close(torch.from_numpy(rows.toarray()).double(), dense)
    assert_close(a.degree.double(), dense.sum(1))
    row, col, weight = *a.edge_index.tolist(), a.edge_weight.tolist()
    stored = set(zip(row, col, weight, strict=True))
    assert a.is_symmetric == (stored == set(zip(col, row, weight, strict=True)))
    assert a.is_weighted == (s.edge_weight is not None or bool((dense > 1).any()))
    assert f"num_edges={key.numel()}" in repr(a)


@pytest.mark.parametrize("edges, weight, symmetric", [
    ([[0, 1], [1, 0]], [2.0, 2.0], True),
    ([[0, 1], [1, 0]], [2.0, 2.0 + 1e-6], False),
    ([[0, 1], [1, 2]], [1.0, 1.0], False),
    ([[0, 1, 2], [1, 2, 0]], [1.0, 1.0, 1.0], False),                     # a directed triangle
    ([[0, 1, 2, 3], [1, 0, 3, 2]], [1.0, 2.0, 2.0, 1.0], False),          # weights change places
    ([[0, 1, 2, 3], [1, 0, 3, 2]], [1.0, 1.0, 2.0, 2.0], True),
    ([[0, 0, 1], [1, 1, 0]], [1.0, 1.0, 2.0], True),                      # once summed
    ([[0, 1], [0, 1]], [3.0, 4.0], True),                                 # self-loops
    ([[], []], [], True)])
def test_symmetry_is_seen_in_values_and_places(edges, weight, symmetric):
    a = Adjacency(torch.tensor(edges).long(), torch.tensor(weight).float(), num_nodes=4)
    assert a.is_symmetric is symmetric
    mean = a.symmetrized()
    assert mean.is_symmetric and (mean is a) is symmetric


@pytest.mark.parametrize("directed", [False, True])
def test_products_and_their_gradients(directed):
    """The CSR product of a symmetric A has a backward of its own, a directed A another way."""
    s = sample([7], seed=2, directed=directed, duplicates=True, loops=True, density=4.0)
    a = s.adjacency()
    assert a.is_symmetric is not directed
    weight, x = a.edge_weight.clone().requires_grad_(), columns(s).requires_grad_()

    def product(weight: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return Adjacency(a.edge_index, weight, s.num_nodes) @ x

    assert_close(product(weight, x), s.dense() @ x)
    assert gradcheck(product, (weight, x))
    grad = torch.autograd.grad(product(weight, x).square().sum(), (weight, x))
    dense = s.dense().requires_grad_()
    expected = torch.autograd.grad((dense @ x).square().sum(), (dense, x))
    assert_close(grad, (expected[0][a.edge_index[0], a.edge_index[1]], expected[1]))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_products_in_the_wider_dtype(dtype):
    s = sample([30]).to(dtype)
    for x in (s.x.float(), s.x.double(), s.x.bfloat16()):
        out = s.adjacency() @ x
        assert out.dtype == torch.promote_types(torch.promote_types(dtype, x.dtype), torch.float32)
        assert_close(out.double(), s.dense() @ x.double(), rtol=1e-5, atol=1e-5)


def test_products_under_autocast():
    """There is no CSR product in bfloat16, so none is tried."""
    s = sample([7])
    weight, x = s.edge_weight.float().requires_grad_(), columns(s).float().requires_grad_()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = Adjacency(s.edge_index, weight, 7) @ x
        out.sum().backward()
    assert_close(out.double(), s.dense() @ x.double(), rtol=1e-5, atol=1e-5)
    assert_close(x.grad.double(), s.dense().T @ torch.ones_like(x).double())


def test_symmetrized_gradients_are_those_of_the_mean():
    """At a symmetric A too: moving one direction moves half of it and half of the other."""
    a = sample([5]).adjacency()
    weight = a.edge_weight.clone().requires_grad_()
    s = Sample(torch.ones(5, 1), a.edge_index, weight, torch.zeros(5).long(), 1)
    x = columns(s)
    s.graph().symmetrized().propagate(x).mul(torch.arange(5)[:, None]).sum().backward()
    dense = oracles.dense(a.edge_index, weight.detach(), 5).requires_grad_()
    (oracles.symmetric(dense) @ x).mul(torch.arange(5)[:, None]).sum().backward()
    assert_close(weight.grad, dense.grad[a.edge_index[0], a.edge_index[1]])


def test_counts_do_not_stop_at_256_in_bfloat16():
    edges = torch.stack([torch.zeros(1000), torch.arange(1, 1001)]).long()
    weight = torch.ones(1000, dtype=torch.bfloat16)
    assert Adjacency(edges, weight).degree[0] == 1000
    assert Graph(torch.ones(1001, 1).bfloat16(), edges, weight).degree()[0] == 1000
    same_edge = Adjacency(torch.tensor([[0], [1]]).expand(2, 512).contiguous(), weight[:512])
    assert same_edge.edge_weight.tolist() == [512.0]


@pytest.mark.parametrize("weighted", [True, False])
def test_a_copy_on_a_device(weighted):
    s = sample([6], weights="positive" if weighted else "none")
    a = s.adjacency()
    b = a.to("cpu")
    assert b.is_weighted is a.is_weighted is weighted
    assert_close((b.edge_index, b.edge_weight, b.degree), (a.edge_index, a.edge_weight, a.degree))


@pytest.mark.parametrize("argument, arguments", [
    ("edge_index", ([[0], [1]],)),
    ("edge_index", (torch.zeros(2, 2),)),
    ("edge_index", (torch.zeros(3, 2).long(),)),
    ("edge_index", (torch.tensor([[0], [-1]]),)),
    ("edge_index", (torch.tensor([[0], [3]]), None, 3)),
    ("edge_weight", (torch.zeros(2, 2).long(), torch.ones(3))),
    ("edge_weight", (torch.zeros(2, 2).long(), torch.ones(2).long())),
    ("edge_weight", (torch.zeros(2, 1).long(), torch.tensor([float("nan")]))),
    ("edge_weight", (torch.zeros(2, 1).long(), torch.tensor([float("inf")]))),
    ("num_nodes", (torch.zeros(2, 0).long(), None, -1)),
    ("num_nodes", (torch.zeros(2, 1).long(), None, 2.0))])
def test_bad_adjacencies_are_refused_by_name(argument, arguments):
    with refused(argument):
        Adjacency(*arguments)


@given(s=samples())
def test_other_weights_on_the_same_edges(s):
    a = s.adjacency()
    weight = torch.linspace(1, 2, a.edge_index.size(1)).double().requires_grad_()
    new, dense = a.with_weights(weight), oracles.dense(a.edge_index, weight, s.num_nodes)
    assert_close(new @ columns(s), dense @ columns(s))
    assert_close(new.degree, dense.sum(1))
    assert new.is_weighted and new.is_symmetric == bool((dense == dense.T).all())
    assert_close(torch.autograd.grad((new @ columns(s)).square().sum(), weight)[0],
                 torch.autograd.grad((dense @ columns(s)).square().sum(), weight)[0])
    with refused("edge_weight"):
        a.with_weights(torch.ones(weight.numel() + 1))
