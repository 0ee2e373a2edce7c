"""What every operator makes of edges, of odd graphs and of bad input."""

import inspect
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from operators import OPERATORS, each_operator, some_operators
from strategies import ODD, Sample, odd, sample, samples
from test_contract import outputs, pooled_matrix, same
from torch.testing import assert_close

from gnnpool import Adjacency, Pooling


# 6. Edges

@each_operator
@given(s=samples())
def test_duplicate_edges_are_summed(operator, s):
    merged = s.dense().nonzero().T
    once = replace(s, edge_index=merged, edge_weight=s.dense()[merged[0], merged[1]])
    same(s.pool(operator.make()), once.pool(operator.make()))


@each_operator
@given(s=samples())
def test_no_weights_are_ones(operator, s):
    plain = replace(s, edge_weight=None)
    ones = replace(s, edge_weight=torch.ones(s.edge_index.size(1)).double())
    same(plain.pool(operator.make()), ones.pool(operator.make()))


@some_operators(directed=False)
@given(s=samples())
def test_direction_is_averaged(operator, s):
    both = torch.cat([s.edge_index, s.edge_index.flip(0)], 1)
    weight = torch.ones(s.edge_index.size(1)) if s.edge_weight is None else s.edge_weight
    mean = replace(s, edge_index=both, edge_weight=weight.double().repeat(2) / 2)
    result = s.pool(operator.make())
    same(result, replace(s, edge_index=s.edge_index.flip(0)).pool(operator.make()))
    same(result, mean.pool(operator.make()))


@some_operators(attributes=True)
@given(s=samples())
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


@some_operators(attributes=False)
def test_edge_attributes_that_would_be_dropped_are_refused(operator):
    s = sample([5])
    with pytest.raises(ValueError, match=r"^edge_attr: got .+; wanted None"):
        s.pool(operator.make(), edge_attr=torch.ones(s.edge_index.size(1), 2))


# 7. Odd graphs

@pytest.mark.parametrize("name", ODD)
@each_operator
def test_odd_graphs_have_a_finite_result(operator, name):
    s, pool = odd(name), operator.make()
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
def test_the_dense_form_holds_the_same(operator, name):
    out = odd(name).pool(operator.make())
    x, adj, mask = out.to_dense()
    assert x.shape[:2] == adj.shape[:2] == mask.shape and len(x) == out.num_graphs
    assert_close(mask.sum(1), out.batch.bincount(minlength=out.num_graphs))
    assert_close(x[mask], out.x)
    assert_close(adj[mask], adj.new_zeros(0, adj.size(2)) if not mask.any() else torch.cat(
        [torch.nn.functional.pad(block, (0, adj.size(2) - len(block)))
         for g in range(out.num_graphs)
         for block in [pooled_matrix(out)[out.batch == g][:, out.batch == g]]]).to(adj.dtype))
    assert not x[~mask].any() and not adj[~mask].any() and not adj.mT[~mask].any()


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


def refused(argument: str) -> pytest.RaisesExc:
    """The one form of error: the argument, what was got and what is wanted."""
    return pytest.raises(ValueError, match=rf"^{argument}: got .+; wanted .+")


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
    *(("k", v) for v in (0, 2.5, "3", True)),
    *(("ratio", v) for v in (0, -1, 0.0, 1.5, "0.5", True, None, float("nan"))),
    *(("min_score", v) for v in (2.0, -0.1, "0.1", float("nan"), True)),
    *(("nonlinearity", v) for v in ("relu", torch.tanh, None)),
    *(("hops", v) for v in (3, 0, "2")),
    *(("scorer", v) for v in (3, "GCNConv", None)),
    *(("hidden", v) for v in (5, (0,), (2.5,), "16", None)),
    *(("assign", v) for v in (3, torch.tanh, torch.nn.Linear)),
    *((f"{loss}_weight", v) for loss in ("cut", "ortho") for v in ("1", None, float("nan"), True)),
]
TAKEN = [pytest.param(o, a, v, id=f"{o}, {a}={v!r}") for o in OPERATORS for a, v in BAD_ARGUMENTS
         if a in inspect.signature(type(o.make())).parameters]


@pytest.mark.parametrize("operator, argument, value", TAKEN)
def test_bad_constructor_arguments_are_refused_by_name(operator, argument, value):
    with refused(argument):
        operator.make(**{argument: value})


@each_operator
def test_unknown_arguments_of_a_call_are_refused(operator):
    s = connected()
    with pytest.raises(TypeError, match="edge_weights"):
        bad_call(operator.make(), s, {"edge_weights": s.edge_weight})
