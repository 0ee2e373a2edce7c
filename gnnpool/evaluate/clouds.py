"""Point clouds on a graph, in the scale in which published errors were measured."""

import os

import torch
from torch import Tensor
from torch_geometric.data import Data

from gnnpool.checks import check_choice, check_count, check_tensor, refuse
from gnnpool.datasets import load, nearest_neighbour_graph

# How many points each has.
CLOUDS = {"grid": 64, "ring": 64, "bunny": 2_503, "airplane": 2_048, "guitar": 2_048}
SHAPES = ("airplane", "guitar")
SMALL = ("grid", "ring")


def points_taken(name: str, nodes: int | None) -> int:
    """How many points an examination has of a cloud: `nodes` of a large one, all of a small one."""
    return CLOUDS[name] if nodes is None or name in SMALL else nodes


def cloud(name: str, *, nodes: int | None = None,
          root: str | os.PathLike | None = None) -> Data:
    """A cloud by name: `pos [N, D]` float32 in the scale of the protocol, `edge_index`, weights.

    "grid": 64 nodes, at eighths of the unit square, as PyGSP has it. "ring": 64 nodes on the unit
    circle. "bunny": 2,503 points as they come from PyGSP, with its weights. "airplane", "guitar":
    2,048 points of a mesh by `normalize_cloud`; these stand in for shapes 151 and 38 of ModelNet40,
    whose graphs were the edges of the mesh, so errors can be compared in their order only.

    Args:
        nodes: None takes all. Else so many of a large cloud, drawn without replacement, the same
            in each call; each is joined to the 8 nearest of them, without weights.
        root: of the files of airplane and guitar, as `gnnpool.datasets.load` takes it.

    Raises:
        ValueError: an unknown name; nodes below 9 or more than there are; nodes for a small cloud.
        DatasetUnavailable: airplane or guitar where their files are not to be had.

    Source: Grattarola et al. 2022, and its public code.

    Example:
        >>> cloud("grid").pos.amax(0)
        tensor([0.8750, 0.0000])
    """
    check_choice("name", name, CLOUDS)
    data = load(name, root)[0]
    if nodes is not None:
        data = _thinned(name, data, nodes)
    if name == "grid":
        data.pos = data.pos / 8
    elif name in SHAPES:
        data.pos = normalize_cloud(data.pos)
    data.x = data.pos.clone()
    return data


def _thinned(name: str, data: Data, nodes: int) -> Data:
    check_count("nodes", nodes, least=9)
    if name in SMALL or nodes > data.num_nodes:
        refuse("nodes", nodes, f"None, since {name} is small" if name in SMALL else
               f"at most {data.num_nodes}, what {name} has")
    order = torch.randperm(data.num_nodes, generator=torch.Generator().manual_seed(0))
    return nearest_neighbour_graph(data.pos[order[:nodes].sort().values].numpy())


def normalize_cloud(pos: Tensor) -> Tensor:
    """Positions [N, D], centred and each column divided by its norm; one without extent is 0.

    (The division by the largest coordinate that the protocol has before it cancels.) The mean
    of the squares of a column is then 1/N: an error has to be read against that.

    Raises:
        ValueError: positions that are not a float tensor [N, D].

    Example:
        >>> normalize_cloud(torch.tensor([[0., 1.], [2., 1.]]))
        tensor([[-0.7071,  0.0000],
                [ 0.7071,  0.0000]])
    """
    check_tensor("pos", pos, (None, None), "float")
    wide = pos.double()
    centred = wide - wide.mean(0)
    norm = centred.norm(dim=0)
    flat = norm <= torch.finfo(pos.dtype).eps * wide.norm(dim=0)
    return torch.where(flat, 0.0, centred / norm.where(~flat, 1.0)).to(pos.dtype)
