"""Global pooling: the whole graph becomes one supernode."""

import torch
from torch import Tensor, nn
from torch_geometric.nn.aggr import Aggregation
from torch_geometric.nn.resolver import aggregation_resolver

from gnnpool.adjacency import accumulator
from gnnpool.checks import check_tensor, parameter_dtype, refuse
from gnnpool.graph import batch_faults, count_graphs, refuse_faults


class GlobalPooling(nn.Module):
    r"""One vector a graph: x_g = aggr({x_i : i in graph g}), zero for an empty graph.

    Args:
        aggr: "sum", "mean", "max" or another of PyG's aggregations by name, or an instance of one
            (for those that take arguments, such as `Set2Set(64, processing_steps=3)`).

    Shapes: x [N, F], batch [N] int64 ascending or None, to [B, F′]; accumulated in float32 or
    better, given back in the dtype of x.

    Raises:
        ValueError: a name that PyG does not know; wrong shapes or dtypes; a batch vector out of
            order or out of range.

    Example:
        >>> GlobalPooling("mean")(torch.tensor([[1.], [3.], [5.]]), torch.tensor([0, 0, 1]))
        tensor([[2.],
                [5.]])
    """

    def __init__(self, aggr: str | Aggregation = "sum"):
        super().__init__()
        wanted = "a name or an instance of torch_geometric.nn.aggr"
        try:
            self.aggr = aggregation_resolver(aggr)
        except (ValueError, TypeError) as error:
            refuse("aggr", repr(aggr), f"{wanted} that needs no more ({error})")
        if not isinstance(self.aggr, Aggregation):
            refuse("aggr", repr(aggr), wanted)

    def forward(self, x: Tensor, batch: Tensor | None = None,
                num_graphs: int | None = None) -> Tensor:
        """[N, F] to [B, F′]."""
        check_tensor("x", x, (None, None), "float")
        if batch is not None:
            check_tensor("batch", batch, (x.size(0),), "int64")
        elif num_graphs not in (None, 1):
            refuse("batch", "None", f"the graph of each node, since num_graphs = {num_graphs}")
        index = x.new_zeros(x.size(0)).long() if batch is None else batch
        count = count_graphs(batch, num_graphs)
        if not torch.compiler.is_compiling():
            refuse_faults(batch_faults(index, count))
        return self.aggr(x.to(self._dtype(x)), index, dim_size=count).to(x.dtype)

    def _dtype(self, x: Tensor) -> torch.dtype:
        """What to aggregate in: float32 or better, or for a learned one what it was put in."""
        return torch.promote_types(parameter_dtype(self.aggr, accumulator(x)), x.dtype)
