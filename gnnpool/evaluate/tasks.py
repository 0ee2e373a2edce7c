"""Data sets of labelled graphs, the reader's own included: graphs, features, folds."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from sklearn.model_selection import StratifiedKFold, train_test_split
from torch_geometric.data import Batch, Data
from torch_geometric.utils import to_scipy_sparse_matrix

from gnnpool.checks import describe, refuse
from gnnpool.datasets import DatasetUnavailable, load
from gnnpool.evaluate.contenders import from_place

TaskLike = str | Callable[[], Iterable[Data]]
FOLDS = 10
_WANTED = ("the name of a data set, 'package.module:function', or a function that returns graphs")


def load_task(data: TaskLike) -> list[Data]:
    """The graphs of a data set, each with a class `y`.

    Args:
        data: a name of `gnnpool.datasets.load`; or a function without arguments that returns the
            graphs, or its place, "package.module:function".

    Raises:
        ValueError: an unknown name; a place where there is no function; what it returns is no list
            of graphs.
        DatasetUnavailable: a data set whose files are neither here nor to be had.

    Example:
        >>> len(load_task("haystack")), len(load_task(lambda: load("haystack")[:20]))
        (1000, 20)
    """
    if isinstance(data, str) and (":" not in data or data.startswith("tu:")):
        return list(load(data))
    make = from_place("data", data, _WANTED) if isinstance(data, str) else data
    if not callable(make):
        refuse("data", describe(data), _WANTED)
    graphs = make()
    if not isinstance(graphs, Iterable) or not all(isinstance(d, Data) for d in graphs):
        refuse("data", f"{task_name(data)}, which returns {describe(graphs)}", "a list of graphs")
    return list(graphs)


def task_name(data: TaskLike) -> str:
    """What a table calls it: the text itself, or the name of the function.

    Example:
        >>> def molecules():
        ...     return []
        >>> task_name("my_package.data:molecules"), task_name(molecules)
        ('my_package.data:molecules', 'molecules')
    """
    return data if isinstance(data, str) else getattr(data, "__name__", type(data).__name__)


def check_task(data: TaskLike) -> None:
    """Refuse what is not a data set of labelled graphs; one whose files are missing passes, for its
    runs to say so.
    """
    try:
        graphs = load_task(data)
    except DatasetUnavailable:
        return
    if len(graphs) < FOLDS or any(d.y is None or d.y.numel() != 1 for d in graphs):
        refuse("data", f"{task_name(data)!r}, {len(graphs)} graph{'s' * (len(graphs) > 1)}",
               f"at least {FOLDS} graphs with a class each")


def described(graphs: Sequence[Data]) -> list[Data]:
    """The graphs with x = [degree, clustering coefficient, x]; the first two have mean 0 and
    variance 1 over all nodes of all graphs.
    """
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
