"""Linked figures: what belongs together lights up together, in a page that needs nothing."""

import json
import re
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from figures import figures  # noqa: F401
from notebooks import ROOT
from site_browser import browser_or_skip, open_page
from torch_geometric.data import Data

from gnnpool import draw, get_pooler
from gnnpool.assignment import DenseAssignment
from gnnpool.datasets import running_graph
from gnnpool.draw.page import asset
from gnnpool.src import Pooling

GRAPH = running_graph()
NINE = {"topk": {"in_channels": 3, "ratio": 3}, "sag": {"in_channels": 3, "ratio": 3},
        "diff": {"in_channels": 3, "k": 3}, "mincut": {"in_channels": 3, "k": 3},
        "dmon": {"in_channels": 3, "k": 3}, "acc": {"in_channels": 3, "k": 3},
        "graclus": {}, "ndp": {}, "kmis": {}}


def pooled(*names: str) -> dict:
    torch.manual_seed(0)
    return {name: get_pooler(name, **NINE[name])(GRAPH.x, GRAPH.edge_index) for name in names}


class Fixed(Pooling):
    """Pooling by a matrix that the test wrote down."""

    def __init__(self, s):
        super().__init__()
        self.s = torch.tensor(s)

    def select(self, graph, *, generator=None, level=None):
        return DenseAssignment(self.s, graph)


PATH = Data(torch.eye(4), torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]]),
            names=list("abcd"))
SOFT = [[1.0, 0.0, 0.0], [0.76, 0.2, 0.04], [0.0, 0.6, 0.0], [0.0, 0.0, 0.0]]


def soft_path():
    return Fixed(SOFT)(PATH.x, PATH.edge_index)


def parts(figure: draw.Linked) -> tuple[list[ET.Element], list[dict]]:
    """The drawings, and what the script knows."""
    html = figure._repr_html_()
    svgs = [ET.fromstring(s) for s in re.findall("<svg viewBox.*?</svg>", html, re.S)]
    return svgs, json.loads(re.search(r'\}\)\("\w+",(\[.*\])\);</script>', html, re.S)[1])


def shares(out) -> np.ndarray:
    s = out.assignment.dense().detach().abs().double().numpy()
    return np.array([row / row.sum() if row.sum() else row for row in s])


def test_what_the_script_knows():
    outs = pooled("topk", "mincut", "kmis")
    _, known = parts(draw.linked(GRAPH, outs, alt="three"))
    for facts, out in zip(known, outs.values(), strict=True):
        wanted = shares(out)
        assert np.allclose(facts["share"], np.where(wanted < 0.05, 0, wanted), atol=5e-4)
        index, k = out.edge_index.numpy(), out.assignment.num_supernodes
        there = np.zeros((k, k))
        weight = torch.ones(index.shape[1]) if out.edge_weight is None else out.edge_weight
        there[index[0], index[1]] = weight.detach() != 0
        assert np.array_equal(facts["there"], there)
        assert len(facts["lines"]) == 12 + k + k * k


def test_lines():
    lines = parts(draw.linked(PATH, soft_path(), alt="a path"))[1][0]["lines"]
    assert lines["n0"] == "a: in 0"
    assert lines["n1"] == "b: 0.76 in 0, 0.20 in 1"
    assert lines["n2"] == "c: 0.60 in 1" and lines["n3"] == "d: dropped"
    assert lines["k0"] == "supernode 0: a, b 0.76"
    assert lines["k1"] == "supernode 1: c 0.60, b 0.20"
    assert lines["k2"] == "supernode 2: no member"
    # SᵀAS: a-b gives 1 · 0.2, b-c gives 0.76 · 0.6
    assert lines["a0,1"] == "A′[0, 1] = 0.66, from b–c, a–b"
    assert lines["a2,2"] == "A′[2, 2] = 0"
    ndp = parts(draw.linked(GRAPH, pooled("ndp"), alt="ndp"))[1][0]["lines"]
    assert ndp["a0,1"].endswith(", no edge between the members")


