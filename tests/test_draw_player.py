"""Movies: every frame is what matplotlib drew, in a page that needs nothing, and small."""

import io
import json
import re
import xml.etree.ElementTree as ET

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from figures import figures  # noqa: F401
from matplotlib.figure import Figure
from site_browser import browser_or_skip, open_page

from gnnpool import draw
from gnnpool.datasets import running_graph

GRAPH = running_graph()
PLACES = {"x", "y", "x1", "y1", "x2", "y2"}


def cloud(t: int, n: int = 30, count: int = 4) -> Figure:
    """Points that move apart and take their colours, and the loss with a cursor."""
    rng = np.random.default_rng(0)
    fig, axes = plt.subplots(1, 2, figsize=(7, 3))
    colours = np.where(np.arange(n) % 4 <= t, draw.COLOURS["blue"], draw.COLOURS["orange"])
    axes[0].scatter(*rng.random((2, n)) ** (1 + t / count), c=colours, s=16)
    axes[0].set(xlim=(0, 1), ylim=(0, 1), title=f"epoch {3 ** t}, $S_{t}$")
    axes[1].plot(np.exp(-np.arange(count) / 2))
    axes[1].plot([t], [np.exp(-t / 2)], "s" if t > 2 else "o", color="red" if t % 2 else "black")
    axes[1].axvline(t, linestyle="--")
    return fig


def rounds(t: int) -> Figure:
    """Nodes, pies, rings and labels that come, change and go, with S beside."""
    s = torch.zeros(12, 3)
    s[:, 0], s[:3 * t, 1] = 1.0, 0.5 * t
    fig, axes = plt.subplots(1, 2, figsize=(6, 3))
    draw.graph(GRAPH, labels=t != 2, node_color=s if t else [None] * 12, highlight=range(2 * t),
               node_size=torch.arange(12) + 8.0 + t, ax=axes[0])
    draw.assignment(s, ax=axes[1])
    return fig


def picture(t: int) -> Figure:
    """Pixels, discs of several sizes, hatches, bars: the less usual things."""
    fig, axes = plt.subplots(1, 2, figsize=(4, 2))
    axes[0].imshow(np.eye(3) * t)
    axes[0].scatter([0, 1, 2], [0, t / 2, 1], s=[20, 40 + t, 60])
    axes[1].bar(range(3 + t), np.arange(3 + t), hatch="/" * (1 + t % 2), color=f"C{t % 2}")
    if t == 1:
        axes[1].text(0, 1, "once", rotation=30)
    return fig


def parts(movie: draw.Movie) -> tuple[ET.Element, dict]:
    """The drawing of a movie and the data of its player."""
    html = movie._repr_html_()
    return (ET.fromstring(re.search("<svg.*</svg>", html, re.S)[0]),
            json.loads(re.search(r'\}\)\("\w+",(\{.*\})\);</script>', html, re.S)[1]))


def at(movie: draw.Movie, frame: int) -> ET.Element:
    """The drawing as the tracks say that it is in a frame."""
    svg, data = parts(movie)
    elements = list(svg.iter())[1:]
    for number, name, *codes in data["tracks"]:
        if name in PLACES:
            value = f"{sum(codes[:frame + 1]) / 10:g}"
        else:
            value = None if codes[frame] < 0 else data["texts"][codes[frame]]
        elements[number].attrib.pop(name, None)
        elements[number].attrib.update({} if value is None else {name: value})
    return svg


