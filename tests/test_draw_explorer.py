"""A scatter that readers filter: every row at its place, and shown when it is chosen."""

import json
import re
import xml.etree.ElementTree as ET
from html import unescape
from itertools import combinations
from math import log10

import numpy as np
import pytest
from bs4 import BeautifulSoup
from site_browser import browser_or_skip, open_page

from gnnpool import draw

FAMILIES = {"Top-K": "sparse", "SAGPool": "sparse", "MinCut": "soft", "DMoN": "soft",
            "Graclus": "one-over-k", "none": "control"}
DATA = ("grid", "ring", "sensor")


def table() -> list[dict]:
    rng = np.random.default_rng(0)
    return [{"pooler": name, "family": family, "data": data, "trained": "yes" if i < 4 else "no",
             "ms": float(10 ** rng.uniform(0, k + 1)), "score": float(rng.uniform(-k, 1)),
             "runs": 10 * i, "sd": None if i == 5 else float(rng.uniform(0, 0.1))}
            for k, data in enumerate(DATA) for i, (name, family) in enumerate(FAMILIES.items())]


ROWS = table()
ARGUMENTS = {"x": "ms", "y": "score", "colour": "family", "filters": ["data", "family", "trained"],
             "single": ["data"], "label": "pooler", "details": ["runs", "sd"], "log_x": True,
             "xlabel": "milliseconds", "ylabel": "score", "columns": {"data": "Data set"},
             "alt": "Six poolers."}


def figure(rows=ROWS, **changes) -> draw.Explorer:
    return draw.explorer(rows, **(ARGUMENTS | changes))


def drawing(shown: draw.Explorer) -> ET.Element:
    return ET.fromstring(re.search(r'<svg aria-hidden="true">.*</svg>(?=</div>)', shown.html,
                                   re.S)[0])


def data(shown: draw.Explorer) -> dict:
    return json.loads(re.search(r'\}\)\("\w+",(\{.*\})\);</script>', shown.html, re.S)[1])


def groups(shown: draw.Explorer) -> list[tuple[dict, dict, list[ET.Element]]]:
    """Of each axes the places of the ticks across and down by their texts, and the points."""
    out = []
    for group in drawing(shown).iterfind("g"):
        texts = group.findall("text")
        across = {t.text: share(t.get("x")) for t in texts if t.get("text-anchor") == "middle"}
        down = {t.text: share(t.get("y")) for t in texts if t.get("text-anchor") == "end"}
        out.append((across, down, group.findall("svg")))
    return out


def share(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1]) / 100


def value(text: str) -> float:
    """The number that a tick's text says."""
    text = text.replace(",", "").replace("−", "-")
    if found := re.fullmatch(r"(-?)(?:([\d.]+)·)?10([⁻⁰¹²³⁴-⁹]+)", text):
        power = found[3].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
        return float(f"{found[1]}{found[2] or 1}e{power}")
    return float(text)


def map_of(ticks: dict[str, float], scale=float):
    """From values to shares, by the outermost two ticks; the others have to agree with it."""
    points = sorted((scale(value(text)), at) for text, at in ticks.items())
    assert 3 <= len(points) <= 6
    (a, at_a), (b, at_b) = points[0], points[-1]
    assert np.allclose([at for _, at in points],
                       [at_a + (v - a) / (b - a) * (at_b - at_a) for v, _ in points], atol=3e-4)
    return lambda v: at_a + (scale(v) - a) / (b - a) * (at_b - at_a)


@pytest.mark.parametrize(("log_x", "log_y"), [(True, False), (False, False), (False, True)])
def test_every_point_is_where_the_ticks_say(log_x, log_y):
    rows = [row | {"score": row["score"] + 9e5 * log_y + 3.5} for row in ROWS]
    found = groups(figure(rows, log_x=log_x, log_y=log_y))
    assert len(found) == len(DATA)
    for name, (across, down, points) in zip(DATA, found, strict=True):
        wanted = [row for row in rows if row["data"] == name]
        x, y = map_of(across, log10 if log_x else float), map_of(down, log10 if log_y else float)
        for row, point in zip(wanted, points, strict=True):
            assert point.find("text").text == row["pooler"]
            assert abs(share(point.get("x")) - x(row["ms"])) < 5e-4
            assert abs(share(point.get("y")) - y(row["score"])) < 5e-4
            assert 0.05 < share(point.get("x")) < 0.95 and 0.05 < share(point.get("y")) < 0.95
        assert y(2) < y(1)  # more is higher


