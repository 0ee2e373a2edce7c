"""The playground: choices computed beforehand, unpacked by the page itself."""

import json
import re
import xml.etree.ElementTree as ET
import zlib
from base64 import b64decode
from dataclasses import replace

import matplotlib
import matplotlib.pyplot as plt
import pytest
import torch
from figures import figures  # noqa: F401
from site_browser import PHONE, browser_or_skip, tab
from torch_geometric.data import Data

from gnnpool import draw, get_pooler
from gnnpool.datasets import ring, running_graph

GRAPHS = {"running graph": running_graph(), "ring": ring(6)}
SCORES = {"size": "supernodes left", "worth": "a number that is the same for all"}


def choice(graph: str, operator: str, parameter: str, name: str, **settings) -> draw.Choice:
    data = GRAPHS[graph]
    torch.manual_seed(0)
    out = get_pooler(name, **settings)(data.x, data.edge_index)
    k = out.x.size(0)
    return draw.Choice(graph, operator, parameter, out, {
        "size": draw.Score(k, f"{k} of {len(data.x)}"), "worth": draw.Score(1.0, "one")})


CHOICES = [
    choice("running graph", "Top-K", "ratio = 6", "topk", in_channels=3, ratio=6),
    choice("running graph", "Top-K", "ratio = 3", "topk", in_channels=3, ratio=3),
    choice("running graph", "k-MIS", "k = 1", "kmis"),
    choice("running graph", "Graclus", "", "graclus"),
    choice("ring", "k-MIS", "k = 1", "kmis"),
    choice("ring", "k-MIS", "k = 2", "kmis", k=2),
    choice("ring", "Top-K", "ratio = 3", "topk", in_channels=2, ratio=3),
    choice("ring", "Top-K", "ratio = 2", "topk", in_channels=2, ratio=2)]


@pytest.fixture(scope="module")
def made() -> draw.Playground:
    with matplotlib.rc_context():
        draw.style()
        return draw.playground(GRAPHS, CHOICES, scores=SCORES, alt="two graphs", start=1)


def packs(figure: draw.Playground) -> tuple[list[dict], dict]:
    """What the page unpacks, and what the script knows besides."""
    known = json.loads(re.search(r',"\w+",(\{.*\})\);</script>', figure.html, re.S)[1])
    return [json.loads(zlib.decompress(b64decode(pack))) for pack in known["packs"]], known


def test_all_choices_are_in_the_page(made):
    operators = ["Top-K", "k-MIS", "Graclus"]
    found, known = packs(made)
    assert known["start"] == [0, 0, "ratio = 3"] and made.count == 8
    lines = [one["line"] for pack in found for one in pack["choices"]]
    assert lines == [", ".join(filter(None, (c.graph, c.operator, c.parameter))) for c in CHOICES]
    for one, wanted in zip([o for pack in found for o in pack["choices"]], CHOICES, strict=True):
        k = wanted.out.x.size(0)
        assert operators[one["operator"]] == wanted.operator
        assert one["scores"] == [list(score) for score in wanted.scores.values()]
        assert len(one["facts"]["share"][0]) == k
        assert f">{k} supernodes, " in one["card"]


def test_cards_are_those_of_linked(made):
    """The same drawing, the same facts as `draw.linked` has for the same result."""
    found, _ = packs(made)
    for wanted, one in ((CHOICES[2], found[0]["choices"][2]), (CHOICES[5], found[1]["choices"][1])):
        data = GRAPHS[wanted.graph]
        html = draw.linked(data, wanted.out, alt="alone").html
        facts = json.loads(re.search(r'\}\)\("\w+",(\[.*\])\);</script>', html, re.S)[1])
        assert one["facts"] == facts[0]
        alone, here = (re.findall(r'<rect data-(?:mark|hit)="[^>]*>', text)
                       for text in (html, one["card"]))
        assert alone == here and len(here) > 15


def test_references_lead_somewhere(made):
    found, _ = packs(made)
    for pack in found:
        cards = "".join(one["card"] for one in pack["choices"])
        used = set(re.findall(r'(?:href="#|url\(#)([\w-]+)', cards + pack["defs"]))
        assert used and used == set(re.findall(r'\bid="([\w-]+)"', pack["defs"]))
        classes = set(re.findall(r'class="(s\d+)"', cards))
        assert classes and classes == set(re.findall(r"\] \.(s\d+) {", pack["css"]))
        assert "@movie@" not in cards + pack["defs"] + pack["css"]


def test_the_still(made):
    """Without a script: one choice with its scores, nothing that asks to be pressed."""
    body = re.sub("<(style|script)>.*?</\\1>", "", made.html, flags=re.S)
    assert "running graph, Top-K, ratio = 3</p>" in body and "3 supernodes" in body
    assert "<b>3 of 12</b>" in body and "<b>one</b>" in body
    assert re.search("<form [^>]*hidden>", body) and "tabindex" not in body
    assert "http" not in made.html and "@import" not in made.html and "@movie@" not in made.html


