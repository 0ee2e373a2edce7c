"""Point clouds: points drawn from the surface of a mesh, nearest neighbours joined."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch_geometric.data import Data, InMemoryDataset
from torch_geometric.io import read_obj, read_off
from torch_geometric.utils import to_undirected

from gnnpool.datasets.benchmarks import fetch

_OBJ = ("https://raw.githubusercontent.com/yuvalmiz/3d-paintbrush-global/"
        "bed472a25d78e9dd79487e5e6ce5a41046794b6d/data/")
_OFF = ("https://raw.githubusercontent.com/bushuhui/SimpGCS/"
        "0a6cecd720abf67ae9c6dfbfc4aaddd41b9481a8/data/")


class Mesh(NamedTuple):
    """Where a mesh comes from, and the SHA-256 of its file."""

    url: str
    sha256: str

    @property
    def file(self) -> str:
        return self.url.rpartition("/")[2]


MESHES = {
    "airplane": Mesh(_OFF + "airplane.off",
                     "7a2f6a8879d92275d88d51fef3603b836f9fe7b0081b5c5d5221f0d77b21784d"),
    "car": Mesh(_OBJ + "nascar.obj",
                "a22c4aad7908904557b47d869dd79c904c0261a9319bd5d8c619c6272c5ada45"),
    "guitar": Mesh(_OBJ + "guitar.obj",
                   "cdc72b52b9071eae63509dd501d59cb91a6f35463fc959a1bc5ed4925d52130e"),
    "wooden-bench": Mesh(_OBJ + "wooden_bench.obj",
                         "0fef129f4d5961680c6cc2bd07604d4f6cc0cf95399a550f0e44e1db5505dd5d"),
}


def sample_surface(pos: np.ndarray, face: np.ndarray, num_points: int, seed: int) -> np.ndarray:
    """Points uniform on the surface of triangles `face [3, F]` over corners `pos [V, 3]`."""
    rng = np.random.default_rng(seed)
    origin, first, second = pos[face[0]], pos[face[1]], pos[face[2]]
    area = np.linalg.norm(np.cross(first - origin, second - origin), axis=1)
    chosen = rng.choice(len(area), num_points, p=area / area.sum())
    share = rng.random((num_points, 2))
    share = np.where(share.sum(axis=1, keepdims=True) > 1, 1 - share, share)
    along = share[:, :1] * (first - origin)[chosen] + share[:, 1:] * (second - origin)[chosen]
    return origin[chosen] + along


def nearest_neighbour_graph(pos: np.ndarray, k: int = 8) -> Data:
    """The graph that joins each point to its k nearest, in both directions; x is the position.

    `pos [N, D]` float; the result has `x`, `pos [N, D]` float32 and `edge_index [2, E]`.

    >>> nearest_neighbour_graph(np.array([[0.0], [1.0], [3.0]]), k=1).edge_index.tolist()
    [[0, 1, 1, 2], [1, 0, 2, 1]]
    """
    _, near = cKDTree(pos).query(pos, k=k + 1)
    centre = np.repeat(np.arange(len(pos)), k + 1)
    pairs = torch.from_numpy(np.stack([centre, near.ravel()]))
    pairs = pairs[:, pairs[0] != pairs[1]]
    points = torch.from_numpy(pos).float()
    return Data(points, to_undirected(pairs, num_nodes=len(pos)), pos=points.clone())


class SurfaceGraph(InMemoryDataset):
    """2,048 points of a mesh, centred, in the unit sphere; each joined to its 8 nearest."""

    def __init__(self, root: str, name: str) -> None:
        self.mesh, self.name = MESHES[name], name
        super().__init__(root)
        self.load(self.processed_paths[0])

    @property
    def raw_file_names(self) -> str:
        return self.mesh.file

    @property
    def processed_file_names(self) -> str:
        return f"{self.name}.pt"

    def download(self) -> None:
        fetch(self.mesh.url, self.raw_dir)

    def process(self) -> None:
        path = Path(self.raw_paths[0])
        if hashlib.sha256(path.read_bytes()).hexdigest() != self.mesh.sha256:
            raise ValueError(f"{path.name} is not the mesh it should be: its SHA-256 differs")
        mesh = (read_off if path.suffix == ".off" else read_obj)(str(path))
        points = sample_surface(mesh.pos.double().numpy(), mesh.face.numpy(), 2048, seed=0)
        points -= (points.min(axis=0) + points.max(axis=0)) / 2
        points /= np.linalg.norm(points, axis=1).max()
        self.save([nearest_neighbour_graph(points)], self.processed_paths[0])
