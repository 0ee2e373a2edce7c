"""The promises that every operator keeps, and the mark of a test that holds one of them."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

PROMISES = {
    1: "alignment",
    2: "a batch is its graphs",
    3: "relabelling",
    4: "seeds",
    5: "dtypes and gradients",
    6: "edges",
    7: "odd graphs",
    8: "bad input",
    9: "expressiveness",
    10: "use",
}


def promise(number: int, *, central: bool = False, **drawn: SearchStrategy) -> Callable:
    """A property of a promise: Hypothesis draws the arguments, as many as the profile says where
    it is central, a fifth of that elsewhere.
    """
    assert number in PROMISES

    def property_test(test: Callable) -> Callable:
        examples = max(settings.default.max_examples // (1 if central else 5), 1)
        return pytest.mark.promise(number)(settings(max_examples=examples)(given(**drawn)(test)))

    return property_test
