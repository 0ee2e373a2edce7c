"""The communities table: its layers, its protocols, the command, the file it writes."""

import json

import oracles
import pytest
import torch
from operators import refused
from strategies import sample
from torch.testing import assert_close

import gnnpool
from gnnpool.__main__ import main
from gnnpool.datasets import load
from gnnpool.evaluate import METHODS, clustering_scores, find_communities, measure_communities
from gnnpool.evaluate.communities import (
    SkipConv,
    WeightedSkipConv,
    membership_sample,
    prepare,
)
from gnnpool.provenance import write_results


def test_the_layers_are_the_papers():
    s = sample([12], weights="positive")
    a, dense, x = s.adjacency(), oracles.degree_normalized(s.dense()), s.x.clamp(min=0)
    skip, weighted = SkipConv(3, 4).double(), WeightedSkipConv(3, 4).double()
    torch.nn.init.normal_(skip.bias)
    torch.nn.init.normal_(weighted.skip)
    h = x @ weighted.weight
    for features in (x, x.to_sparse_coo()):
        assert_close(skip(features, a), x @ skip.own + dense @ x @ skip.neighbours + skip.bias)
        assert_close(weighted(features, a), dense @ h + weighted.skip * h)


def test_rows_of_features_sum_to_one():
    data = load("sbm")[0]
    data.x = data.x.clamp(min=0)
    data.x[3] = 0  # a node without features stays one
    x, a = prepare(data)
    sums = x.to_dense().sum(1)
    assert sums[3] == 0 and torch.allclose(sums[4:], torch.ones(len(sums) - 4))
    assert a.num_nodes == 400 and not a.is_weighted and a.is_symmetric


@pytest.mark.parametrize("method", METHODS)
def test_a_method_runs_and_repeats_itself(method):
    data = load("sbm")[0]
    data.x = data.x.clamp(min=0)
    s = find_communities(data, method, seed=1, steps=3, progress=False)
    assert s.shape == (400, 4) and torch.allclose(s.sum(1), torch.ones(400))
    assert torch.equal(s, find_communities(data, method, seed=1, steps=3, progress=False))
    with refused("steps"):
        find_communities(data, method, seed=1, steps=0)


def test_a_row_and_a_sample(monkeypatch):
    data = load("sbm")[0]
    data.x = data.x.clamp(min=0)
    monkeypatch.setattr("gnnpool.evaluate.communities.load", lambda name: [data])
    for method in ("dmon", "k-means on features"):
        row, s = measure_communities("cora", method, 3, steps=2, progress=False)
        assert (row["method"], row["seed"], row.get("steps")) == (
            method, 3, 2 if method == "dmon" else None)
        assert row["nmi"] == clustering_scores(s.argmax(1), data.y, data.edge_index).nmi
    sample = membership_sample("cora", s, count=50)
    assert len(sample["y"]) == len(sample["s"]) == 50
    assert {tuple(sorted(r)) for r in sample["s"]} == {(0, 0, 0, 1000)}


def test_k_may_be_given_and_bad_input_is_refused():
    data = load("sbm")[0]
    with refused("method"):
        find_communities(data, "louvain", seed=0)
    del data.y
    with refused("data"):
        find_communities(data, "dmon", seed=0)
    assert find_communities(data, "dmon", 0, k=3, steps=1, progress=False).shape == (400, 3)
    for bad in (load("sbm"), type(data)(edge_index=data.edge_index)):
        with refused("data"):
            find_communities(bad, "dmon", seed=0, k=2)
    with refused("k"):
        find_communities(data, "dmon", seed=0, k=0)


def test_edge_weights_count():
    data = load("sbm")[0]
    data.edge_weight = torch.linspace(1, 2, data.num_edges)
    assert prepare(data)[1].is_weighted


