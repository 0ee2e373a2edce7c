"""Pyramids: a graph and its pooled graphs in one Data, which PyG handles like any other."""

import torch
from torch_geometric.data import Data
from torch_geometric.data.data import DataEdgeAttr, DataTensorAttr
from torch_geometric.data.storage import GlobalStorage

from gnnpool.checks import check_count, refuse
from gnnpool.connect import Edges
from gnnpool.level import Fingerprint, Level
from gnnpool.sparse_assignment import SparseAssignment

DROPPED = -2**62  # the cluster of a dropped node: below 0 whatever batching adds to it
PARTS = ("cluster", "root", *Edges._fields, "below", "volume")


class PyramidData(Data):
    r"""A graph with its pyramid, which PyG batches, slices, stores and loads like any `Data`.

    Level l, from 1, is in the attributes `cluster_l` [N_{l−1}] (the supernode of each node),
    `root_l` [N_l] (the node that stands for each supernode), `edge_index_l`, `edge_weight_l`,
    `edge_attr_l` and the fingerprint `below_l`, `volume_l` of the graph below; read them by
    `data.level(l)`. A batch of such graphs has `level` too; all of them need the same number of
    levels. The cluster of a dropped node is a number far below 0.

    Example:
        >>> path = Data(x=torch.eye(4), edge_index=torch.tensor([[0, 1, 2], [1, 2, 3]]))
        >>> data = Precompute(GraclusPooling(), levels=2)(path)
        >>> [level.assignment.num_supernodes for level in data.levels]
        [2, 1]
    """

    @property
    def num_levels(self) -> int:
        """How many levels were computed."""
        level = 0
        while f"root_{level + 1}" in self:
            level += 1
        return level

    @property
    def levels(self) -> list[Level]:
        """All levels, for a model with as many poolers."""
        return self._read(self.num_levels)

    def level(self, number: int) -> Level:
        """Level `number` ≥ 1, for `pool(..., level=data.level(1))`.

        Raises:
            ValueError: a level that was not computed.
        """
        check_count("level", number)
        if not self.num_levels:
            refuse("level", repr(number), "a graph with levels (see Precompute)")
        if number > self.num_levels:
            refuse("level", repr(number), f"a number from 1 to {self.num_levels}, the levels that "
                   "were computed")
        return self._read(number)[-1]

    def _read(self, count: int) -> list[Level]:
        batch, out = self.get("batch"), []
        if batch is None:
            batch = self.edge_index.new_zeros(self.num_nodes)
        for key in (f"_{number + 1}" for number in range(count)):
            cluster, root = self["cluster" + key], self["root" + key]
            if cluster.numel() != batch.numel() or bool((root >= batch.numel()).any()):
                refuse("level", f"a pyramid of other nodes than the graph's {batch.numel()}",
                       "one of this graph; precompute again after a transform that changes it")
            node = (cluster >= 0).nonzero().squeeze(1)
            s = SparseAssignment(node, cluster[node], batch[root], num_nodes=cluster.numel(),
                                 num_graphs=self["below" + key].numel(), representatives=root)
            out.append(Level(s, Edges(*(self.get(part + key) for part in Edges._fields)),
                             Fingerprint(self["below" + key], self["volume" + key])))
            batch = s.batch
        return out

    def __inc__(self, key: str, value: object, *args, **kwargs) -> object:
        if not is_part(key):
            return super().__inc__(key, value, *args, **kwargs)
        part, _, number = key.rpartition("_")  # what each part numbers: the nodes of which level
        if part in ("cluster", "edge_index"):
            return self[f"root_{number}"].numel()
        return self[f"cluster_{number}"].numel() if part == "root" else 0


def is_part(key: str) -> bool:
    """Whether an attribute of a `Data` is a part of a level."""
    part, _, number = key.rpartition("_")
    return part in PARTS and number.isdigit()


# for torch.load(weights_only=True): what PyG writes into every Data and does not register itself
torch.serialization.add_safe_globals([PyramidData, DataEdgeAttr, DataTensorAttr, GlobalStorage])
