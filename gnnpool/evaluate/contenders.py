"""Poolers to be judged: by name, by the place of their class, or as a class or function."""

import importlib
import inspect
from collections.abc import Callable, Sequence
from zlib import crc32

from gnnpool.checks import describe, refuse
from gnnpool.registry import get_pooler, poolers
from gnnpool.src import Pooled, Pooling

PoolerLike = str | Callable[..., Pooling]

OPERATORS = ("diff", "mincut", "dmon", "acc", "graclus", "ndp", "kmis", "topk", "sag")


def random_dense(k: int) -> Pooling:
    """The control for soft operators: rows of S drawn at random, k supernodes."""
    return get_pooler("random", k=k)


def find_pooler(pooler: PoolerLike) -> Callable[..., Pooling]:
    """What makes the pooler: a class of the registry, "package.module:Class", or what was given.

    Raises:
        ValueError: an unknown name, a module that cannot be imported, something in it that is not
            there or cannot be called.

    Example:
        >>> find_pooler("topk") is find_pooler("gnnpool.score.topk:TopKPooling")
        True
    """
    if callable(pooler) and not isinstance(pooler, Pooling):
        return pooler
    wanted = "the name of a pooler, 'package.module:Class', a class or a function that makes one"
    if not isinstance(pooler, str):
        refuse("pooler", describe(pooler), wanted)
    if ":" not in pooler:
        if "." in pooler:
            refuse("pooler", repr(pooler), f"a colon before the class, "
                   f"{':'.join(pooler.rsplit('.', 1))!r}")
        if pooler not in poolers():
            get_pooler(pooler)  # refuses it, with a hint
        return poolers()[pooler]
    return from_place("pooler", pooler, wanted)


def from_place(argument: str, place: str, wanted: str) -> Callable:
    """The class or function at "package.module:name"."""
    module, _, name = place.partition(":")
    try:
        made = getattr(importlib.import_module(module), name)
    except Exception as error:  # whatever a module does when it is imported
        refuse(argument, f"{place!r}, and {type(error).__name__}: {error}", wanted)
    if not callable(made):
        refuse(argument, f"{place!r}, {describe(made)}", wanted)
    return made


def check_names(argument: str, values: Sequence) -> list:
    """The values as a list; refused where they are one text or one pooler, not several."""
    if isinstance(values, (str, Pooling)) or not isinstance(values, Sequence):
        refuse(argument, describe(values), f"a list, such as [{describe(values).split(' of')[0]}]")
    return list(values)


def pooler_name(pooler: PoolerLike) -> str:
    """What a table calls it.

    Example:
        >>> pooler_name("my_package.poolers:MyPooling"), pooler_name(Pooling)
        ('MyPooling', 'Pooling')
    """
    if isinstance(pooler, str):
        return pooler.rpartition(":")[2]
    return getattr(pooler, "__name__", type(pooler).__name__)


def by_name(poolers: Sequence[PoolerLike], before: Sequence[str] = ()) -> dict[str, PoolerLike]:
    """Poolers by what tables call them, some `before` the others; refused where two share a name.
    """
    every = list(dict.fromkeys([*before, *check_names("poolers", poolers)]))
    named = {pooler_name(pooler): pooler for pooler in every}
    if len(named) < len(every):
        refuse("poolers", [pooler_name(p) for p in every], "poolers of different names")
    return named


def pooler_source(pooler: PoolerLike) -> str:
    """What tells a pooler from others of its name: its place, and a hash of its code as it is now.

    Empty for operators of the registry, whose names are enough; so is a place that leads nowhere.
    """
    if isinstance(pooler, str) and ":" not in pooler:
        return ""
    try:
        made = find_pooler(pooler)
    except ValueError:
        return str(pooler)
    place = f"{made.__module__}:{getattr(made, '__qualname__', type(made).__name__)}"
    try:
        code = inspect.getsource(made)
    except (OSError, TypeError):  # made on the fly
        return place
    return f"{place} {crc32(code.encode()):08x}"


def make_pooler(pooler: PoolerLike, *, in_channels: int, nodes: float,
                share: float = 0.5) -> Pooling:
    """A pooler of the size that all are compared at.

    Of its arguments `in_channels` and `k` = share · nodes (rounded, at least 1) are filled in where
    they have no default, and `ratio` = share wherever it is one. For other arguments give a
    function: `lambda: KMISPooling(3)`.

    Args:
        pooler: as `find_pooler` takes it.
        in_channels: F, where it is made for some width.
        nodes: the mean size of the graphs.
        share: of the nodes that are left, where one can choose.

    Raises:
        ValueError: as `find_pooler`; a required argument of another name; what comes is not a
            `Pooling`.

    Example:
        >>> make_pooler("mincut", in_channels=8, nodes=30).k, make_pooler("kmis", in_channels=8,
        ...     nodes=30).k
        (15, 1)
    """
    make = find_pooler(pooler)
    offered = {"in_channels": in_channels, "ratio": share, "k": max(1, round(share * nodes))}
    try:
        parameters = inspect.signature(make).parameters.values()
    except ValueError:  # some of Python's own types
        refuse("pooler", describe(make), "a gnnpool.Pooling, or a function that makes one")
    required = [p.name for p in parameters if p.default is p.empty
                and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if unknown := [name for name in required if name not in offered]:
        refuse("pooler", f"{pooler_name(pooler)}, which requires {', '.join(unknown)}",
               "one that requires at most in_channels, k and ratio, or a function that makes it")
    given = getattr(make, "keywords", {})  # of a functools.partial
    filled = {*required, *(p.name for p in parameters if p.name == "ratio")} - given.keys()
    made = make(**{name: offered[name] for name in filled})
    if not isinstance(made, Pooling):
        refuse("pooler", f"{pooler_name(pooler)}, which makes {describe(made)}",
               "a gnnpool.Pooling")
    return made


def check_pooled(name: str, out: Pooled) -> None:
    """Refuse what cannot be examined: a graph that has lost all its nodes, NaN, infinity."""
    left = out.batch.bincount(minlength=out.num_graphs)
    if not bool(left.all()):
        graphs = f"{int((left == 0).sum())} of {out.num_graphs} graphs"
        refuse("pooler", f"{name}, which leaves no node of {graphs}",
               "one that leaves at least one of each")
    for what, t in (("features", out.x), ("edge weights", out.edge_weight)):
        if t is not None and not bool(t.isfinite().all()):
            refuse("pooler", f"{name}, whose pooled {what} are NaN or infinite", "finite numbers")
