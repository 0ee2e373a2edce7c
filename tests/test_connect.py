"""CON on its own: SᵀAS for any S, and what operators do to it."""

import oracles
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import Sample, sample, samples
from test_assignment import entry_by_entry, overlapping, random
from operators import refused
from torch.testing import assert_close

from gnnpool import DenseAssignment, SparseAssignment, connect
from gnnpool.connect import dense_edges, induced, two_hop


def matrix(edges, k: int) -> torch.Tensor:
    return oracles.dense(edges.edge_index, edges.edge_weight, k)


def triples(s: Sample, seed: int) -> SparseAssignment:
    sizes = s.batch.bincount(minlength=s.num_graphs).tolist()
    return overlapping(sizes, seed, gated=True, weighted=True)


@given(s=samples(), seed=st.integers(0, 99))
def test_the_product_with_triples(s, seed):
    assignment = triples(s, seed)
    edges, dense = connect(s.graph(), assignment), entry_by_entry(assignment)
    assert_close(matrix(edges, dense.size(1)), dense.T @ s.dense() @ dense)
    key = edges.edge_index[0] * dense.size(1) + edges.edge_index[1]
    assert (key.diff() > 0).all()  # sorted, and every pair once


@given(s=samples(), seed=st.integers(0, 99))
def test_edge_attributes_are_pooled_channel_by_channel(s, seed):
    assignment, attr = triples(s, seed), random(s.edge_index.size(1), 2)
    graph = s.graph()
    graph.edge_attr = attr
    edges, dense = connect(graph, assignment), entry_by_entry(assignment)
    for c in range(2):
        a = oracles.dense(s.edge_index, attr[:, c], s.num_nodes)
        pooled = oracles.dense(edges.edge_index, edges.edge_attr[:, c], dense.size(1))
        assert_close(pooled, dense.T @ a @ dense)
    assert_close(matrix(edges, dense.size(1)), dense.T @ s.dense() @ dense)


@given(s=samples(), k=st.integers(1, 4))
def test_the_product_with_rows_joins_all_pairs(s, k):
    assignment = DenseAssignment(random(s.num_nodes, k), s.graph())
    edges, dense = connect(s.graph(), assignment), assignment.dense()
    assert_close(matrix(edges, s.num_graphs * k), dense.T @ s.dense() @ dense)
    pairs = torch.block_diag(*[torch.ones(k, k)] * s.num_graphs).nonzero().T
    assert torch.equal(edges.edge_index, pairs)


@pytest.mark.parametrize("remove", [False, True])
@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_all_edges_of_pooled_matrices(k, remove, norm):
    s = sample([4, 0, 3])
    a = random(3, k, k).abs()
    a[1] = 0  # a graph without edges
    a[2, 0] = 0  # a supernode without any
    edges = dense_edges(a, s.graph(), remove_self_loops=remove, degree_norm=norm)
    expected = torch.block_diag(*a)
    expected = oracles.without_diagonal(expected) if remove else expected
    expected = oracles.degree_normalized(expected) if norm else expected
    assert_close(matrix(edges, 3 * k), expected)
    assert edges.edge_index.size(1) == 3 * (k * k - k * remove)
    assert not remove or (edges.edge_index[0] != edges.edge_index[1]).all()


def test_the_gradient_of_a_normalised_matrix_without_edges_is_finite():
    a = torch.zeros(1, 3, 3, requires_grad=True)
    dense_edges(a, sample([4]).graph(), degree_norm=True).edge_weight.sum().backward()
    assert a.grad.isfinite().all()


@pytest.mark.parametrize("remove", [False, True])
def test_the_gradient_of_a_normalised_matrix_of_hard_clusters_is_finite(remove):
    """Saturated rows of S leave 1e-38 between two clusters; d^(-3/2) alone would overflow."""
    a = torch.tensor([[[9.0, 1e-38, 0.0], [1e-38, 4.0, 1e-30], [0.0, 1e-30, 2.0]]],
                     requires_grad=True)
    edges = dense_edges(a, sample([4]).graph(), remove_self_loops=remove, degree_norm=True)
    edges.edge_weight.sum().backward()
    assert a.grad.isfinite().all() and edges.edge_weight.isfinite().all()


@given(s=samples(), seed=st.integers(0, 99))
def test_induced_edges(s, seed):
    kept = (random(s.num_nodes, seed=seed) > 0).nonzero().squeeze(1)
    graph = s.graph()
    graph.edge_attr = torch.arange(s.edge_index.size(1))[:, None].float()
    edges = induced(graph, kept)
    assert_close(matrix(edges, len(kept)), oracles.induced(s.dense(), kept))
    assert torch.equal(kept[edges.edge_index], s.edge_index[:, edges.edge_attr.flatten().long()])


@given(s=samples(), seed=st.integers(0, 99))
def test_two_hops(s, seed):
    kept = (random(s.num_nodes, seed=seed) > 0).nonzero().squeeze(1)
    edges = two_hop(s.graph(), kept)
    assert_close(matrix(edges, len(kept)), oracles.induced(oracles.two_hop(s.dense()), kept))
    assert edges.edge_index.unique(dim=1).size(1) == edges.edge_index.size(1)


@pytest.mark.parametrize("call", [
    lambda g: two_hop(g, torch.arange(2)),
    lambda g: connect(g, DenseAssignment(torch.ones(5, 2), g))])
def test_attributes_that_would_be_lost_are_refused(call):
    s = sample([5])
    graph = s.graph()
    graph.edge_attr = torch.ones(s.edge_index.size(1), 1)
    with refused("edge_attr"):
        call(graph)
