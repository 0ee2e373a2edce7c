"""A guide to a decision: all texts in their boxes, no two on each other, lines where they lead."""

from itertools import combinations

import matplotlib.pyplot as plt
import pytest
from figures import boxes, figures, overlap  # noqa: F401
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from gnnpool.draw import Advice, Question, decision_guide

LONG = Advice("DMoN, MinCut or TVGNN with K of a quarter of the mean number of the nodes",
              "Accuracy 0.83 ± 0.02 against 0.79 ± 0.03 without pooling, over ten runs of the "
              "table of chapter 3.3, where it also takes the least time of all three")
SHORT = Advice("NDP", "0.8")


def two(text: str, first: Question | Advice, second: Question | Advice) -> Question:
    return Question(text, {"yes, in every one of them": first, "no": second})


EIGHT = Question("What does the model have to predict, and from what?", {
    "one label a graph": two("Are all graphs of a size that fits into memory as dense matrices?",
                             two("Is S trained?", LONG, LONG), two("Is it sparse?", LONG, SHORT)),
    "one label a node": two("Are there features?", two("How many?", LONG, LONG),
                            two("Is $A + I$ connected?", SHORT, LONG))})
FLAT = Question("Which?", {str(i): (LONG, SHORT)[i % 2] for i in range(8)})
CHAIN = two("1?", SHORT, two("2?", SHORT, two("3?", LONG, SHORT)))
SMALL = Question("Is $S$ trained?", {"yes": Advice("MinCut", "0.81"), "no": Advice("k-MIS", "3")})
GUIDES = pytest.mark.parametrize("guide", [EIGHT, FLAT, CHAIN, SMALL],
                                 ids=["eight", "flat", "chain", "small"])


def texts(ax, *kinds: str) -> list:
    return [t for t in ax.texts if not kinds or t.get_gid() in kinds]


def nodes(ax) -> list:
    return [p for p in ax.patches if isinstance(p, FancyBboxPatch)]


def walk(guide, answer=""):
    """Every part of a guide with its answer, from top to bottom."""
    yield guide, answer
    for text, end in getattr(guide, "answers", {}).items():
        yield from walk(end, text)


def words(text: str) -> list[str]:
    return text.split()


@GUIDES
def test_everything_is_said_once_and_in_order(guide):
    ax = decision_guide(guide)
    parts = list(walk(guide))
    assert [words(t.get_text()) for t in texts(ax, "text")] == [
        words(part.text if isinstance(part, Question) else part.operators) for part, _ in parts]
    assert [words(t.get_text()) for t in texts(ax, "note")] == [
        words(part.because) for part, _ in parts if isinstance(part, Advice)]
    assert [words(t.get_text()) for t in texts(ax, "answer")] == [
        words(answer) for _, answer in parts[1:]]
    heights = [box.y0 for box in boxes(texts(ax, "text"))]
    assert heights == sorted(heights, reverse=True)


@GUIDES
@pytest.mark.parametrize("dpi", [100, 200])
def test_nothing_overlaps_and_all_is_in_the_figure(guide, dpi):
    ax = decision_guide(guide)
    ax.figure.set_dpi(dpi)
    assert ax.figure.get_figwidth() == pytest.approx(7, abs=0.001)
    notes, answers = texts(ax, "note"), texts(ax, "answer")
    around = boxes([*nodes(ax), *notes, *answers])
    assert not any(overlap(a, b) for a, b in combinations(around, 2))
    figure = ax.figure.bbox
    assert all(figure.x0 <= b.x0 and b.x1 <= figure.x1 and figure.y0 <= b.y0 and b.y1 <= figure.y1
               for b in around)
    for text, box in zip(boxes(texts(ax, "text")), boxes(nodes(ax)), strict=True):
        assert box.x0 < text.x0 and text.x1 < box.x1 and box.y0 < text.y0 and text.y1 < box.y1


def parents(guide) -> list[int]:
    """Of every part but the first, the number of the question that it answers."""
    parts = [part for part, _ in walk(guide)]
    out, number = {}, 0

    def visit(part, parent):
        nonlocal number
        out[number], mine = parent, number
        number += 1
        for end in getattr(part, "answers", {}).values():
            visit(end, mine)
    visit(guide, -1)
    assert len(out) == len(parts)
    return list(out.values())[1:]