def test_every_part_has_its_mark():
    out = pooled("kmis")["kmis"]
    [svg], _ = parts(draw.linked(GRAPH, out, alt="k-MIS"))
    k, marks = out.assignment.num_supernodes, [e.get("data-mark") for e in svg.iter("rect")]
    assert sorted(filter(None, marks)) == sorted(
        [f"r{i}" for i in range(12)] + [f"c{p}" for p in range(k)]
        + 3 * [f"h{p}" for p in range(k)] + [f"a{p},{q}" for p in range(k) for q in range(k)])
    rings = {e.get("data-mark") or e.get("data-hit") for e in svg.iter("circle")}
    assert rings == {f"n{i}" for i in range(12)} | {f"k{p}" for p in range(k)}
    lines = {e.get("data-mark") for e in svg.iter("line")} - {None}
    ends = [(kind, *map(int, pair.split(","))) for kind, pair in ((x[0], x[1:]) for x in lines)]
    for kind, index in (("e", GRAPH.edge_index), ("l", out.edge_index)):
        drawn = {frozenset(pair) for mark, *pair in ends if mark == kind}
        assert drawn == {frozenset(pair) for pair in index.T.tolist()}


def test_marks_lie_on_what_they_mark():
    out = pooled("graclus")["graclus"]
    [svg], _ = parts(draw.linked(GRAPH, out, alt="Graclus"))
    rings = {e.get("data-mark"): e for e in svg.iter("circle") if e.get("data-mark")}
    discs = {e.get("data-mark"): e for e in svg.iter("use") if e.get("data-mark")}
    assert len(discs) == out.assignment.num_supernodes
    for mark, disc in discs.items():  # a disc begins at its lowest point
        x, y, r = (float(rings[mark].get(name)) for name in ("cx", "cy", "r"))
        assert abs(float(disc.get("x")) - x) < 0.2 and abs(float(disc.get("y")) - y - r) < 2
    for line in svg.iter("line"):
        if re.match("[el]", line.get("data-mark", "")):
            kind, ends = line.get("data-mark")[0], line.get("data-mark")[1:].split(",")
            for node, (x, y) in zip(ends, (("x1", "y1"), ("x2", "y2")), strict=True):
                ring = rings[("n" if kind == "e" else "k") + node]
                assert abs(float(line.get(x)) - float(ring.get("cx"))) < 0.2
                assert abs(float(line.get(y)) - float(ring.get("cy"))) < 0.2


def test_the_same_on_every_run_and_nothing_left_behind():
    html = [draw.linked(GRAPH, pooled("mincut", "ndp"), alt="two")._repr_html_() for _ in range(2)]
    assert html[0] == html[1]
    assert not plt.get_fignums()


def test_figures_on_one_page_do_not_clash():
    one, two = (draw.linked(GRAPH, pooled(name), alt="one") for name in ("topk", "ndp"))
    ids = [set(re.findall(r'(?:id|data-linked)="([\w-]+)"', f.html)) for f in (one, two)]
    assert all(len(i) > 5 for i in ids) and not ids[0] & ids[1]
    for figure in (one, two):
        [css] = re.findall("<style>(.*?)</style>", figure.html, re.S)
        selectors = re.findall(r"([^{}]+)\{", re.sub(r"@media print {|/\*.*?\*/", "", css))
        assert selectors
        assert all(re.search(r"\.gnnpool-|\[data-linked=\w+\]", s) for s in selectors)


def test_references_lead_somewhere():
    html = draw.linked(GRAPH, pooled("diff", "graclus"), alt="two").html
    used = set(re.findall(r'(?:href="#|url\(#)([\w-]+)', html))
    assert used and used == set(re.findall(r'\bid="([\w-]+)"', html))
    classes = set(re.findall(r'class="(s\d+)"', html))
    assert classes and classes == set(re.findall(r"\] \.(s\d+) {", html))


