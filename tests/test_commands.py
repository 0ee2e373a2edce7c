"""`python -m gnnpool downstream`, node-information, topology, expressiveness: one row a run."""

import json

import pytest

import gnnpool
from gnnpool.__main__ import EXAMINATIONS, main

THREADS = ["--threads", "1"]


def run(path, *arguments):
    main([*arguments, *THREADS, "--output", str(path)])
    return json.loads(path.read_text())["rows"]


def test_downstream_rows_have_their_layer_and_budget(tmp_path):
    arguments = ["downstream", "--data", "haystack", "--poolers", "none", "bag of nodes",
                 "--steps", "1"]
    rows = run(tmp_path / "t.json", *arguments, "--seeds", "1", "--layers", "graph", "gcn")
    assert [(r["pooler"], r["layer"]) for r in rows] == [
        ("none", "graph"), ("bag of nodes", "graph"), ("none", "gcn"), ("bag of nodes", "gcn")]
    assert all(r["steps"] == 1 and 0 <= r["accuracy"] <= 1 for r in rows)
    again = run(tmp_path / "t.json", *arguments, "--seeds", "2")
    assert again[:4] == rows and [r["run"] for r in again[4:]] == [1, 1]


def test_a_row_of_a_large_cloud_has_its_reconstruction(tmp_path):
    rows = run(tmp_path / "t.json", "node-information", "--data", "ring", "bunny", "--nodes", "30",
               "--poolers", "ndp", "--seeds", "2", "--steps", "2")
    assert [r.get("nodes") for r in rows] == [64, 64, 30, 30]
    assert ["reconstruction" in r for r in rows] == [False, False, True, False]
    points = rows[2]["reconstruction"]
    assert len(points) == 30 and all(len(point) == 3 for point in points)


def test_a_row_of_topology(tmp_path):
    rows = run(tmp_path / "t.json", "topology", "--data", "ring", "--poolers", "none", "topk",
               "--seeds", "1", "--steps", "2")
    assert rows[0]["rayleigh"] == pytest.approx(0, abs=1e-6) and rows[1]["supernodes"] == 32


def test_a_row_of_expressiveness(tmp_path, monkeypatch):
    monkeypatch.setattr("gnnpool.evaluate.commands.expressiveness_row",
                        lambda data, pooler, run: {"verdict": f"{data} {pooler} {run}"})
    rows = run(tmp_path / "t.json", "expressiveness", "--poolers", "ndp",
               "gnnpool.evaluate.contenders:random_dense")
    assert [(r["pooler"], r["verdict"].split()[0]) for r in rows] == [
        ("ndp", "necklaces"), ("random_dense", "necklaces")]


@pytest.mark.parametrize("arguments", [
    ["downstream", "--data", "karate"], ["downstream", "--poolers", "topkk"],
    ["topology", "--poolers", "gnnpool.score:Nothing"], ["downstream", "--layers", "gat"],
    ["node-information", "--seeds", "0"], ["node-information", "--data", "minnesota"],
    ["expressiveness", "--data", "grid"], ["expressiveness", "--steps", "3"]])
def test_what_cannot_be_measured_is_refused_before_anything_is(arguments, tmp_path, monkeypatch,
                                                               capsys):
    monkeypatch.setattr("gnnpool.evaluate.commands.run_jobs", lambda *_, **__: pytest.fail("ran"))
    with pytest.raises(SystemExit):
        main([*arguments, "--output", str(tmp_path / "t.json")])
    assert "error" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_a_table_of_another_budget_is_refused(tmp_path, capsys):
    arguments = ["topology", "--data", "ring", "--poolers", "ndp", "--seeds", "1"]
    run(tmp_path / "t.json", *arguments, "--steps", "2")
    with pytest.raises(SystemExit):
        run(tmp_path / "t.json", *arguments, "--steps", "3")
    assert "after 2 steps" in capsys.readouterr().err


@pytest.mark.parametrize("examination", EXAMINATIONS, ids=lambda e: e[0])
def test_the_tables_that_come_with_the_package(examination):
    name, _, _, data, poolers, *_ = examination
    table = gnnpool.results(name.replace("-", "_"))
    assert {"command", "date", "versions", "hardware", "threads", "rows"} <= table.keys()
    assert not [row for row in table["rows"] if "error" in row]
    assert {row["data"] for row in table["rows"]} <= set(data)
    asked = {pooler.rpartition(":")[2] for pooler in poolers}
    assert {row["pooler"] for row in table["rows"]} == asked
