"""Top-K pooling: project the features on a learned vector, keep the nodes that score highest."""

import torch
from torch import Tensor, nn

from gnnpool.checks import check_count
from gnnpool.graph import Graph
from gnnpool.score.base import ScorePooling


class TopKPooling(ScorePooling):
    r"""Keep the nodes whose features project furthest on a learned direction: y = Xp / ‖p‖.

    Row i of S holds the gate σ(yᵢ) where node i is kept, else zeros; X′ = SᵀX; A′ = A[i, i].

    Args:
        in_channels, ratio, min_score, nonlinearity, hops: as `ScorePooling`, which does the rest.

    Raises:
        ValueError: a bad argument by name; features of another width or dtype; scores that are not
            finite.

    Source: Gao and Ji 2019 ("Graph U-Nets"), eq. 2; `min_score`: Knyazev, Taylor and Amer 2019.

    Example:
        >>> pool = TopKPooling(in_channels=3, ratio=2)
        >>> pool(torch.rand(5, 3), torch.tensor([[0, 1], [1, 0]])).x.shape
        torch.Size([2, 3])
    """

    def __init__(self, in_channels: int, ratio: float | int = 0.5, *,
                 min_score: float | None = None, nonlinearity: str | None = "tanh", hops: int = 1):
        check_count("in_channels", in_channels)
        super().__init__(in_channels, ratio, min_score=min_score, nonlinearity=nonlinearity,
                         hops=hops)
        self.weight = nn.Parameter(torch.empty(in_channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the projection p anew."""
        bound = self.in_channels**-0.5
        nn.init.uniform_(self.weight, -bound, bound)

    def score(self, graph: Graph) -> Tensor:
        """y [N], before σ."""
        norm = torch.linalg.vector_norm(self.weight).clamp(min=torch.finfo(self.weight.dtype).tiny)
        return graph.x @ (self.weight / norm)
