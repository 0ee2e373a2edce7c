"""Pyramids: what was computed beforehand is what the operator computes, however PyG moves it."""

import copy
import pickle
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from operators import refused, same
from strategies import ODD, Sample, odd, sample, samples
from torch.testing import assert_close
from torch_geometric.data import Batch, Data, HeteroData, InMemoryDataset
from torch_geometric.loader import DataLoader
from torch_geometric.transforms import AddSelfLoops

from gnnpool import (
    GraclusPooling,
    KMISPooling,
    MinCutPooling,
    NDPPooling,
    NoPooling,
    Pooled,
    Pooling,
    Precompute,
    PyramidData,
    RandomPooling,
    SparseAssignment,
    TopKPooling,
)
from gnnpool.models import GraphClassifier, GraphUNet

POOLERS = [GraclusPooling(), GraclusPooling(reduce="max", connect="mean"), KMISPooling(2),
           NDPPooling(threshold=0.0), NDPPooling(refine=True, threshold=0.0), NoPooling()]
each_pooler = pytest.mark.parametrize("pooler", POOLERS, ids=lambda p: f"{p}"[:40])


def data_of(s: Sample) -> Data:
    return Data(x=s.x, edge_index=s.edge_index, edge_weight=s.edge_weight, num_nodes=s.num_nodes)


def graphs(sizes: tuple[int, ...] = (9, 14, 1, 0, 6)) -> list[Data]:
    return [data_of(sample([n], seed=n, density=3.0)) for n in sizes]


def climb(pooler: Pooling, data: Data, use: bool) -> list[Pooled]:
    """All levels of a batch, from the pyramid or anew."""
    x, edge_index, edge_weight = data.x, data.edge_index, data.edge_weight
    batch, out = data.batch, []
    for level in data.levels:
        out.append(pooler(x, edge_index, edge_weight, batch, num_graphs=data.num_graphs,
                          level=level if use else None))
        x, edge_index, edge_weight = out[-1].x, out[-1].edge_index, out[-1].edge_weight
        batch = out[-1].batch
    return out


def check(pooler: Pooling, batch: Batch, levels: int = 3) -> None:
    anew, stored = climb(pooler, batch, False), climb(pooler, batch, True)
    assert len(stored) == levels
    for a, b in zip(anew, stored, strict=True):
        same(a, b)
        assert a.edge_index.tolist() == b.edge_index.tolist()
        assert a.assignment.representatives.tolist() == b.assignment.representatives.tolist()


# What is stored

@each_pooler
@given(s=samples())
def test_a_level_is_what_the_level_below_pools_to(pooler, s):
    data = [data_of(s.single(g)) for g in range(s.num_graphs)]
    check(pooler, Batch.from_data_list(Precompute(pooler).many(data, progress=False)))


@pytest.mark.parametrize("name", ODD)
@each_pooler
def test_odd_graphs_keep_all_their_levels(pooler, name):
    s = odd(name)
    data = [data_of(s.single(g)) for g in range(s.num_graphs)]
    pyramids = Precompute(pooler, levels=2).many(data, progress=False)
    assert len(pyramids) == s.num_graphs
    for p, d in zip(pyramids, data, strict=True):
        for level in p.levels:
            assert level.assignment.num_supernodes >= min(d.num_nodes, 1)
            assert level.edges.edge_index.shape[0] == 2
            assert level.edges.edge_index.dtype == torch.int64
    if pyramids:
        check(pooler, Batch.from_data_list(pyramids), levels=2)


@each_pooler
def test_one_at_a_time_or_many_at_once(pooler):
    one_by_one = [Precompute(pooler)(data) for data in graphs()]
    for size in (1, 2, 256):
        together = Precompute(pooler).many(graphs(), batch_size=size, progress=False)
        for a, b in zip(one_by_one, together, strict=True):
            assert a.keys() == b.keys()
            for key in a.keys():
                assert_close(a[key], b[key])


@pytest.mark.parametrize("pooler", POOLERS[:4:3])
def test_two_processes_make_what_one_makes(pooler):
    one, two = (Precompute(pooler).many(graphs(), batch_size=2, jobs=jobs, progress=False)
                for jobs in (1, 2))
    for a, b, data in zip(one, two, graphs(), strict=True):
        assert a.keys() == b.keys() and b.num_nodes == data.num_nodes
        for key in a.keys():
            assert_close(a[key], b[key], rtol=0, atol=0)