@pytest.mark.parametrize("values", [
    [3.0], [0.0, 0.0], [1e-9, 3e-9], [-3, 5], [1e6, 5e6], [10_001, 10_004], [12e3, 99e3],
    [0.551, 0.849], [1e7, 1e7]])
def test_linear_axes(values):
    across, _, points = groups(figure([ROWS[0] | {"ms": v} for v in values], log_x=False))[0]
    x = map_of(across)
    assert np.allclose([share(p.get("x")) for p in points], [x(v) for v in values], atol=3e-4)


@pytest.mark.parametrize("values", [
    [3.0], [5e-9, 0.5], [2.1, 4.3], [0.0015, 0.5], [0.0012, 0.97], [0.9, 1100], [1e-60, 1e60]])
def test_logarithmic_axes(values):
    across, _, points = groups(figure([ROWS[0] | {"ms": v} for v in values]))[0]
    x = map_of(across, log10)
    assert np.allclose([share(p.get("x")) for p in points], [x(v) for v in values], atol=3e-4)


def test_numbers_as_texts():
    """Of the line of a point: four digits, integers with all of them, powers of ten."""
    for number, text in ((0.80127, "0.8013"), (12_345.6, "12,346"), (5.4321e-9, "5.432·10⁻⁹"),
                         (1_234_567, "1,234,567"), (-2.5, "−2.5"), (9.99996e-5, "10⁻⁴"),
                         (3e8, "3·10⁸"), (np.float32(0.5), "0.5"), (np.int64(7), "7"),
                         ("words", "words")):
        [(_, _, [point])] = groups(figure([ROWS[0] | {"runs": number}], details=["runs"]))
        assert point.find("title").text.split(" · ")[-1] == f"runs: {text}"


def test_a_colour_and_a_shape_for_each_value():
    shown = figure()
    paths = {f"#{p.get('id')}": p for p in drawing(shown).iter("path")}
    assert [p.get("fill") for p in paths.values()] == list(draw.COLOURS.values())[:4]
    assert len({p.get("d") for p in paths.values()}) == 4
    kinds = {}
    for _, _, points in groups(shown):
        for point in points:
            used = point.find("use").get("href")
            assert used in paths
            assert kinds.setdefault(FAMILIES[point.find("text").text], used) == used
    assert [list(paths).index(used) for used in kinds.values()] == [0, 1, 2, 3]
    boxes = re.findall(r'<use href="(#[\w-]+)"/></svg>([\w-]+)</label>', shown.html)
    assert boxes == [(used, name) for name, used in kinds.items()]
    legend = figure(filters=["data"]).html
    assert [name for _, name in re.findall(r'<use href="(#[\w-]+)"/></svg>([\w-]+)</span>', legend)
            ] == list(kinds)


def test_a_palette_has_the_colours_and_leaves_the_shapes():
    palette = dict(zip(dict.fromkeys(FAMILIES.values()), ("grey", "#0072B2", "k", "C1"),
                       strict=True))
    path = list(drawing(figure(palette=palette)).iter("path"))
    assert [p.get("fill") for p in path] == ["#808080", "#0072b2", "#000000", "#ff7f0e"]
    assert [p.get("d") for p in path] == [p.get("d") for p in drawing(figure()).iter("path")]


def test_lines():
    points = groups(figure([ROWS[4], ROWS[5]]))[0][2]
    first, last = (point.find("title").text for point in points)
    ms, score, sd = (draw.rows.number_text(ROWS[4][name]) for name in ("ms", "score", "sd"))
    assert first == f"Graclus · milliseconds: {ms} · score: {score} · runs: 40 · sd: {sd}"
    assert last.endswith("runs: 50")  # None is left out


def test_what_is_shown_without_a_script():
    """The first choice, with names that cover nothing; nothing to press, no stop of the keyboard.
    """
    shown = figure()
    svg = drawing(shown)
    assert [g.get("data-off") is None for g in svg.iterfind("g")] == [True, False, False]
    assert all(p.find("text").get("data-off") is None for p in svg.find("g").iterfind("svg"))
    body = re.sub("<(style|script)>.*?</\\1>", "", shown.html, flags=re.S)
    assert "tabindex" not in body and '<output aria-live="polite">Data set: grid<' in body
    assert 'role="group" aria-label="Six poolers."' in body
    crowd = groups(figure([ROWS[0] | {"ms": 1 + i / 1e4} for i in range(30)]))[0][2]
    assert 0 < sum(p.find("text").get("data-off") is None for p in crowd) < 20


