"""Many drawings on one page in few bytes: styles said once, groups that do nothing left out."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from gnnpool.draw.cards import Mark, Named
from gnnpool.draw.svg import Definitions, read, tidy

Styles = dict[str, str]  # the class that stands for each style


def marked(figure: Figure, marks: Sequence[Mark], named: Named, defined: Definitions,
           styles: Styles) -> ET.Element:
    """A figure as a short drawing in which a script finds what it is to light; it is closed."""
    svg = tidy(read(figure), defined)
    plt.close(figure)
    name_parts(svg, named)
    compact(svg, styles)
    add_marks(svg, marks)
    return svg


def compact(svg: ET.Element, styles: Styles) -> ET.Element:
    """The drawing with classes in place of styles, without ids and groups that do nothing."""
    for element in svg.iter():
        element.attrib.pop("id", None)
        if style := element.attrib.pop("style", None):
            element.set("class", styles.setdefault(style, f"s{len(styles)}"))
    svg[:] = list(_opened(svg))
    return svg


def _opened(element: ET.Element) -> Iterator[ET.Element]:
    """What is in it, where a group without attributes is replaced by what is in that."""
    for child in element:
        if child.tag == "g" and not child.attrib:
            yield from _opened(child)
        else:
            child[:] = list(_opened(child))
            yield child


def style_rules(scope: str, styles: Styles) -> str:
    """The rules that give the classes their styles inside of what `scope` selects."""
    return "\n".join(f"{scope} .{name} {{ {style} }}" for style, name in styles.items())


def name_parts(svg: ET.Element, named: Named) -> None:
    """Say of groups of the drawing, or of each thing in them, what they stand for."""
    for group in svg.iter("g"):
        name = named.get(group.get("id"))
        if isinstance(name, str):
            group.set("data-mark", name)
        elif name is not None:
            for element, own in zip([e for e in group.iter() if e.tag != "g"], name, strict=True):
                element.set("data-mark", own)


def add_marks(svg: ET.Element, marks: Sequence[Mark]) -> None:
    """Put the marks over the drawing: invisible until a script lights them."""
    for name, shape, place in marks:
        hit = shape == "hit"
        numbers = {k: f"{round(float(v), 1) + 0:g}" for k, v in place.items()}
        ET.SubElement(svg, "circle" if hit else shape,
                      {"data-hit" if hit else "data-mark": name, **numbers})
