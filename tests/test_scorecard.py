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

import gnnpool
from gnnpool import datasets
from gnnpool.__main__ import main
from gnnpool.evaluate.lineup import PoolerWarning
from gnnpool.evaluate.scorecard import SIZES, scorecard
from gnnpool.evaluate.summary import Scorecard

GRAPHS = datasets.haystack(20)
CARD = importlib.import_module("gnnpool.evaluate.scorecard")  # a function hides it
POOLERS = ["kmis", "no_such_module:Never"]


class Sometimes(gnnpool.RandomPooling):
    """Fails in the second run."""

    def __init__(self):
        super().__init__()
        if torch.initial_seed() == 1:
            raise RuntimeError("not today")


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
    with pytest.warns(PoolerWarning, match="^Never cannot be measured, the others can: ") as said:
        card = scorecard(POOLERS, progress=False)
    assert len(said) == 1
    return card


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
    (name, where, error), = card.failures()
    assert (name, where) == ("Never", "downstream on haystack (2 runs), node information on ring, "
                                      "topology on ring")
    assert repr(card).count("No module named") == 1 and "no_such_module" in error


def test_a_cell_of_which_a_run_failed_says_so(tmp_path):
    card = scorecard({"now and then": Sometimes}, progress=False)
    column = next(c for c in card.columns() if c.title == "haystack: accuracy, %")
    value, = card.values("now and then", column)
    assert card.cell("now and then", column) == f"{100 * value:.1f} (1 of 2)"
    assert "(1 of 2)" not in card.cell("none", column)
    assert card.table()[3]["haystack: accuracy, %"] == card.cell("now and then", column)
    assert "now and then (1 of 2)" in repr(card.downstream("haystack"))
    labels = card.downstream("haystack").plot().get_yticklabels()
    assert [label.get_text() for label in labels][3] == "now and then (1 of 2)"
    page = card.write(tmp_path).read_text(encoding="utf-8")
    assert f'<td><a class="failed" href="#failed">{100 * value:.1f} (1 of 2)</a></td>' in page
    assert page.count("now and then (1 of 2)") >= 2  # the figure's label, the scatter's
    assert 'id="failed"' in page and page.count("not today") == 1


def test_errors_of_all_runs_are_one_line():
    rows = [{"examination": "topology", "data": d, "pooler": "x", "error": "no"} for d in "ab"]
    rows.append({"examination": "topology", "data": "a", "pooler": "y", "error": "no"})
    assert Scorecard({"rows": rows}).failures() == [("x", "everywhere (2 runs)", "no"),
                                                    ("y", "topology on a", "no")]


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
    broken = type("<b>mine", (gnnpool.Pooling,), {})  # without a select
    page = (card := scorecard([*POOLERS[:1], broken], progress=False)).write(
        str(tmp_path / "new" / "report"))
    reader = Links()
    reader.feed(page.read_text(encoding="utf-8"))
    assert reader.fetched == [] and "<b>mine" in reader.text
    for text in ("Node information", "What failed", card.results["versions"]["torch"], "kmis"):
        assert text in reader.text
    assert [path.name for path in page.parent.iterdir()] == ["scorecard.html"]


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


def test_graphs_of_ones_own_that_have_changed_are_measured_anew(tmp_path):
    graphs = []

    def mine():
        return graphs

    path = str(tmp_path / "table.json")
    for seed in (0, 0, 1):
        graphs[:] = datasets.haystack(20, seed=seed)
        card = scorecard(["kmis"], tasks=[mine], output=path, progress=False)
    rows = json.loads((tmp_path / "table.json").read_text())["rows"]
    counts = {e: sum(r["examination"] == e and r["pooler"] == "kmis" for r in rows)
              for e in ("downstream", "topology")}
    assert counts == {"downstream": 4, "topology": 1}
    assert card.downstream("mine").rows == [r for r in rows if r["data_source"] == rows[-1][
        "data_source"]]


def test_data_that_no_classifier_can_use_are_refused_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(CARD, "run_jobs", lambda *_, **__: pytest.fail("ran"))
    monkeypatch.setattr("gnnpool.evaluate.tasks.load", datasets.load)
    for argument, tasks in (("data", ["karate"]), ("name", ["nosuch"]), ("tasks", "haystack"),
                            ("data", ["no_such_module:graphs"]),
                            ("tasks", [lambda: GRAPHS, lambda: GRAPHS])):
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


def test_a_run_that_fails_at_once_is_known_before_the_controls_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(CARD, "run_jobs", lambda *_, **__: pytest.fail("ran"))
    for pooler in ("kmiss", "no_such_module"):
        with pytest.raises(SystemExit):
            main(["scorecard", "--pooler", pooler, "--out", str(tmp_path / "report")])
        assert "package.module:Class" in capsys.readouterr().err
    monkeypatch.setattr(CARD, "run_jobs", lambda jobs, *_, **__: [
        {**job.key, "error": "no"} for job in jobs])
    with pytest.raises(SystemExit):
        main(["scorecard", "--pooler", "topk", "torch_geometric.nn:TopKPooling", "--pooler", "kmis",
              "--output", str(tmp_path / "report")])
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("TopKPooling cannot be measured, the others can")


def test_bad_input_is_refused():
    for poolers in ([gnnpool.NoPooling()], ["kmiss"], {"none": "kmis"}):
        with pytest.raises(ValueError, match="^poolers?: got .*; wanted"):
            scorecard(poolers)
    with refused("output"):
        scorecard(["kmis"], output=".")
    with refused("size"):
        scorecard(["kmis"], size="huge")
    with refused("poolers"):
        scorecard(["kmis", "my_package.poolers:kmis"])
