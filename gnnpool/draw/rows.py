"""Rows of a table, checked: columns of numbers and of texts, and how their values are written."""

from collections.abc import Mapping, Sequence
from math import isfinite
from numbers import Integral, Real

from gnnpool.checks import describe, did_you_mean, refuse

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

Row = Mapping[str, object]


def check_rows(points: object) -> list[Row]:
    """The rows as a list: at least one, each with its values by column."""
    if isinstance(points, (str, Mapping)) or not isinstance(points, Sequence) or not points:
        refuse("points", describe(points), "a list of at least one row")
    for number, row in enumerate(points):
        if not isinstance(row, Mapping):
            refuse("points", f"{describe(row)} as row {number}", "a dict, column to value")
    return list(points)


def check_names(argument: str, names: object) -> tuple[str, ...]:
    """Names of columns, each once."""
    if isinstance(names, str) or not isinstance(names, Sequence) or not all(
            isinstance(name, str) for name in names):
        refuse(argument, describe(names), "a list of names of columns")
    if len(set(names)) < len(names):
        refuse(argument, describe(list(names)), "each column once")
    return tuple(names)


def numbers(rows: Sequence[Row], argument: str, name: object, log: bool = False) -> list[float]:
    """A column of finite numbers, positive ones for a logarithmic scale."""
    values = _column(rows, argument, name)
    for number, value in enumerate(values):
        if not _is_number(value):
            refuse(argument, f"{describe(value)} in row {number} of {name!r}", "a finite number")
        if log and value <= 0:
            refuse(argument, f"{value!r} in row {number} of {name!r}",
                   "more than 0 on a logarithmic axis")
    return [float(value) for value in values]


def texts(rows: Sequence[Row], argument: str, name: object) -> list[str]:
    """A column of texts, none of them empty."""
    values = _column(rows, argument, name)
    for number, value in enumerate(values):
        if not isinstance(value, str) or not value.strip():
            refuse(argument, f"{describe(value)} in row {number} of {name!r}",
                   "a text that is not empty")
    return values


def written(rows: Sequence[Row], argument: str, name: object) -> list[str]:
    """A column of texts, numbers or None, as a reader sees them; None is empty."""
    values = _column(rows, argument, name)
    for number, value in enumerate(values):
        if not (value is None or isinstance(value, str) or _is_number(value)):
            refuse(argument, f"{describe(value)} in row {number} of {name!r}",
                   "a text, a finite number or None")
    return [number_text(v) if _is_number(v) else v or "" for v in values]


def number_text(value: float, digits: int = 4) -> str:
    """A number with so many digits at most, integers with all; 10ⁿ where it is small or large.

    Example:
        >>> [number_text(v) for v in (0.80127, -12_500.0, 5.4e-9, 1e6, 1_234_567, 0)]
        ['0.8013', '−12,500', '5.4·10⁻⁹', '10⁶', '1,234,567', '0']
    """
    size, sign = abs(value), "−" if value < 0 else ""
    if isinstance(value, Integral) or 10**digits <= size < 1e6:
        return f"{sign}{size:,.0f}"
    if size == 0 or 1e-3 <= size < 1e6:
        return f"{sign}{size:,.{digits}g}"
    factor, exponent = f"{size:.{digits - 1}e}".split("e")
    power = "10" + str(int(exponent)).translate(_RAISED)
    factor = f"{float(factor):g}"
    return sign + (power if factor == "1" else f"{factor}·{power}")


def _column(rows: Sequence[Row], argument: str, name: object) -> list:
    if not isinstance(name, str):
        refuse(argument, describe(name), "the name of a column")
    for number, row in enumerate(rows):
        if name not in row:
            refuse(argument, f"{name!r}, which row {number} does not have",
                   "a column of every row" + did_you_mean(name, row))
    return [row[name] for row in rows]


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and isfinite(value)
