"""The reach of a node: a click shows what it has heard, in a page that needs nothing."""

import json
import re
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pytest
import torch
from figures import figures  # noqa: F401
from site_browser import PHONE, browser_or_skip, tab
from torch_geometric.data import Data
from torch_geometric.utils import to_networkx

from gnnpool import Graph, SparseAssignment, connect, draw
from gnnpool.datasets import grid, running_graph

GRAPH = running_graph()
LAST = 5


def powers(edge_index, n: int) -> list[torch.Tensor]:
    """I, Â, Â², …: not zero where node i is within so many hops of j."""
    step = torch.eye(n).index_put((edge_index[0], edge_index[1]), torch.tensor(1.0))
    return [torch.linalg.matrix_power(step, depth) for depth in range(LAST + 1)]


def pooled_powers() -> list[torch.Tensor]:
    """One layer, then all others on the three communities."""
    s = SparseAssignment.from_clusters(GRAPH.y, Graph(GRAPH.x, GRAPH.edge_index))
    edge_index = connect(Graph(GRAPH.x, GRAPH.edge_index), s)[0]
    flat, matrix = powers(GRAPH.edge_index, 12), s.dense()
    later = [matrix @ step @ matrix.T @ flat[1] for step in powers(edge_index, 3)[1:LAST]]
    return [*flat[:2], *later]


def both() -> dict:
    return {"flat": powers(GRAPH.edge_index, 12), "pooled": pooled_powers()}


def figure(**settings) -> draw.Reach:
    groups = {"pooled": [None, None, *[GRAPH.y] * (LAST - 1)]}
    return draw.reach(GRAPH, both(), groups=groups, alt="the running graph", **settings)


def parts(made: draw.Reach) -> tuple[list[ET.Element], dict]:
    """The drawings, and what the script knows."""
    html = made._repr_html_()
    svgs = [ET.fromstring(s) for s in re.findall("<svg viewBox.*?</svg>", html, re.S)]
    return svgs, json.loads(re.search(r'\}\)\("\w+",(\{.*\})\);</script>', html, re.S)[1])


def test_first_heard_is_the_hop_distance():
    known = parts(figure())[1]
    hops = nx.floyd_warshall_numpy(to_networkx(GRAPH), range(12))
    assert np.array_equal(known["first"][0], np.where(hops <= LAST, hops, -1))
    assert np.array_equal(known["first"][1], first_by_hand())


def first_by_hand() -> np.ndarray:
    """From the matrices, entry by entry."""
    shares = pooled_powers()
    return np.array([[next((d for d in range(LAST + 1) if shares[d][i, j]), -1)
                      for j in range(12)] for i in range(12)])


def test_what_is_never_heard():
    """No edge: a node hears itself and no other."""
    known = parts(draw.reach(GRAPH, {"deaf": 3 * [torch.eye(12)]}, alt="no edges"))[1]
    assert known["first"] == [[[0 if i == j else -1 for j in range(12)] for i in range(12)]]
    assert known["lines"][0][4] == ["1 of 12 nodes, new: s"] + 2 * ["1 of 12 nodes, none new"]


def test_lines():
    lines = parts(figure())[1]["lines"]
    assert lines[0][0][:3] == ["1 of 12 nodes, new: a", "3 of 12 nodes, new: b, d",
                               "5 of 12 nodes, new: c, s"]
    assert lines[1][0][2] == "8 of 12 nodes, new: c, s, l1, l2, w"
    star = Data(edge_index=torch.tensor([[0] * 9, range(1, 10)]), num_nodes=10)
    many = parts(draw.reach(star, {"star": [torch.eye(10), torch.ones(10, 10)]}, alt="star"))[1]
    assert many["lines"][0][0][1] == "10 of 10 nodes, new: 1, 2, 3, 4, 5, 6, …"


@pytest.mark.parametrize(("node", "depth"), [(0, 0), (0, 2), (4, 1), (11, 5)])
def test_the_still(node, depth):
    """Without a script: colours, rings and shades of the choice, and its words."""
    made = figure(node=node, depth=depth)
    svgs, known = parts(made)
    body = re.sub("<(style|script)>.*?</\\1>", "", made.html, flags=re.S)
    assert "tabindex" not in body and "http" not in made.html and "@import" not in made.html
    assert f"Node <b>{GRAPH.names[node]}</b>, layers: <b>{depth}</b>" in body
    styles = dict(re.findall(r"\] \.(s\d+) { (.*?) }", made.html))
    for svg, first, lines in zip(svgs, known["first"], known["lines"], strict=True):
        assert f">{lines[node][depth]}</output>" in body
        discs = {e.get("data-mark"): styles[e.get("class")] for e in svg.iter("use")
                 if e.get("data-mark")}
        assert list(discs) == [f"n{i}" for i in range(12)]
        for layer, style in zip(first[node], discs.values(), strict=True):
            fill = known["palette"][layer] if 0 <= layer <= depth else "#ffffff"
            assert f"fill:{fill}".lower() in style.lower()
        new = {e.get("data-mark") for e in svg.iter("circle") if e.get("data-new") is not None}
        assert new == {f"n{i}" for i, layer in enumerate(first[node]) if layer == depth}
    shades = {g.get("data-mark"): g.get("data-off") for g in svgs[1].iter("g")
              if g.get("data-mark", "").startswith("g")}
    assert shades == {f"g{d}": None if d == depth else "" for d in range(2, LAST + 1)}
    assert not [g for g in svgs[0].iter("g") if g.get("data-mark")]


