"""A scatter that readers filter: which rows of a table it shows is theirs to choose."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape

from gnnpool.checks import check_flag
from gnnpool.draw.filters import (
    Filter,
    axes_of,
    check_titles,
    controls,
    first_choice,
    read_colours,
    read_filters,
    read_palette,
)
from gnnpool.draw.page import asset, check_alt, check_words, key_of, literal, style_sheet
from gnnpool.draw.rows import Row, check_names, check_rows, numbers, texts, written
from gnnpool.draw.scales import fit
from gnnpool.draw.scatter import SIDES, Point, scatter, shape_definitions

_PAGE = """<div class="gnnpool-explorer" data-explorer="{key}" role="group" aria-label="{alt}">
<style>{css}</style>
<form class="gnnpool-form" autocomplete="off">
{form}
</form>
<p class="gnnpool-axis" aria-hidden="true">{ylabel}</p>
<div class="gnnpool-plot" role="img" aria-label="{words}" style="--letters:{letters}">\
<svg aria-hidden="true">{defs}
{drawing}
</svg></div>
<p class="gnnpool-axis" aria-hidden="true">{xlabel}</p>
<output aria-live="polite">{note}</output>
<p class="gnnpool-hint">Point at or tap a point to read its row. \
On the keyboard: Tab to the drawing, the arrow keys go from point to point, Escape ends.</p>
<script>{js}("{key}",{data});</script>
</div>"""


@dataclass(frozen=True)
class Explorer:
    """A scatter that readers filter, in a notebook and in the book.

    Attributes:
        alt: what it shows, in words.
        count: points.
        html: the whole of it: drawing, filters and script. Nothing is fetched.

    Example:
        >>> Explorer("accuracy against time", 55, "<div></div>")
        Explorer of 55 points: accuracy against time
    """

    alt: str
    count: int
    html: str

    def __repr__(self) -> str:
        return f"Explorer of {self.count} points: {self.alt}"

    def _repr_html_(self) -> str:
        return self.html


def explorer(points: Sequence[Row], *, x: str, y: str, colour: str, filters: Sequence[str],
             label: str, alt: str, xlabel: str, ylabel: str, single: Sequence[str] = (),
             details: Sequence[str] = (), log_x: bool = False, log_y: bool = False,
             columns: Mapping[str, str] | None = None,
             palette: Mapping[str, str] | None = None) -> Explorer:
    """Show rows of a table as points, so that readers choose which, and read a row at its point.

    Each column of `filters` has a box for each of its values, all checked at first; one that is
    also in `single` has a button for each, of which one is chosen: its first at first. The axes
    fit the points of each choice and stay as they are while boxes change. Names stand beside
    their points where they cover nothing. Where no script runs, and in print, the figure is a
    still: of the first choice, or of what the reader chose.

    Args:
        points: rows, column to value.
        x, y: columns of numbers.
        colour: column of texts, at most six; each has a colour and a shape.
        filters: columns of texts.
        label: column of texts with the names of the points.
        alt: what the figure shows, for readers who do not see it.
        xlabel, ylabel: the axes' names with their units.
        single: those of `filters` of which one value is shown at a time.
        details: columns that a point's line tells besides its name and place; None is left out.
        log_x, log_y: whether an axis is logarithmic.
        columns: a column's name to what readers see in its place.
        palette: the colour of each value of `colour`, as matplotlib takes it; None: one after the
            other, as `colours` has them.

    Raises:
        ValueError: no rows; a column that a row does not have, or with something else in it than
            wanted; x or y of 0 or less on a logarithmic axis; more than six colours; a value
            without a colour in the palette; a `single` that is no filter; an empty text.

    Example:
        >>> rows = [{"pooler": "Top-K", "family": "sparse", "ms": 1.2, "accuracy": 0.7},
        ...         {"pooler": "MinCut", "family": "soft", "ms": 3.4, "accuracy": 0.8}]
        >>> explorer(rows, x="ms", y="accuracy", colour="family", filters=["family"],
        ...          label="pooler", xlabel="milliseconds", ylabel="accuracy",
        ...          alt="MinCut is slower and more accurate than Top-K.")
        Explorer of 2 points: MinCut is slower and more accurate than Top-K.
    """
    check_alt(alt, "figure")
    rows, titles = _check(points, columns, log_x, log_y, {"xlabel": xlabel, "ylabel": ylabel})
    chosen, kinds = read_filters(rows, filters, single, titles), read_colours(rows, colour, titles)
    x_values, y_values = numbers(rows, "x", x, log_x), numbers(rows, "y", y, log_y)
    names = texts(rows, "label", label)
    lines = _lines(rows, names, [(xlabel, x), (ylabel, y)], details, titles)
    dots = [Point(*row) for row in zip(x_values, y_values, kinds.values, names, lines, strict=True)]
    fills = read_palette(kinds, palette)
    return _page(dots, chosen, kinds, fills, alt, (xlabel, ylabel), (log_x, log_y))


def _check(points: object, columns: object, log_x: object, log_y: object,
           words: dict[str, object]) -> tuple[list[Row], dict[str, str]]:
    """The rows, and what readers see in place of columns' names."""
    for argument, text in words.items():
        check_words(argument, text, "the axis's name")
    check_flag("log_x", log_x)
    check_flag("log_y", log_y)
    rows = check_rows(points)
    return rows, check_titles(columns, rows)


def _lines(rows: list[Row], names: list[str], axes: list[tuple[str, str]], details: object,
           titles: dict[str, str]) -> list[str]:
    """What there is to say about each row: its name, its place, its details."""
    told = [(title, written(rows, "x", name)) for title, name in axes]
    told += [(titles.get(name, name), written(rows, "details", name))
             for name in check_names("details", details)]
    return [" · ".join([name, *(f"{title}: {values[i]}" for title, values in told if values[i])])
            for i, name in enumerate(names)]


def _page(dots: list[Point], filters: list[Filter], kinds: Filter, fills: list[str], alt: str,
          labels: tuple[str, str], log: tuple[bool, bool]) -> Explorer:
    known = [asdict(part) for part in (*dots, *filters, kinds)]
    key = key_of("explorer", [known, fills, alt, labels, log])
    short = key[:6] + "-"  # in front of hundreds of references
    rows = _rows_by_axes(filters, len(dots))
    scales = [[fit([getattr(dots[row], name) for row in some], is_log)
               for name, is_log in zip("xy", log, strict=True)] for some in rows.values()]
    drawing = [scatter(short, number, [dots[row] for row in some], *pair)
               for number, (some, pair) in enumerate(zip(rows.values(), scales, strict=True))]
    values = [[f.values[row] for f in filters] for some in rows.values() for row in some]
    return Explorer(alt, len(dots), _PAGE.format(
        key=key, alt=escape(alt), css=style_sheet("explorer", "form.css", "explorer.css"),
        form=controls(short, filters, kinds), xlabel=escape(labels[0]), ylabel=escape(labels[1]),
        words=escape(f"{labels[1]} against {labels[0]}"),
        letters=max(len(text) for _, y in scales for _, text in y.ticks()),
        defs=shape_definitions(short, fills), drawing="\n".join(drawing),
        note=escape(first_choice(filters)), js=asset("explorer.js"),
        data=literal({"axes": list(rows), "sides": SIDES, "values": values})))


def _rows_by_axes(filters: list[Filter], count: int) -> dict[tuple[int | None, ...], list[int]]:
    """The rows that are drawn in each axes; the first row is in the first."""
    rows: dict[tuple[int | None, ...], list[int]] = {}
    for row in range(count):
        rows.setdefault(axes_of(filters, row), []).append(row)
    return rows