def test_plain_without_a_script():
    """Nothing is lit, no stop for the keyboard, and words for each drawing."""
    outs = pooled("topk", "kmis")
    html = draw.linked(GRAPH, outs, alt="two operators").html
    edges = outs["kmis"].edge_index.size(1) // 2
    body = re.sub("<(style|script)>.*?</\\1>", "", html, flags=re.S)
    assert "--m" not in body and "tabindex" not in body
    assert re.findall(r'role="img" aria-label="([^"]*)"', body) == [
        "topk: 3 supernodes, 0 edges", f"kmis: 5 supernodes, {edges} edges"]
    assert "http" not in html and "@import" not in html


def test_nine_operators_are_small_enough():
    figure = draw.linked(GRAPH, pooled(*NINE), alt="nine operators")
    assert figure.titles == tuple(NINE)
    assert len(figure.html.encode()) < 300_000


def test_other_graphs():
    """Without names, edges, members or positions; with many supernodes; one node."""
    bare = Data(torch.rand(17, 3), torch.empty(2, 0, dtype=torch.long))
    for graph in (bare, Data(torch.rand(1, 3), torch.empty(2, 0, dtype=torch.long))):
        out = get_pooler("kmis")(graph.x, graph.edge_index)
        [svg], [facts] = parts(draw.linked(graph, out, alt="isolated nodes"))
        assert facts["lines"]["n0"] == "0: in 0"
        assert len({e.get("data-mark") for e in svg.iter("rect")} - {None}) == (
            len(graph.x) * (1 + 1 + 1 + len(graph.x)))
    assert "0 edges" in draw.linked(bare, get_pooler("kmis")(bare.x, bare.edge_index),
                                    alt="isolated nodes").html


def test_texts_cannot_break_out():
    evil = '</script><script>alert("x")</script> & {x} \' @movie@ $x$ <!--'
    data = PATH.clone()
    data.names = ["<b>", "</script>", "@movie@", "d"]
    html = draw.linked(data, {evil: soft_path()}, alt=evil).html
    assert html.count("<script") == html.count("</script") == 1 and "<!--" not in html
    root = ET.fromstring(re.sub(r"<script>.*</script>|<style>.*?</style>", "", html, flags=re.S))
    assert root.get("aria-label") == evil and root.find(".//b").text == evil
    assert repr(draw.linked(PATH, {"t": soft_path()}, alt="a")) == "Linked figure of t: a"


@pytest.mark.parametrize(("argument", "call"), [
    ("outs", lambda: draw.linked(GRAPH, {}, alt="a")),
    ("outs", lambda: draw.linked(GRAPH, soft_path(), alt="a")),
    ("outs", lambda: draw.linked(GRAPH, {"path": soft_path()}, alt="a")),
    ("outs", lambda: draw.linked(PATH, {1: soft_path()}, alt="a")),
    ("outs", lambda: draw.linked(PATH, {" ": soft_path()}, alt="a")),
    ("outs", lambda: draw.linked(PATH, [soft_path()], alt="a")),
    ("outs", lambda: draw.linked(PATH, {"x": PATH.x}, alt="a")),
    ("alt", lambda: draw.linked(PATH, soft_path(), alt=" ")),
    ("alt", lambda: draw.linked(PATH, soft_path(), alt=None)),
    ("labels", lambda: draw.linked(PATH, soft_path(), alt="a", labels="abc")),
    ("pos", lambda: draw.linked(PATH, soft_path(), alt="a", pos=torch.zeros(3, 2))),
    ("columns", lambda: draw.linked(PATH, soft_path(), alt="a", columns=0)),
    ("data", lambda: draw.linked(PATH.x, soft_path(), alt="a")),
    ("data", lambda: draw.linked(Data(torch.eye(41), torch.empty(2, 0, dtype=torch.long)),
                                 soft_path(), alt="a")),
])
def test_bad_input(argument, call):
    with pytest.raises(ValueError, match=rf"^{argument}: got .*; wanted "):
        call()
    assert not plt.get_fignums()


def test_alt_is_not_optional():
    with pytest.raises(TypeError, match="alt"):
        draw.linked(PATH, soft_path())


