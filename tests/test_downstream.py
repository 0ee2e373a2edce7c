"""The first examination: the same splits for all, nothing tested that was trained on."""

import json
from functools import partial

import networkx as nx
import numpy as np
import pytest
import torch
from operators import refused
from scipy import stats
from torch_geometric import nn as pyg
from torch_geometric.utils import to_networkx

import gnnpool
from gnnpool import datasets
from gnnpool.evaluate.comparison import BASELINES, Downstream, downstream
from gnnpool.evaluate.downstream import measure_downstream
from gnnpool.evaluate.lineup import PoolerWarning
from gnnpool.evaluate.tasks import check_task, described, load_task, split

GRAPHS = datasets.haystack(60)
MODULE = "gnnpool.evaluate.tasks"


class Nothing(gnnpool.Pooling):
    """Drops all nodes."""

    def select(self, graph):
        return gnnpool.SparseAssignment.from_kept(graph.batch < 0, graph)


class Broken(gnnpool.DegreePooling):
    """Gives features that are no numbers."""

    def reduce(self, graph, assignment):
        return super().reduce(graph, assignment) * float("nan")


@pytest.fixture(autouse=True)
def few_graphs(monkeypatch):
    monkeypatch.setattr(f"{MODULE}.load", lambda name: GRAPHS)


def test_ten_runs_test_every_graph_once():
    tested = []
    for run in range(10):
        train, val, test = split(GRAPHS, run)
        assert sorted(train + val + test) == list(range(len(GRAPHS)))
        assert (len(val), len(test)) == (6, 6)
        assert sum(int(GRAPHS[i].y) for i in test) == 3  # stratified
        tested += test
    assert sorted(tested) == list(range(len(GRAPHS)))
    assert split(GRAPHS, 10)[2] != split(GRAPHS, 0)[2]


def test_degree_and_clustering_coefficient_come_first():
    columns = torch.cat([d.x[:, :2] for d in described(GRAPHS)]).numpy()
    plain = [to_networkx(d, to_undirected=True) for d in GRAPHS]
    expected = np.array([[g.degree(i), nx.clustering(g, i)] for g in plain for i in g])
    expected = (expected - expected.mean(0)) / expected.std(0)
    assert np.allclose(columns, expected, atol=1e-4)
    bare = [datasets.ring(5), datasets.ring(6)]
    for d in bare:
        d.x = None
    assert [d.x.shape for d in described(bare)] == [(5, 2), (6, 2)]


@pytest.mark.parametrize("pooler", [*BASELINES, "topk", "mincut", "graclus", "ndp", "kmis"])
def test_each_pooler_is_measured(pooler):
    row = measure_downstream("haystack", pooler, 0, epochs=1)
    assert 0 <= row["accuracy"] <= 1 and row["megabytes"] > 0 and row["seconds"] > 0
    again = measure_downstream("haystack", pooler, 0, epochs=1)
    assert {**again, "seconds": row["seconds"]} == row


def test_a_bag_of_nodes_sees_no_edges(monkeypatch):
    """Not even as degrees: the same nodes without edges give the same result."""
    def measured() -> tuple[float, float]:
        row = measure_downstream("haystack", "bag of nodes", 0, epochs=2)
        return row["accuracy"], row["train_accuracy"]

    before = measured()
    for d in GRAPHS:
        monkeypatch.setattr(d, "edge_index", d.edge_index[:, :0])
    assert measured() == before


def test_a_pooler_that_fails_has_its_row_and_the_others_theirs():
    with pytest.warns(PoolerWarning, match="^Pooler cannot be measured"):
        found = downstream([Nothing, Broken, "no_such_module:Pooler", "topk"], "haystack", runs=1,
                           epochs=1, baselines=[], progress=False)
    nothing, broken, missing, topk = found.table()
    assert "leaves no node of" in nothing["error"]
    assert "finite" in broken["error"]
    assert "no_such_module" in missing["error"] and "accuracy" in topk
    assert "leaves no node" in repr(found) and "topk" in repr(found)


def rows(**accuracies: list[float]) -> list[dict]:
    return [{"pooler": name, "run": run, "accuracy": a, "seconds": 1.0, "megabytes": 2.0}
            for name, values in accuracies.items() for run, a in enumerate(values)]


def test_differences_are_paired_run_by_run():
    found = Downstream(rows(none=[0.5, 0.7, 0.6], topk=[0.6, 0.8, 0.8]))
    gaps = np.array([0.1, 0.1, 0.2])
    low, high = stats.t.interval(0.9, 2, gaps.mean(), gaps.std(ddof=1) * np.sqrt(1 / 3 + 1 / 9))
    assert found.differences(confidence=0.9)["topk"] == pytest.approx((gaps.mean(), low, high))
    shuffled = Downstream(found.rows[::-1])
    assert shuffled.differences(confidence=0.9)["topk"] == pytest.approx((gaps.mean(), low, high))
    one = Downstream(rows(none=[0.5], topk=[0.75])).differences()["topk"]
    assert one.mean == 0.25 and np.isnan(one.low)


