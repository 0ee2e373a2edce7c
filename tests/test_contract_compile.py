"""Operators under torch.compile: the soft ones in one graph, the others in a counted number."""

import re
from pathlib import Path

import pytest
import torch
from operators import OPERATORS, same, some_operators
from strategies import sample
from torch.testing import assert_close

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.search(r"^torch==([0-9.]+)$", (ROOT / "constraints.txt").read_text(), re.M)[1]
DEFAULTS = {o.name: o for o in OPERATORS[::-1] if not o.soft and "k" not in o.arguments}.values()

@some_operators(soft=True)
def test_soft_operators_compile_without_a_break(operator):
    """One graph of operations for any batch: no value is read, and no size or number of graphs
    is baked in.
    """
    pool = operator.make()
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    compiled = torch.compile(pool, fullgraph=True, backend="aot_eager", dynamic=True)
    for seed, sizes in enumerate(([5, 9, 4], [12, 0, 7, 4], [3, 20, 30, 0, 0, 8, 9])):
        s = sample(sizes, seed=seed, directed=True, loops=True)
        results = []
        for p in (pool, compiled):
            x = s.x.clone().requires_grad_()
            out = p(x, s.edge_index, s.edge_weight, s.batch, num_graphs=len(sizes))
            (out.loss + out.x.square().sum() + out.edge_weight.square().sum()).backward()
            results.append((out.x, out.edge_weight, out.loss, x.grad))
        assert_close(*results)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 1


GRAPHS = {  # pieces that torch.compile cuts an operator into, with the torch of constraints.txt
    "topk": 7, "sag": 7, "degree": 7, "function": 7, "graclus": 37, "kmis": 34, "ndp": 85,
    "none": 5, "random": 8,
}


@pytest.mark.skipif(not torch.__version__.startswith(PINNED), reason=f"counted with {PINNED}")
@pytest.mark.parametrize("name", [o.name for o in DEFAULTS])
def test_the_others_compile_in_so_many_pieces(name):
    """Steps that read values or make sizes from them cut the graph; the results stay the same."""
    operator = next(o for o in DEFAULTS if o.name == name)
    s, pool = sample([12, 0, 9], directed=True, loops=True), operator.make()
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    same(s.pool(torch.compile(pool, backend="eager")), s.pool(pool))
    pieces = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    assert pieces == GRAPHS[name], "fewer? lower the number in GRAPHS; more? see what breaks"


def test_weights_of_two_hops_go_into_compiled_layers():
    """They were a view of a sparse tensor, on which torch.compile broke off."""
    out = sample([5]).pool(next(o for o in OPERATORS if "hops" in o.arguments).make())
    double = torch.compile(lambda weight: 2 * weight, backend="aot_eager")
    assert_close(double(out.edge_weight), 2 * out.edge_weight)
