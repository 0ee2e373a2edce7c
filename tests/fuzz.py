"""The property tests of the promises as a long hunt, with a report: `make fuzz` calls
`pytest tests/test_contract*.py -m promise --fuzz REPORT`.

The tests are the same and draw many more graphs. The report counts, for every operator and
promise, the batches that passed and the graphs in them.
"""

import functools
import secrets
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from promises import PROMISES
from strategies import Sample

from gnnpool.provenance import provenance, write_results

EXAMPLES = 5000  # batches for a central property, some 10,000 graphs; a fifth for the others


def add_options(parser: pytest.Parser) -> None:
    """--fuzz and --fuzz-examples; the seed is Hypothesis' own --hypothesis-seed."""
    group = parser.getgroup("gnnpool")
    group.addoption("--fuzz", type=Path, metavar="REPORT",
                    help="draw many graphs for each property test and write this report")
    group.addoption("--fuzz-examples", type=int, default=EXAMPLES, metavar="N",
                    help="batches for each central property (default: %(default)s)")


def register(config: pytest.Config) -> None:
    """Load the profile of a hunt, and count."""
    hypothesis.settings.register_profile(
        "fuzz", max_examples=config.option.fuzz_examples, deadline=None, database=None,
        derandomize=False, print_blob=True, suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink])
    hypothesis.settings.load_profile("fuzz")
    if config.option.hypothesis_seed is None:  # xdist hands the choice on to its workers
        config.option.hypothesis_seed = str(secrets.randbits(32))
    config.pluginmanager.register(Fuzz(config))


class Fuzz:
    """Counts what property tests draw, adds it up and writes the report.

    Where tests run in several processes, the counts come with the reports of the tests.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.path: Path = config.option.fuzz
        self.seed: str = config.option.hypothesis_seed
        self.worker = hasattr(config, "workerinput")
        self.start = time.time()
        self.table = provenance(f"make fuzz SEED={self.seed} "
                                f"EXAMPLES={config.option.fuzz_examples}")
        self.counts: dict[tuple[str, int], Counter] = defaultdict(Counter)
        self.failed: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Function) -> Iterator[None]:
        """Every test has its own seed, made of the run's, and its own count."""
        counts: Counter = Counter(tests=1)
        marker = item.get_closest_marker("promise")
        handle = item.obj.hypothesis
        inner = handle.inner_test
        handle.inner_test = counted(inner, counts)
        hypothesis.seed(zlib.crc32(f"{self.seed} {item.nodeid}".encode()))(item.obj)
        try:
            return (yield)
        finally:
            handle.inner_test = inner
            operator = str(item.callspec.params["operator"])
            item.user_properties.append(("fuzz", [operator, marker.args[0], dict(counts)]))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)
        for name, value in report.user_properties if report.when == "call" else ():
            if name == "fuzz":
                operator, promise, counts = value
                self.counts[operator, promise].update(counts, failed=int(report.failed))

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        ran = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        if ran and self.counts and not self.worker:
            write_results(self.path, self.report())

    def report(self) -> dict:
        rows = [{"operator": operator, "promise": number, **counts}
                for (operator, number), counts in sorted(self.counts.items())]
        minutes = round((time.time() - self.start) / 60, 1)
        return {**self.table, "seeds": [self.seed], "minutes": minutes, "promises": PROMISES,
                "failed": sorted(self.failed), "rows": rows}


def counted(test: Callable, counts: Counter) -> Callable:
    """The test, counting the batches that it passes and the graphs in them."""
    @functools.wraps(test)
    def passed(s: Sample, **others: object) -> None:
        test(s=s, **others)
        filled = int(s.batch.unique().numel())
        counts.update(batches=1, graphs=filled, empty=s.num_graphs - filled)
    return passed
