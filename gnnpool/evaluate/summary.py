"""What the runs of the four examinations add up to: a table, in text and as a page."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev

from gnnpool.checks import check_choice
from gnnpool.evaluate.comparison import Downstream
from gnnpool.evaluate.tables import some_of


@dataclass(frozen=True)
class Column:
    """One number of the table.

    Attributes:
        title: with the data and the unit.
        examination, data, name: which rows, and what of them.
        places: digits after the point.
        scale: what a value is multiplied by.
    """

    title: str
    examination: str
    data: str
    name: str
    places: int = 2
    scale: float = 1.0


# Title, name in a row, digits, scale.
SHOWN = {
    "downstream": (("accuracy, %", "accuracy", 1, 100), ("s an epoch", "seconds", 3, 1),
                   ("MB a step", "megabytes", 1, 1)),
    "node information": (("MSE ÷ variance", "mse_over_variance", 4, 1),),
    "topology": (("Rayleigh quotients apart", "rayleigh", 3, 1),
                 ("density of A′", "pooled_density", 2, 1)),
    "expressiveness": (("conditions hold", "conditions_hold", 0, 1),
                       ("merges a pair", "merged_pair", 0, 1),
                       ("accuracy, %", "accuracy", 1, 100), ("verdict", "verdict", 0, 1))}


@dataclass(frozen=True)
class Scorecard:
    """The runs of four examinations; `cell` sums some of them up, `write` makes a page of all.

    Attributes:
        results: as of `gnnpool.results`: `rows`, with the command, date, versions and hardware of
            the run. Each row has size, examination, pooler, data, run, and what was measured, or
            `error`.
    """

    results: dict

    @property
    def rows(self) -> list[dict]:
        return self.results["rows"]

    @property
    def poolers(self) -> list[str]:
        """In the order in which they were given."""
        return list(dict.fromkeys(row["pooler"] for row in self.rows))

    def downstream(self, data: str) -> Downstream:
        """The runs of the first examination on one data set.

        Raises:
            ValueError: a data set that was not measured.
        """
        rows = [row for row in self.rows if row["examination"] == "downstream"]
        check_choice("data", data, list(dict.fromkeys(row["data"] for row in rows)))
        return Downstream([row for row in rows if row["data"] == data])

    def columns(self) -> list[Column]:
        """What the table shows, examination by examination."""
        seen = dict.fromkeys((row["examination"], row["data"]) for row in self.rows)
        return [Column(f"{data}: {title}", examination, data, *rest)
                for shown in SHOWN for examination, data in seen if examination == shown
                for title, *rest in SHOWN[examination]]

    def values(self, pooler: str, column: Column) -> list[float | str]:
        """What the runs of a pooler gave, without those that failed."""
        return [row[column.name] for row in self._runs(pooler, column) if "error" not in row]

    def mark(self, pooler: str, column: Column) -> str:
        """" (1 of 2)" where one run of two failed, and nothing where all did or none."""
        return some_of(len(self.values(pooler, column)), len(self._runs(pooler, column)))

    def cell(self, pooler: str, column: Column) -> str:
        """Mean, ± sd where there are several runs, (1 of 2) where some failed; "failed" where all
        did; or nothing where none was due.
        """
        values = self.values(pooler, column)
        if not values:
            return "failed" if self._runs(pooler, column) else ""
        if isinstance(values[0], bool):
            values = ["yes" if value else "no" for value in values]
        if isinstance(values[0], str):
            return ", ".join(dict.fromkeys(values)) + self.mark(pooler, column)
        scaled = [column.scale * value for value in values]
        spread = f" ± {stdev(scaled):.{column.places}f}" if len(scaled) > 1 else ""
        return f"{mean(scaled):.{column.places}f}{spread}{self.mark(pooler, column)}"

    def table(self) -> list[dict]:
        """A row a pooler: its name, and a cell for each column."""
        return [{"pooler": name} | {c.title: self.cell(name, c) for c in self.columns()}
                for name in self.poolers]

    def errors(self) -> list[dict]:
        """The rows of jobs that failed."""
        return [row for row in self.rows if "error" in row]

    def failures(self) -> list[tuple[str, str, str]]:
        """Pooler, where, and the error; equal errors of a pooler together."""
        runs: dict[tuple[str, str], list[str]] = {}
        for row in self.errors():
            runs.setdefault((row["pooler"], row["error"]), []).append(
                f"{row['examination']} on {row['data']}")
        every = Counter(row["pooler"] for row in self.rows)
        return [(pooler, f"everywhere ({len(where)} runs)" if 1 < len(where) == every[pooler] else
                 ", ".join(f"{place} ({n} runs)" if n > 1 else place
                           for place, n in Counter(where).items()), error)
                for (pooler, error), where in runs.items()]

    def write(self, folder: str | Path) -> Path:
        """Write `scorecard.html` into a folder, which is made if it is not there; its path."""
        from gnnpool.evaluate.report import page  # needs matplotlib, the rest does not

        path = Path(folder) / "scorecard.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".part")
        beside.write_text(page(self), encoding="utf-8")
        return beside.replace(path)

    def __repr__(self) -> str:
        table = [["", *(c.title for c in self.columns())]]
        table += [[name, *(self.cell(name, c) for c in self.columns())] for name in self.poolers]
        table = list(map(list, zip(*table, strict=True)))  # a line a number: poolers are fewer
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(cell.rjust(width) if place else cell.ljust(width)
                           for place, (cell, width) in enumerate(zip(line, widths, strict=True)))
                 for line in table]
        return "\n".join([*lines, *(f"{pooler}, {where}: {error}"
                                    for pooler, where, error in self.failures())])

    def _runs(self, pooler: str, column: Column) -> list[dict]:
        wanted = (pooler, column.examination, column.data)
        return [r for r in self.rows if (r["pooler"], r["examination"], r["data"]) == wanted]
