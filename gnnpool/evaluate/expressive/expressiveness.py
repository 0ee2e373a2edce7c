"""How much of what message passing tells apart is left after pooling: three looks at one pooler."""

from dataclasses import dataclass

from gnnpool.evaluate.expressive.conditions import Conditions, conditions
from gnnpool.evaluate.contenders import PoolerLike
from gnnpool.evaluate.expressive.merged_pairs import MergedPair, merged_pair
from gnnpool.evaluate.expressive.twin_accuracy import TwinAccuracy, twin_accuracy


@dataclass(frozen=True, repr=False)
class Expressiveness:
    """What `expressiveness` found.

    Attributes:
        pooler: its name.
        conditions: the sufficient conditions, measured.
        merged: a pair that it merges, or none.
        accuracy: on graphs that 1-WL tells apart.
    """

    pooler: str
    conditions: Conditions
    merged: MergedPair
    accuracy: TwinAccuracy

    @property
    def verdict(self) -> str:
        """"not expressive" (a merged pair shows it), "expressive" (by the theorem, as far as the
        conditions were measured), or "open": conditions that fail prove nothing.
        """
        if self.merged.found:
            return "not expressive"
        return "expressive" if self.conditions.hold else "open"

    def row(self) -> dict:
        """A row of a table: those of the three parts side by side, and the verdict."""
        parts = (self.conditions, self.merged, self.accuracy)
        return {name: value for part in parts for name, value in part.row().items()} | {
            "verdict": self.verdict}

    def __repr__(self) -> str:
        return f"{self.conditions!r}\n{self.merged!r}\n{self.accuracy!r}\n{self.verdict}"

    def plot(self, ax=None):
        """The merged pair, or a line that says there is none."""
        return self.merged.plot(ax)


def expressiveness(pooler: PoolerLike, *, data: str = "necklaces", seed: int = 0,
                   quick: bool = False) -> Expressiveness:
    """Examine a pooler: are the conditions met, does it merge a pair, does accuracy suffer?

    The conditions are sufficient and not necessary; a merged pair proves that a pooler is not
    expressive; the accuracy says how much it matters where a label hangs on it.

    Args:
        pooler: a name of `gnnpool.poolers()`, a subclass of `gnnpool.Pooling`, a function that
            makes one, or its place, "package.module:Class"; its arguments `in_channels`, `k` and
            `ratio` are filled in (`gnnpool.evaluate.make_pooler`).
        data: "necklaces", "twins" or "expwl1".
        seed: the first, of all three parts.
        quick: one set of weights, one run and 10 epochs in place of three, three and 60.

    Raises:
        ValueError: a pooler that cannot be made, that leaves a graph without nodes or returns NaN.

    Source: Bianchi and Lachi 2023 ("The expressive power of pooling in graph neural networks").

    Example:
        >>> expressiveness("ndp", quick=True).merged.pair.names
        ('star of 3', 'paw')
    """
    draws = 1 if quick else 3
    found = conditions(pooler, seed=seed)
    merged = merged_pair(pooler, seeds=draws, seed=seed)
    accuracy = twin_accuracy(pooler, data, seeds=draws, seed=seed,
                             epochs=10 if quick else None)
    return Expressiveness(found.pooler, found, merged, accuracy)