def test_random_operators_repeat_with_the_seed_in_processes_too():
    precompute, drawn = Precompute(RandomPooling(), levels=1), []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append([d["root_1"].tolist() for d in precompute.many(
            graphs((30,) * 4), batch_size=1, jobs=2, progress=False)])
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(map(tuple, drawn[0]))) == 4


def test_processes_take_operators_that_cannot_be_imported_and_share_tensors():
    class Own(GraclusPooling):
        """Defined in a function, as in a notebook."""

    whole = Batch.from_data_list(graphs())
    data = [whole[g] for g in range(5)]  # views, as a data set gives them
    out = Precompute(Own()).many(data, jobs=2, progress=False)
    assert all(a.x.data_ptr() == b.x.data_ptr() for a, b in zip(out, data, strict=True))


def test_a_graph_that_cannot_shrink_is_carried_along():
    lonely = Data(x=torch.rand(3, 2), edge_index=torch.empty(2, 0, dtype=torch.long))
    data = Precompute(GraclusPooling(), levels=4)(lonely)
    for level in data.levels:
        assert level.assignment.dense().tolist() == torch.eye(3).tolist()
        assert level.edges.edge_index.shape == (2, 0)


def test_small_weights_are_dropped_when_all_levels_are_built():
    """A path of ten, kept 0, 2, …: at level 2 every edge weighs 1/4, at level 3 1/8."""
    path = torch.stack([torch.arange(16), torch.arange(1, 17)])
    data = Data(x=torch.eye(17), edge_index=torch.cat([path, path.flip(0)], 1))
    pruned = Precompute(NDPPooling(threshold=0.3))(data)
    whole = Precompute(NDPPooling(threshold=0.0))(data)
    for number, weight in ((1, 0.5), (2, 0.25), (3, 0.125)):
        full, left = whole.level(number).edges, pruned.level(number).edges
        assert_close(full.edge_weight, torch.full_like(full.edge_weight, weight))
        assert left.edge_weight.numel() == (full.edge_weight.numel() if weight > 0.3 else 0)
        assert pruned[f"root_{number}"].tolist() == whole[f"root_{number}"].tolist()


def test_other_attributes_stay_and_the_graph_is_not_touched():
    data = graphs()[0]
    data.y, data.name, keys = torch.tensor([1]), "first", None
    keys = data.keys()
    out = Precompute(KMISPooling(), levels=2)(data)
    assert data.keys() == keys and type(data) is Data
    assert out.name == "first" and out.y is data.y and out.x is data.x
    again = Precompute(KMISPooling(), levels=1)(out)
    assert again.num_levels == 1 and out.num_levels == 2 and "cluster_2" not in again


@pytest.mark.parametrize("x", [None, torch.arange(4)[:, None], torch.arange(4.0)])
def test_features_may_be_missing_or_of_any_kind(x):
    data = Data(x=x, edge_index=torch.tensor([[0, 1, 2], [1, 2, 3]]), num_nodes=4)
    assert Precompute(GraclusPooling(), levels=1)(data)["root_1"].numel() == 2


def test_edge_attributes_are_pooled_where_the_operator_can():
    data = Data(x=torch.eye(4), edge_index=torch.tensor([[0, 1, 2, 3, 0], [1, 2, 3, 0, 2]]),
                edge_attr=torch.rand(5, 2))
    out = Precompute(KMISPooling(), levels=1)(data)
    direct = KMISPooling()(data.x, data.edge_index, edge_attr=data.edge_attr)
    assert_close(out["edge_attr_1"], direct.edge_attr)
    assert "edge_attr_1" not in Precompute(NDPPooling(), levels=1)(data)


def test_a_stored_graph_owns_its_memory():
    data = Precompute(GraclusPooling()).many(graphs((30,) * 20), progress=False)[3]
    assert len(pickle.dumps(data)) < 20_000


# PyG moves it

@each_pooler
def test_loaders_batches_slices_and_lists(pooler):
    data = Precompute(pooler).many(graphs(), progress=False)
    for batch in DataLoader(data, batch_size=3):
        check(pooler, batch)
    batch = Batch.from_data_list(data)
    for a, b, c in zip(data, batch.to_data_list(), (batch[g] for g in range(5)), strict=True):
        for key in a.keys():
            assert_close(b[key], a[key])
            assert_close(c[key], a[key])
    check(pooler, Batch.from_data_list(batch.index_select([4, 0, 1])))
    check(pooler, Batch.from_data_list(copy.deepcopy(data)[::-1]))
    check(pooler, pickle.loads(pickle.dumps(batch)))