def belongs(outs: dict, card: int, mark: str) -> list[dict[str, float]]:
    """How strongly every mark is lit in every card, from S alone, when one mark is picked."""
    kind, (p, *rest) = mark[0], map(int, mark[1:].split(","))
    q = rest[0] if rest else p
    all_s = [np.where(shares(out) < 0.05, 0, shares(out)) for out in outs.values()]
    s = all_s[card]
    nodes = np.eye(12)[p] if kind == "n" else np.maximum(s[:, p], s[:, q])
    both = np.outer(s[:, p], s[:, q]) if kind != "n" else np.zeros((12, 12))
    if kind == "a" and not draw.matrices.adjacency_matrix(list(outs.values())[card])[p, q]:
        both = np.zeros((12, 12))
    edges = np.maximum(both, both.T)
    out = []
    for d, t in enumerate(all_s):
        k = t.shape[1]
        group = t[p] if kind == "n" else np.maximum(np.eye(k)[p % k], np.eye(k)[q % k])
        cells = np.maximum.outer(group, group)
        only = np.zeros((k, k))
        if kind == "a" and d == card:
            only[p, q] = 1
            cells = only
        lit = {f"n{i}": v for i, v in enumerate(nodes)}
        lit |= {f"e{i},{j}": edges[i, j] for i, j in np.ndindex(12, 12)}
        if kind == "n" or d != card:
            lit |= {f"r{i}": v for i, v in enumerate(nodes)}
        if kind == "n" or d == card:
            lit |= {f"{x}{i}": v for i, v in enumerate(group) for x in "kh"}
            lit |= {f"a{i},{j}": cells[i, j] for i, j in np.ndindex(k, k)}
            lit |= {f"l{i},{j}": max(cells[i, j], cells[j, i]) for i, j in np.ndindex(k, k)}
        if kind != "n" and d == card:
            lit |= {f"c{i}": v for i, v in enumerate(group)}
        out.append(lit)
    return out


