"""Scales of axes: where a value lies between the ends, and which values are ticks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log10

from matplotlib.ticker import LogLocator, MaxNLocator

from gnnpool.draw.rows import number_text

_SPARE = 0.07  # of the axis, beyond the outermost points
_MOST = 6  # ticks, so that their texts stand apart on a phone


@dataclass(frozen=True)
class Scale:
    """A linear or logarithmic axis.

    Attributes:
        low, high: its ends, as values or their decimal logarithms.
        log: which of the two.
    """

    low: float
    high: float
    log: bool

    def place(self, value: float) -> float:
        """Where a value lies, 0 at the low end and 1 at the high one.

        Example:
            >>> Scale(0.0, 2.0, log=True).place(10.0)
            0.5
        """
        return ((log10(value) if self.log else value) - self.low) / (self.high - self.low)

    def ticks(self) -> list[tuple[float, str]]:
        """Places and texts of the ticks.

        Example:
            >>> Scale(0.0, 4.0, log=False).ticks()
            [(0.0, '0'), (0.25, '1'), (0.5, '2'), (0.75, '3'), (1.0, '4')]
        """
        tried = [[v for v in values if -1e-9 <= self.place(v) <= 1 + 1e-9]
                 for values in self._candidates()]
        values = next((some for some in tried if 3 <= len(some) <= _MOST), tried[-1])
        return [(round(self.place(v), 9), number_text(v, 8)) for v in values]

    def _candidates(self) -> Iterator[list[float]]:
        """Round values around the axis: of a logarithmic one powers of ten where it has enough."""
        ends = (10**self.low, 10**self.high) if self.log else (self.low, self.high)
        if self.log:
            for leading in ((1,), (1, 2, 5), (1, 3)):
                yield LogLocator(subs=leading, numticks=_MOST).tick_values(*ends).tolist()
        found = MaxNLocator(_MOST - 1, steps=(1, 2, 2.5, 5, 10)).tick_values(*ends).tolist()
        noise = 1e-9 * (found[-1] - found[0])  # that is left of a zero
        positive = [v for v in found if not self.log or v > noise]
        yield [0.0 if abs(v) < noise else v for v in positive]


def fit(values: Sequence[float], log: bool) -> Scale:
    """The scale that shows all values, with some room on both sides.

    Example:
        >>> fit([1.0, 1.0], log=False)
        Scale(low=0.9, high=1.1, log=False)
    """
    values = [log10(v) for v in values] if log else values
    low, high = min(values), max(values)
    if high - low < 1e-9 * max(abs(low), abs(high)) or low == high:
        spare = 0.1 * abs(low) if low and not log else 0.5
    else:
        spare = _SPARE * (high - low)
    return Scale(low - spare, high + spare, log)
