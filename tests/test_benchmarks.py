"""The bench: what it counts, what it leaves out, and that it goes on where it was."""

import json

import pytest
import torch
from benchmarks import __main__ as command
from benchmarks import rows, steps, timing
from benchmarks.graphs import FEATURES, prepared, random_graph
from benchmarks.peers import DENSE_BYTES, MEMORY, PYG, peers
from torch_geometric.data import Batch

import gnnpool


def batch(*sizes: int) -> Batch:
    generator = torch.Generator().manual_seed(0)
    return Batch.from_data_list([random_graph(n, 4, generator) for n in sizes])


def run(path, monkeypatch, *arguments: str) -> dict:
    words = ["bench", "--largest", "1000", "--seconds", "0", "--output", str(path), *arguments]
    monkeypatch.setattr("sys.argv", words)
    command.main()
    return json.loads(path.read_text())


def test_the_table_is_gone_on_with(tmp_path, monkeypatch, capsys):
    path = tmp_path / "bench.json"
    table = run(path, monkeypatch, "--operators", "topk")
    graphs = {row["graphs"] for row in table["rows"]}
    assert "one graph of 1,000 nodes" in graphs and not any("10,000" in g for g in graphs)
    for row in table["rows"]:
        assert min(map(sum, row["seconds"].values())) > 0 and row["rounds"] == 5
        assert set(row["ratios"]) >= {"limit", PYG} and row["megabytes"]["gnnpool"] > 0
    again = run(path, monkeypatch, "--operators", "topk", "mincut")
    assert again["rows"][:len(table["rows"])] == table["rows"]
    assert {row["operator"] for row in again["rows"]} == {"topk", "mincut"}
    soft = [row for row in again["rows"] if row["operator"] == "mincut"]
    assert {row["prepared"] for row in soft} == {False, True}


@pytest.mark.parametrize("name", [*steps.OPERATORS, steps.NDP_SELECT])
def test_every_step_and_its_limit_have_gradients(name):
    b = batch(20, 30)
    for step in (steps.ours(name, FEATURES), steps.limit(name)):
        b.x = b.x.detach().requires_grad_()
        step(b).backward()
        assert b.x.grad.abs().sum() > 0


@pytest.mark.parametrize("name", steps.SOFT)
def test_the_products_of_the_limit_are_those_of_gnnpool(name):
    b = batch(40)
    a = steps._csr(b)
    s = torch.rand(40, 3)
    assert torch.equal(a @ s, gnnpool.Adjacency(b.edge_index, num_nodes=40) @ s)
    values = [float(steps.limit(name)(g)) for g in (b, prepared(b))]
    assert values[0] == values[1]


def test_a_dense_peer_without_memory_is_left_out_and_a_slow_one():
    large = batch(int((MEMORY / DENSE_BYTES) ** 0.5) + 1)
    there, left_out = peers("mincut", FEATURES, large)
    assert PYG not in there and "GB" in left_out[PYG]
    assert PYG in peers("mincut", FEATURES, batch(50))[0]
    assert PYG in peers("topk", FEATURES, large)[0]
    slow = [{"operator": "topk", "graphs": "one graph of 9 nodes",
             "seconds": {PYG: [timing.LONG, 1.0], "limit": [0.1, 0.1]}}]
    assert rows.slow_peers(slow, "topk") == {PYG} and not rows.slow_peers(slow, "sag")
    row = rows.measured("topk", batch(50), False, 0, {PYG})
    assert PYG in row["left_out"] and PYG not in row["seconds"]


def test_ratios_are_times_of_others_over_ours():
    times = {"gnnpool": [(1.0, 1.0), (2.0, 2.0)], "other": [(3.0, 1.0), (2.0, 2.0)]}
    assert timing._ratios(times)["other"][0] == 1.5


def test_a_peer_that_fails_is_named_and_ours_may_not():
    def fails(_):
        raise RuntimeError("no such kernel")

    b, ours = batch(20), steps.ours("topk", FEATURES)
    assert timing.interleaved({"gnnpool": ours, "x": fails}, b, 0)["failed"] == {
        "x": "RuntimeError: no such kernel"}
    with pytest.raises(RuntimeError, match="kernel"):
        timing.interleaved({"gnnpool": fails}, b, 0)
