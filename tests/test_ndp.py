"""NDP: the split of each component, by hand, by numpy and by brute force."""

from dataclasses import replace

import numpy as np
import oracles
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from operators import refused
from strategies import Sample, permutations, sample, samples
from torch import Tensor
from torch.testing import assert_close

from gnnpool.datasets import grid, minnesota
from gnnpool.one_over_k.base import tie_break
from gnnpool.one_over_k.components import components
from gnnpool.one_over_k.eigenvector import Blocks, top_eigenvector
from gnnpool.one_over_k.ndp import Cut, NDPPooling, decimate, refined, spectral_split


def undirected(edges: list[tuple[int, int]] | np.ndarray, n: int, weight=None) -> Sample:
    pair = torch.as_tensor(np.array(edges).reshape(-1, 2)).long().T
    weight = None if weight is None else torch.tensor(weight, dtype=torch.float64).repeat(2)
    return Sample(torch.ones(n, 1).double(), torch.cat([pair, pair.flip(0)], 1), weight,
                  torch.zeros(n).long(), 1)


def cycle(n: int) -> Sample:
    return undirected([(i, (i + 1) % n) for i in range(n)], n)


def kept(s: Sample, seed: int = 0) -> list[int]:
    return s.pool(NDPPooling(), seed=seed).assignment.representatives.tolist()


def share(a: Tensor, side: Tensor) -> float:
    """How much of the weight of A a split cuts."""
    a = oracles.without_diagonal(oracles.symmetric(a))
    return float((a * (side[:, None] != side[None])).sum() / a.sum())


def random_connected(n: int, seed: int, weights: str = "positive") -> Sample:
    """A random tree with random edges on top."""
    rng = np.random.default_rng(seed)
    tree = [(i, int(rng.integers(i))) for i in range(1, n)]
    more = [tuple(rng.choice(n, 2, replace=False).tolist()) for _ in range(n)]
    edges = sorted({(min(e), max(e)) for e in tree + more})
    weight = rng.uniform(0.2, 2.0, len(edges)) if weights == "positive" else None
    return undirected(edges, n, weight)


# Two-colouring

def test_bipartite_graphs_are_split_exactly():
    path = undirected([(i, i + 1) for i in range(9999)], 10_000)
    assert kept(path) == list(range(1, 10_000, 2))  # node 1 is the first of degree 2
    assert kept(cycle(8)) == [0, 2, 4, 6]
    star = undirected([(3, i) for i in (0, 1, 2, 4)], 5)
    assert kept(star) == [3]
    g = grid(5, 4)
    out = NDPPooling()(g.pos, g.edge_index)
    side = torch.zeros(20, dtype=torch.bool).index_fill(0, out.assignment.representatives, True)
    assert (side[g.edge_index[0]] != side[g.edge_index[1]]).all()


def test_the_side_of_the_heaviest_node_is_kept():
    """Weighted degrees count; equal ones, also up to rounding, go to the lowest node."""
    path = [(0, 1), (1, 2), (2, 3)]
    assert kept(undirected(path, 4, [1, 1, 1])) == [1, 3]
    assert kept(undirected(path, 4, [1, 1, 2])) == [0, 2]
    assert kept(undirected(path, 4, [1, 1, 1 + 1e-9])) == [1, 3]


@given(s=samples())
def test_components_and_colours(s):
    a = oracles.without_diagonal((oracles.symmetric(s.dense()) > 0).double())
    parts = components(Cut.of(s.graph()).a)
    reach = torch.linalg.matrix_power(a + torch.eye(len(a)).double(), max(len(a), 1)) > 0
    assert torch.equal(reach, parts.of[:, None] == parts.of[None])
    first = [int((parts.of == c).nonzero()[0]) for c in range(parts.count)]
    assert first == sorted(first)
    walk = torch.eye(len(a), dtype=torch.float64)
    closed = torch.zeros(len(a), dtype=torch.bool)
    for length in range(1, 2 * len(a) + 2):  # a closed walk of odd length is an odd cycle
        walk = ((walk @ a) > 0).double()
        closed |= (walk.diagonal() > 0) & (length % 2 == 1)
    assert torch.equal(parts.bipartite[parts.of], ~closed)
    row, col = a.nonzero().T
    joined = parts.bipartite[parts.of[row]]
    assert (parts.colour[row] != parts.colour[col])[joined].all()


def test_odd_rings_leave_one_edge_uncut():
    for n in (3, 5, 51):
        s = cycle(n)
        side = decimate(s.graph())
        assert side[0] and share(s.dense(), side) == pytest.approx((n - 1) / n)


# The eigenvector

def dense_laplacian(s: Sample) -> np.ndarray:
    a = oracles.without_diagonal(oracles.symmetric(s.dense()))
    return np.eye(len(a)) - oracles.degree_normalized(a).numpy()


