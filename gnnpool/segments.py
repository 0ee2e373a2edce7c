"""Products of tall matrices, graph by graph, without padding and without a loop."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Chunks(NamedTuple):
    r"""The nodes of a batch cut into chunks of c rows that never cross a graph.

    Graph g of n_g nodes fills ⌈n_g / c⌉ chunks. Their number is at most ⌈N / c⌉ + B − 1 =: C,
    because each graph wastes less than one chunk; C depends on shapes only, so nothing is read
    back from the device. With c ≈ N / 4B, the grid of C·c rows stays within a small factor of N
    however uneven the graphs are, where padding to the largest graph would take B · max n_g rows.
    """

    place: Tensor  # [N], the row of each node in the grid
    owner: Tensor  # [C], the graph of each chunk (unused ones: the last graph; their rows are 0)
    count: int  # C
    rows: int  # c

    @classmethod
    def of(cls, batch: Tensor, sizes: Tensor) -> "Chunks":
        """The chunks of a batch vector [N] and its graphs' sizes [B]."""
        n, b = batch.size(0), sizes.size(0)
        rows = max(32, -(-n // (4 * b)))
        count = -(-n // rows) + b - 1
        ends = ((sizes + rows - 1) // rows).cumsum(0)
        first_row = torch.cat([ends.new_zeros(1), ends[:-1]]) * rows
        first_node = sizes.cumsum(0) - sizes
        index = torch.arange(n, device=batch.device)
        chunk = torch.arange(count, device=batch.device)
        owner = torch.searchsorted(ends, chunk, right=True).clamp(max=b - 1)
        return cls(index + (first_row - first_node)[batch], owner, count, rows)

    def grid(self, t: Tensor) -> Tensor:
        """The rows [N, f] laid out as [C, c, f], zero where a chunk is not full."""
        flat = t.new_zeros(self.count * self.rows, t.size(1)).index_copy_(0, self.place, t)
        return flat.view(self.count, self.rows, t.size(1))


def transpose_product(s: Tensor, q: Tensor, batch: Tensor, sizes: Tensor) -> Tensor:
    """SᵀQ of every graph: [N, k] and [N, f] to [B, k, f]."""
    if sizes.size(0) <= 1:
        return (s.mT @ q)[None][:sizes.size(0)]
    chunks = Chunks.of(batch, sizes)
    out = s.new_zeros(sizes.size(0), s.size(1), q.size(1))
    return out.index_add(0, chunks.owner, chunks.grid(s).mT @ chunks.grid(q))


def transpose_products(s: Tensor, parts: Sequence[Tensor], batch: Tensor, sizes: Tensor
                       ) -> Sequence[Tensor]:
    """SᵀQ of every graph for several Q [N, f]: each [B, k, f].

    Small graphs in one product, which takes fewer steps; one large graph in several, which need no
    copy of all Q side by side and no gradient for those that want none.
    """
    if sizes.size(0) <= 1:
        return [transpose_product(s, q, batch, sizes) for q in parts]
    joined = transpose_product(s, torch.cat(list(parts), dim=1), batch, sizes)
    return joined.split([q.size(1) for q in parts], dim=2)


def product(s: Tensor, h: Tensor, batch: Tensor, sizes: Tensor) -> Tensor:
    """SH of every graph: [N, k] and [B, k, f] to [N, f]."""
    if sizes.size(0) <= 1:
        return s @ h.sum(0)
    chunks = Chunks.of(batch, sizes)
    return (chunks.grid(s) @ h[chunks.owner]).flatten(0, 1)[chunks.place]
