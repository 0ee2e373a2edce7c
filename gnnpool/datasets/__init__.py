"""Data sets: `load("cora")`, and graphs that need no network.

`load` always returns a PyG data set; each embedded graph is a plain function too.
"""

import os
import re
from typing import NamedTuple

from torch_geometric.data import InMemoryDataset

from gnnpool.checks import did_you_mean
from gnnpool.datasets.blocks import stochastic_block_model
from gnnpool.datasets.cuts import cut_graphs
from gnnpool.datasets.embedded import RECIPES, EmbeddedDataset, open_embedded
from gnnpool.datasets.haystack import haystack
from gnnpool.datasets.images import digits
from gnnpool.datasets.meshes import airfoil, bunny, logo, minnesota, sensor
from gnnpool.datasets.networks import (
    davis_southern_women,
    florentine_families,
    karate,
    les_miserables,
)
from gnnpool.datasets.public import SOURCES, TU_PREFIX, tu_source
from gnnpool.datasets.shapes import nearest_neighbour_graph
from gnnpool.datasets.small import five_nodes, grid, path, ring, running_graph, star
from gnnpool.datasets.store import DatasetUnavailable, data_root, open_files
from gnnpool.datasets.twins import twins

__all__ = [
    "DatasetUnavailable",
    "EmbeddedDataset",
    "Listing",
    "airfoil",
    "bunny",
    "cut_graphs",
    "data_root",
    "davis_southern_women",
    "digits",
    "five_nodes",
    "florentine_families",
    "grid",
    "haystack",
    "karate",
    "les_miserables",
    "load",
    "logo",
    "minnesota",
    "names",
    "nearest_neighbour_graph",
    "path",
    "ring",
    "running_graph",
    "sensor",
    "star",
    "stochastic_block_model",
    "twins",
]


class Listing(NamedTuple):
    """What a name stands for, and whether it is there without a file or a network."""

    description: str
    embedded: bool


def names() -> dict[str, Listing]:
    """Every name that `load` knows, with a line of description.

    >>> names()["karate"].embedded
    True
    """
    embedded = {name: Listing(recipe.description, True) for name, recipe in RECIPES.items()}
    return embedded | {name: Listing(source.description, False)
                       for name, source in SOURCES.items()}


def load(name: str, root: str | os.PathLike | None = None) -> InMemoryDataset:
    """A data set by its name, as a PyG `InMemoryDataset`; a single graph is its element 0.

    Case, "-" and "_" do not matter. `"tu:NAME"` is any data set of the TU collection, in its own
    spelling (https://chrsmrrs.github.io/datasets). Embedded graphs are made on the spot with the
    defaults of their function. All others are read from `root`, else from $GNNPOOL_DATA, else
    from the user's cache folder, in the layout of PyG (`Planetoid/Cora/raw`,
    `TUDataset/MUTAG/raw`, …); what is missing there is downloaded once.

    Raises ValueError for an unknown name, DatasetUnavailable where the files are neither here
    nor to be had (it says where to get them and what can stand in) or are damaged,
    PermissionError where the root cannot be written to.

    >>> load("karate")[0].num_nodes
    34
    """
    if isinstance(name, str) and name.lower().startswith(TU_PREFIX):
        return open_files(name, tu_source(name[len(TU_PREFIX):]), data_root(root))
    key = _key(name)
    if key in RECIPES:
        return open_embedded(key)
    return open_files(key, SOURCES[key], data_root(root))


def _key(name: object) -> str:
    spellings = {_squeeze(known): known for known in names()}
    if not isinstance(name, str) or _squeeze(name) not in spellings:
        raise ValueError(f"name: got {name!r}; wanted '{TU_PREFIX}NAME' for a TU data set or one "
                         f"of {', '.join(spellings.values())}"
                         + did_you_mean(name, spellings.values()))
    return spellings[_squeeze(name)]


def _squeeze(name: str) -> str:
    return re.sub(r"[-_\s]", "", name).lower()