def drawn(figure: Figure) -> ET.Element:
    """A figure as matplotlib writes it, without name spaces."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    plt.close(figure)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"|<!DOCTYPE.*?>|<metadata>.*?</metadata>', "",
                  file.getvalue(), flags=re.S).replace("xlink:", "")
    return ET.fromstring(text.encode())


def marks(element: ET.Element, named: dict, above: tuple = ()) -> list[tuple[list, dict, list]]:
    """Every visible mark: its commands, its style, and the numbers that say where it is."""
    if element.get("display") == "none" or element.tag in ("defs", "style"):
        return []
    if clip := element.get("clip-path"):
        [box] = named[clip[5:-1]]
        above = (*above, *(box.get(n, "") for n in ("x", "y", "width", "height")))
    if element.tag == "g":
        above = (*above, *_words(element.get("transform", "")))
    if element.tag in ("path", "use", "line", "image"):
        return [_mark(element, named, above)]
    found = [m for child in element for m in marks(child, named, above)]
    style = _style(element)
    return [(w, style | s, n) for w, s, n in found]


def _mark(element: ET.Element, named: dict, above: tuple) -> tuple[list, dict, list]:
    get = element.get
    shape = named[get("href")[1:]] if element.tag == "use" else element
    d = _words(shape.get("d", "") if shape.tag != "line" else
               "M {x1} {y1} L {x2} {y2}".format(**shape.attrib))
    place = [float(get("x", 0)), float(get("y", 0))]
    points = np.array([float(w) for w in d if not w.isalpha()]).reshape(-1, 2) + place
    moves = [*above, *_words(get("transform", "")), *_words(shape.get("transform", ""))]
    kind = [get("href")] if element.tag == "image" else [w for w in d if w.isalpha()]
    return (kind + [w for w in moves if w.isalpha()], _style(element),
            [*points.ravel(), *place[:2 * (element.tag == "image")],
             *(float(w) for w in moves if not w.isalpha())])


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]{2,}|[A-Za-z]|-?[\d.]+", text)


def _style(element: ET.Element) -> dict[str, str]:
    pairs = [p.split(":", 1) for p in element.get("style", "").split(";") if p.strip()]
    return {k.strip(): re.sub(r"\d*\.\d+", lambda m: f"{float(m[0]):.2f}",
                              re.sub(r"url\(.*\)", "url", v.strip())) for k, v in pairs}


def named(svg: ET.Element) -> dict[str, ET.Element]:
    return {e.get("id"): e for e in svg.iter() if e.get("id")}


@pytest.mark.parametrize("frame", [cloud, rounds, picture])
def test_every_frame_is_what_matplotlib_drew(frame):
    movie = draw.movie(frame, 4, alt="a movie")
    for t in range(4):
        ours, theirs = at(movie, t), drawn(frame(t))
        found, wanted = marks(ours, named(ours)), marks(theirs, named(theirs))
        assert len(found) == len(wanted) > 20
        for (a, b, c), (d, e, f) in zip(found, wanted, strict=True):
            assert (a, b) == (d, e)
            assert np.allclose(c, f, atol=0.07, rtol=0)


def plain(t: int = 0, size: float = 3.0) -> Figure:
    fig, ax = plt.subplots(figsize=(size, 2))
    ax.plot([0, t], [0, 1])
    ax.set(xlim=(0, 3), ylim=(0, 1))
    return fig


def test_the_same_on_every_run_and_nothing_left_behind():
    html = [draw.movie(cloud, 3, alt="a movie")._repr_html_() for _ in range(2)]
    assert html[0] == html[1]
    assert not plt.get_fignums()


def test_movies_on_one_page_do_not_clash():
    """No id in common, and no style that reaches beyond the movie."""
    one, two = (draw.movie(plain, n, alt="a movie") for n in (2, 3))
    ids = [set(re.findall(r'(?:id|data-movie)="([\w-]+)"', m._repr_html_())) for m in (one, two)]
    assert all(len(i) > 5 for i in ids) and not ids[0] & ids[1]
    [css] = re.findall("<style>(.*?)</style>", one._repr_html_(), re.S)
    selectors = re.findall(r"([^{}]+)\{", re.sub(r"@media print {|/\*.*?\*/", "", css))
    assert selectors and all(".gnnpool-" in s for s in selectors)
    assert two._repr_html_().count("<style") == 1


def test_references_lead_somewhere():
    movie = draw.movie(cloud, 4, alt="a movie")
    svg, data = parts(movie)
    texts = [v for e in svg.iter() for v in e.attrib.values()] + data["texts"]
    wanted = {w for text in texts for w in re.findall(r"(?:^|url\()#([\w-]+)", text)}
    assert wanted and wanted == {e.get("id") for e in svg.find("defs")}


def test_small():
    """Ten frames of two panels with 400 nodes each; what does not move costs nothing."""
    def frame(t):
        fig, axes = plt.subplots(1, 2, figsize=(7, 3))
        for seed, ax in enumerate(axes):
            rng = np.random.default_rng(seed)
            start, end = rng.random((2, 2, 400))
            ax.scatter(*(start + (end - start) * t / 9), c=np.arange(400) % 3, s=9)
            ax.set(xlim=(0, 1), ylim=(0, 1))
        return fig
    assert len(draw.movie(frame, 10, alt="points")._repr_html_()) < 220_000
    still = draw.movie(lambda t: frame(0), 3, alt="points")
    assert parts(still)[1]["tracks"] == []


def test_a_movie_that_starts_anywhere_shows_that_frame():
    for start in (0, 1, -1):
        movie = draw.movie(cloud, 3, alt="a movie", start=start)
        svg, same = parts(movie)[0], at(movie, start % 3)
        assert [e.attrib for e in svg.iter()] == [e.attrib for e in same.iter()]
        assert f'value="{start % 3}"' in movie._repr_html_()
        assert f'aria-live="polite">{start % 3 + 1} of 3<' in movie._repr_html_()


def test_texts_cannot_break_out():
    evil = '</script><script>alert("x")</script> & {x} \' @movie@ $x$ <!--'
    movie = draw.movie(plain, 2, alt=evil, captions=["", evil])
    html = movie._repr_html_()
    assert html.count("<script") == html.count("</script") == 1 and "<!--" not in html
    svg, data = parts(movie)
    assert svg.get("aria-label") == evil and svg.get("role") == "img"
    assert data["captions"] == ["", evil]
    assert repr(draw.movie(plain, 2, alt="two")) == "Movie of 2 frames: two"


@pytest.mark.parametrize(("argument", "call"), [
    ("frame", lambda: draw.movie(plain(), 2, alt="a")),
    ("frame", lambda: draw.movie(lambda t: plt.gca(), 2, alt="a")),
    ("frame", lambda: draw.movie(lambda t: plain(t, 3 + t), 2, alt="a")),
    ("count", lambda: draw.movie(plain, 0, alt="a")),
    ("count", lambda: draw.movie(plain, 2.0, alt="a")),
    ("alt", lambda: draw.movie(plain, 2, alt=" ")),
    ("alt", lambda: draw.movie(plain, 2, alt=None)),
    ("captions", lambda: draw.movie(plain, 2, alt="a", captions=["one"])),
    ("captions", lambda: draw.movie(plain, 2, alt="a", captions="ab")),
    ("captions", lambda: draw.movie(plain, 2, alt="a", captions=[1, 2])),
    ("captions", lambda: draw.movie(plain, 2, alt="a", captions=3)),
    ("start", lambda: draw.movie(plain, 2, alt="a", start=2)),
    ("start", lambda: draw.movie(plain, 2, alt="a", start=-3)),
    ("start", lambda: draw.movie(plain, 2, alt="a", start=True)),
    ("seconds", lambda: draw.movie(plain, 2, alt="a", seconds=0)),
    ("seconds", lambda: draw.movie(plain, 2, alt="a", seconds="fast")),
])
def test_bad_input(argument, call):
    with pytest.raises(ValueError, match=rf"^{argument}: got .*; wanted "):
        call()


READER = """<script>
const host = document.createElement("div");  // the second one comes as JupyterLab would show it
host.innerHTML = document.querySelector("template").innerHTML;
for (const script of host.querySelectorAll("script")) {
  const live = document.createElement("script");
  live.textContent = script.textContent;
  script.replaceWith(live);
}
document.body.append(host);
const [root, twin] = document.querySelectorAll(".gnnpool-movie");
const [button, slider, caption] = ["button", "input", "output"].map(s => root.querySelector(s));
const seen = {frames: [], played: [], high: [button, slider].map(e => e.clientHeight)};
const look = () => [...root.querySelectorAll("svg *")].map(
  e => Object.fromEntries([...e.attributes].map(a => [a.name, a.value])));
