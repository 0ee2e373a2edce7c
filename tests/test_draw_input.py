"""gnnpool.draw at its edges: bad input, the smallest graphs, the style, what it imports."""

import subprocess
import sys

import matplotlib
import pytest
import torch
from figures import discs, figures  # noqa: F401
from torch_geometric.data import Data

from gnnpool import Pooling, SparseAssignment, TopKPooling, draw
from gnnpool.datasets import running_graph
from gnnpool.draw import Arrow, Block

EDGE = torch.tensor([[0], [1]])
PAIR = Data(edge_index=EDGE, num_nodes=2)


@pytest.mark.parametrize(("argument", "call"), [
    ("n", lambda: draw.colours(0)),
    ("s", lambda: draw.mixtures(torch.ones(3))),
    ("edge_index", lambda: draw.layout(EDGE, 1)),
    ("edge_index", lambda: draw.layout(EDGE.float(), 2)),
    ("data", lambda: draw.graph(EDGE)),
    ("pos", lambda: draw.graph(PAIR, pos=torch.ones(3, 2))),
    ("pos", lambda: draw.graph(PAIR, pos=torch.full((2, 2), torch.nan))),
    ("node_color", lambda: draw.graph(PAIR, node_color=["red"])),
    ("node_color", lambda: draw.graph(PAIR, node_color=torch.ones(2, 1, 1))),
    ("palette", lambda: draw.graph(PAIR, node_color=torch.tensor([0, 4]), palette=["red"])),
    ("palette", lambda: draw.graph(PAIR, node_color=torch.eye(2), palette=["red"])),
    ("node_size", lambda: draw.graph(PAIR, node_size=[1, 2, 3])),
    ("labels", lambda: draw.graph(PAIR, labels=["a"])),
    ("edge_width", lambda: draw.graph(PAIR, edge_width=[1, 2])),
    ("edge_color", lambda: draw.graph(PAIR, edge_color=["red", "red"])),
    ("highlight", lambda: draw.graph(PAIR, highlight=[2])),
    ("highlight", lambda: draw.graph(PAIR, highlight=torch.ones(3, dtype=torch.bool))),
    ("s", lambda: draw.assignment("S")),
    ("labels", lambda: draw.assignment(torch.eye(2), labels="abc")),
    ("palette", lambda: draw.assignment(torch.eye(2), palette=["red"])),
    ("a", lambda: draw.adjacency(torch.ones(2, 3))),
    ("a", lambda: draw.adjacency(7)),
    ("matrix", lambda: draw.numbers(torch.ones(2))),
    ("blocks", lambda: draw.numbers(torch.ones(4, 4), blocks=3)),
    ("blocks", lambda: draw.numbers(torch.ones(4, 4), blocks=torch.ones(2, 2).long())),
    ("kind", lambda: Block("MP", "mpp")),
    ("size", lambda: Block(kind="graph", size=5)),
    ("size", lambda: Block(kind="maps", size=5)),
    ("content", lambda: Block(kind="matrix", content=7)),
    ("blocks", lambda: draw.scheme([])),
    ("gradient", lambda: draw.scheme([Block("MP")], gradient=True)),
    ("blocks", lambda: draw.u_scheme([Block("MP"), Block("Lift", "lift")])),
    ("blocks", lambda: draw.u_scheme([Block("MP", loss="$L$")])),
    ("arrows", lambda: draw.flow({"a": (Block("MP"), 0, 0)}, [Arrow("a", "b")])),
    ("blocks", lambda: draw.flow({"a": (Block("MP"), 0, 0), "b": (Block("MP"), 0, 0)})),
    ("bend", lambda: Arrow("a", "b", bend="up")),
    ("node", lambda: draw.formula_graph(PAIR, 2)),
    ("history", lambda: draw.curves([1, 2])),
    ("runs", lambda: draw.interval([1, 2], [[1, 2, 3]])),
    ("results", lambda: draw.dots({})),
    ("reference", lambda: draw.dots({"a": [1]}, reference={"b": 1})),
])
def test_bad_input_is_refused_by_name(argument, call):
    with pytest.raises(ValueError, match=rf"^{argument}: got .*; wanted "):
        call()


def test_pooled_refuses_what_does_not_belong_together():
    data = running_graph()
    out = TopKPooling(3)(data.x, data.edge_index)
    for name, call in (("out", lambda: draw.pooled(PAIR, out)),
                       ("out", lambda: draw.pooled(data, data)),
                       ("panels", lambda: draw.pooled(data, out, panels=["S"])),
                       ("palette", lambda: draw.pooled(data, out, palette=["red"])),
                       ("axes", lambda: draw.pooled(data, out, axes=[None]))):
        with pytest.raises(ValueError, match=f"^{name}: "):
            call()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_the_smallest_graphs_are_drawn(n):
    empty = Data(edge_index=torch.empty(2, 0, dtype=torch.long), num_nodes=n)
    ax = draw.graph(empty, labels=True)
    assert len(discs(ax).get_offsets()) == n
    ax.figure.canvas.draw()


def test_a_graph_of_which_nothing_is_kept_is_drawn():
    class Nothing(Pooling):
        def select(self, graph):
            kept = torch.zeros(graph.num_nodes, dtype=torch.bool)
            return SparseAssignment.from_kept(kept, graph)

    data = running_graph()
    axes = draw.pooled(data, Nothing()(data.x, data.edge_index),
                       panels=("before", "after", "matrix"))
    axes[0].figure.canvas.draw()
    assert (discs(axes[0]).get_facecolor() == 1).all()  # all hollow
    assert len(discs(axes[1]).get_offsets()) == 0


def test_style_is_readable_and_white():
    sizes = [matplotlib.rcParams[key] for key in matplotlib.rcParams
             if key.endswith(("labelsize", "titlesize", "legend.fontsize", "font.size"))]
    assert min(s for s in sizes if not isinstance(s, str)) >= 9
    assert not matplotlib.rcParams["axes.spines.top"]
    assert matplotlib.rcParams["savefig.facecolor"] == "white"


def test_matplotlib_is_imported_by_draw_alone():
    """`import gnnpool` goes without it; `gnnpool.draw` says how to get it where it is missing."""
    program = """
import sys, gnnpool
assert not {"matplotlib", "networkx", "gnnpool.draw"} & set(sys.modules)
sys.modules["matplotlib"] = None
try:
    import gnnpool.draw
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          check=True)
    assert "matplotlib" in done.stdout and 'pip install "gnnpool[draw]"' in done.stdout