def test_common_runs_are_those_that_all_have_finished():
    several = rows(none=[0.5, 0.7, 0.6], topk=[0.6, 0.8], sag=[0.1, 0.2, 0.3])
    several[1] = {"pooler": "none", "run": 1, "error": "stopped"}
    common = Downstream(several).common()
    assert {(row["pooler"], row["run"]) for row in common.rows} == {
        ("none", 0), ("topk", 0), ("sag", 0)}
    assert Downstream([]).common().rows == []


def mine():
    """What a reader's own data set is: a function that returns graphs."""
    return GRAPHS[:20]


def test_graphs_of_ones_own_are_measured_like_those_of_a_name(monkeypatch):
    monkeypatch.setattr(f"{MODULE}.load", lambda name: GRAPHS[:20])
    named, own = (downstream(["topk"], data, runs=1, epochs=2, baselines=[], progress=False).rows[0]
                  for data in ("haystack", mine))
    assert own["data"] == "mine" and own["accuracy"] == named["accuracy"]
    assert load_task("test_downstream:mine") == GRAPHS[:20]
    listed, = downstream(["topk"], GRAPHS[:20], runs=1, epochs=2, baselines=[],
                         progress=False).rows
    assert listed["data"] == "20 graphs" and listed["accuracy"] == named["accuracy"]


def test_what_is_finished_is_kept_but_for_other_graphs_or_another_budget(tmp_path):
    def rows(graphs, epochs=1):
        found = downstream(["topk"], graphs, runs=1, epochs=epochs, baselines=[], progress=False,
                           output=str(tmp_path / "runs.json"))
        return len(json.loads((tmp_path / "runs.json").read_text())["rows"]), found.rows

    other = [*GRAPHS[1:20], GRAPHS[20]]
    count, first = rows(GRAPHS[:20])
    assert count == 1 and rows(GRAPHS[:20]) == (1, first)
    assert rows(other)[0] == 2
    with pytest.raises(ValueError, match="holds 20 graphs, topk, graph, 0 after 1 steps, where 2"):
        rows(other, epochs=2)


def test_poolers_of_a_dict_have_its_names():
    found = downstream({f"k = {k}": partial(gnnpool.KMISPooling, k) for k in (1, 2)}, "haystack",
                       runs=1, epochs=1, baselines=[], progress=False)
    assert list(found.accuracy) == ["k = 1", "k = 2"]


def test_the_picture_has_a_row_a_pooler():
    found = Downstream(rows(none=[0.5, 0.7], topk=[0.6, 0.8]))
    ax = found.plot()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["none", "topk"]


@pytest.mark.parametrize("argument, call", [
    ("layer", lambda: downstream(["topk"], "haystack", layer="best")),
    ("baselines", lambda: downstream(["topk"], "haystack", baselines=["best"])),
    ("poolers", lambda: downstream("topk", "haystack")),
    ("layer", lambda: measure_downstream("haystack", "none", 0, layer="best")),
    ("run", lambda: measure_downstream("haystack", "none", -1)),
    ("runs", lambda: downstream(["topk"], "haystack", runs=0)),
    ("poolers", lambda: downstream(["topk", lambda: None, lambda: None], "haystack", runs=1)),
    ("data", lambda: load_task("test_downstream:nothing")), ("data", lambda: load_task(3)),
    ("data", lambda: load_task(lambda: [1, 2])), ("data", lambda: load_task(lambda: None)),
    ("data", lambda: check_task(lambda: GRAPHS[:9])), ("data", lambda: load_task(GRAPHS[0])),
    ("data", lambda: load_task([1, 2])),
    ("pooler", lambda: downstream([gnnpool.NoPooling()], "haystack")),
    ("pooler", lambda: downstream([pyg.TopKPooling], "haystack")),
    ("data", lambda: downstream(["topk"], lambda: [d.clone().update({"y": None})
                                                   for d in GRAPHS[:10]])),
    *(("data", lambda c=change: check_task([g.clone().update(c(g)) if i == 3 else g
                                            for i, g in enumerate(GRAPHS[:12])]))
      for change in (lambda d: {"x": None, "num_nodes": d.num_nodes}, lambda d: {"x": d.x[:, :0]},
                     lambda d: {"x": d.x[:, 0]}, lambda d: {"edge_index": d.edge_index + 90},
                     lambda d: {"edge_index": None},
                     lambda d: {"x": d.x[:0], "edge_index": d.edge_index[:, :0]})),
    ("reference", lambda: Downstream(rows(topk=[0.5])).differences()),
    ("confidence", lambda: Downstream(rows(none=[0.5])).differences(confidence=95))])
def test_bad_input_is_refused(argument, call):
    with refused(argument):
        call()