@given(n=st.integers(3, 60), seed=st.integers(0, 999))
def test_the_eigenvector_is_numpys(n, seed):
    s = random_connected(n, seed)
    value, vector = np.linalg.eigh(dense_laplacian(s))
    cut = Cut.of(s.graph())
    blocks = Blocks(cut.a, torch.zeros(n).long(), 1)
    v, theta = top_eigenvector(blocks, cut.hash.double())
    assert theta.item() == pytest.approx(value[-1], abs=1e-9)
    residual = dense_laplacian(s) @ v.numpy() - theta.item() * v.numpy()
    gap = value[-1] - value[-2]
    assert np.linalg.norm(residual) < (2e-10 if gap > 1e-3 else 1e-5) * np.linalg.norm(v)
    assume(gap > 1e-3)
    assert abs(v.numpy() @ vector[:, -1]) == pytest.approx(1, abs=1e-9)


@given(n=st.integers(3, 60), seed=st.integers(0, 999))
def test_the_split_is_the_sign_of_the_eigenvector(n, seed):
    s = random_connected(n, seed)
    value, vector = np.linalg.eigh(dense_laplacian(s))
    v = vector[:, -1] * np.sign(vector[Cut.of(s.graph()).a.degree.argmax(), -1])
    assume(value[-1] - value[-2] > 1e-3 and np.abs(v).min() > 1e-4)
    assert spectral_split(Cut.of(s.graph())).tolist() == (v > 0).tolist()


TURNED = [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3]]


@pytest.mark.parametrize("new", TURNED, ids=str)
def test_entries_that_cancel_are_kept(new):
    """v = (0, x, −x), whatever rounding makes of the 0."""
    s = undirected([(0, 1), (0, 2), (1, 2)], 3, [1, 1, 9])
    new = torch.tensor([i for i in new if i < 3])
    side = spectral_split(Cut.of(s.relabelled(new).graph()))
    assert side.nonzero().squeeze(1).tolist() == sorted({int(new[0]), int(new[1:].min())})


