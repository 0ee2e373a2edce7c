"""`python -m gnnpool.draw book/_static/overview.png`: the picture of README and landing page."""

import argparse

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from gnnpool import Graph, Pooling, SparseAssignment, draw
from gnnpool.datasets import running_graph


class Communities(Pooling):
    """The three communities of the running graph, given."""

    def select(self, graph: Graph) -> SparseAssignment:
        """The labels of the nodes as clusters."""
        return SparseAssignment.from_clusters(running_graph().y, graph)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m gnnpool.draw", description=__doc__)
    parser.add_argument("path", help="the image file to write")
    path = parser.parse_args().path
    draw.style()
    data = running_graph()
    out = Communities()(data.x, data.edge_index)
    draw.pooled(data, out, panels=("before", "matrix", "after"), labels=True)
    plt.savefig(path, dpi=200)


if __name__ == "__main__":
    main()
