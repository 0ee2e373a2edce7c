"""Poolers to be judged: by name, by the place of their class, or as a class or function."""

import importlib
import inspect
from collections.abc import Callable

import torch
from torch import nn

from gnnpool.checks import describe, did_you_mean, refuse
from gnnpool.registry import get_pooler, poolers
from gnnpool.src import Pooled, Pooling

PoolerLike = str | Callable[..., Pooling]

_PLACE = "'package.module:Class' for one of your own"
_WANTED = (f"the name of a pooler, {_PLACE}, a subclass of gnnpool.Pooling or a function that "
           "makes one")
_WRAP = ("a gnnpool.Pooling; a layer of PyG is wrapped in one, as "
         "https://github.com/gnnpool/gnnpool#your-own-pooler shows")

OPERATORS = ("diff", "mincut", "dmon", "acc", "graclus", "ndp", "kmis", "topk", "sag")


def random_dense(k: int) -> Pooling:
    """The control for soft operators: rows of S drawn at random, k supernodes."""
    return get_pooler("random", k=k)


def find_pooler(pooler: PoolerLike) -> Callable[..., Pooling]:
    """What makes the pooler: a class of the registry, "package.module:Class", or what was given.

    Raises:
        ValueError: an unknown name, a module that cannot be imported, something in it that is not
            there or makes no `gnnpool.Pooling`; an instance in place of its class.

    Example:
        >>> find_pooler("topk") is find_pooler("gnnpool.score.topk:TopKPooling")
        True
    """
    if not isinstance(pooler, str):
        make = pooler
    elif ":" in pooler:
        make = from_place("pooler", pooler, _WANTED)
    elif pooler in poolers():
        return poolers()[pooler]
    elif "." in pooler:
        refuse("pooler", repr(pooler), f"a colon before the class, "
               f"{':'.join(pooler.rsplit('.', 1))!r}")
    else:
        refuse("pooler", repr(pooler), f"one of {', '.join(map(repr, poolers()))}, or {_PLACE}"
               + did_you_mean(pooler, poolers()))
    if isinstance(make, nn.Module):
        refuse("pooler", f"an instance, {describe(make)}",
               f"its class, {type(make).__name__}, or a function that makes it")
    if isinstance(make, type) and not issubclass(make, Pooling):
        refuse("pooler", f"the class {make.__module__}.{make.__qualname__}", _WRAP)
    if not callable(make):
        refuse("pooler", describe(make), _WANTED)
    return make


def from_place(argument: str, place: str, wanted: str) -> Callable:
    """The class or function at "package.module:name"."""
    module, _, name = place.partition(":")
    try:
        made = getattr(importlib.import_module(module), name)
    except Exception as error:  # whatever a module does when it is imported
        where = " (looked for in the current folder and on PYTHONPATH)"
        refuse(argument, f"{place!r}, and {type(error).__name__}: {error}"
               + where * isinstance(error, ModuleNotFoundError), wanted)
    if not callable(made):
        refuse(argument, f"{place!r}, {describe(made)}", wanted)
    return made


def pooler_name(pooler: PoolerLike) -> str:
    """What a table calls it.

    Example:
        >>> pooler_name("my_package.poolers:MyPooling"), pooler_name(Pooling)
        ('MyPooling', 'Pooling')
    """
    if isinstance(pooler, str):
        return pooler.rpartition(":")[2]
    return getattr(pooler, "__name__", type(pooler).__name__)


def try_pooler(pooler: PoolerLike) -> Pooling:
    """A small one, to see that it can be made; torch's random numbers stay as they are.

    Raises:
        ValueError: as `make_pooler`; whatever else its constructor raises, in words.
    """
    try:
        with torch.random.fork_rng(devices=[]):
            return make_pooler(pooler, in_channels=32, nodes=32)
    except ValueError:
        raise
    except Exception as error:  # a reader's own constructor may raise anything
        refuse("pooler", f"{pooler_name(pooler)}, whose constructor raises "
               f"{type(error).__name__}: {error}", "one that can be made")


def make_pooler(pooler: PoolerLike, *, in_channels: int, nodes: float,
                share: float = 0.5) -> Pooling:
    """A pooler of the size that all are compared at.

    Of the arguments of the class or function, `in_channels` and `k` = share · nodes (rounded, at
    least 1) are filled in where they have no default, and `ratio` = share wherever it is one. For
    other arguments give a function: `lambda: KMISPooling(3)`.

    Args:
        pooler: a name of `gnnpool.poolers()`; a subclass of `gnnpool.Pooling`, or a function that
            returns an instance of one, either of which requires no other arguments than these; or
            its place, "package.module:Class" or "package.module:function".
        in_channels: F, where it is made for some width.
        nodes: the mean size of the graphs.
        share: of the nodes that are left, where one can choose.

    Raises:
        ValueError: an unknown name; a place where there is nothing of this kind; a required
            argument of another name; what comes is not a `gnnpool.Pooling`.

    Example:
        >>> make_pooler("mincut", in_channels=8, nodes=30).k, make_pooler("kmis", in_channels=8,
        ...     nodes=30).k
        (15, 1)
    """
    make = find_pooler(pooler)
    offered = {"in_channels": in_channels, "ratio": share, "k": max(1, round(share * nodes))}
    try:
        parameters = inspect.signature(make).parameters.values()
    except ValueError:  # some of Python's own functions
        refuse("pooler", describe(make), _WANTED)
    required = [p.name for p in parameters if p.default is p.empty
                and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if unknown := [name for name in required if name not in offered]:
        refuse("pooler", f"{pooler_name(pooler)}, which requires {', '.join(unknown)}",
               "a class or function that requires at most in_channels, k and ratio (such as one "
               "without arguments) and makes a gnnpool.Pooling; a function of x and edge_index "
               "cannot be examined")
    given = getattr(make, "keywords", {})  # of a functools.partial
    filled = {*required, *(p.name for p in parameters if p.name == "ratio")} - given.keys()
    made = make(**{name: offered[name] for name in filled})
    if not isinstance(made, Pooling):
        refuse("pooler", f"{pooler_name(pooler)}, which makes something of type "
               f"{type(made).__module__}.{type(made).__qualname__}", _WRAP)
    return made


def check_pooled(name: str, out: object) -> None:
    """Refuse what cannot be examined: a graph that has lost all its nodes, NaN, infinity."""
    if not isinstance(out, Pooled):
        refuse("pooler", f"{name}, whose forward returns {describe(out)}",
               "what gnnpool.Pooling.forward returns, a Pooled")
    left = out.batch.bincount(minlength=out.num_graphs)
    if not bool(left.all()):
        graphs = f"{int((left == 0).sum())} of {out.num_graphs} graphs"
        refuse("pooler", f"{name}, which leaves no node of {graphs}",
               "one that leaves at least one of each")
    for what, t in (("features", out.x), ("edge weights", out.edge_weight)):
        if t is not None and not bool(t.isfinite().all()):
            refuse("pooler", f"{name}, whose pooled {what} are NaN or infinite", "finite numbers")
