"""Bad input: every operator refuses it, and names the argument."""

import inspect
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from operators import OPERATORS, Operator, each_operator, pooled_matrix, refused, some_operators
from strategies import Sample, sample
from torch.testing import assert_close

from gnnpool import Adjacency, Pooling

# 8. Bad input

def _edge(s: Sample, i: int, j: int) -> dict:
    extra = torch.tensor([[i], [j]])
    return {"edge_index": torch.cat([s.edge_index, extra], 1), "edge_weight": None}


def _weight(s: Sample, value: float) -> torch.Tensor:
    weight = s.edge_weight.clone()
    weight[2] = value
    return weight


BAD: dict[str, tuple[str, Callable[[Sample], dict]]] = {
    "a list for x": ("x", lambda s: {"x": s.x.tolist()}),
    "x of one dimension": ("x", lambda s: {"x": s.x[:, 0]}),
    "integer x": ("x", lambda s: {"x": s.x.long()}),
    "complex x": ("x", lambda s: {"x": s.x.to(torch.complex128)}),
    "NaN in x": ("x", lambda s: {"x": s.x / torch.tensor([1.0, 0.0, 1.0]).double() * 0}),
    "infinity in x": ("x", lambda s: {"x": s.x / 0}),
    "float edge_index": ("edge_index", lambda s: {"edge_index": s.edge_index.double()}),
    "int32 edge_index": ("edge_index", lambda s: {"edge_index": s.edge_index.int()}),
    "edge_index [E, 2]": ("edge_index", lambda s: {"edge_index": s.edge_index.T}),
    "flat edge_index": ("edge_index", lambda s: {"edge_index": s.edge_index.flatten()}),
    "no edge_index": ("edge_index", lambda s: {"edge_index": None}),
    "an edge to node N": ("edge_index", lambda s: _edge(s, 0, s.num_nodes)),
    "an edge from node -1": ("edge_index", lambda s: _edge(s, -1, 0)),
    "an edge between graphs": ("edge_index", lambda s: _edge(s, 0, s.num_nodes - 1)),
    "edges without nodes": ("edge_index", lambda s: {"x": s.x[:0], "batch": s.batch[:0]}),
    "edge_weight [E, 1]": ("edge_weight", lambda s: {"edge_weight": s.edge_weight[:, None]}),
    "a missing weight": ("edge_weight", lambda s: {"edge_weight": s.edge_weight[1:]}),
    "integer weights": ("edge_weight", lambda s: {"edge_weight": s.edge_weight.long()}),
    "a number for edge_weight": ("edge_weight", lambda s: {"edge_weight": 1.0}),
    "a NaN weight": ("edge_weight", lambda s: {"edge_weight": _weight(s, float("nan"))}),
    "an infinite weight": ("edge_weight", lambda s: {"edge_weight": _weight(s, float("inf"))}),
    "edge_attr [E]": ("edge_attr", lambda s: {"edge_attr": s.edge_weight}),
    "a missing edge_attr": ("edge_attr", lambda s: {"edge_attr": s.edge_weight[1:, None]}),
    "batch out of order": ("batch", lambda s: {"batch": s.batch.flip(0)}),
    "float batch": ("batch", lambda s: {"batch": s.batch.double()}),
    "short batch": ("batch", lambda s: {"batch": s.batch[1:]}),
    "batch [N, 1]": ("batch", lambda s: {"batch": s.batch[:, None]}),
    "negative batch": ("batch", lambda s: {"batch": s.batch - 1}),
    "batch beyond num_graphs": ("batch", lambda s: {"num_graphs": 1}),
    "negative num_graphs": ("num_graphs", lambda s: {"num_graphs": -1}),
    "fractional num_graphs": ("num_graphs", lambda s: {"num_graphs": 2.0}),
    "a string for num_graphs": ("num_graphs", lambda s: {"num_graphs": "2"}),
    "an Adjacency of other nodes": ("edge_index", lambda s: {
        "edge_index": Adjacency(s.edge_index, num_nodes=20), "edge_weight": None}),
    "an Adjacency and weights": ("edge_weight", lambda s: {"edge_index": s.adjacency()}),
    "an Adjacency and edge_attr": ("edge_attr", lambda s: {
        "edge_index": s.adjacency(), "edge_weight": None, "edge_attr": s.edge_weight[:, None]}),
}


