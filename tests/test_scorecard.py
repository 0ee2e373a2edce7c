"""All four examinations of many poolers: a table, a page, a command; failures stay in a cell."""

import importlib
import json
import linecache
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import torch
from operators import refused

from gnnpool import datasets
from gnnpool.__main__ import main
from gnnpool.evaluate.scorecard import SIZES, scorecard
from gnnpool.evaluate.summary import Scorecard

CARD = importlib.import_module("gnnpool.evaluate.scorecard")  # a function hides it
POOLERS = ["kmis", "no_such_module:Never", "<b>mine"]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Two epochs on sixty graphs."""
    graphs = datasets.haystack(60)
    monkeypatch.setattr("gnnpool.evaluate.tasks.load", lambda name: graphs)
    monkeypatch.setattr(CARD, "expressiveness_row", lambda *_, quick: {
        "conditions_hold": True, "merged_pair": False, "accuracy": 0.5, "verdict": "open"})
    monkeypatch.setitem(SIZES, "quick", replace(
        SIZES["quick"], epochs=2, clouds=("ring",), cloud_epochs=3, graphs=("ring",),
        graph_epochs=3))


@pytest.fixture
def card() -> Scorecard:
    return scorecard(POOLERS[:2], progress=False)


def test_every_pooler_takes_every_examination(card):
    assert card.poolers == ["none", "random", "bag of nodes", "kmis", "Never"]
    done = {(row["pooler"], row["examination"]) for row in card.rows if "error" not in row}
    examinations = {"downstream", "node information", "topology", "expressiveness"}
    for name in ("none", "random", "kmis"):
        assert {e for p, e in done if p == name} == examinations
    assert {e for p, e in done if p == "bag of nodes"} == {"downstream"}


def test_cells_are_means_of_runs(card):
    column = next(c for c in card.columns() if c.title == "haystack: accuracy, %")
    runs = [100 * r["accuracy"] for r in card.rows
            if r["pooler"] == "kmis" and r["examination"] == "downstream"]
    sd = torch.tensor(runs).std().item()
    assert len(runs) == 2
    assert card.cell("kmis", column) == f"{sum(runs) / 2:.1f} ± {sd:.1f}"
    assert card.downstream("haystack").accuracy["kmis"].mean() == pytest.approx(sum(runs) / 200)


def test_a_pooler_that_cannot_be_had_has_its_own_cells(card):
    for column in card.columns():
        expected = "failed" if column.examination != "expressiveness" else card.cell("kmis", column)
        assert card.cell("Never", column) == expected
    assert "No module named 'no_such_module'" in repr(card)
    assert len(card.errors()) == 4  # two runs, one cloud, one graph


class Links(HTMLParser):
    """What a page would fetch, and its text."""

    def __init__(self):
        super().__init__()
        self.fetched, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.fetched += [v for k, v in attrs if k in ("src", "href") and not v.startswith("#")]

    def handle_data(self, data):
        self.text += data


def test_the_page_holds_all_it_needs(tmp_path):
    card = scorecard([*POOLERS[:1], type("<b>mine", (), {})], progress=False)
    page = card.write(tmp_path)
    reader = Links()
    reader.feed(page.read_text(encoding="utf-8"))
    assert reader.fetched == [] and "<b>mine" in reader.text
    for text in ("Node information", "What failed", card.table["versions"]["torch"], "kmis"):
        assert text in reader.text
    assert [path.name for path in tmp_path.iterdir()] == ["scorecard.html"]


def test_the_command_goes_on_where_it_stopped(tmp_path, capsys):
    out = tmp_path / "report"
    command = ["scorecard", "--quick", "--threads", str(torch.get_num_threads()), "--out",
               str(out), "--pooler"]
    main([*command, "kmis"])
    first = json.loads((out / "scorecard.json").read_text())
    main([*command, "kmis", "--pooler", "degree"])
    second = json.loads((out / "scorecard.json").read_text())
    assert second["rows"][:len(first["rows"])] == first["rows"]
    assert {row["pooler"] for row in second["rows"]} == {"none", "random", "bag of nodes", "kmis",
                                                         "degree"}
    assert (out / "scorecard.html").is_file() and "scorecard.html" in capsys.readouterr().out
    assert " && " in second["command"] and second["versions"] and second["date"]


@pytest.mark.parametrize("change", [
    lambda out: out.write_text("a file"),
    lambda out: (out.mkdir(), (out / "scorecard.json").write_text('{"rows": 1}')),
    lambda out: None])
def test_what_is_in_the_way_is_refused_before_anything_is_computed(change, tmp_path, monkeypatch,
                                                                   capsys):
    out = tmp_path / "report"
    change(out)
    monkeypatch.setattr(CARD, "run_jobs", lambda *_, **__: pytest.fail("ran"))
    pooler = "kmis" if out.exists() else "kmiss"
    with pytest.raises(SystemExit):
        main(["scorecard", "--pooler", pooler, "--out", str(out)])
    assert "got" in capsys.readouterr().err


def test_a_pooler_whose_code_has_changed_is_measured_anew(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    code = "import gnnpool\n\nclass Mine(gnnpool.RandomPooling):\n    number = {}\n"
    for name, number in (("one_pooler", 1), ("two_pooler", 1), ("one_pooler", 2)):
        (tmp_path / f"{name}.py").write_text(code.format(number))
        importlib.invalidate_caches()
        sys.modules.pop(name, None)
        linecache.clearcache()
        scorecard([f"{name}:Mine"], output=tmp_path / "table.json", progress=False)
    rows = json.loads((tmp_path / "table.json").read_text())["rows"]
    assert len({row["source"] for row in rows if row["pooler"] == "Mine"}) == 3
    assert len([row for row in rows if row["pooler"] == "none"]) == 5


def test_data_that_no_classifier_can_use_are_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(CARD, "run_jobs", lambda *_, **__: pytest.fail("ran"))
    monkeypatch.setattr("gnnpool.evaluate.tasks.load", datasets.load)
    for argument, tasks in (("data", ["karate"]), ("name", ["nosuch"]), ("tasks", "haystack"),
                            ("data", ["no_such_module:graphs"])):
        with refused(argument):
            scorecard(["kmis"], tasks=tasks)
    with refused("poolers"):
        scorecard("kmis")


def test_a_data_set_whose_runs_all_fail_leaves_the_rest_of_the_page(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise datasets.DatasetUnavailable("no file")

    monkeypatch.setattr(CARD, "measure_downstream", fail)
    page = scorecard(["kmis"], progress=False).write(tmp_path).read_text(encoding="utf-8")
    assert "no file" in page and "Node information" in page


def test_bad_input_is_refused():
    with refused("size"):
        scorecard(["kmis"], size="huge")
    with refused("poolers"):
        scorecard(["kmis", "my_package.poolers:kmis"])
