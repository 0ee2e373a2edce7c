"""What belongs together in one operator's card of a linked figure, in numbers and in words."""

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np

from gnnpool.draw.canvas import read
from gnnpool.draw.heat import number
from gnnpool.draw.matrices import adjacency_matrix
from gnnpool.src import Pooled

LEAST = 0.05  # of a node's row of S; a smaller membership is none
_MOST = 6  # that a line names


def facts(out: Pooled, names: Sequence[str], pairs: np.ndarray) -> dict[str, object]:
    """What the script knows: the share of each node that goes to each supernode, which entries of
    A′ there are, and a line for each node n, supernode k and entry a.

    Args:
        pairs: [2, E], the edges of the graph.
    """
    s = out.assignment.dense().detach().double().cpu().numpy()
    a = adjacency_matrix(out).numpy()
    share = shares(s)
    k = range(s.shape[1])
    lines = {f"n{i}": _node_line(name, s[i], share[i]) for i, name in enumerate(names)}
    lines |= {f"k{p}": _supernode_line(p, names, s[:, p], share[:, p]) for p in k}
    lines |= {f"a{p},{q}": _entry_line(p, q, a[p, q], names, pairs, share)
              for p, q in product(k, k)}
    return {"share": [[float(f"{v:.3g}") if v else 0 for v in row] for row in share],
            "there": (a != 0).astype(int).tolist(), "lines": lines}


def shares(s: np.ndarray) -> np.ndarray:
    """|s_ij| / Σ_j |s_ij|, zero where that is small or the node is dropped."""
    s = np.abs(s)
    share = s / np.maximum(s.sum(1, keepdims=True), 1e-30)
    return np.where(share < LEAST, 0.0, share)


def plain_line(out: Pooled) -> str:
    """What a card says as long as nothing is lit."""
    k, edges = out.assignment.num_supernodes, read(out).pair.shape[1]
    return f"{k} supernode{'s' * (k != 1)}, {edges} edge{'s' * (edges != 1)}"


def _node_line(name: str, s: np.ndarray, share: np.ndarray) -> str:
    into = _strongest(share, (f"{_amount(v)} in {p}" for p, v in enumerate(s)))
    return f"{name}: {into or 'dropped'}"


def _supernode_line(p: int, names: Sequence[str], s: np.ndarray, share: np.ndarray) -> str:
    members = _strongest(share, (f"{name} {_amount(v)}" for name, v in zip(names, s, strict=True)))
    return f"supernode {p}: {members or 'no member'}"


def _entry_line(p: int, q: int, value: float, names: Sequence[str], pairs: np.ndarray,
                share: np.ndarray) -> str:
    entry = f"A′[{p}, {q}] = {number(value)}"
    if not value:
        return entry
    i, j = pairs
    joint = np.maximum(share[i, p] * share[j, q], share[j, p] * share[i, q])
    edges = _strongest(joint, (f"{names[m]}–{names[n]}" for m, n in pairs.T))
    return f"{entry}, {f'from {edges}' if edges else 'no edge between the members'}"


def _amount(value: float) -> str:
    """How much, in words; nothing where it is the whole."""
    return "" if value == 1 else number(value)


def _strongest(share: np.ndarray, texts: Iterable[str]) -> str:
    """The texts of what has a share, the largest share first."""
    texts = list(texts)
    order = [i for i in np.argsort(-share, kind="stable") if share[i] >= LEAST]
    return ", ".join([texts[i].strip() for i in order[:_MOST]] + ["…"] * (len(order) > _MOST))
