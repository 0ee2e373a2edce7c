"""One run of an examination as a row: for the scorecard and for the tables that the book shows.

`steps` in a row is how many epochs were allowed, `epochs` how many were run.
"""

from gnnpool.checks import refuse
from gnnpool.datasets import DatasetUnavailable, load
from gnnpool.evaluate.clouds import SMALL, cloud
from gnnpool.evaluate.contenders import PoolerLike
from gnnpool.evaluate.expressive.expressiveness import expressiveness
from gnnpool.evaluate.node_information import node_information
from gnnpool.evaluate.topology import topology


def node_information_row(data: str, pooler: PoolerLike, run: int, *, epochs: int,
                         nodes: int | None = None, sample: bool = False) -> dict:
    """A run of `node_information` on a cloud, of so many of its points if it is a large one.

    With `sample`, the first run on a large cloud has its `reconstruction` [N][D], for a picture.
    """
    points = cloud(data, nodes=None if data in SMALL else nodes)
    result = node_information(pooler, points, name=data, seed=run, epochs=epochs)
    row = result.row() | {"steps": epochs}
    if sample and run == 0 and data not in SMALL:
        row["reconstruction"] = [[round(value, 4) for value in point]
                                 for point in result.reconstruction.tolist()]
    return row


def topology_row(data: str, pooler: PoolerLike, run: int, *, epochs: int) -> dict:
    """A run of `topology` on a data set of one graph."""
    check_single(data)
    row = topology(pooler, load(data)[0], name=data, seed=run, epochs=epochs).row()
    return row | {"steps": epochs}


def check_single(data: str) -> None:
    """Refuse what is no data set of one graph; one whose files are missing passes, for its runs to
    say so.
    """
    if ":" in data and not data.startswith("tu:"):
        refuse("data", repr(data), "a name; on a graph of your own call "
               "gnnpool.evaluate.topology(pooler, graph)")
    try:
        graphs = len(load(data))
    except DatasetUnavailable:
        return
    if graphs != 1:
        refuse("data", f"{data!r}, {graphs} graphs", "a data set of one graph, such as 'grid'")


def expressiveness_row(data: str, pooler: PoolerLike, run: int, *, quick: bool = False) -> dict:
    """`expressiveness`, whose seeds begin with this run."""
    return expressiveness(pooler, data=data, seed=run, quick=quick).row()
