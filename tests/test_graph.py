"""Graph: a batch as tensors. Bad input is in test_contract_input.py."""

import oracles
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import columns, sample, samples
from torch.testing import assert_close

from gnnpool import Graph
from gnnpool.order import mix


@given(s=samples())
def test_sizes_degrees_and_products(s):
    g = s.graph()
    count = s.batch.bincount(minlength=s.num_graphs)
    assert (g.num_nodes, g.num_graphs, g.sizes.tolist()) == (
        s.num_nodes, s.num_graphs, count.tolist())
    assert g.ptr.tolist() == [0, *count.cumsum(0).tolist()]
    assert_close(g.degree().double(), s.dense().sum(1))
    assert_close(g.propagate(columns(s)), s.dense() @ columns(s))


@given(s=samples())
def test_symmetrized(s):
    g = s.graph().symmetrized()
    assert_close(oracles.dense(g.edge_index, g.edge_weight, s.num_nodes),
                 oracles.symmetric(s.dense()))
    assert g.adjacency.is_symmetric and torch.equal(g.batch, s.batch)
    assert_close(g.degree().double(), oracles.symmetric(s.dense()).sum(1))


@pytest.mark.parametrize("weights", ["none", "positive"])
def test_halves_are_the_symmetrized_matrix_and_compile(weights):
    """The form that looks at no value: (A + Aᵀ) / 2 as both halves, not merged."""
    s = sample([9], weights=weights, directed=True, duplicates=True, loops=True)

    @torch.compile(fullgraph=True, backend="eager")
    def mean(x, edge_index, edge_weight):
        g = Graph(x, edge_index, edge_weight).halves()
        return g.propagate(x), g.degree()

    a = oracles.symmetric(s.dense())
    product, degree = mean(s.x, s.edge_index, s.edge_weight)
    assert_close((product, degree.double()), (a @ s.x, a.sum(1)))


def test_the_number_of_graphs_is_read_from_the_batch_where_it_is_not_given():
    x, edges = torch.ones(2, 1), torch.empty(2, 0, dtype=torch.long)
    assert Graph(x, edges).num_graphs == 1
    assert Graph(x, edges, batch=torch.tensor([0, 2])).num_graphs == 3
    assert Graph(x[:0], edges).num_graphs == 1
    assert Graph(x[:0], edges, batch=torch.tensor([]).long()).num_graphs == 0
    more = Graph(x, edges, batch=torch.tensor([0, 2]), num_graphs=5)
    assert more.sizes.tolist() == [1, 0, 1, 0, 0]


# Randomness

@given(st.integers(-2**63, 2**63 - 1))
def test_mix_is_splitmix(z):
    assert mix(torch.tensor(z)).item() == oracles.splitmix(z)


def test_uniform_numbers_belong_to_a_seed_and_a_place():
    def numbers(sizes: list[int], seed: int) -> torch.Tensor:
        s = sample(sizes)
        return Graph(s.x, s.edge_index, None, s.batch, num_graphs=len(sizes),
                     generator=torch.Generator().manual_seed(seed)).uniform(3)

    u = numbers([2000], 1)
    assert u.shape == (2000, 3) and (u >= 0).all() and (u < 1).all()
    assert u.unique().numel() == 6000
    assert_close(u.mean(0), torch.full((3,), 0.5).double(), atol=0.03, rtol=0)
    assert_close(torch.corrcoef(u.T), torch.eye(3).double(), atol=0.1, rtol=0)
    assert torch.equal(numbers([30, 0, 20], 1), torch.cat([u[:30], u[:20]]))
    assert not torch.isclose(numbers([30], 2), u[:30]).any()
