"""The template that every operator fills in, and what it returns."""

import dataclasses

import pytest
import torch
from strategies import sample
from operators import refused
from torch.testing import assert_close

import gnnpool
from gnnpool import DenseAssignment, Graph, NoPooling, Pooling, SparseAssignment


class Pairs(Pooling):
    """Nodes 2i and 2i + 1 of the batch together."""

    def select(self, graph: Graph) -> SparseAssignment:
        return SparseAssignment.from_clusters(torch.arange(graph.num_nodes) // 2, graph)


class WithLosses(Pairs):
    def __init__(self):
        super().__init__()
        self.loss_weights = {"a": 3.0}

    def losses(self, graph, assignment):
        return {"a": graph.x.sum(), "b": graph.x.new_tensor(2.0)}


class WithPlainTuple(Pairs):
    def connect(self, graph, assignment):
        return graph.edge_index, graph.edge_weight


class WithoutSelect(Pooling):
    pass


def test_a_selection_is_enough():
    """A path 0-1-2-3, in pairs: each holds one edge twice, and one edge joins them."""
    path = torch.tensor([[0, 1, 2, 1, 2, 3], [1, 2, 3, 0, 1, 2]])
    out = Pairs()(torch.eye(4), path)
    assert out.x.tolist() == [[1, 1, 0, 0], [0, 0, 1, 1]]
    assert out.edge_index.tolist() == [[0, 0, 1, 1], [0, 1, 0, 1]]
    assert out.edge_weight.tolist() == [2, 1, 1, 2]
    assert (out.losses, out.loss.item(), out.loss.shape) == ({}, 0.0, ())
    assert out.batch.tolist() == [0, 0] and out.edge_attr is None


def test_losses_are_weighted_by_name():
    s = sample([4, 3])
    out = s.pool(WithLosses())
    assert_close(out.loss, 3 * s.x.sum() + 2)
    assert set(out.losses) == {"a", "b"}


def test_a_plain_tuple_of_edges_takes_the_right_places():
    s = sample([4, 2])
    out = s.pool(WithPlainTuple())
    assert out.edge_weight is s.edge_weight and out.edge_attr is None
    assert out.batch.tolist() == [0, 0, 1] and out.num_graphs == 2


def test_a_missing_selection_says_so():
    with pytest.raises(NotImplementedError, match="WithoutSelect has to define select"):
        sample([3]).pool(WithoutSelect())


@pytest.mark.parametrize("returned", [
    lambda g: None,
    lambda g: torch.eye(4),
    lambda g: DenseAssignment(torch.ones(2, 2), sample([2]).graph()),
    lambda g: DenseAssignment(torch.ones(4, 2), sample([2, 2]).graph())])
def test_a_selection_of_something_else_is_refused(returned):
    wrong = type("Wrong", (Pooling,), {"select": lambda self, graph: returned(graph)})
    with refused("Wrong.select"):
        sample([4]).pool(wrong())


def test_a_result_does_not_change():
    out = sample([4, 2]).pool(Pairs())
    with pytest.raises(dataclasses.FrozenInstanceError):
        out.x = out.x + 1


def test_the_dense_form_sums_duplicates_and_keeps_directions():
    x, edges = torch.eye(3), torch.tensor([[0, 0, 2], [1, 1, 1]])
    out = NoPooling()(x, edges, batch=torch.tensor([0, 0, 0]), num_graphs=2)
    dense, adj, mask = out.to_dense()
    assert adj.tolist() == [[[0, 2, 0], [0, 0, 0], [0, 1, 0]], [[0] * 3] * 3]
    assert mask.tolist() == [[True] * 3, [False] * 3]
    assert torch.equal(dense[0], x) and not dense[1].any()


class Wrong(NoPooling):
    """A pooler with one part replaced, to see that a slip in it is named."""

    def __init__(self, part: str, returns: object):
        super().__init__()
        setattr(self, part, lambda graph, assignment: returns)


@pytest.mark.parametrize("part, returns", [
    ("reduce", torch.ones(2, 3)), ("reduce", None), ("connect", torch.tensor([[0], [1]])),
    ("connect", None), ("connect", (torch.ones(2, 1),)), ("losses", torch.ones(())),
    ("losses", {"a": torch.ones(2)}), ("losses", None)])
def test_slips_in_the_readers_own_parts_are_named(part, returns):
    with pytest.raises(ValueError, match=rf"^Wrong\.{part}: got .+; wanted .+"):
        Wrong(part, returns)(torch.ones(3, 3), torch.tensor([[0], [1]]))


def test_results_say_what_they_are_in_one_line():
    out = NoPooling()(torch.ones(3, 2), torch.tensor([[0], [1]]))
    assert repr(out.assignment) == "SparseAssignment(num_nodes=3, num_supernodes=3, num_graphs=1)"
    assert repr(out) == (f"Pooled(x=[3, 2], edge_index=[2, 1], num_graphs=1, "
                         f"assignment={out.assignment!r}, losses=[])")


def test_rooms_are_imported_when_asked_for():
    assert gnnpool.datasets.load("running")[0].num_nodes == 12
    with pytest.raises(AttributeError, match="no attribute 'dataset'"):
        gnnpool.dataset  # noqa: B018
