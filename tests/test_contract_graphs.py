"""What every operator makes of edges and of odd graphs."""

from dataclasses import replace

import oracles
import pytest
import torch
from operators import (
    Operator,
    each_operator,
    outputs,
    pooled_matrix,
    refused,
    same,
    some_operators,
)
from promises import promise
from strategies import ODD, Sample, odd, sample, samples, wild_samples
from torch.testing import assert_close

from gnnpool import Pooled

# 6. Edges

@each_operator
@promise(6, s=samples())
def test_duplicate_edges_are_summed(operator, s):
    merged = s.dense().nonzero().T
    once = replace(s, edge_index=merged, edge_weight=s.dense()[merged[0], merged[1]])
    same(s.pool(operator.make()), once.pool(operator.make()))


@each_operator
@promise(6, s=samples())
def test_no_weights_are_ones(operator, s):
    plain = replace(s, edge_weight=None)
    ones = replace(s, edge_weight=torch.ones(s.edge_index.size(1)).double())
    same(plain.pool(operator.make()), ones.pool(operator.make()))


@some_operators(directed=False)
@promise(6, s=samples())
def test_direction_is_averaged(operator, s):
    both = torch.cat([s.edge_index, s.edge_index.flip(0)], 1)
    weight = torch.ones(s.edge_index.size(1)) if s.edge_weight is None else s.edge_weight
    mean = replace(s, edge_index=both, edge_weight=weight.double().repeat(2) / 2)
    result = s.pool(operator.make())
    same(result, replace(s, edge_index=s.edge_index.flip(0)).pool(operator.make()))
    same(result, mean.pool(operator.make()))


@some_operators(attributes=True, merges=False)
@promise(6, s=samples())
def test_edge_attributes_go_with_their_edges(operator, s):
    number = torch.arange(s.edge_index.size(1))
    out = s.pool(operator.make(), edge_attr=torch.stack([number, -number], 1).float())
    edge = out.edge_attr[:, 0].long()
    assert_close(out.edge_attr[:, 1], -out.edge_attr[:, 0])
    ends = out.assignment.representatives[out.edge_index]
    assert_close(s.edge_index[:, edge], ends)
    assert out.edge_weight is None or torch.equal(out.edge_weight, s.edge_weight[edge])
    stays = torch.isin(s.edge_index, out.assignment.representatives).all(0)
    assert edge.tolist() == number[stays].tolist()


@some_operators(merges=True)
@promise(6, s=samples())
def test_edge_attributes_are_merged_like_weights(operator, s):
    s = replace(s, edge_weight=None)
    number = 1.0 + torch.arange(s.edge_index.size(1)).double()
    out = s.pool(operator.make(), edge_attr=torch.stack([number, 3 * number], 1))
    expected = operator.connect(replace(s, edge_weight=number).dense(), out.assignment)
    k = out.x.size(0)
    assert_close(oracles.dense(out.edge_index, out.edge_attr[:, 0], k), expected)
    assert_close(oracles.dense(out.edge_index, out.edge_attr[:, 1], k), 3 * expected)


@some_operators(attributes=False)
def test_edge_attributes_that_would_be_dropped_are_refused(operator):
    s = sample([5])
    with refused("edge_attr"):
        s.pool(operator.make(), edge_attr=torch.ones(s.edge_index.size(1), 2))


# 7. Odd graphs

@pytest.mark.parametrize("name", ODD)
@each_operator
def test_odd_graphs_have_a_finite_result(operator, name):
    finite(operator, odd(name))


@each_operator
@promise(7, central=True, s=wild_samples())
def test_any_graphs_have_a_finite_result(operator, s):
    finite(operator, s)


def finite(operator: Operator, s: Sample) -> None:
    pool = operator.make()
    s.x.requires_grad_()
    out = s.pool(pool)
    k = out.x.size(0)
    assert out.edge_index.shape[0] == 2 and out.edge_index.dtype == torch.int64
    assert out.batch.shape == (k,) and out.assignment.dense().shape == (s.num_nodes, k)
    assert set(s.batch.tolist()) <= set(out.batch.tolist())  # no graph has vanished
    results = [*outputs(out), *out.losses.values(), pooled_matrix(out), out.assignment.row_sums()]
    assert all(t.isfinite().all() for t in results)
    assert out.lift(out.x).shape == out.lift(out.x, inverse=True).shape == s.x.shape
    (out.x.sum() + out.loss + out.lift(out.x, inverse=True).sum()).backward()
    assert s.x.grad.isfinite().all()
    assert all(p.grad is None or p.grad.isfinite().all() for p in pool.parameters())


@pytest.mark.parametrize("name", ODD)
@each_operator
def test_the_dense_form_of_odd_graphs_holds_the_same(operator, name):
    same_in_dense_form(odd(name).pool(operator.make()))


@each_operator
@promise(7, s=samples())
def test_the_dense_form_holds_the_same(operator, s):
    same_in_dense_form(s.pool(operator.make()))


def same_in_dense_form(out: Pooled) -> None:
    x, adj, mask = out.to_dense()
    assert x.shape[:2] == adj.shape[:2] == mask.shape and len(x) == out.num_graphs
    assert_close(mask.sum(1), out.batch.bincount(minlength=out.num_graphs))
    assert_close(x[mask], out.x)
    assert_close(adj[mask], adj.new_zeros(0, adj.size(2)) if not mask.any() else torch.cat(
        [torch.nn.functional.pad(block, (0, adj.size(2) - len(block)))
         for g in range(out.num_graphs)
         for block in [pooled_matrix(out)[out.batch == g][:, out.batch == g]]]).to(adj.dtype))
    assert not x[~mask].any() and not adj[~mask].any() and not adj.mT[~mask].any()