def test_the_command_keeps_what_is_there(tmp_path, monkeypatch, capsys):
    """A run that is begun again measures what is missing and nothing else."""
    asked = []

    def row(network, method, seed, steps):
        asked.append((network, method, seed, steps))
        return {"network": network, "method": method, "seed": seed, "steps": steps,
                "nmi": 0.5, "modularity": 0.4, "seconds": 1.0}, torch.tensor([[0.25, 0.75]])

    monkeypatch.setattr("gnnpool.evaluate.commands.measure_communities", row)
    monkeypatch.setattr("gnnpool.evaluate.commands.membership_sample",
                        lambda network, s: {"s": (1000 * s).tolist()})
    out = tmp_path / "table.json"
    command = ["communities", "--networks", "cora", "--methods", "mincut", "dmon", "--output",
               str(out), "--steps", "7", "--threads", str(torch.get_num_threads()), "--seeds"]
    main([*command, "1"])
    assert asked == [("cora", "mincut", 0, 7), ("cora", "dmon", 0, 7)]
    with pytest.raises(SystemExit):
        main([*("8" if word == "7" else word for word in command), "1"])
    assert "after 7 steps" in capsys.readouterr().err and len(asked) == 2
    main([*command, "2"])
    assert asked[2:] == [("cora", "mincut", 1, 7), ("cora", "dmon", 1, 7)]
    table = json.loads(out.read_text())
    assert [(r["method"], r["seed"]) for r in table["rows"]] == [
        ("mincut", 0), ("dmon", 0), ("mincut", 1), ("dmon", 1)]
    assert table["samples"] == [{"method": m, "s": [[250, 750]]} for m in ("mincut", "dmon")]
    first, second = table["command"].split(" && ")  # the rows come from both
    assert first.startswith("python -m gnnpool communities --networks cora")
    assert second == first.removesuffix("1") + "2"
    assert {"date", "versions", "hardware", "threads"} < table.keys()
    assert list(tmp_path.iterdir()) == [out]


def test_a_network_that_cannot_be_had_is_named_and_left_out(tmp_path, monkeypatch, capsys):
    def fail(network, method, seed, steps):
        raise gnnpool.datasets.DatasetUnavailable(f"no {network} here")

    monkeypatch.setattr("gnnpool.evaluate.commands.measure_communities", fail)
    out = tmp_path / "table.json"
    main(["communities", "--networks", "pubmed", "--output", str(out)])
    assert not out.exists() and "pubmed is left out: no pubmed here" in "".join(
        capsys.readouterr())


@pytest.mark.parametrize("arguments, message", [
    (["--seeds", "0"], "at least 1"), (["--steps", "-3"], "at least 1"),
    (["--threads", "two"], "at least 1"), (["--networks", "kora"], "invalid choice"),
    (["--output", "nowhere/table.json"], "folder that exists"),
    (["--output", "broken.json"], "something else")])
def test_bad_commands_are_refused_before_anything_is_measured(arguments, message, tmp_path,
                                                              monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.json").write_text("{")
    monkeypatch.setattr("gnnpool.evaluate.commands.measure_communities", None)
    with pytest.raises(SystemExit):
        main(["communities", *arguments])
    assert message in capsys.readouterr().err


def test_an_interrupted_run_says_how_to_go_on(tmp_path, monkeypatch, capsys):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("gnnpool.evaluate.commands.measure_communities", interrupt)
    with pytest.raises(SystemExit):
        main(["communities", "--output", str(tmp_path / "table.json")])
    assert "run it again" in capsys.readouterr().err


def test_a_broken_write_leaves_the_old_table(tmp_path):
    path = tmp_path / "table.json"
    write_results(path, {"command": "x", "rows": [{"a": 1}]})
    before = path.read_text()
    with pytest.raises(TypeError):
        write_results(path, {"command": "x", "rows": [{"a": object()}]})
    assert path.read_text() == before and json.loads(before)["rows"] == [{"a": 1}]


def test_the_tables_that_come_with_the_package():
    table = gnnpool.results("communities")
    assert {"command", "date", "versions", "hardware", "threads", "rows"} <= table.keys()
    seeds = {(r["network"], r["method"]): 0 for r in table["rows"]}
    for r in table["rows"]:
        seeds[r["network"], r["method"]] += 1
        assert 0 <= r["nmi"] <= 1 and -0.5 <= r["modularity"] < 1
    assert {m for _, m in seeds} >= METHODS.keys() and min(seeds.values()) >= 5
    with refused("name"):
        gnnpool.results("comunities")
