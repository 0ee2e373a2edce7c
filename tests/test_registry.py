"""Operators by name."""

import inspect

import pytest
from operators import refused

import gnnpool
from gnnpool import (
    MinCutPooling,
    NoPooling,
    Pooling,
    get_pooler,
    poolers,
    register_pooler,
    registry,
)


class Mine(Pooling):
    """A reader's operator."""

    def __init__(self, depth: int = 1):
        super().__init__()
        self.depth = depth

    def select(self, graph):
        return NoPooling().select(graph)


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    monkeypatch.setattr(registry, "_POOLERS", dict(registry._POOLERS))


def test_names_lead_to_public_classes():
    assert poolers()["topk"] is gnnpool.TopKPooling and len(poolers()) >= 5
    assert all(getattr(gnnpool, cls.__name__) is cls for cls in poolers().values())
    poolers().clear()
    assert poolers()


def test_arguments_are_the_constructors():
    pool = get_pooler("mincut", in_channels=4, k=3, cut_weight=2.0)
    assert type(pool) is MinCutPooling and pool.loss_weights == {"cut": 2.0, "ortho": 1.0}
    for cls in poolers().values():  # nothing swallows a typing error
        kinds = {p.kind for p in inspect.signature(cls).parameters.values()}
        assert not kinds & {inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL}


@pytest.mark.parametrize("name", ["topK", "", None, 3, ["topk"]])
def test_unknown_names_are_refused(name):
    with pytest.raises(ValueError, match=r"^name: got .+; wanted one of 'topk', 'sag'"):
        get_pooler(name)


@pytest.mark.parametrize("name, arguments, what", [
    ("topk", {"in_channels": 3, "rati": 0.5}, "rati"),
    ("mincut", {"in_channels": 3}, "k"),
    ("none", {"in_channels": 3}, "in_channels")])
def test_unknown_and_missing_arguments_are_refused(name, arguments, what):
    message = rf"^get_pooler\('{name}'\): got .*'{what}'; wanted the arguments of"
    with pytest.raises(ValueError, match=message):
        get_pooler(name, **arguments)


def test_bad_values_keep_their_own_message():
    with refused("k"):
        get_pooler("mincut", in_channels=3, k=0)


def test_the_readers_own():
    register_pooler("mine", Mine)
    assert get_pooler("mine", depth=2).depth == 2 and "mine" in poolers()
    register_pooler("mine", type("Mine", (Mine,), {"__module__": Mine.__module__,
                                                   "__qualname__": "Mine"}))  # a cell run again
    assert poolers()["mine"] is not Mine


@pytest.mark.parametrize("argument, name, cls", [
    ("name", "topk", Mine), ("name", 3, Mine), ("cls", "new", Mine()), ("cls", "new", dict),
    ("cls", "new", None)])
def test_what_cannot_be_registered_is_refused(argument, name, cls):
    with refused(argument):
        register_pooler(name, cls)
    assert poolers().get(name) is not Mine


@pytest.mark.parametrize("name", ["mincutt", "MinCut"])
def test_a_misspelt_name_gets_the_right_one_as_a_hint(name):
    with pytest.raises(ValueError, match=r"\(did you mean 'mincut'\?\)$"):
        get_pooler(name)
