"""A guide to a decision: questions, their answers, and what to do, drawn from top to bottom."""

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from gnnpool.checks import describe, refuse
from gnnpool.draw.arrows import draw_line, paper
from gnnpool.draw.blocks import FONT, NOTE, pale
from gnnpool.draw.outline import PAD, TRUNK, WIDTH, Item, Part, arrange
from gnnpool.draw.page import check_words
from gnnpool.draw.theme import COLOURS, INK

_MOST = 8
_NOTE_COLOUR = "#555555"


@dataclass(frozen=True)
class Advice:
    """What to do at the end of a branch of a guide.

    Attributes:
        operators: which to take.
        because: the measurement that says so: the number and its table.

    Raises:
        ValueError: one of them is empty.
    """

    operators: str
    because: str

    def __post_init__(self) -> None:
        check_words("operators", self.operators, "which operators to take")
        check_words("because", self.because, "the measurement that says so")


@dataclass(frozen=True)
class Question:
    """A question of a guide.

    Attributes:
        text: the question.
        answers: at least two, each with the question or advice that it leads to.

    Raises:
        ValueError: an empty text, fewer answers, or something else at the end of one.

    Example:
        >>> question = Question("Is S sparse?", {"yes": Advice("Top-K", "1.2 ms in table 2"),
        ...                                      "no": Advice("MinCut", "0.81 in table 1")})
        >>> list(question.answers)
        ['yes', 'no']
    """

    text: str
    answers: Mapping[str, "Question | Advice"]

    def __post_init__(self) -> None:
        check_words("text", self.text, "a question")
        if not isinstance(self.answers, Mapping) or len(self.answers) < 2:
            refuse("answers", describe(self.answers), "a dict of at least two answers")
        for answer, end in self.answers.items():
            check_words("answers", answer, "an answer in words")
            if not isinstance(end, (Question, Advice)):
                refuse("answers", f"{describe(end)} at {answer!r}", "a Question or an Advice")


def decision_guide(guide: Question, *, ax: Axes | None = None) -> Axes:
    """Draw a guide from its first question at the top to the advice at the end of each branch.

    What an answer leads to stands below its question and to the right of it, so that every text
    has room; under each advice stands the measurement that the branch rests on. A figure of its
    own is 7 inches wide, as high as it needs to be, and has texts of 9 pt and more.

    Args:
        guide: the first question. At most eight branches.

    Raises:
        ValueError: guide is no question or has more branches; or a word is too long for the room
            that the answers before it leave.

    Example:
        >>> small = Question("Is S trained?", {"yes": Advice("MinCut", "0.81 in table 1"),
        ...                                    "no": Advice("Graclus", "0.79 in table 1")})
        >>> ax = decision_guide(Question("How large are the graphs?", {
        ...     "small": small, "large": Advice("Top-K", "2 ms in table 2")}))
    """
    if not isinstance(guide, Question):
        refuse("guide", describe(guide), "a Question")
    if (count := _leaves(guide)) > _MOST:
        refuse("guide", f"{count} branches", f"at most {_MOST}")
    items, height = arrange(_parts(guide))
    ax, scale = paper(ax, WIDTH, height)
    for item in items:
        _paint(ax, item, scale)
        if item.parent is not None:
            _join(ax, items[item.parent], item, scale)
    return ax


def _leaves(end: Question | Advice) -> int:
    return sum(map(_leaves, end.answers.values())) if isinstance(end, Question) else 1


def _parts(guide: Question) -> list[Part]:
    """The questions and advice as they stand below each other."""
    parts: list[Part] = []

    def add(end: Question | Advice, answer: str, parent: int | None, depth: int) -> None:
        if isinstance(end, Advice):
            parts.append(Part(end.operators, end.because, answer, parent, depth))
            return
        number = len(parts)
        parts.append(Part(end.text, "", answer, parent, depth))
        for text, below in end.answers.items():
            add(below, text, number, depth + 1)

    add(guide, "", None, 0)
    return parts


def _paint(ax: Axes, item: Item, scale: float) -> None:
    """A question round and blue, an advice square and green, with its reason below."""
    colour, rounding = (COLOURS["green"], 1) if item.note else (COLOURS["blue"], 7)
    ax.add_patch(FancyBboxPatch((item.x, item.y - item.height / 2), item.width, item.height,
                                boxstyle=f"round,pad=0,rounding_size={rounding}", linewidth=1.3,
                                facecolor=pale(colour), edgecolor=colour, zorder=3, gid="box"))
    ax.text(item.x + PAD, item.y, item.text, fontsize=FONT * scale, weight=item.weight, color=INK,
            va="center", zorder=4, gid="text")
    if item.note:
        ax.text(item.x, item.y - item.height / 2 - 2, item.note, fontsize=NOTE * scale, va="top",
                color=_NOTE_COLOUR, zorder=4, gid="note")


def _join(ax: Axes, above: Item, item: Item, scale: float) -> None:
    """The line from a question to what an answer leads to, with the answer on it."""
    draw_line(ax, (above.x + TRUNK, above.y - above.height / 2), (item.x, item.y), "flow",
              "angle,angleA=90,angleB=180,rad=4")
    ax.text(item.x - item.room, item.y, item.answer, fontsize=NOTE * scale, va="center", color=INK,
            zorder=4, gid="answer",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})