def test_worker_processes():
    data = Precompute(GraclusPooling()).many(graphs(), progress=False)
    for batch in DataLoader(data, batch_size=2, num_workers=1):
        check(GraclusPooling(), batch)


class Stored(InMemoryDataset):
    """Random graphs, kept in a file."""

    processed_file_names = "data.pt"

    def process(self) -> None:
        self.save([self.pre_transform(data) for data in graphs()], self.processed_paths[0])


@pytest.mark.parametrize("pooler", POOLERS[:4:3])
def test_in_memory_datasets(tmp_path, pooler):
    for _ in range(2):  # made, then read
        dataset = Stored(tmp_path, pre_transform=Precompute(pooler))
        dataset.load(dataset.processed_paths[0], data_cls=PyramidData)
        assert type(dataset[1]) is PyramidData
        for batch in DataLoader(dataset[torch.tensor([4, 1, 0])], batch_size=2):
            check(pooler, batch)


def test_files_that_hold_only_weights(tmp_path):
    data = Precompute(NDPPooling(threshold=0.0)).many(graphs(), progress=False)
    torch.save(data, tmp_path / "data.pt")
    check(NDPPooling(threshold=0.0),
          Batch.from_data_list(torch.load(tmp_path / "data.pt", weights_only=True)))


def test_it_is_a_transform():
    dataset = Precompute(KMISPooling())
    assert repr(dataset) == f"Precompute({KMISPooling()!r}, levels=3)"
    assert isinstance(dataset(graphs()[0]), PyramidData)


# Models

@pytest.mark.parametrize("model", [GraphClassifier, GraphUNet])
def test_models_take_the_levels(model):
    pools = [GraclusPooling(), GraclusPooling()]
    torch.manual_seed(0)
    net = model(3, 8, 2, pools).double().eval()
    b = Batch.from_data_list(Precompute(GraclusPooling(), levels=2).many(graphs(), progress=False))
    arguments = (b.x, b.edge_index, b.edge_weight, b.batch, b.num_graphs)
    assert_close(net(*arguments, levels=b.levels), net(*arguments))
    for wrong in ([], b.levels[:1], b.level(1), 2, b.level, b):
        with refused("levels"):
            net(*arguments, levels=wrong)


def test_half_precision_does_not_change_the_fingerprint():
    b = Batch.from_data_list(Precompute(GraclusPooling()).many(graphs(), progress=False))
    out = GraclusPooling()(b.x.bfloat16(), b.edge_index, b.edge_weight.bfloat16(), b.batch,
                           level=b.level(1), num_graphs=5)
    assert out.x.dtype == torch.bfloat16


# What does not belong is refused

def pyramid() -> PyramidData:
    return Precompute(GraclusPooling(), levels=2)(graphs((9,))[0])


@pytest.mark.parametrize("change", [
    lambda d: data_of(sample([9], seed=50, density=3.0)),
    lambda d: data_of(sample([8], seed=50, density=3.0)),
    lambda d: Batch.from_data_list([data_of(sample([4])), data_of(sample([5]))]),
    lambda d: AddSelfLoops("edge_weight")(copy.copy(d)),
    lambda d: d.subgraph(torch.arange(1, 9)),
    lambda d: Data(x=d.x, edge_index=d.edge_index, edge_weight=2 * d.edge_weight),
    lambda d: Data(x=d.x, edge_index=d.edge_index),
    lambda d: Data(x=d.x, edge_index=d.edge_index.flip(0)[:, 1:], edge_weight=d.edge_weight[1:]),
])
def test_a_pyramid_of_another_graph_is_refused(change):
    data = pyramid()
    other = change(data)
    with refused("level"):
        GraclusPooling()(other.x, other.edge_index, other.edge_weight, other.batch,
                         level=data.level(1))


@pytest.mark.parametrize("nodes", [[0, 1, 2], [8, 7, 6, 5, 4, 3, 2], [1, 2, 3, 4, 5, 6, 7, 8], []])
@each_pooler
def test_a_stale_pyramid_is_refused(pooler, nodes):
    data = Precompute(pooler, levels=2)(graphs((9,))[0])
    data = data.subgraph(torch.tensor(nodes, dtype=torch.int64))
    with refused("level"):
        pooler(data.x, data.edge_index, data.edge_weight, level=data.level(1))


def test_the_level_of_another_operator_is_refused():
    data = pyramid()
    with refused("level"):
        KMISPooling()(data.x, data.edge_index, data.edge_weight, level=data.level(1))


def test_a_level_without_edge_attributes_does_not_swallow_them():
    data = pyramid()
    with refused("level"):
        GraclusPooling()(data.x, data.edge_index, data.edge_weight, level=data.level(1),
                         edge_attr=torch.ones(data.num_edges, 1))


