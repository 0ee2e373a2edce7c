"""The graphs on which maximum cuts have been published, for a table beside the published one."""

from torch_geometric.data import Data

from gnnpool.datasets.meshes import from_pygsp


def cut_graphs() -> dict[str, Data]:
    """The nine graphs of the MaxCutPool paper by name; `edge_weight` where they have weights.

    Grids, ring and Minnesota are the published ones edge by edge; of the random ones only the model
    and the seed are known, so they may be others of their kind. Raises ImportError without PyGSP.

    Source: Abate and Bianchi 2025 ("MaxCutPool"), on graphs of PyGSP.

    >>> {name: data.num_nodes for name, data in cut_graphs().items()}["Minnesota"]
    2642
    """
    return {
        "Barabási–Albert": from_pygsp("BarabasiAlbert", N=100, m0=4, m=4, seed=0),
        "Community": from_pygsp("Community", N=90, Nc=3, seed=0),
        "Erdős–Rényi": from_pygsp("ErdosRenyi", N=100, p=0.1, seed=0),
        "Grid 10 × 10": from_pygsp("Grid2d", N1=10, N2=10),
        "Grid 60 × 40": from_pygsp("Grid2d", N1=60, N2=40),
        "Minnesota": from_pygsp("Minnesota"),
        "3-regular": from_pygsp("RandomRegular", N=100, k=3, seed=0),
        "Ring": from_pygsp("Ring", N=100),
        "Sensor": from_pygsp("Sensor", weighted=True, N=50, seed=1),
    }