def connected() -> Sample:
    return sample([6, 5], density=4.0)


def bad_call(pool: Pooling, s: Sample, change: dict) -> None:
    arguments = {"x": s.x, "edge_index": s.edge_index, "edge_weight": s.edge_weight,
                 "batch": s.batch}
    pool(**{**arguments, **change})


@pytest.mark.parametrize("case", BAD)
@each_operator
def test_bad_input_is_refused_by_name(operator, case):
    s, (argument, change) = connected(), BAD[case]
    with refused(argument):
        bad_call(operator.make(), s, change(s))


@some_operators(learned=True)
def test_features_of_another_width_or_dtype_are_refused(operator):
    s = connected()
    for x in (s.x[:, 1:], s.x.float(), s.x.bfloat16()):
        with refused("x"):
            bad_call(operator.make(), s, {"x": x})


@pytest.mark.parametrize("prepared", [False, True])
@some_operators(degrees=True)
def test_negative_weights_are_refused_where_a_degree_is_needed(operator, prepared):
    s = connected()
    s = replace(s, edge_weight=_weight(s, -0.5))
    with refused("edge_weight"):
        bad_call(operator.make(), s, {"edge_index": s.adjacency(), "edge_weight": None}
                 if prepared else {})


@some_operators(degrees=False)
def test_negative_weights_are_carried_elsewhere(operator):
    s = sample([6, 3])
    s = replace(s, edge_weight=-s.edge_weight)
    out = s.pool(operator.make())
    assert_close(pooled_matrix(out), operator.connect(s.dense(), out.assignment))


BAD_ARGUMENTS = [
    *(("in_channels", v) for v in (0, 2.0, "3", True, None)),
    *(("k", v) for v in (0, -1, 2.5, "3", True)),
    *(("ratio", v) for v in (0, -1, 0.0, 1.5, "0.5", True, None, float("nan"))),
    *(("min_score", v) for v in (2.0, -0.1, "0.1", float("nan"), True)),
    *(("nonlinearity", v) for v in ("relu", torch.tanh, 1)),
    *(("function", v) for v in (3, None, "x")),
    *(("hops", v) for v in (3, 0, "2")),
    *(("scorer", v) for v in (3, "GCNConv", None)),
    *(("hidden", v) for v in (5, (0,), (2.5,), "16", None)),
    *(("assign", v) for v in (3, torch.tanh, torch.nn.Linear)),
    *(("link", v) for v in ("Frobenius", None, 1)),
    *(("inverse_connect", v) for v in ("yes", 1, None)),
    *(("weight", v) for v in ("normalised", None, 1.0)),
    *(("reduce", v) for v in ("min", None, torch.sum)),
    *(("connect", v) for v in ("min", None, torch.sum)),
    *(("order", v) for v in ("size", None, torch.ones(3, 2), torch.arange(3), [1.0, 2.0])),
    *(("refine", v) for v in ("yes", 1, None)),
    *(("threshold", v) for v in (-0.1, "0", None, float("nan"), True)),
    *(("remove_self_loops", v) for v in ("yes", 1, None)),
    *(("degree_norm", v) for v in ("yes", 1, None)),
    *((f"{loss}_weight", v) for v in ("1", None, float("nan"), True)
      for loss in ("link", "entropy", "cut", "ortho", "modularity", "collapse", "tv", "balance")),
]


def allowed(operator: Operator, argument: str, value: object) -> bool:
    """k-MIS may keep all nodes (k = 0), and only one that learns has a scorer of some width."""
    without = argument in ("scorer", "in_channels") and not operator.learned
    return operator.name == "kmis" and (
        without or (argument, value) in (("k", 0), ("scorer", None)))


TAKEN = [pytest.param(o, a, v, id=f"{o}, {a}={getattr(v, '__name__', repr(v))}")
         for o in OPERATORS for a, v in BAD_ARGUMENTS
         if a in inspect.signature(type(o.make())).parameters and not allowed(o, a, v)]


@pytest.mark.parametrize("operator, argument, value", TAKEN)
def test_bad_constructor_arguments_are_refused_by_name(operator, argument, value):
    with refused(argument):
        operator.make(**{argument: value})


@each_operator
def test_unknown_arguments_of_a_call_are_refused(operator):
    s = connected()
    with pytest.raises(TypeError, match="edge_weights"):
        bad_call(operator.make(), s, {"edge_weights": s.edge_weight})
