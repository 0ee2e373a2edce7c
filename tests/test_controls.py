"""No pooling, and pooling at random."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import sample, samples
from operators import refused

from gnnpool import NoPooling, RandomPooling


@given(s=samples())
def test_no_pooling_changes_nothing(s):
    attr = torch.ones(s.edge_index.size(1), 2)
    out = s.pool(NoPooling(), edge_attr=attr)
    assert torch.equal(out.x, s.x) and torch.equal(out.batch, s.batch)
    assert out.edge_index is s.edge_index and out.edge_weight is s.edge_weight
    assert out.edge_attr is attr and torch.equal(out.lift(out.x), s.x)


@given(s=samples(), ratio=st.sampled_from([1, 3, 0.25, 1.0]), seed=st.integers(0, 99))
def test_random_nodes_are_drawn_without_replacement(s, ratio, seed):
    out = s.pool(RandomPooling(ratio), seed)
    sizes = s.batch.bincount(minlength=s.num_graphs)
    count = sizes.clamp(max=ratio) if isinstance(ratio, int) else (sizes * ratio).ceil().long()
    assert torch.equal(out.batch.bincount(minlength=s.num_graphs), count)
    assert torch.equal(out.x, s.x[out.assignment.representatives])


def test_random_nodes_are_fair():
    s = sample([10])
    counts = sum(s.pool(RandomPooling(3), seed).assignment.row_sums() for seed in range(600))
    assert counts.sum() == 1800 and (counts - 180).abs().max() < 60  # four and a half deviations


def test_random_rows():
    s = sample([300, 200])  # the second graph's nodes have the numbers of the first's
    out = s.pool(RandomPooling(k=4))
    rows = out.assignment.s
    assert rows.shape == (500, 4) and (rows > 0).all()
    assert torch.allclose(rows.sum(1), torch.ones(500).double())
    assert (rows.mean(0) - 0.25).abs().max() < 0.03 and rows.unique().numel() == 1200


@pytest.mark.parametrize("arguments", [{"ratio": 0.5, "k": 0}, {"k": 2.0}])
def test_a_bad_number_of_columns_is_refused(arguments):
    with refused("k"):
        RandomPooling(**arguments)
