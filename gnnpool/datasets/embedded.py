"""The graphs that need no file and no network, by name."""

from collections.abc import Callable
from typing import NamedTuple

from torch_geometric.data import Data, InMemoryDataset

from gnnpool.datasets.blocks import stochastic_block_model
from gnnpool.datasets.haystack import haystack
from gnnpool.datasets.images import digits
from gnnpool.datasets.meshes import airfoil, bunny, logo, minnesota, sensor
from gnnpool.datasets.networks import (
    davis_southern_women,
    florentine_families,
    karate,
    les_miserables,
)
from gnnpool.datasets.small import five_nodes, grid, path, ring, running_graph, star
from gnnpool.datasets.twins import twins


class EmbeddedDataset(InMemoryDataset):
    """Graphs made in memory, as the PyG data set that they would be if they came from a file."""

    def __init__(self, name: str, graphs: list[Data]) -> None:
        super().__init__()
        self.name = name
        self.data, self.slices = self.collate(graphs)

    def __repr__(self) -> str:
        return f"{self.name}({len(self)})"


class Recipe(NamedTuple):
    """A function that makes a graph or a list of graphs, and what it makes."""

    make: Callable[[], Data | list[Data]]
    description: str


RECIPES: dict[str, Recipe] = {
    "running": Recipe(running_graph, "the book's running graph: 12 nodes, three communities"),
    "five": Recipe(five_nodes, "two red and three blue nodes, for overlapping supernodes"),
    "grid": Recipe(grid, "a grid of 8 × 8 nodes"),
    "ring": Recipe(ring, "a cycle of 64 nodes"),
    "path": Recipe(path, "a path of 16 nodes"),
    "star": Recipe(star, "a centre with 8 leaves"),
    "karate": Recipe(karate, "Zachary's karate club: 34 nodes, 4 communities"),
    "les-miserables": Recipe(les_miserables, "characters of the novel: 77 nodes, weighted"),
    "florentine": Recipe(florentine_families, "families of Florence by marriage: 15 nodes"),
    "davis": Recipe(davis_southern_women, "women and events, bipartite: 32 nodes"),
    "sbm": Recipe(stochastic_block_model,
                  "4 communities of 100 nodes with features and a split; stands in for cora"),
    "bunny": Recipe(bunny, "the Stanford bunny: 2,503 points in space, weighted"),
    "airfoil": Recipe(airfoil, "a triangle mesh around a wing: 4,253 nodes"),
    "minnesota": Recipe(minnesota, "the roads of Minnesota: 2,642 nodes"),
    "sensor": Recipe(sensor, "64 random points of the plane, weighted"),
    "logo": Recipe(logo, "the letters GSP: 1,130 nodes"),
    "haystack": Recipe(haystack, "1,000 graphs, the class is a hidden motif; stands in for "
                                 "graph classification"),
    "twins": Recipe(twins, "200 pairs with the same degrees that a WL test tells apart; stands in "
                           "for expwl1"),
    "digits": Recipe(digits, "1,797 handwritten digits as 8 × 8 grids of pixels"),
}


def open_embedded(name: str) -> EmbeddedDataset:
    """Make the graph or graphs of this name, with their defaults, into a data set."""
    made = RECIPES[name].make()
    return EmbeddedDataset(name, made if isinstance(made, list) else [made])