READER = """<script>
const root = document.querySelector(".gnnpool-linked");
const cards = [...root.querySelectorAll(".gnnpool-operator")];
const at = (c, mark) => cards[c].querySelector(`[data-hit="${mark}"]`)
  || cards[c].querySelector(`[data-mark="${mark}"]`);
const lit = () => cards.map(card => Object.fromEntries(
  [...card.querySelectorAll("[data-mark][style]")].map(
    e => [e.dataset.mark, Number(e.style.getPropertyValue("--m"))])));
const lines = () => cards.map(card => card.querySelector("output").textContent);
const live = () => cards.map(card => card.querySelector("output").getAttribute("aria-live"));
const count = () => root.querySelectorAll("[data-mark][style], [data-picked]").length;
const point = (e, name, type) => e.dispatchEvent(
  new PointerEvent(name, {bubbles: name !== "pointerleave", pointerType: type}));
const press = (c, key) => !cards[c].querySelector(".gnnpool-drawing").dispatchEvent(
  new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
const seen = {picks: [], plain: lines()};
for (const [c, mark] of PICKS) {
  const e = at(c, mark), box = e.getBoundingClientRect();
  e.scrollIntoView({block: "center"});
  const now = e.getBoundingClientRect();
  const top = document.elementFromPoint(now.x + now.width / 2, now.y + now.height / 2);
  point(top, "pointerover", "mouse");
  seen.picks.push([c, mark, lit(), lines(), live()]);
}
const look = (e) => { const s = getComputedStyle(e);
  return [s.fillOpacity, s.strokeOpacity].map(Number); };
point(at(0, "n3"), "pointerover", "mouse");
seen.veil = [look(cards[0].querySelector('circle[data-mark="n0"]')),
             look(cards[0].querySelector('circle[data-mark="n3"]'))];
seen.row = look(cards[0].querySelector('[data-mark="r3"]'));
point(root, "pointerleave", "mouse");
seen.left = [count(), lines()];
const twins = document.querySelectorAll(".gnnpool-linked[data-ready]");
twins[1].querySelector('[data-hit="n3"]').dispatchEvent(new MouseEvent("click", {bubbles: true}));
seen.twin = [twins.length, count(),
             twins[1].querySelectorAll(":is(circle, rect)[data-picked]").length];
// a tap keeps the light on, through touch and mouse, until the same or nothing is tapped
const other = at(1, "k0"), first = at(1, "a0,1");
point(other, "pointerover", "touch");
seen.touched = count();
other.dispatchEvent(new MouseEvent("click", {bubbles: true}));
point(first, "pointerover", "mouse");
point(root, "pointerleave", "mouse");
seen.kept = lines()[1];
first.dispatchEvent(new MouseEvent("click", {bubbles: true}));
seen.moved = lines()[1];
first.dispatchEvent(new MouseEvent("click", {bubbles: true}));
seen.again = count();
other.dispatchEvent(new MouseEvent("click", {bubbles: true}));
cards[0].querySelector("b").dispatchEvent(new MouseEvent("click", {bubbles: true}));
seen.beside = count();
// keyboard
const drawings = [...root.querySelectorAll(".gnnpool-drawing")];
seen.stops = root.querySelectorAll("[tabindex]").length;
drawings[1].focus();
seen.focus = [document.activeElement === drawings[1], count()];
seen.keys = [["ArrowRight"], ["ArrowRight"], ["ArrowLeft"], ["ArrowLeft"], ["ArrowDown"],
             ["ArrowDown"], ["ArrowRight"], ["ArrowDown"], ["ArrowUp"], ["Tab"], ["x"]].map(
  ([key]) => [key, press(1, key), lines()[1]]);
press(1, "Escape");
seen.escaped = [count(), document.activeElement === drawings[1]];
press(1, "ArrowRight");
drawings[1].blur();
seen.blurred = count();
const box = (e) => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.right, b.bottom]; };
seen.images = cards.map(card => [...card.querySelectorAll("image")].map(box));
seen.rects = cards.map(card => Object.fromEntries(
  [...card.querySelectorAll("rect[data-mark]")].map(e => [e.dataset.mark, box(e)])));
const report = document.body.appendChild(document.createElement("pre"));
report.id = "seen";
report.textContent = JSON.stringify(seen);
</script>"""


