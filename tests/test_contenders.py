"""Poolers to be judged, however they are named."""

from functools import partial

import pytest
import torch
from operators import refused
from torch_geometric import nn as pyg

import gnnpool
from gnnpool.evaluate.contenders import (
    check_pooled,
    find_pooler,
    make_pooler,
    pooler_name,
    try_pooler,
)
from gnnpool.evaluate.lineup import PoolerWarning, by_name, plain_warnings, warn_of_failures


@pytest.mark.parametrize("name", [n for n in gnnpool.poolers() if n != "function"])
def test_every_operator_is_made_at_half_the_size(name):
    pool = make_pooler(name, in_channels=8, nodes=30)
    assert type(pool) is gnnpool.poolers()[name]
    assert getattr(pool, "ratio", 0.5) == 0.5
    if type(pool).__module__.startswith("gnnpool.soft"):
        assert pool.k == 15
    if name == "kmis":
        assert pool.k == 1  # hops, not supernodes


@pytest.mark.parametrize("pooler, name", [
    ("kmis", "kmis"), ("gnnpool.score.topk:TopKPooling", "TopKPooling"),
    (gnnpool.DiffPool, "DiffPool")])
def test_names(pooler, name):
    assert pooler_name(pooler) == name


def test_a_place_a_class_and_a_function():
    assert find_pooler("gnnpool.score.topk:TopKPooling") is gnnpool.TopKPooling
    assert find_pooler(gnnpool.TopKPooling) is gnnpool.TopKPooling

    def wide(in_channels, k):
        return gnnpool.MinCutPooling(in_channels, 2 * k)

    assert make_pooler(wide, in_channels=4, nodes=10).k == 10
    assert make_pooler(lambda: gnnpool.KMISPooling(3), in_channels=4, nodes=10).k == 3
    assert make_pooler("topk", in_channels=4, nodes=10, share=0.1).ratio == 0.1
    assert make_pooler("gnnpool.evaluate.contenders:random_dense", in_channels=4, nodes=10).k == 5
    assert make_pooler(partial(gnnpool.TopKPooling, ratio=0.2), in_channels=4, nodes=9).ratio == 0.2


@pytest.mark.parametrize("argument, pooler", [
    ("pooler", "topp"), ("pooler", "no_such_module:Pooling"), ("pooler", "gnnpool.src:Nothing"),
    ("pooler", "gnnpool.evaluate.jobs:BACKENDS"), ("pooler", 3),
    ("pooler", gnnpool.NoPooling()), ("pooler", "function"), ("pooler", dict),
    ("pooler", lambda x, edge_index: x), ("pooler", lambda: 3),
    ("pooler", pyg.TopKPooling), ("pooler", pyg.TopKPooling(4))])
def test_what_is_no_pooler_is_refused(argument, pooler):
    with refused(argument):
        make_pooler(pooler, in_channels=4, nodes=10)


def test_a_module_that_breaks_is_refused_in_words(tmp_path, monkeypatch):
    (tmp_path / "broken_poolers.py").write_text("raise RuntimeError('no licence')")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="pooler: got .*RuntimeError: no licence"):
        find_pooler("broken_poolers:Mine")


def test_a_point_in_place_of_the_colon_is_pointed_out():
    with pytest.raises(ValueError, match="wanted .*'my_package.poolers:MyPooling'"):
        find_pooler("my_package.poolers.MyPooling")


@pytest.mark.parametrize("pooler, words", [
    ("mine", "'package.module:Class' for one of your own"),
    ("no_such_module:Mine", "looked for in the current folder and on PYTHONPATH"),
    (pyg.TopKPooling, "a layer of PyG is wrapped"),
    ("torch_geometric.nn:TopKPooling", "a layer of PyG is wrapped"),
    (lambda: pyg.TopKPooling(4), "a layer of PyG is wrapped"),
    (gnnpool.NoPooling(), "wanted its class, NoPooling"),
    (lambda x, edge_index: x, "requires x, edge_index; wanted a class or function that requires at "
     "most in_channels, k and ratio")])
def test_a_message_says_what_to_do(pooler, words):
    with pytest.raises(ValueError, match=words):
        make_pooler(pooler, in_channels=4, nodes=10)


class Broken(gnnpool.NoPooling):
    """Cannot be made."""

    def __init__(self):
        raise KeyError("licence")


def test_a_pooler_is_tried_without_a_trace():
    before = torch.get_rng_state()
    assert try_pooler("mincut").k == 16
    assert torch.equal(torch.get_rng_state(), before)
    with pytest.raises(ValueError, match="pooler: got Broken, .* KeyError: 'licence'; wanted"):
        try_pooler(Broken)


def test_one_pooler_that_cannot_be_made_is_one_warning(capsys):
    named = by_name([Broken, "topk", "bag of nodes"], besides=["bag of nodes"])
    with pytest.warns(PoolerWarning, match="Broken cannot be measured") as caught:
        warn_of_failures(named, ["bag of nodes"])
    assert len(caught) == 1
    with plain_warnings():
        warn_of_failures(named, ["bag of nodes"])
    assert capsys.readouterr().err.startswith("Broken cannot be measured, the others can: pooler:")


def test_a_dict_names_poolers_and_one_that_is_given_twice_counts_once():
    three = {f"kmis {k}": partial(gnnpool.KMISPooling, k) for k in (1, 2, 3)}
    assert list(by_name(three, before=["none"])) == ["none", "kmis 1", "kmis 2", "kmis 3"]
    assert list(by_name(["none", "topk", "topk"], before=["none"])) == ["none", "topk"]
    with pytest.raises(ValueError, match="a dict, {name: pooler}, names them"):
        by_name([lambda: gnnpool.KMISPooling(1), lambda: gnnpool.KMISPooling(2)])
    for poolers in ([gnnpool.NoPooling()], [pyg.TopKPooling], ["topp"], {"none": "topk"}):
        with pytest.raises(ValueError, match="got .*; wanted"):
            by_name(poolers, before=["none"])


def test_a_forward_that_returns_something_else_is_refused():
    with pytest.raises(ValueError, match="Mine, whose forward returns a float32 tensor"):
        check_pooled("Mine", torch.ones(2, 2))
