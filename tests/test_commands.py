"""`python -m gnnpool downstream`, node-information, topology, expressiveness: one row a run."""

import json
import shutil

import pytest

import gnnpool
from gnnpool.__main__ import EXAMINATIONS, main
from gnnpool.provenance import FOLDER

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
    more = run(tmp_path / "t.json", "node-information", "--data", "bunny", "--nodes", "40",
               "--poolers", "ndp", "--seeds", "1", "--steps", "3")[len(rows):]
    assert [r["nodes"] for r in more] == [40]  # other points are another run, whatever its budget


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
    ["expressiveness", "--data", "grid"], ["expressiveness", "--steps", "3"],
    ["topology", "--data", "haystack"], ["topology", "--data", "nope"],
    ["topology", "--data", "my_module:graph"], ["topology", "--seed", "1"],
    ["topology", "--poolers", "bag of nodes"], ["expressiveness", "--poolers", "json:dumps"],
    ["node-information", "--poolers", "torch_geometric.nn:TopKPooling"]])
def test_what_cannot_be_measured_is_refused_before_anything_is(arguments, tmp_path, monkeypatch,
                                                               capsys):
    monkeypatch.setattr("gnnpool.evaluate.commands.run_jobs", lambda *_, **__: pytest.fail("ran"))
    with pytest.raises(SystemExit):
        main([*arguments, "--output", str(tmp_path / "t.json")])
    said = capsys.readouterr().err
    assert f"python -m gnnpool {arguments[0]}: error" in said and not list(tmp_path.iterdir())


def test_without_a_command_the_help_is_shown(capsys):
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2 and "node-information" in capsys.readouterr().out


def test_both_spellings_of_an_option_are_known(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("gnnpool.evaluate.commands.run_jobs",
                        lambda jobs, *_, **__: asked.append([job.key for job in jobs]) or [])
    for words in (["--pooler", "ndp", "--pooler", "topk", "--seeds", "2", "--steps", "3", "--out"],
                  ["--poolers", "ndp", "topk", "ndp", "--runs", "2", "--epochs", "3", "--output"]):
        main(["topology", "--data", "ring", "--data", "grid", *words, str(tmp_path / "t.json")])
    assert asked[0] == asked[1]
    assert [(key["data"], key["pooler"], key["run"]) for key in asked[0]] == [
        (d, p, r) for d in ("ring", "grid") for r in (0, 1) for p in ("ndp", "topk")]


def test_the_last_line_adds_up(tmp_path, monkeypatch, capsys):
    def row(data, pooler, run, *, epochs):
        if pooler == "topk":
            raise RuntimeError("no")
        return {"steps": epochs}

    monkeypatch.setattr("gnnpool.evaluate.commands.topology_row", row)
    for poolers, status in ((["ndp"], 0), (["ndp", "topk"], 1), (["topk"], 1), (["ndp"], 0)):
        try:
            run(tmp_path / "t.json", "topology", "--data", "ring", "grid", "--seeds", "1",
                "--poolers", *poolers)
            stopped = 0
        except SystemExit as stop:
            stopped = stop.code
        assert stopped == status
    ends = [line.partition(": ")[2] for line in capsys.readouterr().out.splitlines()
            if "rows: " in line]
    assert ends == ["2 rows: 0 kept, 2 measured now, 0 of them failed",
                    "4 rows: 2 kept, 2 measured now, 2 of them failed",
                    "4 rows: 2 kept, 2 measured now, 2 of them failed",
                    "4 rows: 4 kept, 0 measured now, 0 of them failed"]


def test_a_table_of_another_budget_is_refused(tmp_path, capsys):
    arguments = ["topology", "--data", "ring", "--poolers", "ndp", "--seeds", "1"]
    run(tmp_path / "t.json", *arguments, "--steps", "2")
    with pytest.raises(SystemExit):
        run(tmp_path / "t.json", *arguments, "--steps", "3")
    assert "after 2 steps" in capsys.readouterr().err


def test_a_table_of_another_command_is_refused(tmp_path, capsys):
    path = tmp_path / "t.json"
    run(path, "topology", "--data", "ring", "--poolers", "ndp", "--seeds", "1")
    before = path.read_text()
    with pytest.raises(SystemExit):
        run(path, "node-information", "--data", "ring", "--poolers", "ndp", "--seeds", "1")
    assert "a table of 'topology'" in capsys.readouterr().err and path.read_text() == before


@pytest.mark.parametrize("examination", EXAMINATIONS, ids=lambda e: e[0])
def test_the_tables_that_come_with_the_package_are_gone_on_with(examination, tmp_path, monkeypatch,
                                                                  capsys):
    """None of their rows is measured again."""
    def fail(*_, **__):
        raise RuntimeError("measured")

    name, _, _, data, *_ = examination
    for measure in ("measure_downstream", "node_information_row", "topology_row",
                    "expressiveness_row"):
        monkeypatch.setattr(f"gnnpool.evaluate.commands.{measure}", fail)
    monkeypatch.setattr("gnnpool.evaluate.commands.check_task", lambda data: None)
    path = tmp_path / "t.json"
    shutil.copy(FOLDER / f"{name.replace('-', '_')}.json", path)
    count = len(json.loads(path.read_text())["rows"])
    main([name, "--data", data[0], "--seeds", "1", "--output", str(path)])
    assert f"{count} rows: {count} kept, 0 measured now" in capsys.readouterr().out


@pytest.mark.parametrize("examination", EXAMINATIONS, ids=lambda e: e[0])
def test_the_tables_that_come_with_the_package(examination):
    name, _, _, data, poolers, *_ = examination
    table = gnnpool.results(name.replace("-", "_"))
    assert {"command", "date", "versions", "hardware", "threads", "rows"} <= table.keys()
    assert not [row for row in table["rows"] if "error" in row]
    assert {row["data"] for row in table["rows"]} <= set(data)
    asked = {pooler.rpartition(":")[2] for pooler in poolers}
    assert {row["pooler"] for row in table["rows"]} == asked
