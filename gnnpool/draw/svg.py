"""Figures as SVG trees: read, tidied, and laid over each other, frame over frame."""

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import reduce
from itertools import accumulate, pairwise

import matplotlib as mpl
from matplotlib.figure import Figure

KEY = "@movie@"  # stands in front of every id until the movie has its own key
PLACES = ("x", "y", "x1", "y1", "x2", "y2")  # attributes that are numbers, in tenths of a point
_LINE = re.compile(r"M([-\d.]+) ([-\d.]+)L([-\d.]+) ([-\d.]+)")
_POINT = re.compile(r"(-?[\d.]+) (-?[\d.]+)")

Definitions = dict[str, str]  # what is used by reference, to its id
Attributes = dict[str, str]
Names = dict[str, str]
Track = list[int | str]  # element, attribute, then a number for each frame


def read(figure: Figure) -> ET.Element:
    """A figure as matplotlib draws it, the same on every run."""
    file = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "gnnpool", "svg.fonttype": "path", "savefig.bbox": None}):
        figure.savefig(file, format="svg",
                       metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return ET.fromstring(file.getvalue())


def tidy(frame: ET.Element, defined: Definitions) -> ET.Element:
    """A frame in short: numbers rounded, definitions moved to `defined`, ids made kinds.

    Definitions are known by what they are, so that the frames share them. A straight line becomes
    four numbers, a closed curve (a disc, a letter in a rim) a definition and a place: a node that
    moves or changes its colour stays the same element with other attributes.
    """
    names: Names = {}
    for element in [e for group in frame.iterfind(".//{*}defs") for e in group]:
        if name := element.attrib.pop("id", None):
            element.attrib.pop("style", None)  # whoever uses it has the same
            names[name] = _define(_plain(element, defined, names), defined)
    return _plain(frame, defined, names)


def _plain(element: ET.Element, defined: Definitions, names: Names) -> ET.Element:
    attributes = {k.rpartition("}")[2]: _refer(v, names) for k, v in element.items()}
    if "id" in attributes:  # an image has a hash of its pixels there
        attributes["id"] = re.sub(r"_\d+$|^image[0-9a-f]+$", "", attributes["id"])
    out = ET.Element(element.tag.rpartition("}")[2], attributes)
    out.extend(_plain(child, defined, names) for child in element
               if not child.tag.endswith(("}defs", "}metadata")))
    return _path(out, defined) if out.tag == "path" else _rounded(out)


def _refer(value: str, names: Names) -> str:
    return re.sub(r"#([\w.-]+)", lambda m: f"#{names.get(m[1], m[1])}", value)


def _define(element: ET.Element, defined: Definitions) -> str:
    return defined.setdefault(ET.tostring(element, encoding="unicode"), f"{KEY}{len(defined)}")


def _path(path: ET.Element, defined: Definitions) -> ET.Element:
    d = re.sub(r" ?([A-Za-z]) ?", r"\1", " ".join(path.get("d", "").split()))
    path.set("d", d)
    if line := _LINE.fullmatch(d):
        del path.attrib["d"]
        path.tag = "line"
        path.attrib |= dict(zip(PLACES[2:], line.groups(), strict=True))
    elif "style" in path.attrib and re.search("[CQ].*z$", d):
        return _placed(path, defined)
    return _rounded(path)


def _placed(path: ET.Element, defined: Definitions) -> ET.Element:
    """A closed curve as the use of its shape at the place of its first point."""
    d = path.attrib.pop("d")
    x, y = map(float, _POINT.search(d).groups())
    # Ties are moved off, since the last digit of a difference is noise.
    shape = _POINT.sub(lambda m: f"{float(m[1]) - x + 3e-6:.5f} {float(m[2]) - y + 3e-6:.5f}", d)
    name = _define(_rounded(ET.Element("path", d=shape)), defined)
    clip = path.attrib.pop("clip-path", None)
    use = _rounded(ET.Element("use", path.attrib | {"href": f"#{name}", "x": str(x), "y": str(y)}))
    if clip is None:
        return use
    group = ET.Element("g", {"clip-path": clip})  # a use would move its own clip along
    group.append(use)
    return group


def _rounded(element: ET.Element) -> ET.Element:
    for name, value in element.items():
        if name in PLACES:
            element.set(name, _short(value, 1))
        elif name == "transform":  # the factors of a scale are too small to be rounded
            element.set(name, re.sub(r"translate\([^)]*\)", lambda m: _shorten(m[0]), value))
        elif name in ("d", "style", "viewBox", "width", "height"):
            element.set(name, _shorten(value).replace(": ", ":").replace("; ", ";"))
    return element


def _shorten(text: str) -> str:
    return re.sub(r"-?\d*\.\d{2,}", lambda m: _short(m[0], 2), text)


def _short(number: str, digits: int) -> str:
    return f"{round(float(number), digits) + 0:g}"  # + 0: no negative zero


@dataclass(frozen=True)
class Layer:
    """One element over all frames, with its attributes in each; it is hidden where it is not."""

    tag: str
    attributes: list[Attributes]
    children: list["Layer"]

    def walk(self) -> Iterator["Layer"]:
        """This element and all inside it, in the order of the document."""
        yield self
        for child in self.children:
            yield from child.walk()


def overlay(row: Sequence[ET.Element | None]) -> Layer:
    """The tree with the elements of all frames; in `row` an element as it is in each of them."""
    shown = _filled(row)
    attributes = [{k: v for k, v in e.items() if k != "id"} for e in shown]
    for missing in (a for a, e in zip(attributes, row, strict=True) if e is None):
        missing["display"] = "none"
    return Layer(shown[0].tag, attributes, [overlay(column) for column in _columns(shown)])


def _filled(row: Sequence[ET.Element | None]) -> list[ET.Element]:
    """An element that is not there stays as it was before, so that nothing in it changes."""
    first = next(e for e in row if e is not None)
    return list(accumulate(row, lambda before, e: before if e is None else e, initial=first))[1:]


def _kind(element: ET.Element) -> tuple[str, str | None]:
    return element.tag, element.get("id")


def _columns(rows: Sequence[ET.Element]) -> list[list[ET.Element | None]]:
    """What is inside some elements, as columns of one kind in an order that suits all of them."""
    kinds = [[_kind(e) for e in row] for row in rows]
    order = reduce(_union, kinds)
    columns: list[list[ET.Element | None]] = [[None] * len(rows) for _ in order]
    for t, row in enumerate(rows):
        place = -1
        for element in row:
            place = order.index(_kind(element), place + 1)
            columns[place][t] = element
    return [column for column in columns if any(e is not None for e in column)]


def _union(a: list, b: list) -> list:
    """A sequence that has both in it, in their order."""
    short, long = sorted((a, b), key=len)
    if long[:len(short)] == short:  # the rule; and what follows takes long for thousands of equals
        return long
    blocks = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    return [x for change, i, j, k, m in blocks
            for x in (a[i:j] if change == "equal" else a[i:j] + b[k:m])]


def changes(film: Layer) -> tuple[list[Track], list[str]]:
    """What changes: places as differences in tenths, all else as the numbers of texts."""
    texts: dict[str, int] = {}
    tracks: list[Track] = []
    for number, layer in enumerate(film.walk(), start=-1):  # the svg itself is not counted
        for name in dict.fromkeys(name for a in layer.attributes for name in a):
            values = [a.get(name) for a in layer.attributes]
            if len(set(values)) > 1:
                code = _steps(values) if name in PLACES else [
                    -1 if v is None else texts.setdefault(v, len(texts)) for v in values]
                tracks.append([number, name, *code])
    return tracks, list(texts)


def _steps(values: Sequence[str | None]) -> list[int]:
    tenths = [round(10 * float(v or 0)) for v in values]
    return [b - a for a, b in pairwise([0, *tenths])]
