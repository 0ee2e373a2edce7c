"""Refusing bad input in one voice: the argument, what came, what is wanted."""

import inspect
from difflib import get_close_matches
from math import isfinite
from typing import NoReturn

import numpy as np
import torch
from torch import Tensor, nn

INTEGER = (int, np.integer)  # counts in a sweep are often numpy's
GRAPH_ARGUMENTS = ("x", "edge_index", "edge_weight", "batch")


def refuse(argument: str, got: object, wanted: str) -> NoReturn:
    """Raise the one kind of error that bad input gets."""
    raise ValueError(f"{argument}: got {got}; wanted {wanted}")


def describe(value: object) -> str:
    """A value in the few words that an error message has room for."""
    if isinstance(value, Tensor):
        dtype = str(value.dtype).removeprefix("torch.")
        return f"{'an' if dtype[0] == 'i' else 'a'} {dtype} tensor of shape {list(value.shape)}"
    text = " ".join(repr(value).split())
    return f"{text[:60] + '…' * (len(text) > 60)} of type {type(value).__name__}"


def check_tensor(argument: str, value: object, shape: tuple[int | None, ...], kind: str) -> None:
    """Refuse what is not a tensor of this shape (None: any length) and kind, 'float' or 'int64'."""
    right = isinstance(value, Tensor) and value.dim() == len(shape) and (
        value.dtype == torch.int64 if kind == "int64" else value.is_floating_point())
    if right:  # a plain loop: it runs some ten times in each pass of an operator
        for n, m in zip(shape, value.shape, strict=True):
            right = right and (n is None or n == m)
    if not right:  # words only here: torch.compile cannot spell a size that is not fixed
        lengths = ", ".join("*" if n is None else str(n) for n in shape)
        article = "an" if kind == "int64" else "a"
        refuse(argument, describe(value), f"{article} {kind} tensor of shape [{lengths}]")


def check_choice(argument: str, value: object, choices) -> None:
    """Refuse a word that is not one of the choices."""
    if value not in choices:
        refuse(argument, repr(value), "one of " + ", ".join(map(repr, choices))
               + did_you_mean(value, choices))


def did_you_mean(value: object, choices) -> str:
    """A hint at the choice that is spelt most like a misspelt one, or nothing."""
    alike = get_close_matches(str(value).lower(), map(str, choices), 1)
    return f" (did you mean {alike[0]!r}?)" if alike else ""


def check_count(argument: str, value: object, least: int = 1) -> None:
    """Refuse what is not an integer of at least `least`."""
    if not isinstance(value, INTEGER) or isinstance(value, bool) or value < least:
        refuse(argument, repr(value), f"an integer of at least {least}")


def check_flag(argument: str, value: object) -> None:
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool):
        refuse(argument, repr(value), "True or False")


def check_number(argument: str, value: object) -> None:
    """Refuse what is not a finite number."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not isfinite(value):
        refuse(argument, repr(value), "a finite number")


def parameter_dtype(module: nn.Module, otherwise: torch.dtype) -> torch.dtype:
    """The dtype of a module's parameters; `otherwise` where it has none."""
    for parameter in module.parameters():  # a loop: torch 2.4 cannot compile next(…, default)
        return parameter.dtype
    return otherwise


def check_features(x: Tensor, in_channels: int, dtype: torch.dtype) -> None:
    """Refuse features whose width or dtype is not that of the operator's parameters."""
    if x.size(1) != in_channels:
        refuse("x", describe(x), f"in_channels = {in_channels} features a node")
    if x.dtype != dtype and not torch.is_autocast_enabled(x.device.type):
        wanted = str(dtype).removeprefix("torch.")
        refuse("x", describe(x), f"{wanted}, the dtype of the operator's parameters (see .to())")


def graph_arguments(module: nn.Module, argument: str) -> tuple[str, ...]:
    """The names of the graph's parts that a scorer's or assigner's `forward` takes.

    The first parameter receives x whatever its name (`nn.Linear` says `input`), the others are
    matched by name. A required parameter of another name, or a `forward` that hides its names in
    `*args`, is refused: what would be passed to it can only be guessed.
    """
    if not isinstance(module, nn.Module):
        refuse(argument, describe(module), "a torch.nn.Module")
    parameters = list(inspect.signature(module.forward).parameters.values())
    names = []
    for place, p in enumerate(parameters):
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and place == 0:
            refuse(argument, f"a forward{inspect.signature(module.forward)}",
                   "a forward that names its arguments, the first of them x")
        if place == 0 or p.name in GRAPH_ARGUMENTS:
            names.append(p.name)
        elif p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            refuse(argument, f"a forward that requires {p.name!r}",
                   "a forward that requires nothing but " + ", ".join(GRAPH_ARGUMENTS))
    return tuple(names)


def call_on_graph(module: nn.Module, names: tuple[str, ...], graph, argument: str) -> Tensor:
    """Call a module with the parts of the graph that its `forward` names (see above).

    The weights come in the dtype of x, since a layer multiplies the two and goes on in that dtype.
    """
    weight = graph.edge_weight
    if weight is not None and "edge_index" in names and "edge_weight" not in names:
        refuse("edge_weight", describe(weight),
               f"None, since the forward of {argument} ({type(module).__name__}) takes no "
               "edge_weight and would ignore it")
    parts = {name: getattr(graph, name) for name in names[1:]}
    if weight is not None and "edge_weight" in parts:
        parts["edge_weight"] = weight.to(graph.x.dtype)
    return module(graph.x, **parts)