def test_first_choice_is_that_of_the_first_row():
    shown = figure(list(reversed(ROWS)), single=["data", "trained"])
    assert ">Data set: sensor, trained: no</output>" in shown.html
    first = groups(shown)[0][2]
    assert [p.find("text").text for p in first] == ["none", "Graclus"]
    assert len(groups(shown)) == 6


def test_small_the_same_on_every_run_and_on_its_own():
    rows = [row | {"pooler": f"{row['pooler']} {i}"} for i in range(12) for row in ROWS][:200]
    shown = figure(rows)
    assert len(rows) == shown.count == 200 and len(shown.html.encode()) < 80_000
    assert shown.html == figure(rows).html and shown._repr_html_() == shown.html
    assert "http" not in shown.html and "@import" not in shown.html and "url(" not in shown.html
    assert repr(figure()) == "Explorer of 18 points: Six poolers."
    [css] = re.findall("<style>(.*?)</style>", shown.html, re.S)
    selectors = re.findall(r"([^{}]+)\{", re.sub(r"@media print {|/\*.*?\*/", "", css, flags=re.S))
    assert selectors and all(".gnnpool-" in s for s in selectors)
    assert not re.search("transition|animation", css)  # nothing moves, whatever is preferred


def test_figures_on_one_page_do_not_clash():
    ids = [set(re.findall(r'(?:id|data-explorer)="([\w-]+)"', f.html))
           for f in (figure(), figure(ylabel="other"))]
    assert all(len(i) == 5 for i in ids) and not ids[0] & ids[1]


def test_texts_cannot_break_out():
    evil = '</script></title><script>alert("x")</script> & {x} \' @kind@ $x$ <!--'
    rows = [{"a b": evil, "f": evil, "x": 1, "y": 2, evil: evil}]
    shown = draw.explorer(rows, x="x", y="y", colour="f", filters=["f", "a b", evil],
                          single=["f"], label="a b", details=[evil], alt=evil, xlabel=evil,
                          ylabel=evil, columns={"f": evil})
    html = re.sub(r"<style>.*?</style>", "", shown.html, flags=re.S)
    assert html.count("<script") == html.count("</script") == 1 and "<!--" not in html
    assert drawing(shown).find("g/svg/text").text == evil
    assert f"{evil}: {evil}" in drawing(shown).find("g/svg/title").text
    soup = BeautifulSoup(shown.html, "html.parser")
    assert soup.find("div")["aria-label"] == evil and soup.find("legend").text == evil
    assert [box["name"] for box in soup("input")] == ["f", "a b", evil]
    assert [label.text for label in soup("label")] == [evil] * 3


def without(name: str) -> list[dict]:
    return [*ROWS[:3], {k: v for k, v in ROWS[3].items() if k != name}]


def changed(name: str, new: object) -> list[dict]:
    return [*ROWS[:3], ROWS[3] | {name: new}]


