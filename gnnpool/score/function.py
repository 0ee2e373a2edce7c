"""Scores that need no training: a function of your own, and the degree."""

from collections.abc import Callable

from torch import Tensor

from gnnpool.checks import describe, refuse
from gnnpool.graph import Graph
from gnnpool.score.base import ScorePooling


class FunctionPooling(ScorePooling):
    r"""Keep the nodes that a function of your own scores highest: y = f(graph).

    Row i of S holds the gate σ(yᵢ), or 1 without a nonlinearity, where node i is kept, else zeros;
    X′ = SᵀX; A′ = A[i, i].

    Args:
        function: takes the `Graph` and gives y, [N] or [N, 1]; whatever it uses, the number of a
            node in the batch had better not be part of it.
        ratio, min_score, hops: as `ScorePooling`, which does the rest.
        nonlinearity: as there; None, the default, keeps features as they are.

    Raises:
        ValueError: a bad argument by name; scores of another shape or not finite.

    Source: the family of Gao and Ji 2019 ("Graph U-Nets"), its score left open.

    Example:
        >>> brightest = FunctionPooling(lambda graph: graph.x[:, 0], ratio=2)
        >>> x = torch.tensor([[3.0], [1.0], [2.0]])
        >>> brightest(x, torch.tensor([[0, 1], [1, 2]])).x.flatten()
        tensor([3., 2.])
    """

    scored_by = "function"

    def __init__(self, function: Callable[[Graph], Tensor], ratio: float | int = 0.5, *,
                 min_score: float | None = None, nonlinearity: str | None = None, hops: int = 1):
        super().__init__(None, ratio, min_score=min_score, nonlinearity=nonlinearity, hops=hops)
        if not callable(function):
            refuse("function", describe(function), "a function of a gnnpool.Graph")
        self.function = function

    def score(self, graph: Graph) -> Tensor:
        """y [N] or [N, 1], before σ."""
        return self.function(graph)


class DegreePooling(ScorePooling):
    r"""Keep the nodes of highest degree, y = A1, features as they are: X′ = X[i], A′ = A[i, i].

    Nothing is learned, so it can be computed before training (`Precompute`). Of nodes of equal
    degree the lower is kept.

    Args:
        ratio, hops: as `ScorePooling`, which does the rest.

    Source: ours, a control for scores that are learned.

    Example:
        >>> star = torch.tensor([[0, 0, 0, 1, 2, 3], [1, 2, 3, 0, 0, 0]])
        >>> DegreePooling(ratio=1)(torch.eye(4), star).x
        tensor([[1., 0., 0., 0.]])
    """

    def __init__(self, ratio: float | int = 0.5, *, hops: int = 1):
        super().__init__(None, ratio, nonlinearity=None, hops=hops)

    def score(self, graph: Graph) -> Tensor:
        """y [N], the row sums of A."""
        return graph.degree()
