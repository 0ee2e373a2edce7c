"""The operators that keep the contract: one line for each, with what it claims of itself; and what
tests ask of any result.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import oracles
import pytest
import torch
from strategies import CHANNELS
from torch import Tensor
from torch.testing import assert_close
from torch_geometric.nn import GraphConv

from gnnpool import Assignment, Graph, Pooled, Pooling, SparseAssignment, get_pooler


def _kept(a: Tensor, s: Assignment) -> Tensor:
    return oracles.induced(a, s.representatives)


def _kept_two_hops(a: Tensor, s: Assignment) -> Tensor:
    return oracles.induced(oracles.two_hop(a), s.representatives)


def _product(a: Tensor, s: Assignment) -> Tensor:
    return s.dense().double().T @ a @ s.dense().double()


def _soft(a: Tensor, s: Assignment) -> Tensor:
    return oracles.degree_normalized(oracles.without_diagonal(_soft_plain(a, s)))


def _soft_plain(a: Tensor, s: Assignment) -> Tensor:
    return _product(oracles.symmetric(a), s)


def _soft_inverse(a: Tensor, s: Assignment) -> Tensor:
    """S⁺AS, where directions of S below the rounding of its dtype count as 0."""
    noise = s.k * torch.finfo(s.s.dtype).eps
    matrix = s.dense().double()
    return torch.linalg.pinv(matrix, rtol=noise) @ oracles.symmetric(a) @ matrix


def _between(how: str) -> Callable[[Tensor, Assignment], Tensor]:
    return lambda a, s: oracles.between(a, memberships(s), how)


def _between_both_ways(how: str) -> Callable[[Tensor, Assignment], Tensor]:
    return lambda a, s: oracles.between(oracles.symmetric(a), memberships(s), how)


def _decimated(a: Tensor, s: Assignment) -> Tensor:
    pooled = oracles.schur(oracles.symmetric(a), s.representatives)
    return torch.where(pooled > 0.01, pooled, 0.0)


def _brightness(graph: Graph) -> Tensor:
    return graph.x.sum(1)


@dataclass(frozen=True)
class Operator:
    """An operator of the registry, its arguments, and the pooled matrix that it promises."""

    name: str
    connect: Callable[[Tensor, Assignment], Tensor]
    arguments: dict = field(default_factory=dict)
    features: Callable[[Tensor, Tensor], Tensor] = oracles.sums
    learned: bool = True     # takes in_channels
    random: bool = False
    attributes: bool = True  # carries edge_attr
    directed: bool = True    # reads A, not (A + Aᵀ) / 2
    degrees: bool = False    # refuses negative weights
    signed: bool = False     # may give negative weights
    soft: bool = False       # rows of S, no step that depends on values
    merges: bool = False     # edges between clusters become one
    ties: str = ""           # where labels decide: "equal weights", or "pairs" of nodes as well

    def __str__(self) -> str:
        return "-".join([self.name, *(f"{k}={getattr(v, '__name__', v)}"
                                      for k, v in self.arguments.items())])

    def make(self, dtype: torch.dtype = torch.float64, **others) -> Pooling:
        """The same parameters every time."""
        channels = {"in_channels": CHANNELS} if self.learned else {}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            return get_pooler(self.name, **{**channels, **self.arguments, **others}).to(dtype)


SOFT = {"attributes": False, "directed": False, "degrees": True, "soft": True}
MERGING = {"learned": False, "degrees": True, "merges": True, "ties": "equal weights"}
OPERATORS = (
    Operator("topk", _kept),
    Operator("topk", _kept, {"ratio": 3, "nonlinearity": "sigmoid"}),
    Operator("topk", _kept_two_hops, {"hops": 2}, attributes=False),
    Operator("topk", _kept, {"min_score": 0.2}),
    Operator("sag", _kept),
    Operator("diff", _soft_plain, {"k": 3}, **SOFT),
    Operator("diff", _soft_inverse, {"k": 3, "inverse_connect": True, "link": "mean"}, **SOFT,
             signed=True),
    Operator("mincut", _soft, {"k": 3}, **SOFT),
    Operator("dmon", _soft, {"k": 3}, **SOFT),
    Operator("acc", _soft, {"k": 3}, **SOFT),
    Operator("topk", _kept, {"nonlinearity": None}),
    Operator("degree", _kept, learned=False, ties="pairs"),
    Operator("function", _kept, {"function": _brightness, "ratio": 2}, learned=False),
    Operator("graclus", _between_both_ways("sum"), directed=False, **MERGING),
    Operator("graclus", _between_both_ways("max"),
             {"weight": "raw", "reduce": "mean", "connect": "max"}, oracles.means, directed=False,
             **MERGING),
    Operator("kmis", _between("sum"), **MERGING),
    Operator("kmis", _between("mean"), {"k": 2, "reduce": "max", "connect": "mean"},
             oracles.maxima, **MERGING),
    Operator("kmis", _between("sum"), {"order": "random"}, random=True, **MERGING),
    Operator("kmis", _between("sum"), {"scorer": GraphConv}, **{**MERGING, "learned": True}),
    Operator("ndp", _decimated, learned=False, degrees=True, directed=False, attributes=False,
             ties="pairs"),
    Operator("ndp", _decimated, {"refine": True}, learned=False, degrees=True, directed=False,
             attributes=False, ties="pairs"),
    Operator("none", lambda a, s: a, learned=False),
    Operator("random", _kept, learned=False, random=True),
    Operator("random", _product, {"k": 3}, learned=False, random=True, attributes=False),
)


def each_operator(test: Callable) -> Callable:
    """Run a test once for every operator."""
    return pytest.mark.parametrize("operator", OPERATORS, ids=str)(test)


def some_operators(**traits: object) -> Callable[[Callable], Callable]:
    """Run a test once for every operator with these traits."""
    chosen = [o for o in OPERATORS if all(getattr(o, k) == v for k, v in traits.items())]
    return pytest.mark.parametrize("operator", chosen, ids=str)


def pooled_matrix(out: Pooled) -> Tensor:
    """A′ [K, K] in float64."""
    return oracles.dense(out.edge_index, out.edge_weight, out.x.size(0))


def same(left: Pooled, right: Pooled, **tolerance: float) -> None:
    """The same supernodes, matrices and losses."""
    assert_close(left.x, right.x, **tolerance)
    assert_close(pooled_matrix(left), pooled_matrix(right), **tolerance)
    assert_close(left.assignment.dense(), right.assignment.dense(), **tolerance)
    assert_close(left.batch, right.batch, **tolerance)
    assert_close(left.losses, right.losses, **tolerance)


def memberships(s: Assignment) -> Tensor:
    """Which node is in which supernode, bool [N, K]; a gate of 0 takes no node out."""
    if not isinstance(s, SparseAssignment):
        return s.dense() != 0
    members = torch.zeros(s.num_nodes, s.num_supernodes, dtype=torch.bool)
    members[s.node, s.supernode] = True
    return members


def lowest_members(members: Tensor) -> Tensor:
    """[K], the lowest node of each supernode."""
    return torch.tensor([int(column.nonzero()[0]) for column in members.T], dtype=torch.int64)


def outputs(out: Pooled) -> tuple[Tensor, ...]:
    """Everything that gradients flow through."""
    tensors = (out.x, out.edge_weight, out.loss, out.lift(out.x), out.lift(out.x, inverse=True))
    return tuple(t for t in tensors if t is not None)


def refused(argument: str) -> AbstractContextManager:
    """The one form of error: the argument, what was got and what is wanted."""
    return pytest.raises(ValueError, match=rf"^{argument}: got .+; wanted .+")