@pytest.mark.parametrize(("argument", "call"), [
    ("points", lambda: figure([])),
    ("points", lambda: figure("rows")),
    ("points", lambda: figure({"ms": [1]})),
    ("points", lambda: figure([ROWS[0], ("Top-K", 1)])),
    ("x", lambda: figure(x="speed")),
    ("x", lambda: figure(x=None)),
    ("x", lambda: figure(without("ms"))),
    ("x", lambda: figure(changed("ms", "fast"))),
    ("x", lambda: figure(changed("ms", float("nan")))),
    ("x", lambda: figure(changed("ms", True))),
    ("x", lambda: figure(changed("ms", 0))),
    ("x", lambda: figure(changed("ms", -1.0))),
    ("y", lambda: figure(changed("score", None))),
    ("y", lambda: figure(changed("score", float("inf")))),
    ("y", lambda: figure(log_y=True)),
    ("colour", lambda: figure(colour="ms")),
    ("colour", lambda: figure(colour="colour")),
    ("colour", lambda: figure(colour=3)),
    ("colour", lambda: figure([row | {"family": str(i)} for i, row in enumerate(ROWS[:7])])),
    ("filters", lambda: figure(filters="data")),
    ("filters", lambda: figure(filters=["data", "dat"])),
    ("filters", lambda: figure(filters=["data", "runs"])),
    ("filters", lambda: figure(filters=["data", "data"])),
    ("filters", lambda: figure(changed("trained", " "))),
    ("single", lambda: figure(single=["pooler"])),
    ("single", lambda: figure(single="data")),
    ("label", lambda: figure(label="name")),
    ("label", lambda: figure(changed("pooler", ""))),
    ("details", lambda: figure(details=["time"])),
    ("details", lambda: figure(changed("sd", [1]))),
    ("details", lambda: figure(changed("sd", float("nan")))),
    ("columns", lambda: figure(columns={"dat": "Data set"})),
    ("columns", lambda: figure(columns={"data": ""})),
    ("columns", lambda: figure(columns=["data"])),
    ("palette", lambda: figure(palette={"soft": "red"})),
    ("palette", lambda: figure(palette=dict.fromkeys(FAMILIES.values(), "redd"))),
    ("palette", lambda: figure(palette=["red"] * 4)),
    ("alt", lambda: figure(alt=" ")),
    ("xlabel", lambda: figure(xlabel="")),
    ("ylabel", lambda: figure(ylabel=None)),
    ("log_x", lambda: figure(log_x="yes")),
    ("log_y", lambda: figure(log_y=1)),
])
def test_bad_input(argument, call):
    with pytest.raises(ValueError, match=rf"^{argument}: got .*; wanted "):
        call()


def test_bad_input_says_where():
    with pytest.raises(ValueError, match="x: got 'fast' of type str in row 3 of 'ms'"):
        figure(changed("ms", "fast"))
    with pytest.raises(ValueError, match=r"'score', which row 3 does not have"):
        figure(without("score"))


READER = """<script>
const [root, twin] = document.querySelectorAll(".gnnpool-explorer");
const [plot, svg, note] = [".gnnpool-plot", ".gnnpool-plot > svg", "output"].map(
  s => root.querySelector(s));
const visible = (what, where = root) => [...where.querySelectorAll(what)].filter(
  e => e.getClientRects().length && getComputedStyle(e).visibility === "visible");
const ticks = () => visible(".gnnpool-plot g > text").map(e => e.textContent);
const names = (where) => visible(".gnnpool-plot > svg svg", where).map(
  e => e.querySelector("text").textContent);
const box = (text) => [...root.querySelectorAll("label")].find(
  e => e.textContent === text).querySelector("input");
const state = () => [names(), ticks(), note.textContent];
const place = (name) => visible("use", svg).find(
  e => e.nextSibling.textContent === name).getBoundingClientRect();
const point = (type, [x, y], kind = "mouse") => document.elementFromPoint(x, y).dispatchEvent(
  new PointerEvent(type, {bubbles: true, pointerType: kind, clientX: x, clientY: y}));
const near = (name, by) => { const r = place(name);
  return [r.x + r.width / 2 + by, r.y + r.height / 2]; };
const leave = () => plot.dispatchEvent(new PointerEvent("pointerleave", {}));
const picked = () => [...root.querySelectorAll("[data-picked] > text")].map(e => e.textContent);
const press = (key) => !plot.dispatchEvent(
  new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
const seen = {first: state(), chosen: {}, pointed: {}, keys: []};
for (const name of ["ring", "sensor", "grid"]) { box(name).click(); seen.chosen[name] = state(); }
box("soft").click(); seen.some = state();
box("no").click(); seen.fewer = state();
box("ring").click(); seen.elsewhere = state();
box("yes").click(); seen.none = state();
seen.lost = press("ArrowLeft") && note.textContent;
for (const text of ["soft", "no", "yes", "grid"]) box(text).click();
seen.back = state();
seen.twin = names(twin);
for (const name of names()) {
  point("pointermove", near(name, 3));
  seen.pointed[name] = [note.textContent, picked()];
}
seen.live = note.getAttribute("aria-live");
leave(); seen.left = [note.textContent, picked()];
point("pointermove", near("DMoN", 3), "touch"); seen.touched = picked();
point("click", near("DMoN", 3)); leave(); seen.kept = picked();
point("pointermove", near("none", 3)); seen.still = picked();
point("click", near("none", 3)); seen.moved = picked();
box("control").click(); seen.hidden = [note.textContent, picked()]; box("control").click();
point("click", near("none", 3)); point("click", near("none", 3)); leave(); seen.again = picked();
point("click", near("none", 3)); point("click", near("none", 40)); seen.beside = picked();
seen.stops = root.querySelectorAll("[tabindex]").length;
plot.focus(); seen.focus = [document.activeElement === plot, plot.getAttribute("role"), picked()];
for (const key of KEYS) seen.keys.push([key, press(key), note.textContent]);
press("Escape"); seen.escaped = picked();
press("ArrowUp"); plot.blur(); seen.blurred = picked();
seen.prevented = !root.querySelector("form").dispatchEvent(
  new SubmitEvent("submit", {bubbles: true, cancelable: true}));
const widths = WIDTHS, boxes = (some) => some.map(
  e => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.right, b.bottom]; });
const measure = (width) => {
  const around = root.getBoundingClientRect();
  return {width, fits: document.body.scrollWidth <= width && around.width <= width,
    small: Math.min(...visible("text, label, p, output, legend").map(
      e => parseFloat(getComputedStyle(e).fontSize))),
    tall: Math.min(...visible("label").map(e => e.getBoundingClientRect().height)),
    edge: [around.x, around.y, around.right, around.bottom],
    ticks: boxes(visible(".gnnpool-plot g > text")), marks: boxes(visible("use", svg)),
    names: boxes(visible("svg svg > text", svg)), labels: names()};
};
seen.sizes = [];
const go = () => {
  if (seen.sizes.length < widths.length) {
    document.body.style.width = `${widths[seen.sizes.length]}px`;
    setTimeout(() => { seen.sizes.push(measure(widths[seen.sizes.length])); go(); }, 100);
    return;
  }
  const report = document.body.appendChild(document.createElement("pre"));
  report.id = "seen";
  report.textContent = JSON.stringify(seen);
};
go();
</script>"""
KEYS = [*8 * ["ArrowRight"], *2 * ["ArrowLeft"], *3 * ["ArrowUp"], *2 * ["ArrowDown"], "Tab", "x"]


