"""Code that readers copy runs: the README's blocks and every docstring's example."""

import doctest
import importlib
import pkgutil
import re

import pytest
import torch
from notebooks import ROOT

import gnnpool
from gnnpool import registry

BLOCKS = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
MODULES = sorted(m.name for m in pkgutil.walk_packages(gnnpool.__path__, "gnnpool.")
                 if not m.name.endswith("__main__"))


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    """An empty folder, a seed, and a registry that forgets the operators of the examples."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "_POOLERS", gnnpool.poolers())
    torch.manual_seed(0)


def test_readme():
    """In one namespace from top to bottom, as a reader runs them."""
    namespace = {"__name__": "readme"}
    assert BLOCKS
    for number, block in enumerate(BLOCKS, 1):
        exec(compile(block, f"README.md, block {number}", "exec"), namespace)


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name):
    module = importlib.import_module(name)
    public = {n: getattr(gnnpool, n) for n in gnnpool.__all__}
    failed, _ = doctest.testmod(module, extraglobs={"torch": torch, "gnnpool": gnnpool} | public,
                                optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert failed == 0, "see the captured output"