def test_black_is_read_well_on_all_colours():
    for last in (1, 2, 8):
        shares = [torch.eye(12)] * (last + 1)
        palette = parts(draw.reach(GRAPH, {"one": shares}, alt="a"))[1]["palette"]
        assert len(set(palette)) == last + 1
        assert all(draw.text_colour(colour) == draw.INK for colour in palette)


def test_the_same_on_every_run_small_and_nothing_left_behind():
    html = [figure().html for _ in range(2)]
    assert html[0] == html[1] and len(html[0]) < 40_000
    assert not plt.get_fignums()


def test_figures_on_one_page_do_not_clash():
    one, two = figure(), figure(node=3)
    ids = [set(re.findall(r'(?:id|data-reach)="([\w-]+)"', f.html)) for f in (one, two)]
    assert all(len(i) > 5 for i in ids) and not ids[0] & ids[1]
    [css] = re.findall("<style>(.*?)</style>", one.html, re.S)
    selectors = re.findall(r"([^{}]+)\{", re.sub(r"@media print {|/\*.*?\*/", "", css))
    assert all(re.search(r"\.gnnpool-|\[data-reach=\w+\]", s) for s in selectors)
    used = set(re.findall(r'(?:href="#|url\(#)([\w-]+)', one.html))
    assert used and used == set(re.findall(r'\bid="([\w-]+)"', one.html))


def test_texts_cannot_break_out():
    evil = '</script><script>alert("x")</script> & {x} \' <!--'
    data = GRAPH.clone()
    data.names = [evil, *GRAPH.names[1:]]
    html = draw.reach(data, {evil: powers(data.edge_index, 12)}, alt=evil).html
    assert html.count("<script") == html.count("</script") == 1 and "<!--" not in html
    root = ET.fromstring(re.sub(r"<script>.*</script>|<style>.*?</style>| autocomplete=\S+| hidden",
                                "", html, flags=re.S).replace('"Layers">', '"Layers"/>'))
    assert root.get("aria-label") == evil and root.find(".//b").text == evil
    assert repr(figure()) == "Reach, flat and pooled: the running graph"


@pytest.mark.parametrize(("argument", "call"), [
    ("ways", lambda: draw.reach(GRAPH, {}, alt="a")),
    ("ways", lambda: draw.reach(GRAPH, [torch.eye(12)], alt="a")),
    ("ways", lambda: draw.reach(GRAPH, {" ": 2 * [torch.eye(12)]}, alt="a")),
    ("ways", lambda: draw.reach(GRAPH, {"a": torch.ones(2, 12, 12)}, alt="a")),
    ("ways", lambda: draw.reach(GRAPH, {"a": [torch.eye(12)]}, alt="a")),
    ("ways", lambda: draw.reach(GRAPH, {"a": [torch.eye(12), torch.eye(3)]}, alt="a")),
    ("ways", lambda: draw.reach(GRAPH, {"a": [torch.eye(12), None]}, alt="a")),
    ("ways", lambda: draw.reach(GRAPH, {"a": 2 * [torch.full((12, 12), torch.nan)]}, alt="a")),
    ("ways", lambda: draw.reach(GRAPH, {"a": 2 * [torch.eye(12)], "b": 3 * [torch.eye(12)]},
                                alt="a")),
    ("groups", lambda: draw.reach(GRAPH, both(), groups={"deep": 6 * [None]}, alt="a")),
    ("groups", lambda: draw.reach(GRAPH, both(), groups={"flat": [GRAPH.y]}, alt="a")),
    ("groups", lambda: draw.reach(GRAPH, both(), groups={"flat": 6 * [GRAPH.y[:3]]}, alt="a")),
    ("groups", lambda: draw.reach(GRAPH, both(), groups=GRAPH.y, alt="a")),
    ("node", lambda: figure(node=12)),
    ("node", lambda: figure(node="a")),
    ("node", lambda: figure(node=True)),
    ("depth", lambda: figure(depth=6)),
    ("depth", lambda: figure(depth=-1)),
    ("alt", lambda: draw.reach(GRAPH, both(), alt=" ")),
    ("labels", lambda: figure(labels="ab")),
    ("pos", lambda: figure(pos=torch.zeros(3, 2))),
    ("data", lambda: draw.reach(GRAPH.x, both(), alt="a")),
    ("data", lambda: draw.reach(grid(11, 10), {"a": 2 * [torch.eye(110)]}, alt="a")),
])
def test_bad_input(argument, call):
    with pytest.raises(ValueError, match=rf"^{argument}: got .*; wanted "):
        call()
    assert not plt.get_fignums()


