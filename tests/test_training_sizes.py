"""The experiment of chapter 2.4: every pooler is trained and tested on the same graphs."""

import json

import pytest
import torch
from operators import refused

import gnnpool
from gnnpool.__main__ import main
from gnnpool.evaluate.training_sizes import (
    POOLERS,
    largest_size,
    measure_training_size,
)


@pytest.mark.parametrize("pooler", POOLERS)
def test_each_pooler_is_measured(pooler):
    row = measure_training_size("haystack", pooler, 20, 0, steps=3)
    assert (row["pooler"], row["graphs"], row["seed"], row["steps"]) == (pooler, 20, 0, 3)
    assert 0 <= row["accuracy"] <= 1 and 0 <= row["train_accuracy"] <= 1
    again = measure_training_size("haystack", pooler, 20, 0, steps=3)
    assert again["accuracy"] == row["accuracy"]


def test_the_test_graphs_are_those_of_the_seed_alone(monkeypatch):
    """A fifth for testing, the same for every size; the other parts are never among them."""
    seen = []

    def fit(model, loss, train, val, **_):
        seen.append([sorted(float(d.x.sum()) + d.num_edges for d in loader.dataset)
                     for loader in (train, val)])

    tested = []
    monkeypatch.setattr("gnnpool.evaluate.training_sizes.fit", fit)
    monkeypatch.setattr("gnnpool.evaluate.training_sizes.accuracy", lambda model, loader:
                        tested.append([d.num_edges for d in loader.dataset]) or 0.0)
    for size in (10, 50, largest_size("haystack")):
        measure_training_size("haystack", "none", size, 1)
        assert [len(part) for part in seen[-1]] == [size - size // 5, size // 5]
    tests = tested[::2]
    assert tests[0] == tests[1] == tests[2] and len(tests[0]) == 200
    assert len(seen[-1][0]) + len(seen[-1][1]) + len(tests[0]) == len(
        gnnpool.datasets.load("haystack"))


def test_learning_helps():
    few, many = (measure_training_size("haystack", "mincut", 200, 0, steps=steps)["train_accuracy"]
                 for steps in (1, 200))
    assert many > few


@pytest.mark.parametrize("argument, change", [
    ("pooler", {"pooler": "best"}), ("graphs", {"graphs": 9}), ("graphs", {"graphs": 801}),
    ("steps", {"steps": 0})])
def test_bad_input_is_refused(argument, change):
    with refused(argument):
        measure_training_size(**{"data": "haystack", "pooler": "none", "graphs": 20, "seed": 0,
                                 **change})


def test_an_interrupted_table_goes_on(tmp_path, monkeypatch, capsys):
    asked = []

    def row(data, pooler, graphs, seed, readout, steps):
        asked.append((data, pooler, graphs, seed, readout))
        return {"data": data, "pooler": pooler, "graphs": graphs, "seed": seed,
                "readout": readout, "steps": steps}

    monkeypatch.setattr("gnnpool.evaluate.commands.measure_training_size", row)
    out = tmp_path / "table.json"
    command = ["sizes", "--data", "haystack", "--poolers", "none", "--graphs", "20", "5000",
               "--threads", str(torch.get_num_threads()), "--output", str(out), "--seeds"]
    main([*command, "1"])
    main([*command, "2"])
    main([*command, "1", "--readouts", "sum"])
    assert asked == [("haystack", "none", 20, 0, "mean"), ("haystack", "none", 20, 1, "mean"),
                     ("haystack", "none", 20, 0, "sum")]
    table = json.loads(out.read_text())
    assert [r["seed"] for r in table["rows"]] == [0, 1, 0] and " && " in table["command"]
    with pytest.raises(SystemExit):
        main([*command, "1", "--steps", "7"])
    assert "after 2000 steps" in capsys.readouterr().err


def test_data_that_cannot_be_had_are_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GNNPOOL_DATA", str(tmp_path))
    monkeypatch.setattr("gnnpool.evaluate.commands.largest_size",
                        lambda data: gnnpool.datasets.load("no such data"))
    with pytest.raises(SystemExit):
        main(["sizes", "--data", "what", "--output", str(tmp_path / "table.json")])
    assert "no such data" in capsys.readouterr().err


def test_the_table_that_comes_with_the_package():
    table = gnnpool.results("training_sizes")
    assert {"command", "date", "versions", "hardware", "threads", "rows"} <= table.keys()
    seeds = {}
    for r in table["rows"]:
        seeds.setdefault((r["readout"], r["pooler"], r["graphs"]), set()).add(r["seed"])
        assert 0 <= r["accuracy"] <= 1 and r["data"] == "PROTEINS"
    assert {pooler for _, pooler, _ in seeds} == set(POOLERS)
    assert min(map(len, seeds.values())) >= 5
