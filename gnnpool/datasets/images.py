"""Handwritten digits as pixel graphs."""

import torch
from torch_geometric.data import Data

from gnnpool.datasets.optional import optional
from gnnpool.datasets.small import grid


def digits() -> list[Data]:
    """1,797 handwritten digits of 8 × 8 pixels: a grid of pixels each, whose grey is the feature.

    Each graph has `x [64, 1]` float32 in [0, 1], `edge_index [2, 224]`, `pos [64, 2]` and
    `y [1]`, the digit. Raises ImportError without scikit-learn.

    Source: Alpaydin and Kaynak, UCI Machine Learning Repository 1998, as scikit-learn has it.

    >>> len(digits())
    1797
    """
    images, labels = optional("sklearn.datasets", extra="data").load_digits(return_X_y=True)
    pixels = grid(8, 8)
    greys = torch.from_numpy(images / 16).float().unsqueeze(-1)
    return [Data(x, pixels.edge_index, y=y, pos=pixels.pos)
            for x, y in zip(greys, torch.from_numpy(labels).long().split(1), strict=True)]
