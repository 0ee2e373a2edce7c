"""Global pooling, against numpy and against PyG's functions."""

import oracles
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from strategies import CHANNELS, sample, samples
from operators import refused
from torch import nn
from torch.autograd import gradcheck
from torch.testing import assert_close
from torch_geometric.nn import (
    AttentionalAggregation,
    Set2Set,
    SumAggregation,
    global_add_pool,
    global_max_pool,
    global_mean_pool,
)

from gnnpool import GlobalPooling

PYG = {"sum": global_add_pool, "mean": global_mean_pool, "max": global_max_pool}


@given(s=samples(), aggr=st.sampled_from(["sum", "mean", "max", "min"]))
def test_against_numpy(s, aggr):
    out = GlobalPooling(aggr)(s.x, s.batch, s.num_graphs)
    assert_close(out.numpy(), oracles.readout(s.x, s.batch, s.num_graphs, aggr))


@pytest.mark.parametrize("aggr", PYG)
def test_against_pyg_with_gradients(aggr):
    s = sample([6, 1, 4])
    s.x.requires_grad_()
    assert_close(GlobalPooling(aggr)(s.x, s.batch), PYG[aggr](s.x, s.batch))
    assert gradcheck(lambda x: GlobalPooling(aggr)(x, s.batch, 5), (s.x,))


@pytest.mark.parametrize("aggr", ["sum", "mean", "max", "std", "softmax", ["sum", "max"],
                                  SumAggregation()])
def test_one_graph_needs_no_batch_vector(aggr):
    s, pool = sample([6]), GlobalPooling(aggr)
    assert_close(pool(s.x), pool(s.x, s.batch))
    assert pool(s.x).isfinite().all() and not pool(s.x[:0]).any()
    assert pool(s.x[:0], s.batch[:0]).shape[0] == 0


def test_bfloat16_is_aggregated_in_float32():
    """Sums do not stop at 256, and 99, 101 have a deviation: their squares round in bfloat16."""
    ones = torch.ones(1000, 1).bfloat16()
    assert GlobalPooling("sum")(ones).item() == 1000
    assert GlobalPooling("mean")(ones).item() == 1
    assert GlobalPooling("sum")(ones).dtype == torch.bfloat16
    near = torch.tensor([[99.0], [101.0]]).bfloat16()
    assert_close(GlobalPooling("std")(near), torch.ones(1, 1).bfloat16())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_learned_aggregations(dtype):
    s = sample([6, 0, 4]).to(dtype)
    attention = GlobalPooling(AttentionalAggregation(nn.Linear(CHANNELS, 1))).to(dtype)
    out = attention(s.x, s.batch, 3)
    assert out.dtype == dtype and out.shape == (3, CHANNELS) and not out[1].any()
    assert GlobalPooling(Set2Set(CHANNELS, 2)).to(dtype)(s.x, s.batch, 3).shape == (3, 6)


@pytest.mark.parametrize("aggr", ["nope", "set2set", 3, None, SumAggregation])
def test_unknown_aggregations_are_refused(aggr):
    with refused("aggr"):
        GlobalPooling(aggr)


@pytest.mark.parametrize("argument, arguments", [
    ("x", (torch.ones(4),)), ("x", (torch.ones(4, 2).long(),)), ("x", ([[1.0]],)),
    ("batch", (torch.ones(4, 2), torch.zeros(3).long())),
    ("batch", (torch.ones(4, 2), torch.zeros(4))),
    ("batch", (torch.ones(4, 2), torch.tensor([0, 1, 0, 1]))),
    ("batch", (torch.ones(4, 2), torch.tensor([-1, 0, 0, 1]))),
    ("batch", (torch.ones(4, 2), torch.tensor([0, 0, 1, 2]), 2)),
    ("batch", (torch.ones(4, 2), None, 2)),
    ("num_graphs", (torch.ones(4, 2), torch.zeros(4).long(), -1))])
def test_bad_input_is_refused_by_name(argument, arguments):
    with refused(argument):
        GlobalPooling()(*arguments)
