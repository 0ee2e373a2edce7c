"""Every public name is documented: what it is, what it takes, and an example.

That the examples run and print what they say is test_examples.py's part.
"""

import inspect
import re

import pytest

import gnnpool

OPERATORS = sorted(gnnpool.poolers())


@pytest.mark.parametrize("name", gnnpool.__all__)
def test_public_names_have_a_sentence_and_an_example(name):
    text = inspect.getdoc(getattr(gnnpool, name))
    first = text.partition("\n\n")[0]
    assert first.endswith((".", ":")) and first[0].isupper()
    assert re.search(r"^Example:\n +>>> ", text, re.M), text


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_say_where_they_come_from_and_explain_every_argument(name):
    cls = gnnpool.poolers()[name]
    text = inspect.getdoc(cls)
    for argument in inspect.signature(cls).parameters:
        assert re.search(rf"\b{argument}\b.*:", text), f"{argument} in {name}"
    assert name == "none" or "Source:" in text


@pytest.mark.parametrize("name", gnnpool.__all__)
def test_public_methods_are_documented(name):
    value = getattr(gnnpool, name)
    members = vars(value).items() if inspect.isclass(value) else ()
    silent = [m for m, f in members if inspect.isfunction(f) and not m.startswith("_")
              and not inspect.getdoc(getattr(value, m)) and m != "extra_repr"]
    assert not silent