def test_a_graph_without_a_pyramid_has_no_level():
    with refused("level"):
        PyramidData(x=torch.eye(2), edge_index=torch.tensor([[0], [1]])).level(1)


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_graph_that_is_wrong_is_named(jobs):
    good, bad, worse = graphs((4, 4)), *graphs((4, 4))
    bad.edge_index = bad.edge_index + 1
    worse.edge_weight = -worse.edge_weight  # found by the operator, not when the batch is made
    for wrong, argument in ((bad, "edge_index"), (worse, "edge_weight")):
        with pytest.raises(ValueError, match=rf"^graphs\[4\]: {argument}: got .+; wanted .+"):
            Precompute(GraclusPooling()).many([*good, *good, wrong, *good], batch_size=2,
                                              jobs=jobs, progress=False)
    wide = Data(x=torch.eye(4).double(), edge_index=good[0].edge_index)
    with refused("graphs"):
        Precompute(GraclusPooling()).many([good[0], wide], jobs=jobs, progress=False)


def test_the_levels_of_a_graph_are_not_interchanged():
    data = pyramid()
    with refused("level"):
        GraclusPooling()(data.x, data.edge_index, data.edge_weight, level=data.level(2))


def test_edges_in_another_order_are_the_same_graph():
    data = pyramid()
    order = torch.arange(data.num_edges).flip(0)
    GraclusPooling()(data.x, data.edge_index[:, order], data.edge_weight[order],
                     level=data.level(1))


@pytest.mark.parametrize("number", [0, 3, 1.0, "1"])
def test_levels_that_were_not_computed_are_refused(number):
    with refused("level"):
        pyramid().level(number)


@pytest.mark.parametrize("level", [1, "1", pyramid])
def test_what_is_no_level_is_refused(level):
    with refused("level"):
        GraclusPooling()(torch.eye(2), torch.tensor([[0], [1]]), level=level)


@pytest.mark.parametrize("pool", [TopKPooling(3), MinCutPooling(3, k=2)])
def test_operators_that_learn_take_no_level(pool):
    data = pyramid()
    with refused("level"):
        pool.double()(data.x, data.edge_index, data.edge_weight, level=data.level(1))
    with refused("pooler"):
        Precompute(pool)


class Overlapping(Pooling):
    """Every node is in two supernodes."""

    def select(self, graph):
        node = torch.arange(graph.num_nodes).repeat(2)
        return SparseAssignment(node, node, graph.batch, num_nodes=graph.num_nodes,
                                num_graphs=graph.num_graphs)


@pytest.mark.parametrize("pooler", [RandomPooling(k=2), Overlapping(), GraclusPooling, "graclus"])
def test_what_is_no_partition_is_refused(pooler):
    with refused("pooler"):
        Precompute(pooler)(graphs()[0])


def test_random_nodes_can_be_drawn_beforehand():
    data = Precompute(RandomPooling(), levels=1)(graphs()[0])
    out = RandomPooling()(data.x, data.edge_index, data.edge_weight, level=data.level(1))
    assert out.x.size(0) == 5 and out.x.tolist() == data.x[data["root_1"]].tolist()


@pytest.mark.parametrize("levels", [0, -1, 1.5, None, True])
def test_levels_below_one_are_refused(levels):
    with refused("levels"):
        Precompute(GraclusPooling(), levels=levels)


def test_other_bad_arguments_are_refused():
    precompute = Precompute(GraclusPooling())
    for bad in (HeteroData(), Batch.from_data_list(graphs()), torch.eye(3)):
        with refused("graphs"):
            precompute.many([bad])
    assert precompute.many(graphs()[0], progress=False)[0].num_levels == 3
    with refused("batch_size"):
        precompute.many(graphs(), batch_size=0)
    for jobs in (0, -1, 2.0, None, True):
        with refused("jobs"):
            precompute.many(graphs(), jobs=jobs)
    with refused("progress"):
        precompute.many(graphs(), progress=1)
    negative = replace(sample([9]), edge_weight=-sample([9]).edge_weight)
    with refused("edge_weight"):
        precompute(data_of(negative))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_progress_bar(capsys, jobs):
    Precompute(GraclusPooling()).many(graphs(), batch_size=1, jobs=jobs)
    error = capsys.readouterr().err
    assert "pooling" in error and "0/5" in error
    Precompute(GraclusPooling()).many(graphs(), progress=False)
    assert not capsys.readouterr().err
