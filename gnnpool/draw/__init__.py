"""Building blocks of the book's figures. Needs matplotlib and networkx: the extra "draw".

Every function draws on `ax`, or on a figure of its own where `ax` is None, and returns the axes.
Figures that move or light up (`movie`, `linked`, `reach`, `playground`, `explorer`) show themselves
in a notebook; elsewhere write them to a file: `Path("figure.html").write_text(figure.html)`.
"""

try:
    import matplotlib  # noqa: F401
    import networkx  # noqa: F401
except ImportError as error:
    raise ImportError(
        f'gnnpool.draw needs {error.name}, which is not installed: pip install "gnnpool[draw]"'
    ) from error

from gnnpool.draw.blocks import Block
from gnnpool.draw.arrows import Arrow, flow
from gnnpool.draw.choices import Choice, Score
from gnnpool.draw.explorer import Explorer, explorer
from gnnpool.draw.formula import formula_graph
from gnnpool.draw.graphs import graph
from gnnpool.draw.guide import Advice, Question, decision_guide
from gnnpool.draw.linked import Linked, linked
from gnnpool.draw.matrices import adjacency, assignment, numbers
from gnnpool.draw.memberships import memberships
from gnnpool.draw.player import Movie, movie
from gnnpool.draw.playground import Playground, playground
from gnnpool.draw.pools import pooled
from gnnpool.draw.positions import centroids, layout
from gnnpool.draw.reach import Reach, reach
from gnnpool.draw.results import curves, dots, interval
from gnnpool.draw.schemes import scheme, u_scheme
from gnnpool.draw.theme import (
    COLOURS,
    DIVERGING,
    GREY,
    INK,
    SEQUENTIAL,
    colours,
    mixtures,
    style,
    text_colour,
)

__all__ = [
    "COLOURS", "DIVERGING", "GREY", "INK", "SEQUENTIAL", "Advice", "Arrow", "Block", "Choice",
    "Explorer", "Linked", "Movie", "Playground", "Question", "Reach", "Score", "adjacency",
    "assignment", "centroids", "colours", "curves", "decision_guide", "dots", "explorer", "flow",
    "formula_graph", "graph", "interval", "layout", "linked", "memberships", "mixtures", "movie",
    "numbers", "playground", "pooled", "reach", "scheme", "style", "text_colour", "u_scheme",
]
