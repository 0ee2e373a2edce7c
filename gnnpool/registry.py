"""Operators by name, the reader's own included."""

import inspect

from gnnpool.checks import check_choice, describe, refuse
from gnnpool.controls import NoPooling, RandomPooling
from gnnpool.one_over_k.graclus import GraclusPooling
from gnnpool.one_over_k.kmis import KMISPooling
from gnnpool.one_over_k.ndp import NDPPooling
from gnnpool.score.function import DegreePooling, FunctionPooling
from gnnpool.score.sagpool import SAGPooling
from gnnpool.score.topk import TopKPooling
from gnnpool.soft.diffpool import DiffPool
from gnnpool.soft.dmon import DMoNPooling
from gnnpool.soft.mincut import MinCutPooling
from gnnpool.soft.tvgnn import AsymCheegerCutPooling
from gnnpool.src import Pooling

_POOLERS: dict[str, type[Pooling]] = {
    "topk": TopKPooling, "sag": SAGPooling, "degree": DegreePooling, "function": FunctionPooling,
    "diff": DiffPool, "mincut": MinCutPooling, "dmon": DMoNPooling, "acc": AsymCheegerCutPooling,
    "graclus": GraclusPooling, "ndp": NDPPooling, "kmis": KMISPooling,
    "none": NoPooling, "random": RandomPooling,
}


def poolers() -> dict[str, type[Pooling]]:
    """The operators that `get_pooler` knows, name to class (a copy).

    Example:
        >>> poolers()["topk"].__name__
        'TopKPooling'
    """
    return dict(_POOLERS)


def get_pooler(name: str, **arguments) -> Pooling:
    """An operator by name, made with its constructor's own arguments.

    Raises:
        ValueError: an unknown name, an unknown argument, or one that is missing; the message says
            what is accepted.

    Example:
        >>> get_pooler("mincut", in_channels=64, k=20).k
        20
    """
    check_choice("name", name, tuple(_POOLERS))
    cls = _POOLERS[name]
    parameters = inspect.signature(cls).parameters.values()
    known = [p.name for p in parameters]
    wrong = [f"an unknown {a!r}" for a in arguments if a not in known]
    wrong += [f"no {p.name!r}" for p in parameters
              if p.default is p.empty and p.name not in arguments]
    if wrong:
        refuse(f"get_pooler({name!r})", " and ".join(wrong),
               f"the arguments of {cls.__name__}: {', '.join(known) or 'none'}")
    return cls(**arguments)


def register_pooler(name: str, cls: type[Pooling]) -> None:
    """Add an operator under a new name, so that everything that takes a name takes it too.

    Raises:
        ValueError: a name that is no string or is taken by another class, or a class that is not a
            `Pooling`.

    Example:
        >>> class Keep(Pooling):
        ...     def select(self, graph):
        ...         return SparseAssignment.from_kept(graph.batch >= 0, graph)
        >>> register_pooler("keep", Keep)
        >>> type(get_pooler("keep")).__name__
        'Keep'
    """
    if not isinstance(name, str):
        refuse("name", describe(name), "a string")
    if not (isinstance(cls, type) and issubclass(cls, Pooling)):
        refuse("cls", describe(cls), "a subclass of gnnpool.Pooling")
    taken = _POOLERS.get(name)
    if taken is not None and (taken.__module__, taken.__qualname__) != (
            cls.__module__, cls.__qualname__):  # a notebook cell that is run twice may replace it
        refuse("name", repr(name), f"a name that is not taken (by {taken.__qualname__})")
    _POOLERS[name] = cls