def read_page(tmp_path, html: str, script: str) -> dict:
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><meta charset='utf-8'><title>linked</title><body>{html}"
                    f"{script}", encoding="utf-8")
    dom, complaints = open_page(browser_or_skip(), page)
    assert not complaints
    return json.loads(re.search('<pre id="seen">(.*)</pre>', dom, re.S)[1].replace("&amp;", "&"))


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What a browser shows, asked once for all tests below."""
    outs = pooled("topk", "mincut", "kmis")
    sizes = [out.assignment.num_supernodes for out in outs.values()]
    picks = [[1, f"n{i}"] for i in range(12)]
    picks += [[c, f"k{p}"] for c, k in enumerate(sizes) for p in range(k)]
    picks += [[c, f"a{p},{q}"] for c, k in enumerate(sizes) for p in range(k) for q in range(k)]
    figure = draw.linked(GRAPH, outs, alt="three operators")
    found = read_page(tmp_path_factory.mktemp("linked"), 2 * figure.html,
                      READER.replace("PICKS", json.dumps(picks)))
    return outs, figure, picks, found


def test_what_lights_up(seen):
    outs, figure, picks, found = seen
    _, known = parts(figure)
    for (card, mark), (c, m, lit, lines, live) in zip(picks, found["picks"], strict=True):
        assert (card, mark) == (c, m)
        for d, (shown, wanted) in enumerate(zip(lit, belongs(outs, card, mark), strict=True)):
            assert shown and set(shown) <= set(wanted)
            assert {k for k in wanted if k[0] in "nrkhac"} <= set(shown)
            assert all(abs(v - wanted[k]) < 0.011 for k, v in shown.items()), (card, mark, d)
            told = mark[0] == "n" or d == card
            assert lines[d] == (known[d]["lines"][mark] if told else found["plain"][d])
        assert [i for i, x in enumerate(live) if x == "polite"] == [card]


def test_marks_cover_the_heat_maps(seen):
    """Rows, columns and entries lie on their part of the images of S and A′, rows on their names
    as well.
    """
    outs, _, _, found = seen
    for out, images, rects in zip(outs.values(), found["images"], found["rects"], strict=True):
        k = out.assignment.num_supernodes
        (x, y, right, bottom), (ax, ay, aright, abottom) = images
        rows, columns = np.linspace(y, bottom, 13), np.linspace(x, right, k + 1)
        for i in range(12):
            assert rects[f"r{i}"][0] < x - 15
            assert np.allclose(rects[f"r{i}"][1:], [rows[i], right, rows[i + 1]], atol=1.5)
        across, down = np.linspace(ax, aright, k + 1), np.linspace(ay, abottom, k + 1)
        for p in range(k):
            assert np.allclose(rects[f"c{p}"], [columns[p], y, columns[p + 1], bottom], atol=1.5)
            for q in range(k):
                assert np.allclose(rects[f"a{p},{q}"], [across[q], down[p], across[q + 1],
                                                        down[p + 1]], atol=1.5)


def test_pointing_and_tapping(seen):
    _, figure, _, found = seen
    lines = parts(figure)[1][1]["lines"]
    assert np.allclose(found["veil"], [[0.8, 0], [0, 1]])
    assert found["left"] == [0, found["plain"]] and found["touched"] == 0
    assert found["twin"] == [2, 0, 2 * 3]  # ring and row in each card of the second copy only
    assert found["kept"] == lines["k0"] and found["moved"] == lines["a0,1"]
    assert found["again"] == found["beside"] == 0


def test_keyboard(seen):
    _, figure, _, found = seen
    lines = parts(figure)[1][1]["lines"]
    assert found["stops"] == 3 and found["focus"] == [True, 0]
    wanted = ["n0", "n1", "n0", "n11", "k0", "a0,0", "a0,1", "n0", "a0,0", "a0,0", "a0,0"]
    assert [line for _, _, line in found["keys"]] == [lines[mark] for mark in wanted]
    assert [taken for _, taken, _ in found["keys"]] == 9 * [True] + 2 * [False]
    assert found["escaped"] == [0, True] and found["blurred"] == 0


NARROW = """<script>
document.body.style.margin = 0;
const host = document.body.firstElementChild, seen = {};
for (const width of [320, 358, 688, 936]) {
  const box = document.createElement("div");
  box.style.width = `${width}px`;
  host.replaceWith(box);
  box.append(host);
  const columns = new Set([...host.querySelectorAll(".gnnpool-operator")].map(
    e => Math.round(e.getBoundingClientRect().x)));
  const svg = host.querySelector(".gnnpool-drawing svg");
  const rows = [...host.querySelectorAll('rect[data-mark^="r"]')].map(
    e => e.getBoundingClientRect().height);
  seen[width] = [columns.size, 9 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width,
                 box.scrollWidth <= width, Math.min(...rows)];
  box.replaceWith(host);
}
const report = document.body.appendChild(document.createElement("pre"));
report.id = "seen";
report.textContent = JSON.stringify(seen);
</script>"""


def test_any_width(tmp_path):
    """Texts of 9 pt stay above 9 pixels, rows fit a finger on a phone, nothing sticks out."""
    found = read_page(tmp_path, draw.linked(GRAPH, pooled(*NINE), alt="nine").html, NARROW)
    assert [found[w][0] for w in ("320", "358", "688", "936")] == [1, 1, 3, 3]
    assert all(text >= 9 and fits for _, text, fits, _ in found.values())
    assert found["358"][3] >= 20


@pytest.mark.parametrize("name", ["linked.js", "linked.css", "drawings.css"])
def test_the_landing_page_has_this_figure(name):
    """Drawn by `python -m gnnpool.draw book/_static`; run it anew after a change here."""
    assert asset(name) in (ROOT / "book" / "_static" / "families.html").read_text()