def test_the_same_on_every_run_small_and_nothing_left_behind(made):
    again = draw.playground(GRAPHS, CHOICES, scores=SCORES, alt="two graphs", start=1)
    assert again.html == made.html and not plt.get_fignums()
    assert sum(map(len, packs(made)[1]["packs"])) < 80_000  # some 9 kB a choice


def test_styles_do_not_reach_beyond(made):
    for css in re.findall("<style>(.*?)</style>", made.html, re.S):
        selectors = re.findall(r"([^{}]+)\{", re.sub(r"@media print {|/\*.*?\*/", "", css))
        assert all(re.search(r"\.gnnpool-|\[data-linked=[\w-]+\]", s) for s in selectors)


def test_texts_cannot_break_out():
    evil = '</script><script>alert("x")</script> & {x} \' @movie@ <!--'
    data = GRAPHS["ring"].clone()
    data.names = [evil, "<b>", "c", "d", "e", "f"]
    one = draw.Choice(evil, evil, evil, CHOICES[4].out, {evil: draw.Score(1.0, evil)})
    html = draw.playground({evil: data}, [one], scores={evil: evil}, alt=evil).html
    assert html.count("<script") == html.count("</script") == 1 and "<!--" not in html
    plain = re.sub(r"<script>.*</script>|<style>.*?</style>|<form.*</form>", "", html, flags=re.S)
    root = ET.fromstring(plain)
    assert root.get("aria-label") == evil and root.find(".//dt").text == evil
    assert repr(draw.Playground("one", 3, "")) == "Playground of 3 choices: one"


def play(graphs=GRAPHS, choices=CHOICES, scores=SCORES, alt="a", **settings):
    return draw.playground(graphs, choices, scores=scores, alt=alt, **settings)


BARE = Data(torch.eye(41), torch.empty(2, 0, dtype=torch.long))


@pytest.mark.parametrize(("argument", "call"), [
    ("graphs", lambda: play({})),
    ("graphs", lambda: play([GRAPHS["ring"]])),
    ("graphs", lambda: play({" ": GRAPHS["ring"]})),
    ("graphs", lambda: play({**GRAPHS, "large": BARE})),
    ("data", lambda: play({**GRAPHS, "features": GRAPHS["ring"].x})),
    ("choices", lambda: play(choices=CHOICES[:4])),
    ("choices", lambda: play(choices=[])),
    ("choices", lambda: play(choices=iter(CHOICES))),
    ("choices", lambda: play(choices=[*CHOICES, "Top-K"])),
    ("choices", lambda: play(choices=[replace(CHOICES[0], scores={
        name: draw.Score(float("nan"), "?") for name in SCORES}), *CHOICES[1:]])),
    ("choices", lambda: play(choices=[*CHOICES, CHOICES[0]])),
    ("choices", lambda: play({"ring": GRAPHS["ring"]})),
    ("choices", lambda: play(choices=[*CHOICES, draw.Choice(
        "ring", "x", "", CHOICES[0].out, CHOICES[0].scores)])),
    ("choices", lambda: play(choices=[*CHOICES, draw.Choice(
        "ring", "x", "", CHOICES[4].out, {})])),
    ("choices", lambda: play(choices=[*CHOICES, draw.Choice(
        "ring", " ", "", CHOICES[4].out, CHOICES[4].scores)])),
    ("scores", lambda: play(scores=["size", "worth"])),
    ("scores", lambda: play(scores={"size": "", "worth": "w"})),
    ("start", lambda: play(start=8)),
    ("start", lambda: play(start=None)),
    ("alt", lambda: play(alt=" ")),
])
def test_bad_input(argument, call):
    with pytest.raises(ValueError, match=rf"^{argument}: got .*; wanted "):
        call()
    assert not plt.get_fignums()


LOOK = """() => [...document.querySelectorAll(".gnnpool-playground")].map(root => ({
  line: root.querySelector(".gnnpool-chosen").textContent,
  note: root.querySelector(".gnnpool-operator output").textContent,
  values: [...root.querySelectorAll("dd > b")].map(e => e.textContent),
  dots: [...root.querySelectorAll(".gnnpool-strip")].map(
    e => [e.querySelectorAll("i").length, e.querySelector("div > b").style.left]),
  slider: root.querySelector(".gnnpool-controls").hidden ? null
    : ["value", "max"].map(n => Number(root.querySelector("[type=range]")[n])),
  off: [...root.querySelectorAll("input:disabled")].length,
  lit: root.querySelectorAll("[data-mark][style]").length}))"""