for (const frame of [2, 0, 3, 1]) {
  slider.value = frame;
  slider.dispatchEvent(new Event("input"));
  seen.frames.push([frame, look(), caption.textContent]);
}
slider.value = 3;
slider.dispatchEvent(new Event("input"));
button.click();
seen.played.push([slider.value, button.textContent]);
setTimeout(() => button.click(), 250);
setTimeout(() => seen.played.push([slider.value, button.textContent]), 1000);
setTimeout(() => button.click(), 1100);
setTimeout(() => {
  seen.played.push([slider.value, button.textContent]);
  seen.twin = [twin.querySelector("input").value, twin.querySelector("div").hidden];
  const report = document.body.appendChild(document.createElement("pre"));
  report.id = "seen";
  report.textContent = JSON.stringify(seen);
}, 3000);
</script>"""


def test_in_a_browser(tmp_path):
    """Without network, twice on a page: the slider shows each frame, the button plays and stops."""
    chromium = browser_or_skip()
    movie = draw.movie(cloud, 4, alt="a movie", captions=list("abcd"), seconds=0.1)
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><meta charset='utf-8'><title>movie</title><body>"
                    f"{movie._repr_html_()}<template>{movie._repr_html_()}</template>"
                    f"{READER}", encoding="utf-8")
    dom, complaints = open_page(chromium, page)
    assert not complaints
    seen = json.loads(re.search('<pre id="seen">(.*)</pre>', dom, re.S)[1])
    for frame, elements, caption in seen["frames"]:
        assert caption == "abcd"[frame]
        assert elements == [e.attrib for e in at(movie, frame).iter()][1:]
    assert seen["played"] == [["0", "Pause"], ["2", "Play"], ["3", "Play"]]
    assert seen["twin"] == ["3", False] and min(seen["high"]) >= 32