@pytest.mark.parametrize("new", TURNED, ids=str)
def test_an_anchor_of_zero_is_kept_and_the_next_one_turns_the_rest(new):
    """v = (0, x, −x, −x, x), and node 0 has the highest degree."""
    s = undirected([(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (3, 4), (1, 3), (2, 4)], 5,
                   [5, 5, 5, 5, 9, 9, 1, 1])
    new = torch.tensor(new)
    colour = torch.tensor([0, 1, 0, 0, 1])[new.argsort()]
    first = next(i for i in range(5) if i != new[0])
    expected = {i for i in range(5) if colour[i] == colour[first] and i != new[0]} | {int(new[0])}
    side = spectral_split(Cut.of(s.relabelled(new).graph()))
    assert set(side.nonzero().squeeze(1).tolist()) == expected


def test_a_localised_eigenvector_splits_the_whole_map():
    """A road map: three entries of four are below 10⁻⁶ of the largest, and the cut is in them."""
    g = minnesota()
    s = Sample(g.pos.double(), g.edge_index, None, torch.zeros(g.num_nodes).long(), 1)
    cut = Cut.of(s.graph())
    side = spectral_split(cut)
    row, col = s.edge_index
    assert (side[row] != side[col]).double().mean() > 0.90
    better = refined(cut, side)
    assert (better[row] != better[col]).double().mean() > 0.913
    new = permutations(s, 0)  # what is small does not hang on the start vector, a hash of the place
    other = spectral_split(Cut.of(s.relabelled(new).graph()))
    assert (other[new] == side).double().mean() > 0.999


@pytest.mark.parametrize("scale", [1e-30, 1e30])
def test_the_unit_of_the_weights_does_not_matter(scale):
    s = random_connected(20, 3)
    assert kept(replace(s, edge_weight=s.edge_weight * scale)) == kept(s)


# The anchor, and the random split

@given(s=samples(), refine=st.booleans())
def test_the_anchor_and_isolated_nodes_are_kept(s, refine):
    side = decimate(s.graph(), refine=refine)
    cut = Cut.of(s.graph())
    for c in range(cut.parts.count):
        nodes = (cut.parts.of == c).nonzero().squeeze(1)
        degree = cut.a.degree[nodes]
        anchor = nodes[(degree >= degree.max() * (1 - 1e-6)).nonzero()[0, 0]]
        assert side[anchor]


def lopsided() -> Sample:
    """A complete graph with one node joined more strongly: v points at that node alone."""
    edges = [(i, j) for i in range(12) for j in range(i)]
    return undirected(edges, 12, [4.0 if j == 0 else 1.0 for i, j in edges])


def test_a_poor_cut_gives_way_to_a_random_one():
    s = lopsided()
    spectral = spectral_split(Cut.of(s.graph()))
    assert spectral.tolist() == [True] + [False] * 11 and share(s.dense(), spectral) < 0.45
    bits = tie_break(s.graph()) % 2
    assert kept(s) == (bits == bits[0]).nonzero().flatten().tolist() == kept(s, seed=1)
    assert 3 < len(kept(s)) < 9


def test_only_the_component_with_the_poor_cut_is_drawn():
    poor, ring = lopsided(), cycle(5)
    both = Sample(torch.ones(17, 1).double(),
                  torch.cat([poor.edge_index, ring.edge_index + 12], 1),
                  torch.cat([poor.edge_weight, torch.ones(10).double()]),
                  torch.zeros(17).long(), 1)
    spectral = spectral_split(Cut.of(both.graph())).nonzero().flatten().tolist()
    assert [i for i in kept(both) if i < 12] == kept(poor) != [i for i in spectral if i < 12]
    assert [i for i in kept(both) if i >= 12] == [i for i in spectral if i >= 12]


# Refinement

@given(s=samples(), weights=st.booleans())
def test_no_move_of_one_node_cuts_more_than_a_refined_split(s, weights):
    s = s if weights else replace(s, edge_weight=None)
    cut = Cut.of(s.graph())
    plain = spectral_split(cut)
    side = refined(cut, plain)
    a = cut.a @ torch.eye(s.num_nodes).double()
    z = side.double() * 2 - 1
    gain = z * (a @ z)  # uncut minus cut weight at each node
    assert (gain <= 1e-5 * a.sum(1)).all()
    weight = (a * (side[:, None] != side[None])).sum()
    assert weight >= (a * (plain[:, None] != plain[None])).sum() * (1 - 1e-9)


def maximum_cut(a: Tensor) -> float:
    """By trying all splits of one graph."""
    n = len(a)
    sides = (torch.arange(2 ** (n - 1))[:, None] >> torch.arange(n) & 1).double() * 2 - 1
    total = a.sum()
    return float(((total - ((sides @ a) * sides).sum(1)) / 2).max() / total)


def test_refined_cuts_are_nearly_the_best():
    plain, better = [], []
    for seed in range(60):
        s = random_connected(4 + seed % 9, seed, "none" if seed % 2 else "positive")
        best = maximum_cut(s.dense())
        plain.append(share(s.dense(), decimate(s.graph())) / best)
        better.append(share(s.dense(), decimate(s.graph(), refine=True)) / best)
    assert max(better) <= 1 + 1e-9
    assert np.mean(better) > 0.985 and np.mean(better) > np.mean(plain) > 0.95


# As an operator

@given(s=samples(max_graphs=4, max_nodes=80), refine=st.booleans())
def test_a_batch_gives_what_its_graphs_give(s, refine):
    """The spectral part: what is drawn at random is test_contract's part."""
    def side(s: Sample) -> Tensor:
        cut = Cut.of(s.graph())
        return refined(cut, spectral_split(cut)) if refine else spectral_split(cut)
    singles = [side(s.single(g)) for g in range(s.num_graphs)]
    assert torch.equal(side(s), torch.cat(singles))


@given(s=samples(weights=("positive",)), seed=st.integers(0, 99), refine=st.booleans())
def test_relabelling_relabels(s, seed, refine):
    """Up to declared ties: the two nodes of a component of two have equal degrees."""
    new = permutations(s, seed)
    cut, other = Cut.of(s.graph()), Cut.of(s.relabelled(new).graph())
    before, after = spectral_split(cut), spectral_split(other)
    if refine:
        before, after = refined(cut, before), refined(other, after)
    clear = (cut.parts.of.bincount(minlength=cut.parts.count) != 2)[cut.parts.of]
    assert torch.equal(after[new][clear], before[clear])


def test_small_weights_are_dropped_from_the_result_only():
    s = undirected([(0, 1), (1, 2), (2, 3), (3, 4)], 5, [1.0, 1.0, 0.02, 0.02])
    exact = s.pool(NDPPooling(threshold=0))
    assert exact.assignment.representatives.tolist() == [1, 3]
    assert_close(exact.edge_weight, torch.full((2,), 0.02 / 1.02).double())
    assert s.pool(NDPPooling(threshold=0.019)).edge_index.shape == (2, 2)
    assert s.pool(NDPPooling(threshold=0.02)).edge_index.shape == (2, 0)
    pool = NDPPooling(threshold=0.02)
    assert pool.connect(s.graph(), exact.assignment).edge_index.shape == (2, 2)


def test_features_of_the_kept_nodes_stay():
    s = sample([8, 5], density=3.0)
    out = s.pool(NDPPooling())
    assert torch.equal(out.x, s.x[out.assignment.representatives])
    assert not NDPPooling().is_expressive


@pytest.mark.parametrize("name, value", [("refine", 1), ("refine", None), ("threshold", -0.1),
                                         ("threshold", None), ("threshold", float("nan"))])
def test_bad_arguments_are_refused(name, value):
    with refused(name):
        NDPPooling(**{name: value})
