"""`python -m gnnpool.draw book/_static`: the pictures of README, landing page and social card."""

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch_geometric.data import Data

from gnnpool import Graph, Pooled, Pooling, SparseAssignment, draw, get_pooler
from gnnpool.datasets import running_graph
from gnnpool.train import fit

GREY_TEXT = "#555555"
FAMILIES = {
    "Soft clustering: MinCut": {"name": "mincut", "in_channels": 3, "k": 3},
    "One over K: k-MIS": {"name": "kmis"},
    "Scores: Top-K": {"name": "topk", "in_channels": 3, "ratio": 5},
}
ALT = ("The same graph of twelve nodes pooled by one operator of each family, with S and A′. "
       "MinCut learns three communities, k-MIS takes five nodes that are not neighbours and gives "
       "them the rest, Top-K keeps five nodes and drops the others.")


class Communities(Pooling):
    """The three communities of the running graph, given."""

    def select(self, graph: Graph) -> SparseAssignment:
        """The labels of the nodes as clusters."""
        return SparseAssignment.from_clusters(running_graph().y, graph)


def overview() -> Figure:
    """The running graph, S and the graph of its three communities."""
    data = running_graph()
    axes = draw.pooled(data, Communities()(data.x, data.edge_index),
                       panels=("before", "matrix", "after"), labels=True)
    return axes[0].figure


def card() -> Figure:
    """1200 × 630 at 100 dpi, which a shared address is shown with; safe where its rim is cut."""
    data = running_graph()
    figure = plt.figure(figsize=(12, 6.3), layout="none")
    figure.text(0.065, 0.83, "Graph Pooling", fontsize=54, weight="bold", color=draw.INK)
    figure.text(0.067, 0.74, "in graph neural networks: an executable book", fontsize=25,
                color=GREY_TEXT)
    axes = [figure.add_axes(box) for box in (
        (0.06, 0.12, 0.42, 0.5), (0.535, 0.09, 0.09, 0.55), (0.68, 0.14, 0.26, 0.46))]
    draw.pooled(data, Communities()(data.x, data.edge_index),
                panels=("before", "matrix", "after"), labels=True, axes=axes)
    return figure


def trained(title: str, data: Data) -> Pooled:
    """What an operator makes of the graph, after training on its own losses where it has some."""
    torch.manual_seed(0)
    pool = get_pooler(**FAMILIES[title])
    if pool(data.x, data.edge_index).losses:
        fit(pool, lambda pool, data: pool(data.x, data.edge_index).loss, [data], lr=0.05,
            epochs=300, device="cpu", progress=False)
    with torch.no_grad():
        return pool(data.x, data.edge_index)


def families() -> str:
    """The landing page's figure: one operator of each family on the running graph."""
    data = running_graph()
    return draw.linked(data, {title: trained(title, data) for title in FAMILIES}, alt=ALT).html


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m gnnpool.draw", description=__doc__)
    parser.add_argument("folder", type=Path, help="where overview.png, card.png and families.html "
                                                  "are written")
    folder = parser.parse_args().folder
    draw.style()
    overview().savefig(folder / "overview.png", dpi=200)
    card().savefig(folder / "card.png", dpi=100)
    (folder / "families.html").write_text(families() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
