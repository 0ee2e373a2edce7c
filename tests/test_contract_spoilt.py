"""Bad input, drawn: any graphs spoilt in one place are refused, and the argument is named.

The forms of bad input, one by one, are in test_contract_input.py.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from hypothesis import assume
from hypothesis import strategies as st
from operators import each_operator, refused, some_operators
from promises import promise
from strategies import Sample, samples
from torch import Tensor


def put(t: Tensor, at: int, value: float) -> Tensor:
    """A copy with one entry changed."""
    assume(t.numel() > 0)
    t = t.clone()
    t.view(-1)[at % t.numel()] = value
    return t


def ends(s: Sample, at: int, node: int) -> Tensor:
    """One end of one edge moved to a node."""
    return put(s.edge_index, at, node)


def across(s: Sample, at: int) -> Tensor:
    """One edge between the first graph and the last."""
    assume(s.edge_index.size(1) > 0 and s.batch[0] != s.batch[-1])
    edges = s.edge_index.clone()
    edges[:, at % edges.size(1)] = torch.tensor([0, s.num_nodes - 1])
    return edges


def shuffled(s: Sample, at: int) -> Tensor:
    """A batch vector out of order, of graphs that are there."""
    assume(s.batch.numel() > 0 and s.batch[0] != s.batch[-1])
    return s.batch.roll(1 + at % (s.num_nodes - 1))


SPOILT: dict[str, tuple[str, Callable[[Sample, int], Sample]]] = {
    "NaN in x": ("x", lambda s, at: replace(s, x=put(s.x, at, float("nan")))),
    "infinity in x": ("x", lambda s, at: replace(s, x=put(s.x, at, float("-inf")))),
    "an edge to node N": ("edge_index", lambda s, at: replace(
        s, edge_index=ends(s, at, s.num_nodes + at))),
    "an edge to node -1": ("edge_index", lambda s, at: replace(s, edge_index=ends(s, at, -1 - at))),
    "an edge between graphs": ("edge_index", lambda s, at: replace(s, edge_index=across(s, at))),
    "a NaN weight": ("edge_weight", lambda s, at: replace(
        s, edge_weight=put(s.edge_weight, at, float("nan")))),
    "an infinite weight": ("edge_weight", lambda s, at: replace(
        s, edge_weight=put(s.edge_weight, at, float("inf")))),
    "a weight too many": ("edge_weight", lambda s, at: replace(
        s, edge_weight=torch.cat([s.edge_weight, s.edge_weight.new_ones(1 + at)]))),
    "batch out of order": ("batch", lambda s, at: replace(s, batch=shuffled(s, at))),
    "batch beyond num_graphs": ("batch", lambda s, at: replace(
        s, batch=put(s.batch, -1, s.num_graphs + at))),
    "a node without a graph": ("batch", lambda s, at: replace(s, batch=s.batch[1 + at:])),
}
PLACES = st.integers(0, 99)
WEIGHTED = samples(weights=("positive", "zeros")).filter(lambda s: s.edge_index.size(1) > 0)


@each_operator
@promise(8, s=WEIGHTED, how=st.sampled_from(list(SPOILT)), at=PLACES)
def test_any_spoilt_graphs_are_refused_by_name(operator, s, how, at):
    argument, spoil = SPOILT[how]
    spoilt = spoil(s, at)
    with refused(argument):
        spoilt.pool(operator.make())


@some_operators(degrees=True)
@promise(8, s=WEIGHTED, at=PLACES)
def test_any_negative_weight_is_refused_where_a_degree_is_needed(operator, s, at):
    with refused("edge_weight"):
        replace(s, edge_weight=put(s.edge_weight, at, -0.5)).pool(operator.make())
