"""Scorers: layers that give each node a number."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gnnpool.checks import call_on_graph, describe, graph_arguments, refuse
from gnnpool.graph import Graph

ScorerLike = nn.Module | Callable[[int, int], nn.Module]


def make_scorer(scorer: ScorerLike, in_channels: int) -> nn.Module:
    """The scorer itself, or a layer class called with (in_channels, 1); refused by name."""
    if callable(scorer) and not isinstance(scorer, nn.Module):
        try:
            scorer = scorer(in_channels, 1)
        except Exception as error:  # whatever a function does that is no layer class
            refuse("scorer", f"{describe(scorer)}, and from scorer({in_channels}, 1) "
                   f"{type(error).__name__}: {error}", "a module, or a layer class")
    graph_arguments(scorer, "scorer")
    width = getattr(scorer, "in_channels", getattr(scorer, "in_features", None))
    if isinstance(width, int) and width not in (in_channels, -1):  # −1: PyG finds it out itself
        refuse("scorer", f"{type(scorer).__name__} for {width} features a node",
               f"one for in_channels = {in_channels}")
    return scorer


def call_scorer(scorer: nn.Module, graph: Graph) -> Tensor:
    """y, from the parts of the graph that the scorer's `forward` names."""
    return call_on_graph(scorer, graph_arguments(scorer, "scorer"), graph, "scorer")


def check_scores(argument: str, y: object, graph: Graph) -> Tensor:
    """The scores as [N]; refused where there is not one finite number for each node.

    Whole numbers, such as degrees, get the dtype of x.
    """
    n = graph.num_nodes
    if isinstance(y, Tensor) and y.dtype in (torch.int64, torch.int32):
        y = y.to(graph.x.dtype)
    right = isinstance(y, Tensor) and y.is_floating_point() and y.shape in ((n, 1), (n,))
    if not right:
        refuse(argument, f"scores: {describe(y)}",
               f"one number a node, [{n}, 1] or [{n}]")
    if not torch.compiler.is_compiling() and not bool(y.isfinite().all()):
        refuse(argument, "scores of NaN or infinity", "finite scores")
    return y.flatten()
