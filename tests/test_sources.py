"""A run is measured anew where the code of a pooler, or the graphs, have changed."""

import importlib
import sys
from functools import partial

import pytest
import torch
from torch_geometric.data import Data

import gnnpool
from gnnpool import datasets, registry
from gnnpool.evaluate.sources import graphs_source, pooler_source
from gnnpool.evaluate.tasks import task_source

MINE = """
import gnnpool
from {other} import Scorer

class Base(gnnpool.{base}):
    size = {size}

class Child(Base):
    pass

class Scored(gnnpool.FunctionPooling):
    def __init__(self):
        super().__init__(Scorer())

def make():
    return Child()

def elsewhere():
    from {other} import Other
    return Other()
"""
OTHER = """
import gnnpool
from torch import nn

class Other(gnnpool.NoPooling):
    size = {size}

class Scorer(nn.Module):
    size = {size}

    def forward(self, x):
        return x[:, 0]
"""


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes the two modules of a reader and gives the source of a name in the first."""
    monkeypatch.syspath_prepend(tmp_path)

    def source(name: str, size: int = 2, other: int = 2) -> str:
        for module, text in (("poolers_of_mine", MINE), ("others_of_mine", OTHER)):
            (tmp_path / f"{module}.py").write_text(text.format(
                size=size if text is MINE else other, other="others_of_mine", base="NoPooling"))
            sys.modules.pop(module, None)
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        importlib.invalidate_caches()
        return pooler_source(f"poolers_of_mine:{name}")

    yield source
    for module in ("poolers_of_mine", "others_of_mine"):
        sys.modules.pop(module, None)


@pytest.mark.parametrize("name", ["Base", "Child", "make", "elsewhere", "Scored"])
def test_the_file_of_a_pooler_counts_with_what_it_inherits(written, name):
    first = written(name)
    assert first.startswith(f"poolers_of_mine:{name} ") and written(name) == first
    assert written(name, size=3) != first


@pytest.mark.parametrize("name, changed", [("elsewhere", True), ("Scored", True),
                                           ("Child", False)])
def test_so_does_the_file_of_what_a_function_makes_and_of_what_is_inside(written, name, changed):
    assert (written(name) != written(name, other=3)) == changed


def test_settings_count_where_a_class_is_not_all():
    def sources(*made):
        return {pooler_source(pooler) for pooler in made}

    assert len(sources(*(partial(gnnpool.TopKPooling, ratio=r) for r in (0.2, 0.3)))) == 2
    assert len(sources(*(lambda k=k: gnnpool.KMISPooling(k) for k in (1, 2)))) == 2
    assert len(sources(*(lambda: gnnpool.FunctionPooling(lambda x: x[:, 0]) for _ in "ab"))) == 1


def test_a_class_without_a_file_is_known_by_what_it_defines():
    def made(size: int, body: str) -> type:
        space = {"__name__": "__nowhere__", "gnnpool": gnnpool}
        exec(f"class Mine(gnnpool.NoPooling):\n    size = {size}\n    def half(self):\n"
             f"        return {body}\n", space)
        return space["Mine"]

    one, same, number, code = (pooler_source(made(*given)) for given in (
        (1, "self.size"), (1, "self.size"), (2, "self.size"), (1, "self.size + 1")))
    assert one == same and len({one, number, code}) == 3


def test_what_comes_with_the_package_is_known_by_its_name(monkeypatch):
    assert pooler_source("topk") == pooler_source("bag of nodes") == ""
    assert pooler_source("no_such_module:Mine") == "no_such_module:Mine"
    row, = (r for r in gnnpool.results("expressiveness")["rows"] if r["source"])
    assert pooler_source("gnnpool.evaluate.contenders:random_dense") == row["source"]
    monkeypatch.setattr(registry, "_POOLERS", gnnpool.poolers())
    gnnpool.register_pooler("mine", type("Mine", (gnnpool.NoPooling,), {}))
    assert pooler_source("mine").startswith("test_sources:Mine ")


def test_graphs_are_known_by_what_is_in_them():
    graphs = datasets.haystack(12)
    first = graphs_source(graphs)
    assert graphs_source([d.clone() for d in graphs]) == first != graphs_source(graphs[:11])
    for change in (lambda d: d.y.add_(1), lambda d: d.x.add_(1), lambda d: d.edge_index.sub_(1),
                   lambda d: d.update({"x": None, "num_nodes": d.num_nodes})):
        changed = [d.clone() for d in graphs]
        change(changed[3])
        assert graphs_source(changed) != first
    table = torch.tensor([[7, 8], [7, 9]])
    by_row, alone = (Data(torch.ones(2, 1), torch.ones(2, 2).long()[:, ::1], y=y)
                     for y in (table[0:1, 0], torch.tensor([7])))
    assert not table[0:2, 0].is_contiguous() and graphs_source([by_row]) == graphs_source([alone])
    spread = [d.clone().update({"edge_index": d.edge_index.repeat_interleave(2, 1)[:, ::2]})
              for d in graphs]
    assert not spread[0].edge_index.is_contiguous() and graphs_source(spread) == first
    for d in graphs:
        d.x = d.x.to(torch.bfloat16)
    assert graphs_source(graphs) != first
    assert task_source(graphs) == graphs_source(graphs) == task_source(lambda: graphs)
    assert task_source("PROTEINS") == task_source("tu:MUTAG") == ""
