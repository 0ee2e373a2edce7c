"""Data sets of labelled graphs, the reader's own included: graphs, features, folds."""

from collections.abc import Callable, Iterable, Sequence, Sized

import numpy as np
import torch
from sklearn.model_selection import StratifiedKFold, train_test_split
from torch_geometric.data import Batch, Data, Dataset
from torch_geometric.utils import to_scipy_sparse_matrix

from gnnpool.checks import describe, refuse
from gnnpool.datasets import DatasetUnavailable, load
from gnnpool.evaluate.contenders import from_place
from gnnpool.evaluate.sources import graphs_source

TaskLike = str | Callable[[], Iterable[Data]] | Sequence[Data] | Dataset
FOLDS = 10
_WANTED = ("the name of a data set, 'package.module:function', a function that returns graphs, or "
           "a list of graphs")


def load_task(data: TaskLike) -> list[Data]:
    """The graphs of a data set for the first examination.

    Each is a PyG `Data` with `edge_index`, a class `y` (one integer, from 0), and features `x`
    [N, F] if it has any: the degree and the clustering coefficient of each node are put before
    them. Ten graphs at least.

    Args:
        data: a name of `gnnpool.datasets.load`, "tu:NAME" included; the graphs, as a list or a data
            set of PyG; a function without arguments that returns them, the same at each call; or
            its place, "package.module:function".

    Raises:
        ValueError: an unknown name; a place where there is no function; what is, or what the
            function returns, no list of graphs.
        DatasetUnavailable: a data set whose files are neither here nor to be had.

    Example:
        >>> len(load_task("haystack")), len(load_task(lambda: load("haystack")[:20]))
        (1000, 20)
    """
    if _has_name(data):
        return list(load(data))
    make = from_place("data", data, _WANTED) if isinstance(data, str) else data
    graphs = make() if callable(make) else make
    if not _is_graphs(graphs):
        returned = f"{task_name(data)}, which returns " * callable(make)
        refuse("data", returned + describe(graphs), "a list of graphs" if returned else _WANTED)
    return list(graphs)


def _has_name(data: TaskLike) -> bool:
    return isinstance(data, str) and (":" not in data or data.startswith("tu:"))


def _is_graphs(graphs: object) -> bool:
    return isinstance(graphs, Iterable) and not isinstance(graphs, (str, Data)) and all(
        isinstance(d, Data) for d in graphs)


def task_name(data: TaskLike) -> str:
    """What a table calls it: the text itself, the name of the function, or "80 graphs" of a list.

    Example:
        >>> def molecules():
        ...     return []
        >>> task_name("my_package.data:molecules"), task_name(molecules)
        ('my_package.data:molecules', 'molecules')
    """
    if isinstance(data, str):
        return data
    if not callable(data) and isinstance(data, Sized):
        return f"{len(data)} graphs"
    return getattr(data, "__name__", type(data).__name__)


def task_source(data: TaskLike) -> str:
    """What tells graphs from others of their name: a hash of them; empty for a data set by name."""
    return "" if _has_name(data) else graphs_source(load_task(data))


def check_task(data: TaskLike) -> None:
    """Refuse what is not a data set of labelled graphs; one whose files are missing passes, for its
    runs to say so.
    """
    try:
        graphs = load_task(data)
    except DatasetUnavailable:
        return
    if len(graphs) < FOLDS:
        refuse("data", f"{task_name(data)!r}, {len(graphs)} graph{'s' * (len(graphs) != 1)}",
               f"at least {FOLDS} graphs")
    if without := sum(d.y is None or d.y.numel() != 1 for d in graphs):
        refuse("data", f"{task_name(data)!r}, in which {without} of {len(graphs)} graphs have no y "
               "of one number", "a class y for each graph")
    check_graphs(task_name(data), graphs)


def check_graphs(name: str, graphs: Sequence[Data]) -> None:
    """Refuse graphs that cannot be batched or pooled, by the first that cannot."""
    width = None if graphs[0].x is None else graphs[0].x.size(-1)
    for number, d in enumerate(graphs):
        here = f"{name!r}, whose graph {number} has"
        if not d.num_nodes:
            refuse("data", f"{here} no nodes", "at least one in each graph")
        if (d.x is None) != (width is None) or width is not None and (
                d.x.dim() != 2 or d.x.size(1) != width):
            refuse("data", f"{here} {'no x' if d.x is None else f'x {list(d.x.shape)}'}",
                   "no x in any graph" if width is None else f"x [nodes, {width}] in each graph")
        if d.edge_index is None:
            refuse("data", f"{here} no edge_index", "one in each graph, [2, 0] without edges")
        if d.edge_index.numel() and not 0 <= d.edge_index.min() <= d.edge_index.max() < d.num_nodes:
            refuse("data", f"{here} an edge to a node that is not there",
                   f"nodes from 0 to {d.num_nodes - 1} in its edge_index")


def described(graphs: Sequence[Data]) -> list[Data]:
    """The graphs with x = [degree, clustering coefficient, x]; the first two have mean 0 and
    variance 1 over all nodes of all graphs.

    Raises:
        ValueError: a graph without nodes, with an edge to a node that is not there, or with x of
            another width than the first.
    """
    check_graphs("graphs", graphs)
    batch = Batch.from_data_list([Data(edge_index=d.edge_index, num_nodes=d.num_nodes)
                                  for d in graphs])
    a = to_scipy_sparse_matrix(batch.edge_index, num_nodes=batch.num_nodes).tocsr()
    a.data[:] = 1
    degree = np.asarray(a.sum(1)).ravel()
    triangles = np.asarray((a @ a).multiply(a).sum(1)).ravel()
    columns = np.stack([degree, triangles / np.maximum(degree * (degree - 1), 1)], axis=1)
    columns = (columns - columns.mean(0)) / np.maximum(columns.std(0), 1e-9)
    parts = torch.from_numpy(columns).float().split([d.num_nodes for d in graphs])
    return [Data(torch.cat([part] if d.x is None else [part, d.x.float()], dim=1), d.edge_index,
                 y=d.y) for part, d in zip(parts, graphs, strict=True)]


def bare(graphs: Sequence[Data]) -> list[Data]:
    """The graphs with their own features, which know nothing of the edges; or with ones."""
    return [Data(torch.ones(d.num_nodes, 1) if d.x is None else d.x.float(), d.edge_index, y=d.y)
            for d in graphs]


def split(graphs: Sequence[Data], run: int) -> list[list[int]]:
    """Training, validation and test graphs of a run, by number."""
    y = np.array([int(d.y) for d in graphs])
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=run // FOLDS)
    rest, test = list(folds.split(y, y))[run % FOLDS]
    train, val = train_test_split(rest, test_size=1 / FOLDS, random_state=run, stratify=y[rest])
    return [part.tolist() for part in (train, val, test)]
