"""Products graph by graph, on batches as uneven as they come."""

import pytest
import torch
from torch.autograd import gradcheck
from torch.testing import assert_close

from gnnpool.segments import Chunks, product, transpose_product

SIZES = ([], [0], [5], [0, 0], [1, 2, 3], [0, 7, 0, 0, 90], [1] * 70, [500, 1, 0, 33, 32, 64],
         [31, 32, 33], [3, 0])


def batch_of(sizes: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    count = torch.tensor(sizes).long()
    return torch.arange(len(sizes)).repeat_interleave(count), count


def random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("sizes", SIZES)
def test_products_of_every_graph(sizes):
    batch, count = batch_of(sizes)
    s, q, h = random(len(batch), 3), random(len(batch), 4), random(len(sizes), 3, 4)
    blocks = [s[batch == g].T @ q[batch == g] for g in range(len(sizes))]
    assert_close(transpose_product(s, q, batch, count),
                 torch.stack(blocks) if blocks else q.new_zeros(0, 3, 4))
    assert_close(product(s, h, batch, count), torch.einsum("nk,nkf->nf", s, h[batch]))


@pytest.mark.parametrize("sizes", [[], [0, 0], [2, 0, 3]])
def test_products_pass_gradients_also_where_there_is_nothing(sizes):
    batch, count = batch_of(sizes)
    s, q, h = (t.requires_grad_() for t in (random(len(batch), 2), random(len(batch), 2),
                                            random(len(sizes), 2, 2)))
    assert gradcheck(lambda s, q: transpose_product(s, q, batch, count), (s, q))
    assert gradcheck(lambda s, h: product(s, h, batch, count), (s, h))


@pytest.mark.parametrize("sizes", [s for s in SIZES if len(s) > 1])
def test_chunks_fit_and_stay_small(sizes):
    """Every node has a row of its own, in a chunk of its own graph, on a grid of bounded size."""
    batch, count = batch_of(sizes)
    chunks = Chunks.of(batch, count)
    assert chunks.place.unique().numel() == len(batch)
    assert len(chunks.owner) == chunks.count
    assert torch.equal(chunks.owner[chunks.place // chunks.rows], batch)
    assert chunks.count * chunks.rows <= 1.25 * len(batch) + 33 * len(sizes)
