"""What readers choose rows by: a box or a button for each value of a column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from matplotlib.colors import is_color_like, to_hex

from gnnpool.checks import describe, refuse
from gnnpool.draw.rows import Row, check_names, texts
from gnnpool.draw.scatter import SHAPES, swatch
from gnnpool.draw.theme import colours


@dataclass(frozen=True)
class Filter:
    """A column of texts that rows are chosen by.

    Attributes:
        column: its name.
        title: what readers see in its place.
        options: its values, in order of appearance.
        values: which of them each row has.
        single: whether one option is chosen at a time, at first the first.
    """

    column: str
    title: str
    options: list[str]
    values: list[int]
    single: bool


def read_filter(rows: Sequence[Row], argument: str, column: str, title: str,
                single: bool = False) -> Filter:
    """A column of texts as a filter."""
    values = texts(rows, argument, column)
    options = list(dict.fromkeys(values))
    return Filter(column, title, options, [options.index(v) for v in values], single)


def read_filters(rows: Sequence[Row], columns: object, single: object,
                 titles: Mapping[str, str]) -> list[Filter]:
    """The filters of some columns, of which those in `single` show one value at a time."""
    columns, single = check_names("filters", columns), check_names("single", single)
    for name in single:
        if name not in columns:
            refuse("single", repr(name), f"columns among the filters {list(columns)}")
    return [read_filter(rows, "filters", name, titles.get(name, name), name in single)
            for name in columns]


def read_colours(rows: Sequence[Row], column: str, titles: Mapping[str, str]) -> Filter:
    """The column of which each value has a colour and a shape."""
    kinds = read_filter(rows, "colour", column, titles.get(str(column), ""))
    if len(kinds.options) > len(SHAPES):
        refuse("colour", f"{len(kinds.options)} values in {column!r}",
               f"at most {len(SHAPES)}, as many as can be told apart")
    return kinds


def read_palette(kinds: Filter, palette: object) -> list[str]:
    """The colour of each kind."""
    if palette is None:
        return colours(len(kinds.options))
    if not isinstance(palette, Mapping) or not set(kinds.options) <= palette.keys() or not all(
            is_color_like(colour) for colour in palette.values()):
        refuse("palette", describe(palette) if not isinstance(palette, Mapping) else dict(palette),
               f"a dict with a colour for each of {kinds.options}")
    return [to_hex(palette[option]) for option in kinds.options]


def check_titles(columns: object, rows: Sequence[Row]) -> dict[str, str]:
    """What readers see in place of some columns' names."""
    if columns is None:
        return {}
    if not isinstance(columns, Mapping) or not all(
            isinstance(text, str) and text.strip() for text in columns.values()):
        refuse("columns", describe(columns), "a dict, column to the text in its place")
    for name in columns:
        if name not in rows[0]:
            refuse("columns", repr(name), f"columns among {list(rows[0])}")
    return dict(columns)


def axes_of(filters: Sequence[Filter], row: int) -> tuple[int | None, ...]:
    """Which axes a row is drawn in: those of its values in the columns that show one at a time."""
    return tuple(f.values[row] if f.single else None for f in filters)


def first_choice(filters: Sequence[Filter]) -> str:
    """What is shown before a reader chooses, in words."""
    return ", ".join(f"{f.title}: {f.options[0]}" for f in filters if f.single)


def controls(key: str, filters: Sequence[Filter], kinds: Filter) -> str:
    """The form, in which each colour stands beside its name, and below it where it is no filter."""
    sets = [fieldset(f, key if f.column == kinds.column else "") for f in filters]
    if all(f.column != kinds.column for f in filters):
        names = (f"<span>{swatch(key, i)}{escape(name)}</span>"
                 for i, name in enumerate(kinds.options))
        sets.append(f'<div class="gnnpool-legend">{"".join(names)}</div>')
    return "\n".join(sets)


def fieldset(choice: Filter, key: str) -> str:
    """One filter; with a key its options are the colours."""
    kind = "radio" if choice.single else "checkbox"
    look = ' class="gnnpool-legend"' if key else ""
    labels = "".join(
        f'<label><input type="{kind}" name="{escape(choice.column)}"'
        f'{"" if choice.single and i else " checked"}>'
        f'{swatch(key, i) if key else ""}{escape(option)}</label>'
        for i, option in enumerate(choice.options))
    return f"<fieldset{look}><legend>{escape(choice.title)}</legend>{labels}</fieldset>"