LOOK = """() => [...document.querySelectorAll(".gnnpool-reach")].map(root => ({
  line: root.querySelector(".gnnpool-reached").textContent,
  slider: root.querySelector("input").value,
  notes: [...root.querySelectorAll("output")].map(e => e.textContent),
  words: [...root.querySelectorAll(".gnnpool-drawing")].map(e => e.getAttribute("aria-label")),
  fills: [...root.querySelectorAll(".gnnpool-drawing")].map(e =>
    [...e.querySelectorAll("use[data-mark]")].map(u => getComputedStyle(u).fill)),
  rings: [...root.querySelectorAll(".gnnpool-drawing")].map(e => [...e.querySelectorAll("circle")]
    .filter(c => c.dataset.mark && getComputedStyle(c).stroke !== "none")
    .map(c => c.dataset.mark)),
  shades: [...root.querySelectorAll("g[data-mark^=g]")].filter(
    g => getComputedStyle(g).display !== "none").map(g => g.dataset.mark),
}))"""


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[i:i + 2], 16)) for i in (1, 3, 5))})"


def wanted(known: dict, node: int, depth: int) -> dict:
    """What a reader should see."""
    first = [f[node] for f in known["first"]]
    notes = [lines[node][depth] for lines in known["lines"]]
    return {
        "line": f"Node {known['names'][node]}, layers: {depth}", "slider": str(depth),
        "notes": notes,
        "words": [f"{title}: {note}" for title, note in zip(("flat", "pooled"), notes,
                                                            strict=True)],
        "fills": [[rgb(known["palette"][d]) if 0 <= d <= depth else "rgb(255, 255, 255)"
                   for d in f] for f in first],
        "rings": [[f"n{i}" for i, d in enumerate(f) if d == depth] for f in first],
        "shades": [f"g{depth}"] * (depth >= 2)}


def test_in_a_browser(tmp_path):
    """Clicks in both drawings, the slider, the keyboard; a second figure stays as it was."""
    made = figure(depth=2)
    known = parts(made)[1]
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><meta charset='utf-8'><body>{2 * made.html}")
    with tab(browser_or_skip()) as shown:
        opened = shown.open(page)
        drawings, slider = opened.locator(".gnnpool-drawing"), opened.locator("input").first
        assert opened.evaluate(LOOK) == 2 * [wanted(known, 0, 2)]
        for node in range(12):
            drawings.nth(node % 2).locator(f'[data-hit="n{node}"]').click()
            assert opened.evaluate(LOOK) == [wanted(known, node, 2), wanted(known, 0, 2)]
        for depth in (0, 1, 5, 3):
            slider.fill(str(depth))
            assert opened.evaluate(LOOK)[0] == wanted(known, 11, depth)
        drawings.nth(1).focus()
        for key, node, depth in (("ArrowRight", 0, 3), ("ArrowUp", 0, 4), ("ArrowUp", 0, 5),
                                 ("ArrowUp", 0, 5), ("ArrowLeft", 11, 5), ("ArrowLeft", 10, 5),
                                 ("ArrowDown", 10, 4), ("Control+ArrowDown", 10, 4), ("x", 10, 4)):
            opened.keyboard.press(key)
            assert opened.evaluate(LOOK)[0] == wanted(known, node, depth), key
        before = opened.evaluate(LOOK)
        opened.wait_for_timeout(500)
        assert opened.evaluate(LOOK) == before  # nothing moves by itself
        assert not shown.complaints()


def test_on_a_phone_and_without_a_script(tmp_path):
    """Drawings below each other, nothing wider than the page; the still without its controls."""
    made = figure(depth=2)
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><meta charset='utf-8'><body style='margin:8px'>{made.html}")
    for script in (True, False):
        with tab(browser_or_skip(), PHONE, java_script_enabled=script) as shown:
            shown.page.goto(page.as_uri())
            boxes = [shown.page.locator(".gnnpool-drawing").nth(i).bounding_box() for i in (0, 1)]
            assert boxes[1]["y"] > boxes[0]["y"] + boxes[0]["height"]
            assert all(b["x"] >= 0 and b["x"] + b["width"] <= 390 for b in boxes)
            for what in ("input", ".gnnpool-hint"):
                assert shown.page.locator(what).is_visible() == script
            if script:
                hits = shown.page.locator("[data-hit]")
                sizes = [hits.nth(i).bounding_box()["width"] for i in range(12)]
                assert min(sizes) >= 24  # a finger finds them