def read_page(folder, html: str, script: str) -> dict:
    page = folder / "page.html"
    page.write_text(f"<!doctype html><meta charset='utf-8'><title>explorer</title>"
                    f"<body style='margin:0'>{html}{script}", encoding="utf-8")
    dom, complaints = open_page(browser_or_skip(), page)
    assert not complaints
    return json.loads(unescape(re.search('<pre id="seen">(.*)</pre>', dom, re.S)[1]))


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What a browser shows, asked once for all tests below."""
    script = READER.replace("KEYS", json.dumps(KEYS)).replace("WIDTHS", "[358, 688, 936]")
    return read_page(tmp_path_factory.mktemp("explorer"), 2 * figure().html, script)


def names(name: str, **wanted) -> list[str]:
    return [row["pooler"] for row in ROWS
            if row["data"] == name and all(row[k] in v for k, v in wanted.items())]


def test_filters(seen):
    ticks = {name: [*across, *down]
             for name, (across, down, _) in zip(DATA, groups(figure()), strict=True)}
    full = {name: [names(name), ticks[name], "6 of 6 points"] for name in DATA}
    assert seen["first"] == full["grid"] and seen["chosen"] == full
    assert len({*map(tuple, ticks.values())}) == 3
    hard = ("sparse", "one-over-k", "control")
    assert seen["some"] == [names("grid", family=hard), ticks["grid"], "4 of 6 points"]
    fewer = [names("grid", family=hard, trained="yes"), ticks["grid"], "2 of 6 points"]
    assert seen["fewer"] == fewer and len(fewer[0]) == 2
    assert seen["elsewhere"] == [names("ring", family=hard, trained="yes"), ticks["ring"],
                                 "2 of 6 points"]
    assert seen["none"] == [[], ticks["ring"], "0 of 6 points"]
    assert seen["lost"] == "0 of 6 points"
    assert seen["back"] == full["grid"] and seen["twin"] == names("grid")


def line(name: str) -> str:
    points = groups(figure())[0][2]
    return next(p.find("title").text for p in points if p.find("text").text == name)


def test_pointing_and_tapping(seen):
    assert seen["pointed"] == {name: [line(name), [name]] for name in names("grid")}
    assert seen["live"] == "polite" and seen["left"] == ["6 of 6 points", []]
    assert seen["touched"] == seen["again"] == seen["beside"] == []
    assert seen["kept"] == seen["still"] == ["DMoN"] and seen["moved"] == ["none"]
    assert seen["hidden"] == ["5 of 6 points", []]


def test_keyboard(seen):
    rows = [row for row in ROWS if row["data"] == "grid"]
    right = sorted(rows, key=lambda row: row["ms"])
    down = sorted(rows, key=lambda row: -row["score"])
    assert seen["stops"] == 1 and seen["focus"] == [True, "application", []]
    now, wanted = None, []
    for key in KEYS:
        order = right if key in ("ArrowLeft", "ArrowRight") else down
        if key.startswith("Arrow"):
            way = 1 if key in ("ArrowRight", "ArrowDown") else -1
            now = order[0] if now is None else order[(order.index(now) + way) % 6]
        wanted.append([key, key.startswith("Arrow"), line(now["pooler"])])
    assert seen["keys"] == wanted
    assert seen["escaped"] == seen["blurred"] == [] and seen["prevented"]


def apart(a: list[float], b: list[float], by: float = 0.0) -> bool:
    return a[2] - by <= b[0] or b[2] - by <= a[0] or a[3] - by <= b[1] or b[3] - by <= a[1]


def test_any_width(seen):
    """Texts stay as large as they are and on nothing, and all of it in the card."""
    assert [size["width"] for size in seen["sizes"]] == [358, 688, 936]
    for size in seen["sizes"]:
        assert size["fits"] and size["small"] >= 11 and size["tall"] >= 24
        assert len(size["names"]) == len(size["marks"]) == 6
        left, top, right, bottom = size["edge"]
        for box in size["names"] + size["ticks"]:
            assert left <= box[0] and top <= box[1] and box[2] <= right and box[3] <= bottom
        for a, b in combinations(size["ticks"], 2):
            assert apart(a, b)
        for i, name in enumerate(size["names"]):  # a name's box has some room around its letters
            assert all(apart(name, other, 3) for other in size["names"][i + 1:] + size["ticks"])
            assert all(apart(name, mark, 3) for mark in size["marks"])


CROWD = """<script>
const labels = () => [...document.querySelectorAll(".gnnpool-plot svg svg > text")].filter(
  e => e.getClientRects().length && getComputedStyle(e).visibility === "visible").length;
