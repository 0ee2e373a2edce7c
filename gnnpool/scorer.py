"""Scorers: layers that give each node a number."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from gnnpool.checks import call_on_graph, describe, graph_arguments, refuse
from gnnpool.graph import Graph

ScorerLike = nn.Module | Callable[[int, int], nn.Module]


def make_scorer(scorer: ScorerLike, in_channels: int) -> nn.Module:
    """The scorer itself, or a layer class called with (in_channels, 1); refused by name."""
    is_class = callable(scorer) and not isinstance(scorer, nn.Module)
    scorer = scorer(in_channels, 1) if is_class else scorer
    graph_arguments(scorer, "scorer")
    return scorer


def call_scorer(scorer: nn.Module, graph: Graph) -> Tensor:
    """y, from the parts of the graph that the scorer's `forward` names."""
    return call_on_graph(scorer, graph_arguments(scorer, "scorer"), graph, "scorer")


def check_scores(argument: str, y: object, graph: Graph) -> Tensor:
    """The scores as [N]; refused where there is not one finite number for each node."""
    n = graph.num_nodes
    right = isinstance(y, Tensor) and y.is_floating_point() and y.shape in ((n, 1), (n,))
    if not right:
        refuse(argument, f"scores: {describe(y)}",
               f"one number a node, [{n}, 1] or [{n}]")
    if not torch.compiler.is_compiling() and not bool(y.isfinite().all()):
        refuse(argument, "scores of NaN or infinity", "finite scores")
    return y.flatten()
