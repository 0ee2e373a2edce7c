"""Pooling before training: the pooled graphs of operators that need none, computed once."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import torch
from torch import Tensor
from torch_geometric.data import Batch, Data
from torch_geometric.transforms import BaseTransform
from tqdm.auto import tqdm

from gnnpool.assignment import Assignment
from gnnpool.checks import check_count, check_flag, describe, refuse
from gnnpool.connect import Edges
from gnnpool.graph import Graph
from gnnpool.level import Fingerprint, check_precomputable
from gnnpool.pyramid import DROPPED, PyramidData, is_part
from gnnpool.sparse_assignment import SparseAssignment
from gnnpool.src import Pooling

Parts = dict[str, tuple[Tensor, Tensor]]  # of a level: each with the sizes to cut it into graphs


class Precompute(BaseTransform):
    r"""Pool graphs beforehand, `levels` times over, with an operator that needs no training.

    On one `Data` it is a PyG `transform` or `pre_transform`; `many` does a whole data set, many
    graphs in each tensor operation, and is several times faster. Level l is what the pooler makes
    of level l − 1; a graph that cannot shrink any further is carried along. Where a pooler prunes
    its edges (`NDPPooling` drops small weights), all levels are built first.

    Args:
        pooler: without parameters, each node in at most one supernode.
        levels: how often to pool, at least 1.

    Raises:
        ValueError: a pooler that learns, or whose S is dense, weighted or overlapping; levels
            below 1; graphs that are not `Data`.

    Example:
        >>> graphs = [Data(x=torch.eye(3), edge_index=torch.tensor([[0, 1], [1, 2]]))] * 2
        >>> data = Batch.from_data_list(Precompute(KMISPooling(), levels=1).many(graphs))
        >>> KMISPooling()(data.x, data.edge_index, batch=data.batch, level=data.level(1)).batch
        tensor([0, 1])
    """

    def __init__(self, pooler: Pooling, levels: int = 3):
        if not isinstance(pooler, Pooling):
            refuse("pooler", describe(pooler), "an operator that learns nothing, such as "
                   "GraclusPooling() (see get_pooler for one by name)")
        check_precomputable("pooler", "", pooler)
        check_count("levels", levels)
        self.pooler, self.num_levels = pooler, levels

    def forward(self, data: Data) -> PyramidData:
        """One graph with its pyramid; its tensors are shared, not copied."""
        return self.many([data], progress=False)[0]

    def many(self, graphs: Iterable[Data], batch_size: int = 256, *, jobs: int = 1,
             progress: bool = True) -> list[PyramidData]:
        """A list or data set of graphs, `batch_size` of them at once, with a progress bar.

        More `jobs` are processes that share the batches, and torch's threads; they need joblib, of
        the extra "evaluate". They take seconds to start: that pays where one process is busy for
        half a minute, not for a thousand molecules. The pyramids are the same, but an operator
        that draws at random draws otherwise in them.
        """
        check_count("batch_size", batch_size)
        check_count("jobs", jobs)
        check_flag("progress", progress)
        graphs = [graphs] if isinstance(graphs, Data) else list(graphs)
        for data in graphs:
            if not isinstance(data, Data) or isinstance(data, Batch):
                refuse("graphs", describe(data), "torch_geometric.data.Data, one for each graph "
                       "(of a batch: batch.to_data_list(); of a list: Precompute(…).many(list))")
        chunks = {start: graphs[start:start + batch_size]
                  for start in range(0, len(graphs), batch_size)}
        done = (self._in_processes(chunks, jobs) if jobs > 1 else
                (self._named(graphs, start) for start, graphs in chunks.items()))
        return [pyramid for part in tqdm(done, total=len(chunks), disable=not progress, leave=False,
                                         desc="pooling") for pyramid in part]

    def _in_processes(self, chunks: dict[int, Sequence[Data]],
                      jobs: int) -> Iterator[list[PyramidData]]:
        """The same in other processes; what fails there fails here again, where it gets a name."""
        from joblib import Parallel, delayed  # one process does without

        seeds = torch.randint(2**62, (len(chunks),)).tolist()
        tasks = (delayed(_levels_elsewhere)(self, self._together_or_none(graphs), seed)
                 for graphs, seed in zip(chunks.values(), seeds, strict=True))
        levels = Parallel(jobs, backend="loky", return_as="generator")(tasks)
        for (start, graphs), found in zip(chunks.items(), levels, strict=True):
            yield self._named(graphs, start) if found is None else _pyramids(graphs, found)

    def _together_or_none(self, graphs: Sequence[Data]) -> Graph | None:
        with suppress(ValueError, RuntimeError):
            return _together(graphs, self.pooler.carries_edge_attr)

    def _named(self, graphs: Sequence[Data], first: int) -> list[PyramidData]:
        """The pyramids, or an error that says which of the graphs is the cause."""
        try:
            return self._alone(graphs)
        except (ValueError, RuntimeError) as error:
            if len(graphs) == 1:
                raise
            for number, data in enumerate(graphs, first):
                try:
                    self._alone([data])
                except ValueError as one:
                    raise ValueError(f"graphs[{number}]: {one}") from one
            refuse("graphs", f"graphs that make no batch ({error})", "all with the same attributes")

    def _alone(self, graphs: Sequence[Data]) -> list[PyramidData]:
        return _pyramids(graphs, self._levels(_together(graphs, self.pooler.carries_edge_attr)))

    @torch.no_grad()
    def _levels(self, graph: Graph) -> list[Parts]:
        """The parts of all levels."""
        levels = []
        for s, x, edges in self._build(graph):
            levels.append(_parts(s, edges, graph, self.pooler))
            graph = _graph(x, edges, s)
        return levels

    def _build(self, graph: Graph) -> list[tuple[SparseAssignment, Tensor, Edges]]:
        """All levels, pruned when the last one is built."""
        levels = []
        for _ in range(self.num_levels):
            s, x, edges = self.pooler.coarsen(graph)
            _check_partition(s, self.pooler)
            levels.append((s, x, edges))
            graph = _graph(x, edges, s)
        return [(s, x, self.pooler.prune(edges)) for s, x, edges in levels]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.pooler!r}, levels={self.num_levels})"


def _check_partition(s: Assignment, pooler: Pooling) -> None:
    if not (isinstance(s, SparseAssignment) and s.weight is None and s.gate is None and
            s.representatives is not None and s.node.unique().numel() == s.node.numel()):
        refuse("pooler", f"{type(pooler).__name__}, whose S is dense, weighted or overlapping",
               "one that puts each node into at most one supernode, with a representative")


def _graph(x: Tensor, edges: Edges, s: SparseAssignment) -> Graph:
    return Graph(x, edges.edge_index, edges.edge_weight, s.batch, edge_attr=edges.edge_attr,
                 num_graphs=s.num_graphs)


def _together(graphs: Sequence[Data], with_attributes: bool) -> Graph:
    """The graphs as one batch; features that are none or no numbers are left out."""
    def bare(data: Data) -> Data:
        x = data.x
        if not isinstance(x, Tensor) or x.dim() != 2 or not x.is_floating_point():
            x = torch.zeros(data.num_nodes, 1, device=data.edge_index.device)
        return Data(x=x, edge_index=data.edge_index, edge_weight=data.get("edge_weight"),
                    edge_attr=data.edge_attr if with_attributes else None)
    b = Batch.from_data_list([bare(data) for data in graphs])
    return Graph(b.x, b.edge_index, b.get("edge_weight"), b.batch, edge_attr=b.edge_attr,
                 num_graphs=b.num_graphs)


def _parts(s: SparseAssignment, edges: Edges, below: Graph, pooler: Pooling) -> Parts:
    """The parts of one level, numbered within each graph, and how to cut them into the graphs."""
    nodes = s.batch.bincount(minlength=s.num_graphs)
    first = nodes.cumsum(0) - nodes
    cluster = below.batch.new_full((s.num_nodes,), DROPPED)
    cluster[s.node] = s.supernode - first[below.batch[s.node]]
    root = s.representatives - below.ptr[s.batch]
    owner, order = s.batch[edges.edge_index[0]].sort(stable=True)
    weight, attr = (None if t is None else t[order] for t in edges[1:])
    mark = Fingerprint.of(below, pooler)
    per_graph, per_edge = torch.ones_like(nodes), owner.bincount(minlength=s.num_graphs)
    parts = {"cluster": (cluster, below.sizes), "root": (root, nodes),
             "edge_index": (edges.edge_index[:, order] - first[owner], per_edge),
             "edge_weight": (weight, per_edge), "edge_attr": (attr, per_edge),
             "below": (mark.edges, per_graph), "volume": (mark.weight, per_graph)}
    return {name: (t, sizes) for name, (t, sizes) in parts.items() if t is not None}


def _pyramids(graphs: Sequence[Data], levels: list[Parts]) -> list[PyramidData]:
    """The graphs with their parts of each level; their own tensors are shared, not copied."""
    out = [PyramidData.from_dict({key: value for key, value in data.to_dict().items()
                                  if not is_part(key)}) for data in graphs]
    for number, parts in enumerate(levels, 1):
        for name, (t, sizes) in parts.items():
            pieces = t.split(sizes.tolist(), dim=1 if name == "edge_index" else 0)
            for data, piece in zip(out, pieces, strict=True):
                data[f"{name}_{number}"] = piece.clone()  # a view would keep the whole alive
    return out


def _levels_elsewhere(precompute: Precompute, graph: Graph | None, seed: int
                      ) -> list[Parts] | None:
    """In another process: the parts of all levels, or None where the graphs are at fault."""
    torch.manual_seed(seed)
    with suppress(ValueError, RuntimeError):
        return None if graph is None else precompute._levels(graph)