@GUIDES
def test_lines_go_from_each_question_to_its_answers_and_through_no_text(guide):
    ax = decision_guide(guide)
    lines = [p for p in ax.patches if isinstance(p, FancyArrowPatch)]
    frames, notes = boxes(nodes(ax)), boxes(texts(ax, "note"))
    labels = boxes(texts(ax, "answer"))
    for parent, line, label, end in zip(parents(guide), lines, labels, frames[1:], strict=True):
        first, middle = frames[parent], (end.y0 + end.y1) / 2
        (x, top), (tip, y) = ax.transData.transform([line._posA_posB[0], line._posA_posB[1]])
        assert first.x0 < x < first.x1 and top == pytest.approx(first.y0, abs=1)
        assert tip == pytest.approx(end.x0, abs=1) and y == pytest.approx(middle, abs=0.5)
        assert x < label.x0 and label.x1 < end.x0 - 4 and label.y0 < middle < label.y1
        assert not [b for b in [*notes, *labels, *frames]
                    if b.x0 < x < b.x1 and b.y1 < top - 1 and b.y0 > middle]


def test_texts_are_large_enough_and_on_white():
    ax = decision_guide(EIGHT)
    assert min(t.get_fontsize() for t in texts(ax)) >= 9
    assert ax.figure.get_facecolor() == (1, 1, 1, 1)
    assert ax.figure.get_figheight() < 12
    assert max(len(t.get_text().split("\n")) for t in texts(ax, "text", "note")) <= 4


def test_on_given_axes_texts_shrink_with_it():
    _, ax = plt.subplots(figsize=(3.5, 8))
    assert decision_guide(EIGHT, ax=ax) is ax
    sizes = {t.get_fontsize() for t in texts(ax, "note")}
    assert len(sizes) == 1 and max(sizes) < 6


def test_a_formula_is_one_word():
    ax = decision_guide(Question("Is $A + I$ " + 12 * "$x + y + z$ " + "?", SMALL.answers))
    text = texts(ax, "text")[0].get_text()
    assert "\n" in text and all(line.count("$") % 2 == 0 for line in text.split("\n"))


@pytest.mark.parametrize(("argument", "call"), [
    ("text", lambda: Question(" ", SMALL.answers)),
    ("text", lambda: Question(None, SMALL.answers)),
    ("answers", lambda: Question("Which?", {})),
    ("answers", lambda: Question("Which?", {"yes": SHORT})),
    ("answers", lambda: Question("Which?", [SHORT, LONG])),
    ("answers", lambda: Question("Which?", {"yes": SHORT, "": LONG})),
    ("answers", lambda: Question("Which?", {"yes": SHORT, 2: LONG})),
    ("answers", lambda: Question("Which?", {"yes": SHORT, "no": "LONG"})),
    ("operators", lambda: Advice("", "0.8")),
    ("operators", lambda: Advice(3, "0.8")),
    ("because", lambda: Advice("NDP", "\n")),
    ("guide", lambda: decision_guide(SHORT)),
    ("guide", lambda: decision_guide("Which?")),
    ("guide", lambda: decision_guide(Question("?", {str(i): SHORT for i in range(9)}))),
    ("guide", lambda: decision_guide(Question("?", {"a": Advice("x" * 90, "0"), "b": SHORT}))),
    ("guide", lambda: decision_guide(Question("?", {"a": Advice("x", "y" * 99), "b": SHORT}))),
    ("guide", lambda: decision_guide(Question("?", {"a" * 70: SHORT, "b": SHORT}))),
    ("guide", lambda: decision_guide(two("1?", SHORT, two("2?", SHORT, two("3?", SHORT, two(
        "4?", SHORT, two("5?", SHORT, two("6?", SHORT, SHORT)))))))),
])
def test_bad_input(argument, call):
    with pytest.raises(ValueError, match=rf"^{argument}: got .*; wanted "):
        call()
    assert not plt.get_fignums()
