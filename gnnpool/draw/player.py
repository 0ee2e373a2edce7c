"""Figures that move: one SVG in the page, and what changes in it from frame to frame."""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from gnnpool.checks import INTEGER, check_count, check_number, describe, refuse
from gnnpool.draw.page import (
    asset,
    check_alt,
    definitions,
    key_of,
    literal,
    pixels,
    style_sheet,
)
from gnnpool.draw.svg import KEY, PLACES, Definitions, Layer, changes, overlay, read, tidy

_SVG = '<svg viewBox="{box}" role="img" aria-label="{alt}">{drawing}</svg>'
_PAGE = """<div class="gnnpool-movie" data-movie="{key}" style="width:calc({width}px + 1rem)">
<style>{css}</style>
{svg}
<div class="gnnpool-controls" hidden>
<button type="button">Play</button>
<input type="range" min="0" max="{last}" value="{start}" step="1" autocomplete="off" \
aria-label="Frame" aria-valuetext="{caption}">
</div>
<div class="gnnpool-caption"><span aria-hidden="true">{longest}</span>\
<output aria-live="polite">{caption}</output></div>
<script>{js}("{key}",{movie});</script>
</div>"""


@dataclass(frozen=True)
class Movie:
    """A figure that moves; a notebook shows it with a button, a slider and the frame's caption.

    Attributes:
        alt: what it shows, in words.
        count: frames.
        html: the whole of it: drawing, changes and player. Nothing is fetched.

    Example:
        >>> Movie("a line that grows", 3, "<div></div>")
        Movie of 3 frames: a line that grows
    """

    alt: str
    count: int
    html: str

    def __repr__(self) -> str:
        return f"Movie of {self.count} frames: {self.alt}"

    def _repr_html_(self) -> str:
        return self.html


def movie(frame: Callable[[int], Figure], count: int, *, alt: str,
          captions: Sequence[str] | None = None, start: int = -1,
          seconds: float = 0.25) -> Movie:
    """Make a figure that moves from figures that do not.

    Whatever matplotlib draws can move. What changes is stored and no more, so keep the rest where
    it is: the same limits, ticks and order of drawing in every frame. Nothing plays before the
    reader presses the button; the slider steps through the frames.

    Args:
        frame: draws frame t = 0, …, count − 1 and returns its figure, which is then closed.
        count: number of frames.
        alt: what the movie shows, for readers who do not see it.
        captions: a line of plain text below each frame; None is its number.
        start: the frame that is shown first, and in print; −1 is the last.
        seconds: how long a frame stays.

    Raises:
        ValueError: frame returns no figure, or figures of several sizes; or an argument is out of
            its range.

    Example:
        >>> import matplotlib.pyplot as plt
        >>> def frame(t):
        ...     fig, ax = plt.subplots(figsize=(3, 2))
        ...     ax.plot([0, t], [0, 1])
        ...     ax.set(xlim=(0, 3), ylim=(0, 1))
        ...     return fig
        >>> movie(frame, 3, alt="A line that leans more and more.")
        Movie of 3 frames: A line that leans more and more.
    """
    _check(frame, count, alt, start, seconds)
    captions = _captions(captions, count)
    defined: Definitions = {}
    frames = [tidy(_draw(frame, t), defined) for t in range(count)]
    _check_sizes(frames)
    film, shown = overlay(frames), start % count
    drawing, (tracks, texts) = _still(film, defined, shown), changes(film)
    key = key_of("movie", [drawing, tracks, texts, captions, alt, seconds])
    data = {"seconds": seconds, "captions": captions, "places": PLACES,
            "texts": [text.replace(KEY, f"{key}-") for text in texts], "tracks": tracks}
    svg = _SVG.format(box=frames[0].get("viewBox"), alt=escape(alt),
                      drawing=drawing.replace(KEY, f"{key}-"))
    return Movie(alt, count, _page(key, svg, pixels(frames[0]), data, shown))


def _page(key: str, svg: str, width: int, data: dict, shown: int) -> str:
    captions = data["captions"]
    return _PAGE.format(
        key=key, width=width, svg=svg, last=len(captions) - 1, start=shown,
        caption=escape(captions[shown]), longest=escape(max(captions, key=len)),
        css=style_sheet("movie", "controls.css", "player.css"), js=asset("player.js"),
        movie=literal(data))


def _check(frame: object, count: object, alt: object, start: object, seconds: object) -> None:
    if not callable(frame):
        refuse("frame", describe(frame), "a function that draws frame t and returns its Figure")
    check_count("count", count)
    check_alt(alt, "movie")
    if not isinstance(start, INTEGER) or isinstance(start, bool) or not -count <= start < count:
        refuse("start", repr(start), f"the number of a frame, from {-count} to {count - 1}")
    check_number("seconds", seconds)
    if seconds <= 0:
        refuse("seconds", seconds, "more than 0")


def _captions(captions: object, count: int) -> list[str]:
    if captions is None:
        return [f"{t + 1} of {count}" for t in range(count)]
    if isinstance(captions, str) or not isinstance(captions, Sequence) or not all(
            isinstance(c, str) for c in captions):
        refuse("captions", describe(captions), "a list of texts, one for each frame")
    if len(captions) != count:
        refuse("captions", f"{len(captions)} texts", f"{count}, one for each frame")
    return list(captions)


def _draw(frame: Callable[[int], Figure], t: int) -> ET.Element:
    figure = frame(t)
    if not isinstance(figure, Figure):
        refuse("frame", f"{describe(figure)} for t = {t}", "a function that returns a Figure")
    svg = read(figure)
    plt.close(figure)
    return svg


def _check_sizes(frames: Sequence[ET.Element]) -> None:
    sizes = [f.get("viewBox") for f in frames]
    for t, size in enumerate(sizes):
        if size != sizes[0]:
            refuse("frame", f"a figure with the box {size} for t = {t}",
                   f"{sizes[0]}, the size of the first one")


def _still(film: Layer, defined: Definitions, shown: int) -> str:
    """What the drawing holds in one frame, and behind it what that refers to."""
    drawing = [_element(layer, shown) for layer in film.children]
    return "".join(ET.tostring(e, encoding="unicode") for e in drawing) + definitions(defined)


def _element(layer: Layer, t: int) -> ET.Element:
    element = ET.Element(layer.tag, layer.attributes[t])
    element.extend(_element(child, t) for child in layer.children)
    return element
