"""Poolers to be judged, however they are named."""

from functools import partial

import pytest
from operators import refused

import gnnpool
from gnnpool.evaluate.contenders import find_pooler, make_pooler, pooler_name


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
    ("name", "topp"), ("pooler", "no_such_module:Pooling"), ("pooler", "gnnpool.src:Nothing"),
    ("pooler", "gnnpool.evaluate.jobs:BACKENDS"), ("pooler", 3),
    ("pooler", gnnpool.NoPooling()), ("pooler", "function"), ("pooler", dict)])
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
