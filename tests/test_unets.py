"""The experiment of chapter 2.7: U-Nets and the flat GCN, on the same nodes with one recipe."""

import json

import pytest
import torch
from operators import refused

import gnnpool
from gnnpool.__main__ import main
from gnnpool.evaluate.unets import RATIOS, RECIPES, UNETS, measure_unet

COLUMNS = {"data", "model", "pooler", "depth", "hops", "skip", "recipe", "seed", "accuracy",
           "val_accuracy", "sizes", "steps", "best_epoch", "seconds"}


@pytest.mark.parametrize("model", UNETS)
def test_each_model_is_measured(model):
    row = measure_unet("sbm", model, "light", 0, epochs=2)
    assert row.keys() == COLUMNS and len(row["sizes"]) == row["depth"]
    assert 0 <= row["accuracy"] <= 1 and 0 <= row["val_accuracy"] <= 1
    again = measure_unet("sbm", model, "light", 0, epochs=2)
    assert again["accuracy"] == row["accuracy"]


def test_the_levels_are_those_of_the_paper_on_cora():
    sizes, n = [], 2708
    for ratio in RATIOS:
        n = -int(-n * ratio // 1)
        sizes.append(n)
    assert [round(size, -2) for size in sizes] == [2000, 1000, 500, 200]
    n, expected = gnnpool.datasets.load("sbm")[0].num_nodes, []
    for ratio in RATIOS:
        n = -int(-n * ratio // 1)
        expected.append(n)
    assert measure_unet("sbm", "topk", "strong", 0, epochs=1)["sizes"] == expected


@pytest.mark.parametrize("recipe", RECIPES)
def test_learning_helps(recipe):
    few, many = (measure_unet("sbm", "flat", recipe, 0, epochs=epochs)["val_accuracy"]
                 for epochs in (1, 60))
    assert many > few


@pytest.mark.parametrize("argument, change", [
    ("model", {"model": "best"}), ("recipe", {"recipe": "none"}), ("epochs", {"epochs": 0})])
def test_bad_input_is_refused(argument, change):
    with refused(argument):
        measure_unet(**{"data": "sbm", "model": "flat", "recipe": "light", "seed": 0, **change})


def test_the_command_goes_on_where_it_stopped(tmp_path):
    out = tmp_path / "unets.json"
    command = ["unets", "--data", "sbm", "--models", "flat", "--steps", "1", "--threads",
               str(torch.get_num_threads()), "--output", str(out), "--seeds"]
    main([*command, "1"])
    first = json.loads(out.read_text())["rows"][0]
    main([*command, "2"])
    rows = json.loads(out.read_text())["rows"]
    assert rows[0] == first and [row["seed"] for row in rows] == [0, 1]


def test_the_table_that_comes_with_the_package():
    table = gnnpool.results("unets")
    assert {"command", "date", "versions", "hardware", "threads", "rows"} <= table.keys()
    seeds = {}
    for row in table["rows"]:
        seeds.setdefault((row["recipe"], row["model"]), set()).add(row["seed"])
        assert row.keys() == COLUMNS and row["data"] == "cora"
    assert {model for recipe, model in seeds if recipe == "strong"} == set(UNETS)
    assert set(map(len, seeds.values())) == {10}
