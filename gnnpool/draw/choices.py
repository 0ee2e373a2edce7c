"""What a playground offers: choices, each with what an operator made of a graph and its scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

from gnnpool.checks import describe, refuse
from gnnpool.draw.canvas import Drawn, read
from gnnpool.draw.heat import MOST_CELLS
from gnnpool.draw.pools import check_pooled
from gnnpool.src import Pooled


class Score(NamedTuple):
    """One score of a choice.

    Example:
        >>> Score(0.75, "9 of 12 nodes").text
        '9 of 12 nodes'
    """

    value: float
    """Where it stands among the others on this graph."""
    text: str
    """How readers see it."""


@dataclass(frozen=True)
class Choice:
    """One thing that a reader of a playground can choose.

    Attributes:
        graph: title of the graph.
        operator: title of the operator.
        parameter: what it was given, such as "k = 3"; empty where it takes nothing.
        out: what the operator returned for the graph.
        scores: a `Score` for each name.
    """

    graph: str
    operator: str
    parameter: str
    out: Pooled
    scores: Mapping[str, Score]


def check_graphs(graphs: object) -> dict[str, Drawn]:
    """The graphs as they are drawn, by title."""
    if not isinstance(graphs, Mapping) or not graphs or not all(_is_text(t) for t in graphs):
        refuse("graphs", describe(graphs), "a dict of one graph or more, title to graph")
    drawn = {title: read(data) for title, data in graphs.items()}
    for title, graph in drawn.items():
        if not 1 <= graph.n <= MOST_CELLS:
            refuse("graphs", f"{graph.n} nodes in {title!r}", f"1 to {MOST_CELLS}")
    return drawn


def check_choices(choices: object, graphs: Mapping[str, Drawn], scores: object) -> list[Choice]:
    """The choices, each of a graph that is there, with all scores, and once."""
    if not isinstance(scores, Mapping) or not all(map(_is_text, [*scores, *scores.values()])):
        refuse("scores", describe(scores), "a dict, name of a score to what it is")
    if not isinstance(choices, Sequence) or not all(isinstance(c, Choice) for c in choices):
        refuse("choices", describe(choices), "a list of Choice")
    if missing := graphs.keys() - {c.graph for c in choices}:
        refuse("choices", f"none for {sorted(missing)}", "at least one for each graph")
    seen = set()
    for choice in choices:
        named = (choice.graph, choice.operator, choice.parameter)
        if named in seen:
            refuse("choices", f"{named} twice", "each choice once")
        if choice.graph not in graphs or not _is_text(choice.operator):
            refuse("choices", named, f"an operator's name, and a graph of {list(graphs)}")
        if choice.scores.keys() != scores.keys():
            refuse("choices", f"the scores {list(choice.scores)} for {named}", list(scores))
        if not all(isfinite(score.value) for score in choice.scores.values()):
            refuse("choices", f"NaN or infinity among the scores for {named}", "finite numbers")
        check_pooled("choices", choice.out, graphs[choice.graph].n)
        seen.add(named)
    return list(choices)


def _is_text(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip())