const seen = [labels()];
document.querySelectorAll("fieldset input").forEach((e, i) => i && e.click());
seen.push(labels());
const plot = document.querySelector(".gnnpool-plot");
document.querySelectorAll("fieldset input").forEach((e, i) => i && e.click());
plot.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowLeft"}));
for (let i = 0; i < 30; i++) {
  plot.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight"}));
  seen.push(document.querySelector("output").textContent);
}
const report = document.body.appendChild(document.createElement("pre"));
report.id = "seen";
report.textContent = JSON.stringify(seen);
</script>"""


def test_a_crowd(tmp_path):
    """Names without room are hidden until there is some; points at one place are all reached."""
    rows = [ROWS[0] | {"pooler": f"pooler {i}", "data": str(i // 3)} for i in range(30)]
    shown = figure(rows, single=[], filters=["data"])
    many, few, *lines = read_page(tmp_path, shown.html, CROWD)
    assert 0 < many <= 8 and few == 3
    assert {line.split(" · ")[0] for line in lines} == {f"pooler {i}" for i in range(30)}


STILL = """<script>
const kinds = ["input", "label", "legend", ".gnnpool-hint", "svg svg > use"];
const seen = Object.fromEntries(kinds.map(what => [what,
  [...document.querySelectorAll(what)].filter(e => e.getClientRects().length).map(
    e => e.textContent || e.nextSibling?.textContent || "")]));
const report = document.body.appendChild(document.createElement("pre"));
report.id = "seen";
report.textContent = JSON.stringify(seen);
</script>"""


def test_in_a_browser_without_a_script(tmp_path):
    html = re.sub("<script>.*</script>", "", figure().html, flags=re.S)
    found = read_page(tmp_path, html, STILL)
    assert found == {"input": [], "label": list(dict.fromkeys(FAMILIES.values())),
                     "legend": ["family"], ".gnnpool-hint": [], "svg svg > use": names("grid")}
