"""A graph larger than the device: its pieces are the graph's own, and a step holds few of them."""

import json

import pytest
import torch
from operators import refused
from torch_geometric.utils import subgraph

import gnnpool
from gnnpool.__main__ import main
from gnnpool.adjacency import Adjacency
from gnnpool.evaluate.larger import (
    METHODS,
    MeanConv,
    assign_in_batches,
    community_graph,
    measure_larger,
    neighbour_means,
)
from gnnpool.evaluate.memory import PeakMemory
from gnnpool.evaluate.pieces import (
    multilevel_parts,
    neighbour_batches,
    node_batches,
    part_batches,
)
from gnnpool.models import Clusterer
from gnnpool.soft.dmon import DMoNPooling

KEY = {"nodes", "edges", "method", "seed", "steps", "nmi", "seconds"}
COLUMNS = KEY | {"batch_nodes", "batch_degree", "megabytes", "assign_megabytes", "part_seconds",
                 "assign_seconds"}


@pytest.fixture(scope="module")
def graph():
    data = community_graph(1000, seed=0)
    return data, Adjacency(data.edge_index, num_nodes=data.num_nodes)


def test_the_graph_has_its_communities_and_degrees(graph):
    data, _ = graph
    assert data.num_nodes == 1000 and data.y.bincount().tolist() == [100] * 10
    row, col = data.edge_index
    inside = (data.y[row] == data.y[col]).sum().item() / 1000
    assert inside == pytest.approx(8, rel=0.1)
    assert data.num_edges / 1000 == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize("most", [1, 2, 20])
def test_parts_are_small_numbered_and_keep_more_edges_than_chance(graph, most):
    data, a = graph
    part = multilevel_parts(a, most)
    sizes = part.bincount()
    assert part.numel() == 1000 and sizes.min() >= 1
    assert sizes.max() <= most and (most == 1 or sizes.max() > most // 2)
    kept = (part[data.edge_index[0]] == part[data.edge_index[1]]).double().mean()
    assert kept > 3 * most / 1000 or most == 1


def test_batches_are_induced_subgraphs_and_an_epoch_has_every_node_once(graph):
    data, a = graph
    batches, seen = part_batches(a, multilevel_parts(a, 16), size=120), []
    while sum(map(len, seen)) < 1000:
        batch = next(batches)
        seen.append(batch.nodes)
        wanted = subgraph(batch.nodes, data.edge_index, relabel_nodes=True, num_nodes=1000)[0]
        assert batch.edge_index.tolist() == wanted.tolist()
        assert len(batch.nodes) < 120 + 16
    assert torch.cat(seen).sort().values.tolist() == list(range(1000)) and len(seen) > 7
    again = [next(batches).nodes for _ in seen]
    assert [n.tolist() for n in again] != [n.tolist() for n in seen]


@pytest.mark.parametrize("size", [7, 400, 1000])
def test_pieces_give_what_the_whole_graph_gives(graph, size):
    data, a = graph
    torch.manual_seed(0)
    model, peak = Clusterer(16, 8, DMoNPooling(8, 10), conv=MeanConv), PeakMemory()
    found = assign_in_batches(model, data.x, neighbour_batches(a, size), peak)
    with torch.no_grad():
        assert found.tolist() == model(data.x, a)[0].argmax(1).tolist()
    assert found.unique().numel() > 1 and peak.bytes > 0


def test_means_known_beforehand_are_the_same_layer(graph):
    data, a = graph
    torch.manual_seed(0)
    conv = MeanConv(16, 8)
    weight = torch.cat([conv.own.weight, conv.neighbours.weight], dim=1)
    x = torch.cat([data.x, neighbour_means(data.x, a)], dim=1)
    torch.testing.assert_close(x @ weight.T + conv.own.bias, conv(data.x, a))
    nodes = [batch.nodes[places] for places, batch in node_batches(a, 300)]
    assert torch.cat(nodes).tolist() == list(range(1000))


@pytest.mark.parametrize("method", METHODS)
def test_each_method_is_measured(method):
    row = measure_larger(1000, method, 0, steps=2)
    assert row.keys() == (KEY if method == "features" else COLUMNS)
    assert row["method"] == method and row["nodes"] == 1000 and 0 <= row["nmi"] <= 1
    again = measure_larger(1000, method, 0, steps=2)
    assert all(again[name] == row[name] for name in row if not name.endswith("seconds"))


def test_batches_learn_communities_in_a_fraction_of_the_memory():
    full, parts = (measure_larger(4000, method, 0) for method in ("full", "parts-once"))
    assert parts["batch_nodes"] < full["batch_nodes"] / 15
    assert parts["megabytes"] < full["megabytes"] / 10
    assert parts["nmi"] > 0.4 and full["nmi"] > 0.4
    assert measure_larger(4000, "features", 0)["nmi"] < 0.2




@pytest.mark.parametrize("argument, change", [
    ("nodes", {"nodes": 999}), ("nodes", {"nodes": 1e6}), ("method", {"method": "whole"}),
    ("steps", {"steps": 0})])
def test_bad_input_is_refused(argument, change):
    with refused(argument):
        measure_larger(**{"nodes": 1000, "method": "full", "seed": 0, **change})


def test_the_command_goes_on_where_it_stopped(tmp_path):
    out = tmp_path / "larger.json"
    command = ["larger", "--nodes", "1000", "--methods", "features", "parts", "--steps", "1",
               "--threads", str(torch.get_num_threads()), "--output", str(out), "--seeds"]
    main([*command, "1"])
    first = json.loads(out.read_text())["rows"]
    main([*command, "2"])
    rows = json.loads(out.read_text())["rows"]
    assert rows[:2] == first and [row["seed"] for row in rows] == [0, 0, 1, 1]


def test_the_table_that_comes_with_the_package():
    table = gnnpool.results("larger")
    assert {"command", "date", "versions", "hardware", "threads", "rows"} <= table.keys()
    large = {row["method"]: row for row in table["rows"] if row["nodes"] == 1_000_000}
    assert set(large) == set(METHODS)
    for row in table["rows"]:
        assert row.keys() - {"jobs"} == (KEY if row["method"] == "features" else COLUMNS)
    assert large["parts-once"]["megabytes"] < large["full"]["megabytes"] / 10
    assert large["full"]["edges"] == pytest.approx(10_000_000, rel=0.01)
