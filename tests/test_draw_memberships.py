"""Rows of S as points: where they stand, and in which colour."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from figures import figures  # noqa: F401
from matplotlib.colors import to_hex
from operators import refused

from gnnpool import draw


def points(ax: plt.Axes) -> dict[tuple[float, float], str]:
    [drawn] = ax.collections
    return {tuple(np.round(place, 3) + 0.0): to_hex(c)
            for place, c in zip(drawn.get_offsets(), drawn.get_facecolors(), strict=True)}


def test_nodes_stand_at_their_corners_and_in_between():
    s = torch.tensor([[1.0, 0, 0, 0], [0, 1, 0, 0], [0.5, 0.5, 0, 0], [0.25] * 4])
    y = torch.tensor([0, 1, 1, 0])
    first, second = (to_hex(c) for c in draw.colours(2))
    assert points(draw.memberships(s, y, spread=0.0)) == {
        (0.0, 1.0): first, (1.0, 0.0): second, (0.5, 0.5): second, (0.0, 0.0): first}


def test_nodes_of_one_place_do_not_hide_each_other():
    s = torch.eye(3)[torch.zeros(200).long()]
    places = np.array(list(points(draw.memberships(s, spread=0.1))))
    assert len(places) == 200
    distance = np.linalg.norm(places - [0, 1], axis=1)
    assert distance.max() <= 0.1 and 0.05 < distance.mean()


def test_without_nodes_and_with_one_cluster():
    assert points(draw.memberships(torch.ones(2, 1), spread=0.0)) == {(0.0, 1.0): draw.GREY.lower()}
    assert not draw.memberships(torch.ones(0, 3), torch.zeros(0).long()).collections[0].get_offsets(
        ).size


@pytest.mark.parametrize("argument, arguments", [
    ("s", (torch.ones(3),)), ("s", (torch.ones(3, 0),)), ("s", ("S",)),
    ("y", (torch.eye(3), torch.zeros(2).long())),
    ("y", (torch.eye(3), torch.arange(3) - 1)), ("y", (torch.eye(3), torch.zeros(3)))])
def test_bad_input(argument, arguments):
    with refused(argument):
        draw.memberships(*arguments)
