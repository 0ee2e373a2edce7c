"""Which nodes a node has heard after each layer: read, checked, and in words."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from gnnpool.checks import describe, refuse

_MOST = 100  # nodes; above it a finger does not find one
_NEWS = 6  # nodes that a line names


def first_heard(ways: object, n: int) -> tuple[dict[str, np.ndarray], int]:
    """For each network [N, N]: the layers after which i first hears j, −1 for never; and L."""
    if not 1 <= n <= _MOST:
        refuse("data", f"{n} nodes", f"1 to {_MOST}, as many as can be pointed at")
    if not isinstance(ways, Mapping) or not ways or not all(
            isinstance(title, str) and title.strip() for title in ways):
        refuse("ways", describe(ways), "a dict, title of a network to matrices")
    found = {}
    for title, shares in ways.items():
        if isinstance(shares, Tensor) or not isinstance(shares, Sequence) or len(shares) < 2:
            one = isinstance(shares, Sequence) and len(shares) == 1
            got = "one matrix" if one else describe(shares)
            refuse("ways", f"{got} for {title!r}", "a list of two matrices or more")
        for share in shares:
            if not isinstance(share, Tensor) or share.shape != (n, n):
                refuse("ways", f"{describe(share)} for {title!r}", f"matrices of shape [{n}, {n}]")
            if not share.isfinite().all():
                refuse("ways", f"NaN or infinity for {title!r}", "finite matrices")
        heard = torch.stack([share.detach().cpu() != 0 for share in shares])
        found[title] = torch.where(heard.any(0), heard.int().argmax(0), -1).numpy()
    depths = {len(shares) for shares in ways.values()}
    if len(depths) > 1:
        refuse("ways", f"lists of {sorted(depths)} matrices", "as many for each network")
    return found, depths.pop() - 1


def check_groups(groups: object, ways: Mapping[str, object], n: int, last: int
                  ) -> dict[str, Sequence[Tensor | None]]:
    """The clusters at each depth of each network."""
    groups = {} if groups is None else groups
    if not isinstance(groups, Mapping) or not groups.keys() <= ways.keys():
        refuse("groups", describe(groups), f"a dict with titles among {list(ways)}")
    for title, clusters in groups.items():
        right = isinstance(clusters, Sequence) and len(clusters) == last + 1 and all(
            c is None or isinstance(c, Tensor) and c.shape == (n,) for c in clusters)
        if not right:
            refuse("groups", f"{describe(clusters)} for {title!r}",
                   f"a list of {last + 1}, each None or a tensor of shape [{n}]")
    return {title: groups.get(title, [None] * (last + 1)) for title in ways}


def lines(first: np.ndarray, names: Sequence[str], last: int) -> list[list[str]]:
    """What a node has heard after each number of layers, in words."""
    return [[_line(row, names, depth) for depth in range(last + 1)] for row in first]


def _line(first: np.ndarray, names: Sequence[str], depth: int) -> str:
    count = int(((first >= 0) & (first <= depth)).sum())
    new = [names[j] for j in np.flatnonzero(first == depth)]
    told = ", ".join(new[:_NEWS]) + ", …" * (len(new) > _NEWS)
    return f"{count} of {len(names)} nodes, {f'new: {told}' if new else 'none new'}"
