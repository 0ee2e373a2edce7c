"""One row of the table: an operator on some graphs, beside its limit and its peers."""

from torch_geometric.data import Batch

from benchmarks.graphs import FEATURES, prepared
from benchmarks.peers import peers
from benchmarks.process import process_gigabytes
from benchmarks.steps import SOFT, limit, ours
from benchmarks.timing import LIMIT, LONG, OURS, interleaved

KRON = 5_000  # nodes; the Kron reduction of a larger random graph is a dense matrix
LARGE = 1_000_000


def variants(name: str, batch: Batch) -> list[bool]:
    """Whether A is prepared or not, as far as that is measured; nothing where it makes no sense."""
    largest = int(batch.batch.bincount().max())
    if name == "ndp" and largest > KRON:
        return []
    return [False, True] if name in SOFT and batch.num_graphs == 1 else [False]


def measured(name: str, batch: Batch, with_a: bool, seconds: float, slow: set[str]) -> dict:
    """The columns of a row; `slow` are peers that took too long on a smaller graph."""
    others, left_out = ({}, {}) if with_a else peers(name, FEATURES, batch)
    left_out |= dict.fromkeys(slow & set(others), f"more than {LONG:.0f} s on a smaller graph")
    steps = {OURS: ours(name, FEATURES), LIMIT: limit(name),
             **{peer: step for peer, step in others.items() if peer not in slow}}
    row = {"nodes": batch.num_nodes, "edges": batch.num_edges, "left_out": left_out,
           **interleaved(steps, prepared(batch) if with_a else batch.clone(), seconds)}
    if batch.num_nodes >= LARGE and not with_a:
        row["process_gigabytes"] = process_gigabytes(name, batch.num_nodes)
    return row


def slow_peers(rows: list[dict], name: str) -> set[str]:
    """Peers of an operator that one of these rows, of single graphs, found too slow."""
    return {peer for row in rows
            if row.get("operator") == name and row["graphs"].startswith("one graph")
            for peer, spent in row.get("seconds", {}).items() if sum(spent) > LONG}


def line(row: dict) -> str:
    """A row as a line of text."""
    start = f"{row['operator']:11} {row['graphs'] + ', A prepared' * row['prepared']:37}"
    if "error" in row:
        return f"{start} {row['error']}"
    others = {**{peer: f"{ratio[0]:.2f}" for peer, ratio in row["ratios"].items()},
              **row["left_out"], **row["failed"]}
    return (f"{start} {1e3 * sum(row['seconds'][OURS]):10.2f} ms   "
            + "   ".join(f"{peer}: {text}" for peer, text in others.items()))