def wanted(number: int) -> dict:
    """What a reader should see after a choice."""
    c = CHOICES[number]
    here = [one for one in CHOICES if one.graph == c.graph]
    same = [one for one in here if one.operator == c.operator]
    size = [one.scores["size"].value for one in here]
    left = 100 * (c.scores["size"].value - min(size)) / (max(size) - min(size))
    return {"line": ", ".join(filter(None, (c.graph, c.operator, c.parameter))),
            "values": [c.scores["size"].text, "one"],
            "slider": None if len(same) == 1 else [same.index(c), len(same) - 1],
            "off": int(c.graph == "ring"), "lit": 0, "counts": [len(here), len(here)],
            "left": [pytest.approx(left, abs=0.01), 0.0]}


def seen(page, number: int = 0) -> dict:
    look = page.evaluate(LOOK)[number]
    assert re.match(r"\d+ supernode", look.pop("note"))
    dots = look.pop("dots")
    return look | {"counts": [count for count, _ in dots],
                   "left": [float(left.rstrip("%")) for _, left in dots]}


def test_in_a_browser(made, tmp_path):
    """Buttons and the slider, by mouse and keyboard; the second figure stays as it was."""
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><meta charset='utf-8'><body>{2 * made.html}")
    with tab(browser_or_skip()) as shown:
        opened = shown.open(page)
        opened.locator(".gnnpool-form").nth(1).wait_for(state="visible")
        root = opened.locator(".gnnpool-playground").first
        slider = root.locator("[type=range]")

        def expect(number: int) -> None:
            opened.wait_for_function("line => document.querySelector('.gnnpool-chosen')"
                                     ".textContent === line", arg=wanted(number)["line"])
            assert seen(opened) == wanted(number)

        expect(1)
        root.get_by_role("radio", name="k-MIS").check()
        expect(2)
        root.get_by_role("radio", name="Graclus").check()
        expect(3)
        root.get_by_role("radio", name="ring").check()  # no Graclus there: the first operator,
        expect(7)  # and the place that the slider had
        assert root.get_by_role("radio", name="Graclus").is_disabled()
        slider.fill("0")
        expect(6)
        root.get_by_role("radio", name="k-MIS").check()  # no such ratio: the same place
        expect(4)
        slider.fill("1")
        expect(5)
        root.get_by_role("radio", name="running graph").check()  # one place only, the nearest
        expect(2)
        root.get_by_role("radio", name="ring").check()  # what is shown is kept
        expect(4)
        root.get_by_role("radio", name="k-MIS").focus()
        opened.keyboard.press("ArrowLeft")
        expect(6)
        slider.focus()
        opened.keyboard.press("ArrowRight")
        expect(7)
        assert seen(opened, 1) == wanted(1)
        assert not shown.complaints()


def test_parts_light_up_after_a_choice(made, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><meta charset='utf-8'><body>{made.html}")
    with tab(browser_or_skip()) as shown:
        opened = shown.open(page)
        opened.locator(".gnnpool-form").wait_for(state="visible")
        for number, graph in ((4, "ring"), (2, "running graph")):
            opened.get_by_role("radio", name="k-MIS").check()
            opened.get_by_role("radio", name=graph).check()
            opened.wait_for_function("line => document.querySelector('.gnnpool-chosen')"
                                     ".textContent === line", arg=wanted(number)["line"])
            opened.locator('.gnnpool-drawing [data-hit="n1"]').click()
            note = opened.locator(".gnnpool-operator output").text_content()
            share = CHOICES[number].out.assignment.dense()[1]
            name = "b" if graph == "running graph" else "1"
            assert note == f"{name}: in {int(share.argmax())}"
            lit = opened.evaluate("""() => [...document.querySelectorAll("circle[data-mark^=k]")]
                .map(e => Number(e.style.getPropertyValue("--m")))""")
            assert lit == share.tolist()
            opened.locator(".gnnpool-drawing").focus()
            opened.keyboard.press("Escape")
            assert opened.evaluate(LOOK)[0]["lit"] == 0
        assert not shown.complaints()


def test_on_a_phone_and_without_a_script(made, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><meta charset='utf-8'><meta name='viewport' "
                    f"content='width=device-width'><body style='margin:8px'>{made.html}")
    for script in (True, False):
        with tab(browser_or_skip(), PHONE, java_script_enabled=script) as shown:
            shown.page.goto(page.as_uri())
            if script:
                shown.page.locator(".gnnpool-form").wait_for(state="visible")
                assert shown.page.evaluate("document.documentElement.scrollWidth") <= 390
                labels = shown.page.locator("label")
                boxes = [labels.nth(i).bounding_box() for i in range(5)]
                assert all(b["height"] >= 24 and b["x"] + b["width"] <= 390 for b in boxes)
            drawing, score = (shown.page.locator(what).first.bounding_box()
                              for what in (".gnnpool-drawing", "dt"))
            assert score["y"] >= drawing["y"] + drawing["height"]
            assert drawing["x"] >= 0 and drawing["x"] + drawing["width"] <= 390
            assert shown.page.locator("form").is_visible() == script
            assert shown.page.locator(".gnnpool-hint").is_visible() == script
