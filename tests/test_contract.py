"""What every operator promises about its result. The first promise is the one that peers break:
the edges of the pooled graph join the supernodes whose features stand in x.
"""

import pytest
import torch
from hypothesis import strategies as st
from operators import (
    OPERATORS,
    Operator,
    each_operator,
    lowest_members,
    memberships,
    pooled_matrix,
    same,
    some_operators,
)
from promises import promise
from strategies import Sample, permutations, sample, samples
from torch.testing import assert_close

# 1. Alignment

@pytest.mark.parametrize("name", ["topk", "sag"])
def test_edges_follow_features_where_scores_are_out_of_order(name):
    """A path 0-1-2-3-4 whose scores fall in the order 3, 0, 2: kept are 0, 2, 3, and 2-3 stays."""
    x = torch.tensor([[4.0], [1.0], [3.0], [5.0], [0.0]])
    path = torch.tensor([[0, 1, 2, 3, 1, 2, 3, 4], [1, 2, 3, 4, 0, 1, 2, 3]])
    weight = torch.tensor([1.0, 2, 3, 4, 1, 2, 3, 4])
    pool = next(o for o in OPERATORS if o.name == name).make(torch.float32, in_channels=1, ratio=3)
    for p in pool.parameters():
        torch.nn.init.constant_(p, 0.01)  # for SAG: the neighbours count for little
    if name == "sag":
        torch.nn.init.constant_(pool.scorer.lin_root.weight, 1.0)
    out = pool(x, path, weight)
    assert out.assignment.representatives.tolist() == [0, 2, 3]
    assert (out.x.argsort(0).flatten().tolist(), out.batch.tolist()) == ([1, 0, 2], [0, 0, 0])
    assert out.edge_index.tolist() == [[1, 2], [2, 1]]
    assert out.edge_weight.tolist() == [3.0, 3.0]


def test_a_gate_of_zero_leaves_its_supernode_where_it_is():
    """Found by the hunt: a kept node without features has score and gate 0, a column of zeros."""
    s = sample([4], features="zero")
    out = s.pool(next(o for o in OPERATORS if o.name == "topk").make())
    assert out.assignment.representatives.tolist() == [0, 1] and out.batch.tolist() == [0, 0]
    assert memberships(out.assignment).sum(0).tolist() == [1, 1]
    assert torch.equal(out.x, torch.zeros(2, 3).double())


@each_operator
@promise(1, central=True, s=samples())
def test_matrix_and_features_are_those_of_the_assignment(operator, s):
    out = s.pool(operator.make())
    matrix = out.assignment.dense()
    assert matrix.shape == (s.num_nodes, out.x.size(0))
    assert_close(pooled_matrix(out), operator.connect(s.dense(), out.assignment))
    assert_close(out.x, operator.features(matrix.to(s.x.dtype), s.x))


@each_operator
@promise(1, s=samples())
def test_supernodes_stand_in_canonical_order(operator, s):
    out = s.pool(operator.make())
    assert out.batch.dtype == torch.int64 and out.num_graphs == s.num_graphs
    assert (out.batch.diff() >= 0).all()
    members = memberships(out.assignment)
    assert (members <= (s.batch[:, None] == out.batch)).all()  # no member in another graph
    representatives = getattr(out.assignment, "representatives", None)
    if representatives is not None:
        assert (lowest_members(members).diff() > 0).all()
        assert members[representatives, torch.arange(out.batch.numel())].all()


@each_operator
@promise(1, s=samples())
def test_an_adjacency_gives_the_same_as_its_edges(operator, s):
    prepared = operator.make()(s.x, s.adjacency(), batch=s.batch, num_graphs=s.num_graphs,
                               generator=torch.Generator().manual_seed(0))
    same(prepared, s.pool(operator.make()))


# 2. A batch is its graphs

@each_operator
@promise(2, central=True, s=samples())
def test_a_batch_gives_what_its_graphs_give_alone(operator, s):
    pool = operator.make()
    out, matrix = s.pool(pool), pooled_matrix(s.pool(pool))
    alone = [s.single(g).pool(pool) for g in range(s.num_graphs)]
    for g, one in enumerate(alone):
        rows = out.batch == g
        assert_close(out.x[rows], one.x)
        assert_close(matrix[rows][:, rows], pooled_matrix(one))
        assert_close(out.assignment.dense()[s.batch == g][:, rows], one.assignment.dense())
    filled = [one for g, one in enumerate(alone) if (s.batch == g).any()]
    for name, value in out.losses.items():
        mean = sum(one.losses[name] for one in filled) / max(len(filled), 1)
        assert_close(value, torch.as_tensor(mean, dtype=value.dtype))


# 3. Relabelling nodes relabels the result

@some_operators(random=False, ties="")
@promise(3, s=samples(features=("normal",)), seed=st.integers(0, 99))
def test_relabelling_nodes_relabels_the_result(operator, s, seed):
    relabelled(operator, s, seed)


@some_operators(random=False, ties="equal weights")
@promise(3, s=samples(weights=("positive",), features=("normal",)), seed=st.integers(0, 99))
def test_relabelling_nodes_without_ties_relabels_the_result(operator, s, seed):
    relabelled(operator, s, seed)


def relabelled(operator: Operator, s: Sample, seed: int) -> None:
    new = permutations(s, seed)
    before, after = s.pool(operator.make()), s.relabelled(new).pool(operator.make())
    order = torch.arange(before.x.size(0))
    if getattr(before.assignment, "representatives", None) is not None:
        order = lowest_members(memberships(before.assignment)[new.argsort()]).argsort()
    assert_close(after.x, before.x[order])
    assert_close(pooled_matrix(after), pooled_matrix(before)[order][:, order])
    assert_close(after.assignment.dense()[new], before.assignment.dense()[:, order])
    assert_close(after.losses, before.losses)
