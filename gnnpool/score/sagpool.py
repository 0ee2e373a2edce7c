"""SAGPool: scores that see the neighbourhood, from a graph convolution of width one."""

from collections.abc import Callable

from torch import Tensor, nn
from torch_geometric.nn import GraphConv
from torch_geometric.nn.inits import reset

from gnnpool.checks import call_on_graph, describe, graph_arguments, refuse
from gnnpool.graph import Graph
from gnnpool.score.base import ScorePooling


class SAGPooling(ScorePooling):
    r"""Top-K pooling whose scores come from a graph neural network: y = GNN(X, A).

    Args:
        in_channels, ratio, min_score, nonlinearity, hops: as `ScorePooling`.
        scorer: a layer class that is called with (in_channels, 1), or a module that gives [N, 1]
            or [N]. It gets the parts of the graph that its `forward` names (`x`, `edge_index`,
            `edge_weight`, `batch`).

    Raises:
        ValueError: a bad argument by name; features of another width; edge weights where the
            scorer takes none; scores of another shape or not finite.

    Source: Lee, Lee and Kang 2019 ("Self-attention graph pooling"), eq. 3, with any layer.

    Example:
        >>> pool = SAGPooling(in_channels=3, ratio=0.5)
        >>> pool(torch.rand(5, 3), torch.tensor([[0, 1], [1, 0]])).x.shape
        torch.Size([3, 3])
    """

    def __init__(self, in_channels: int, ratio: float | int = 0.5, *,
                 scorer: nn.Module | Callable[[int, int], nn.Module] = GraphConv,
                 min_score: float | None = None, nonlinearity: str = "tanh", hops: int = 1):
        super().__init__(in_channels, ratio, min_score=min_score, nonlinearity=nonlinearity,
                         hops=hops)
        is_class = callable(scorer) and not isinstance(scorer, nn.Module)
        self.scorer = scorer(in_channels, 1) if is_class else scorer
        self._names = graph_arguments(self.scorer, "scorer")

    def reset_parameters(self) -> None:
        """Draw the scorer's parameters anew, as far as it can."""
        reset(self.scorer)

    def score(self, graph: Graph) -> Tensor:
        """y [N], before σ."""
        y = call_on_graph(self.scorer, self._names, graph, "scorer")
        if y.shape not in ((graph.num_nodes, 1), (graph.num_nodes,)):
            refuse("scorer", f"scores: {describe(y)}",
                   f"one number a node, [{graph.num_nodes}, 1] or [{graph.num_nodes}]")
        return y.flatten()
