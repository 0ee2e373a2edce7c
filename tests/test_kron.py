"""Kron reduction against numpy's Schur complement, and by hand."""

import oracles
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from operators import refused
from strategies import Sample, odd, sample, samples
from torch.testing import assert_close

from gnnpool import Graph
from gnnpool.one_over_k.kron import kron

PATH = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])


def mask(n: int, seed: int, share: float) -> torch.Tensor:
    return torch.rand(n, generator=torch.Generator().manual_seed(seed)) < share


def expected(s: Sample, keep: torch.Tensor) -> torch.Tensor:
    return oracles.schur(oracles.symmetric(s.dense()), keep.nonzero().squeeze(1))


def matrix(edges, k: int) -> torch.Tensor:
    return oracles.dense(edges.edge_index, edges.edge_weight, k)


@given(s=samples(), seed=st.integers(0, 99), share=st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]))
def test_the_schur_complement(s, seed, share):
    keep = mask(s.num_nodes, seed, share)
    edges = kron(s.graph(), keep)
    a = matrix(edges, int(keep.sum()))
    assert_close(a, expected(s, keep), rtol=1e-6, atol=1e-9)
    key = edges.edge_index[0] * max(int(keep.sum()), 1) + edges.edge_index[1]
    assert (key.diff() > 0).all()  # row by row, every pair once
    assert torch.equal(a, a.T)     # bit by bit, as a next level wants it
    assert (edges.edge_weight > 0).all() and not a.diagonal().any()


def test_a_large_graph_takes_several_rounds():
    s = sample([300], density=3.0)
    keep = mask(300, 0, 0.3)
    a = matrix(kron(s.graph(), keep), int(keep.sum()))
    assert_close(a, expected(s, keep), rtol=1e-6, atol=1e-9)


def test_by_hand():
    """Two resistors in a row; a star of three; a path whose end is dropped."""
    x, inner = torch.ones(3, 1), torch.tensor([True, False, True])
    edges = kron(Graph(x, PATH, torch.tensor([1.0, 1, 3, 3])), inner)
    assert edges.edge_index.tolist() == [[0, 1], [1, 0]]
    assert_close(edges.edge_weight, torch.tensor([0.75, 0.75]))
    assert edges.edge_attr is None
    star = torch.tensor([[0, 0, 0, 1, 2, 3], [1, 2, 3, 0, 0, 0]])
    mesh = kron(Graph(torch.ones(4, 1), star), torch.arange(4) > 0)
    assert_close(matrix(mesh, 3), (1 - torch.eye(3).double()) / 3)
    end = kron(Graph(x, PATH), torch.tensor([True, True, False]))
    assert_close(end.edge_weight, torch.tensor([1.0, 1.0]))


def test_all_kept_is_the_graph_and_none_kept_is_nothing():
    s = sample([5, 6], density=3.0)
    assert_close(matrix(kron(s.graph(), s.batch >= 0), 11), s.dense())
    assert kron(s.graph(), s.batch < 0).edge_index.shape == (2, 0)


@pytest.mark.parametrize("name", ["no graphs", "no nodes", "only empty graphs", "zero weights",
                                  "one node with a loop", "no edges"])
def test_without_edges_there_are_none(name):
    s = odd(name)
    edges = kron(s.graph(), mask(s.num_nodes, 0, 0.5))
    assert edges.edge_index.shape == (2, 0) and edges.edge_weight.shape == (0,)


def test_tiny_weights_neither_vanish_nor_blow_up():
    """The products of two weights would be 0 in float32, their quotients by it not a number."""
    path = torch.tensor([[0, 1, 2, 3, 1, 2, 3, 4], [1, 2, 3, 4, 0, 1, 2, 3]])
    edges = kron(Graph(torch.ones(5, 1), path, torch.full((8,), 1e-30)),
                 torch.tensor([True, False, False, False, True]))
    assert_close(edges.edge_weight / 1e-30, torch.full((2,), 0.25))


@pytest.mark.parametrize("directed", [False, True])
def test_gradients_of_the_weights(directed):
    s = sample([9], density=4.0, directed=directed, duplicates=True, loops=True)
    keep = mask(9, 1, 0.5)
    assert 2 < int(keep.sum()) < 7

    def reduced(weight):
        return kron(Graph(s.x, s.edge_index, weight), keep).edge_weight

    assert torch.autograd.gradcheck(reduced, s.edge_weight.requires_grad_())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_dtype_of_the_weights_or_of_the_features(dtype):
    keep = torch.tensor([True, False, True])
    assert kron(Graph(torch.ones(3, 1, dtype=dtype), PATH), keep).edge_weight.dtype == dtype
    weight = torch.ones(4, dtype=dtype)
    assert kron(Graph(torch.ones(3, 1), PATH, weight), keep).edge_weight.dtype == dtype


def test_sums_are_not_taken_in_bfloat16():
    """A hub of 600 leaves, whose degree bfloat16 would count as 256."""
    hub = torch.zeros(600).long()
    leaf = torch.arange(1, 601)
    pair = torch.stack([torch.cat([hub, leaf]), torch.cat([leaf, hub])])
    keep = torch.arange(601) > 598
    out = kron(Graph(torch.ones(601, 1, dtype=torch.bfloat16), pair), keep)
    assert_close(out.edge_weight.float(), torch.full((2,), 0.5), rtol=1e-2, atol=0)


@pytest.mark.parametrize("keep", [None, [True, False, True], torch.ones(3), torch.ones(3, 1) > 0,
                                  torch.ones(2) > 0, torch.tensor([0, 2])], ids=str)
def test_a_bad_mask_is_refused(keep):
    with refused("keep"):
        kron(Graph(torch.ones(3, 1), PATH), keep)


def test_negative_weights_and_attributes_are_refused():
    keep = torch.tensor([True, False, True])
    with refused("edge_weight"):
        kron(Graph(torch.ones(3, 1), PATH, torch.tensor([1.0, 1, -1, -1])), keep)
    with refused("edge_attr"):
        kron(Graph(torch.ones(3, 1), PATH, edge_attr=torch.ones(4, 1)), keep)
