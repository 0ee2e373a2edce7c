"""Many poolers side by side: what tables call each, and which of them cannot be made."""

import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from gnnpool.checks import describe, refuse
from gnnpool.evaluate.contenders import PoolerLike, find_pooler, pooler_name, try_pooler
from gnnpool.src import Pooling

Lineup = Sequence[PoolerLike] | Mapping[str, PoolerLike]


class PoolerWarning(UserWarning):
    """A pooler cannot be made; its rows will say no more than that."""


def check_names(argument: str, values: Sequence) -> list:
    """The values as a list; refused where they are one text or one pooler, not several."""
    if isinstance(values, (str, Pooling)) or not isinstance(values, Sequence):
        refuse(argument, describe(values), f"a list, such as [{describe(values).split(' of')[0]}]")
    return list(values)


def by_name(poolers: Lineup, before: Sequence[str] = (), besides: Sequence[str] = ()
            ) -> dict[str, PoolerLike]:
    """Poolers by what tables call them, some `before` the others, some `besides` no poolers at all.

    A dict names them itself. One that is given twice counts once.

    Raises:
        ValueError: different poolers of one name; what `find_pooler` refuses. A place may lead
            nowhere: the rows of its runs will say so.
    """
    if isinstance(poolers, Mapping):
        pairs = list(poolers.items())
    else:
        pairs = [(pooler_name(p), p) for p in check_names("poolers", poolers)]
    for _, pooler in pairs:
        place = isinstance(pooler, str) and (":" in pooler or pooler in (*before, *besides))
        if not place:
            find_pooler(pooler)
    every = list(dict.fromkeys([*((name, name) for name in before), *pairs]))
    named = dict(every)
    if len(named) < len(every):
        refuse("poolers", [name for name, _ in every],
               "poolers of different names: a dict, {name: pooler}, names them")
    return named


def warn_of_failures(named: Mapping[str, PoolerLike], besides: Sequence[str]) -> None:
    """Say at once which poolers cannot be made (`besides`: what is none)."""
    for name, pooler in named.items():
        if name in besides:
            continue
        try:
            try_pooler(pooler)
        except ValueError as error:
            warnings.warn(f"{name} cannot be measured, the others can: {error}", PoolerWarning,
                          stacklevel=3)


@contextmanager
def plain_warnings() -> Iterator[None]:
    """A line of its own for a pooler that cannot be made, in place of Python's form."""
    with warnings.catch_warnings():
        others = warnings.showwarning

        def show(message: Warning, category: type[Warning], *place: Any) -> None:
            if issubclass(category, PoolerWarning):
                print(message, file=sys.stderr)
            else:
                others(message, category, *place)

        warnings.showwarning = show
        yield
