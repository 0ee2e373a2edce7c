"""What figures with a script in them share: their card, their key, and texts that cannot break out.
"""

import json
import xml.etree.ElementTree as ET
from hashlib import sha256
from importlib.resources import files

from gnnpool.checks import INTEGER, refuse
from gnnpool.draw.svg import Definitions


def check_alt(alt: object, what: str) -> None:
    """Refuse a figure without words for readers who do not see it."""
    check_words("alt", alt, f"what the {what} shows, in words")


def check_words(argument: str, text: object, wanted: str) -> None:
    """Refuse a text that is empty, or none."""
    if not isinstance(text, str) or not text.strip():
        refuse(argument, repr(text), wanted)


def check_place(argument: str, value: object, count: int) -> None:
    """Refuse what is not one of so many places, counted from 0."""
    if not isinstance(value, INTEGER) or isinstance(value, bool) or not 0 <= value < count:
        refuse(argument, repr(value), f"an integer from 0 to {count - 1}")


def key_of(kind: str, content: list) -> str:
    """What a figure is called on its page: the same figure has the same, always."""
    return kind[0] + sha256(json.dumps(content).encode()).hexdigest()[:10]


def style_sheet(kind: str, *names: str) -> str:
    """The card that figures of one kind stand on, and what else their style sheets say."""
    return "\n".join([asset("card.css").replace("@kind@", kind), *map(asset, names)])


def definitions(defined: Definitions) -> str:
    """What drawings refer to."""
    defs = ET.Element("defs")
    for text, name in defined.items():
        element = ET.fromstring(text)
        element.set("id", name)
        defs.append(element)
    return ET.tostring(defs, encoding="unicode")


def pixels(svg: ET.Element) -> int:
    """The width of a drawing, as many as a still of that size has: 100 an inch."""
    return round(float(svg.get("width").removesuffix("pt")) / 72 * 100)


def literal(data: object) -> str:
    """As JavaScript inside of a page: no "</script>" can end it."""
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")


def asset(name: str) -> str:
    """A file beside this one."""
    return files("gnnpool.draw").joinpath(name).read_text(encoding="utf-8").strip()
