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
    """y [N], from the parts of the graph that the scorer's `forward` names."""
    y = call_on_graph(scorer, graph_arguments(scorer, "scorer"), graph, "scorer")
    return check_scores("scorer", y, graph)


def check_scores(argument: str, y: Tensor, graph: Graph) -> Tensor:
    """The scores as [N]; refused where there is not one finite number for each node."""
    if y.shape not in ((graph.num_nodes, 1), (graph.num_nodes,)):
        refuse(argument, f"scores: {describe(y)}",
               f"one number a node, [{graph.num_nodes}, 1] or [{graph.num_nodes}]")
    if not torch.compiler.is_compiling() and not bool(y.isfinite().all()):
        refuse(argument, "scores of NaN or infinity", "finite scores")
    return y.flatten()
