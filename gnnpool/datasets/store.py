"""Data sets that live in files: found, downloaded, processed, and never left half written.

PyG writes a download straight into `raw/` and what it makes of it straight into `processed/`, so
an interruption leaves a piece of a file there that the next run takes for the whole. Here PyG
works in a hidden folder beside the two, and only what it has downloaded, read and processed to
the end is moved to its place, file by file, by renaming.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from torch_geometric.data import InMemoryDataset


class DatasetUnavailable(RuntimeError):
    """The files of a data set are not here, cannot be fetched, or are damaged."""


class _DownloadFailed(Exception):
    """Set apart from a failure to read what was downloaded."""


@dataclass(frozen=True)
class Source:
    """A data set in files: what they are, where they lie, where they come from, who reads them.

    `reader(root / base, *arguments)` reads `root / home / "raw"` and writes
    `root / home / "processed"`. `counts` holds the graphs, nodes and (directed) edges of the
    whole data set, where they are known.
    """

    reader: type[InMemoryDataset]
    arguments: tuple[str, ...]
    base: str
    home: str
    raw: tuple[str, ...]
    urls: tuple[str, ...]
    stand_in: str
    description: str
    counts: tuple[int, int, int] | None = None
    processed: str = "data.pt"

    def read(self, root: Path, reader: type[InMemoryDataset] | None = None) -> InMemoryDataset:
        """Call the reader, or one derived from it, on this root."""
        return (reader or self.reader)(str(root / self.base), *self.arguments)

    def has_raw(self, root: Path) -> bool:
        """Whether every raw file lies there."""
        return all((root / self.home / "raw" / name).is_file() for name in self.raw)

    def has_processed(self, root: Path) -> bool:
        """Whether the processed file lies there."""
        return (root / self.home / "processed" / self.processed).is_file()


def data_root(root: str | os.PathLike | None = None) -> Path:
    """The folder of all data sets: the argument, else $GNNPOOL_DATA, else the user's cache."""
    chosen = root or os.environ.get("GNNPOOL_DATA")
    return Path(chosen).expanduser().absolute() if chosen else _cache_folder() / "gnnpool"


def _cache_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def open_files(name: str, source: Source, root: Path) -> InMemoryDataset:
    """The data set, from its processed files; they are made first where they are missing."""
    if not (source.has_raw(root) and source.has_processed(root)):
        _prepare(name, source, root)
    try:
        return source.read(root)
    except Exception as error:
        folder = root / source.home / "processed"
        raise DatasetUnavailable(f"{name}: the files in {folder} cannot be read ({_say(error)}). "
                                 "Delete that folder and load again.") from error


def _prepare(name: str, source: Source, root: Path) -> None:
    home = root / source.home
    fresh = not source.has_raw(root)
    with _staging_folder(home, root) as stage:
        staged = stage / source.home
        staged.mkdir(parents=True)
        if not fresh:
            _link(home / "raw", staged / "raw")
        _build(name, source, root, stage)
        if fresh:
            _publish(staged / "raw", home / "raw", last=source.raw)
        _publish(staged / "processed", home / "processed", last=(source.processed,))


@contextmanager
def _staging_folder(home: Path, root: Path) -> Iterator[Path]:
    """A hidden folder on the file system of `home`, gone in the end whatever happens."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(prefix=".partial-", dir=home,
                                             ignore_cleanup_errors=True)
    except OSError as error:
        raise PermissionError(
            f"root: got {root}, where nothing can be written ({_say(error)}); wanted a writable "
            "folder, as the argument root or in the environment variable GNNPOOL_DATA") from error
    with folder as path:
        yield Path(path)


def _link(folder: Path, to: Path) -> None:
    """Show a folder in a second place; copy it where links are not allowed (Windows)."""
    try:
        to.symlink_to(folder, target_is_directory=True)
    except OSError:
        shutil.copytree(folder, to)


def _build(name: str, source: Source, root: Path, stage: Path) -> None:
    """Download (where the stage has no raw files) and process in the staging folder."""
    try:
        _check_counts(source.read(stage, _staged(source.reader)), source.counts)
    except _DownloadFailed as error:
        raise DatasetUnavailable(_how_to_get(name, source, root, error.__cause__)) from error
    except Exception as error:
        raise DatasetUnavailable(
            f"{name}: the raw files are damaged or not all there ({_say(error)}). If there are "
            f"any in {root / source.home / 'raw'}, delete them and load again.") from error


def _staged(reader: type[InMemoryDataset]) -> type[InMemoryDataset]:
    """The reader with its download told apart from the rest, and quiet while it processes."""

    class Staged(reader):
        def download(self) -> None:
            try:
                super().download()
            except Exception as error:
                raise _DownloadFailed from error

        def _process(self) -> None:
            self.log = False
            super()._process()

    return Staged


def _check_counts(dataset: InMemoryDataset, wanted: tuple[int, int, int] | None) -> None:
    """A text file that was cut at the end of a line still parses: count what came out."""
    nodes = sum(data.num_nodes for data in dataset)
    found = (len(dataset), nodes, sum(data.num_edges for data in dataset))
    if wanted is not None and found != wanted:
        raise ValueError("found {} graphs, {} nodes, {} edges".format(*found)
                         + " where there are {}, {}, {}".format(*wanted))


def _publish(staged: Path, home: Path, last: tuple[str, ...]) -> None:
    """Move finished files home, those by which a whole set is recognised after all others."""
    home.mkdir(exist_ok=True)
    for path in sorted(staged.iterdir(), key=lambda path: path.name in last):
        os.replace(path, home / path.name)


def _how_to_get(name: str, source: Source, root: Path, cause: BaseException | None) -> str:
    urls = "\n    ".join(source.urls)
    return (f"{name}: not in {root}, and the download failed ({_say(cause)}). Fetch\n    {urls}\n"
            f"  into the folder\n    {root / source.home / 'raw'}\n"
            "  or let the environment variable GNNPOOL_DATA name a folder that has "
            f"{source.home}/raw.\n"
            f"  Without a network, load({source.stand_in!r}) can stand in.")


def _say(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {error}"
