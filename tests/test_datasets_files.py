"""Data sets in files: fetched once, never half there, read as their authors meant them."""

import os
import pickle
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from torch_geometric.data import Data
from torch_geometric.datasets import TUDataset
from torch_geometric.utils import to_networkx

from gnnpool import datasets
from gnnpool.datasets.benchmarks import EXPWL1, GraphClassificationBenchmark
from gnnpool.datasets.public import SOURCES, tu_source
from gnnpool.datasets.shapes import sample_surface
from gnnpool.datasets.store import open_files

TINY = {"A": "1, 2\n2, 1\n2, 3\n3, 2\n4, 5\n5, 4\n", "graph_indicator": "1\n1\n1\n2\n2\n",
        "graph_labels": "-1\n1\n", "node_labels": "0\n1\n0\n1\n1\n"}
TINY_FILES = {f"TINY_{part}.txt": text for part, text in TINY.items()}


def write_tiny(folder) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    for name, text in TINY_FILES.items():
        (Path(folder) / name).write_text(text)


def files(root: Path) -> list[str]:
    return sorted(path.name for path in root.rglob("*") if path.is_file())


@pytest.fixture
def tiny(monkeypatch):
    """A TU data set whose download works without a network; returns the list of downloads."""
    downloads = []

    def download(self):
        downloads.append(self.raw_dir)
        write_tiny(self.raw_dir)

    monkeypatch.setattr(TUDataset, "download", download)
    return downloads


@pytest.fixture
def offline(monkeypatch):
    def refuse(*args, **kwargs):
        raise socket.gaierror("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_downloads_once_then_reads_what_lies_there(tiny, tmp_path, capfd):
    first, second = (datasets.load("tu:TINY", tmp_path) for _ in range(2))
    assert len(tiny) == 1 and type(first) is type(second) is TUDataset
    assert first[0].x.tolist() == [[1, 0], [0, 1], [1, 0]] and first.y.tolist() == [0, 1]
    home = tmp_path / "TUDataset" / "TINY"
    assert sorted(path.name for path in home.iterdir()) == ["processed", "raw"]
    assert files(home / "raw") == sorted(TINY_FILES)
    assert capfd.readouterr() == ("", "")


def test_raw_files_that_lie_there_are_not_downloaded(tiny, tmp_path):
    raw = tmp_path / "TUDataset" / "TINY" / "raw"
    write_tiny(raw)
    before = (raw / "TINY_A.txt").stat()
    assert len(datasets.load("tu:TINY", tmp_path)) == 2
    assert tiny == [] and (raw / "TINY_A.txt").stat().st_mtime_ns == before.st_mtime_ns
    assert not raw.is_symlink() and files(raw) == sorted(TINY_FILES)


def test_other_files_in_raw_survive_a_download(tiny, tmp_path):
    raw = tmp_path / "TUDataset" / "TINY" / "raw"
    raw.mkdir(parents=True)
    (raw / "notes.txt").write_text("mine")
    datasets.load("tu:TINY", tmp_path)
    assert len(tiny) == 1 and (raw / "notes.txt").read_text() == "mine"


def test_an_interrupted_download_leaves_nothing_behind(tiny, tmp_path, monkeypatch):
    def half(self):
        (Path(self.raw_dir) / "TINY_A.txt").write_text(TINY["A"])
        (Path(self.raw_dir) / "TINY_graph_indicator.txt").write_text("1\n1")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(TUDataset, "download", half)
        with pytest.raises(KeyboardInterrupt):
            datasets.load("tu:TINY", tmp_path)
    assert files(tmp_path) == [] and not list(tmp_path.rglob(".partial-*"))
    assert len(datasets.load("tu:TINY", tmp_path)) == 2


def test_an_interrupted_processing_leaves_nothing_behind(tiny, tmp_path, monkeypatch):
    write_tiny(tmp_path / "TUDataset" / "TINY" / "raw")

    def half(self):
        Path(self.processed_paths[0]).write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(TUDataset, "process", half)
        with pytest.raises(KeyboardInterrupt):
            datasets.load("tu:TINY", tmp_path)
    assert files(tmp_path) == sorted(TINY_FILES) and not list(tmp_path.rglob(".partial-*"))
    assert len(datasets.load("tu:TINY", tmp_path)) == 2


def test_an_interrupted_move_is_not_taken_for_the_whole(tiny, tmp_path, monkeypatch):
    move, moved = os.replace, []

    def stop_at_the_fourth(source, target):
        if len(moved) == 3:
            raise KeyboardInterrupt
        moved.append(Path(target).name)
        move(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", stop_at_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            datasets.load("tu:TINY", tmp_path)
    assert len(moved) == 3 and len(datasets.load("tu:TINY", tmp_path)) == 2 and len(tiny) == 2


def test_a_damaged_download_is_not_kept(tmp_path, monkeypatch):
    def cut(self):
        write_tiny(self.raw_dir)
        (Path(self.raw_dir) / "TINY_graph_indicator.txt").write_text("1\n1\n")

    monkeypatch.setattr(TUDataset, "download", cut)
    with pytest.raises(datasets.DatasetUnavailable, match="damaged"):
        datasets.load("tu:TINY", tmp_path)
    assert files(tmp_path) == []


def test_a_damaged_processed_file_is_named(tiny, tmp_path):
    datasets.load("tu:TINY", tmp_path)
    folder = tmp_path / "TUDataset" / "TINY" / "processed"
    (folder / "data.pt").write_bytes(b"half")
    with pytest.raises(datasets.DatasetUnavailable, match="Delete that folder") as caught:
        datasets.load("tu:TINY", tmp_path)
    assert str(folder) in str(caught.value)


def test_a_file_cut_where_it_still_parses_is_noticed_by_its_counts(tmp_path):
    source = replace(tu_source("TINY"), counts=(2, 5, 6))
    raw = tmp_path / source.home / "raw"
    write_tiny(raw)
    (raw / "TINY_A.txt").write_text(TINY["A"][:-len("5, 4\n")])
    with pytest.raises(datasets.DatasetUnavailable, match=r"found 2 graphs, 5 nodes, 5 edges"):
        open_files("tiny", source, tmp_path)
    write_tiny(raw)
    assert len(open_files("tiny", source, tmp_path)) == 2


def test_several_at_once_do_not_disturb_each_other(tiny, tmp_path):
    results = []
    threads = [threading.Thread(
        target=lambda: results.append(len(datasets.load("tu:TINY", tmp_path)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [2] * 4 and not list(tmp_path.rglob(".partial-*"))


@pytest.mark.parametrize("name", ["cora", "pubmed", "mutag", "dblp", "photo", "bench-easy",
                                  "expwl1", "airplane"])
def test_without_network_and_files_the_message_helps(name, tmp_path, offline):
    with pytest.raises(datasets.DatasetUnavailable) as caught:
        datasets.load(name, tmp_path)
    source, message = SOURCES[name], str(caught.value)
    assert all(url in message and url.startswith("https://") for url in source.urls)
    assert str(tmp_path / source.home / "raw") in message and "GNNPOOL_DATA" in message
    assert f"load({source.stand_in!r})" in message and files(tmp_path) == []


def test_a_root_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PermissionError, match=r"root: got .*file.*GNNPOOL_DATA"):
        datasets.load("cora", tmp_path / "file")


def test_root_is_the_argument_then_the_variable_then_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GNNPOOL_DATA", str(tmp_path / "variable"))
    assert datasets.data_root(tmp_path / "argument") == tmp_path / "argument"
    assert datasets.data_root() == tmp_path / "variable"
    monkeypatch.setenv("GNNPOOL_DATA", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert datasets.data_root() == tmp_path / "cache" / "gnnpool"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert datasets.data_root() == Path.home() / "Library" / "Caches" / "gnnpool"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert datasets.data_root() == tmp_path / "local" / "gnnpool"


def test_where_links_are_not_allowed_files_are_copied(tiny, tmp_path, monkeypatch):
    def forbidden(self, *args, **kwargs):
        raise OSError("links need a privilege")

    write_tiny(tmp_path / "TUDataset" / "TINY" / "raw")
    monkeypatch.setattr(Path, "symlink_to", forbidden)
    assert len(datasets.load("tu:TINY", tmp_path)) == 2 and tiny == []


# --- our own readers ------------------------------------------------------------------------


def objects(items: list) -> np.ndarray:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def test_bench_keeps_graphs_labels_and_split(tmp_path):
    adjacency = csr_matrix(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=np.float32))
    arrays = {}
    for key, labels in {"tr": [0, 2], "val": [1], "te": [2]}.items():
        arrays[f"{key}_adj"] = objects([adjacency] * len(labels))
        arrays[f"{key}_feat"] = objects([np.eye(3, 5, dtype=np.float32)] * len(labels))
        arrays[f"{key}_class"] = np.eye(3, dtype=np.float32)[labels]
    (tmp_path / "raw").mkdir()
    np.savez(tmp_path / "raw" / "easy_small.npz", **arrays)
    dataset = GraphClassificationBenchmark(str(tmp_path), "easy")
    assert dataset.y.tolist() == [0, 2, 1, 2] and dataset.num_features == 5
    assert dataset[0].edge_index.tolist() == [[0, 1, 1, 2], [1, 0, 2, 1]]
    assert [len(dataset[mask]) for mask in
            (dataset.train_mask, dataset.val_mask, dataset.test_mask)] == [2, 1, 1]
    assert dataset[dataset.test_mask][0].y == 2


def test_expwl1_reads_a_list_of_graphs(tmp_path):
    edge_index = torch.tensor([[0, 1], [1, 0]])
    graphs = [Data(x=torch.tensor([0, 1]), edge_index=edge_index, y=y, old="junk") for y in (0, 1)]
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "EXPWL1.pkl").write_bytes(pickle.dumps(graphs))
    dataset = EXPWL1(str(tmp_path))
    assert dataset.y.tolist() == [0, 1] and set(dataset[0].keys()) == {"x", "edge_index", "y"}
    assert dataset[0].x.dtype == torch.float32 and dataset[0].x.shape == (2, 1)


def test_points_are_uniform_on_the_surface():
    corners = np.array([[0.0, 0, 0], [3, 0, 0], [0, 1, 0], [0, 0, 1]])
    faces = np.array([[0, 0], [1, 2], [2, 3]])  # areas 1.5 and 0.5
    points = sample_surface(corners, faces, 4000, seed=0)
    floor = points[np.isclose(points[:, 2], 0)]
    assert abs(len(floor) / 4000 - 0.75) < 0.03
    assert np.allclose(floor.mean(axis=0), [1, 1 / 3, 0], atol=0.05)
    assert points.min() >= 0 and (floor[:, 0] / 3 + floor[:, 1]).max() <= 1 + 1e-9


def test_nearest_neighbours_agree_with_brute_force():
    pos = np.random.default_rng(0).normal(size=(40, 3))
    data = datasets.nearest_neighbour_graph(pos, k=4)
    distance = np.linalg.norm(pos[:, None] - pos[None], axis=-1)
    nearest = distance.argsort(axis=1)[:, 1:5]
    wanted = {(i, int(j)) for i in range(40) for j in nearest[i]}
    wanted |= {(j, i) for i, j in wanted}
    assert {tuple(pair) for pair in data.edge_index.t().tolist()} == wanted
    assert data.is_coalesced() and data.pos.dtype == torch.float32


# --- the real files, where they are -----------------------------------------------------------


def linked_root(name: str, tmp_path: Path) -> Path:
    """A root that shows the raw files of $GNNPOOL_DATA and has nothing processed yet."""
    given = os.environ.get("GNNPOOL_DATA")
    source = SOURCES[name]
    if not given or not source.has_raw(Path(given)):
        pytest.skip(f"$GNNPOOL_DATA has no raw files of {name}")
    home = tmp_path / source.home
    home.mkdir(parents=True)
    (home / "raw").symlink_to(Path(given).absolute() / source.home / "raw")
    return tmp_path


@pytest.mark.parametrize(("name", "graphs", "nodes", "edges", "features", "classes"), [
    ("cora", 1, 2_708, 10_556, 1_433, 7), ("citeseer", 1, 3_327, 9_104, 3_703, 6),
    ("dblp", 1, 17_716, 105_734, 1_639, 4), ("photo", 1, 7_650, 238_162, 745, 8),
    ("mutag", 188, 3_371, 7_442, 7, 2),
    ("enzymes", 600, 19_580, 74_564, 3, 6), ("imdb-binary", 1_000, 19_773, 193_062, 0, 2),
    ("bench-easy", 300, 17_475, 107_640, 5, 3), ("bench-hard", 300, 17_592, 67_484, 5, 3),
    ("airplane", 1, 2_048, 18_830, 3, 0), ("guitar", 1, 2_048, 18_866, 3, 0),
])
def test_real_data_have_the_documented_size(name, graphs, nodes, edges, features, classes,
                                            tmp_path, offline):
    dataset = datasets.load(name, linked_root(name, tmp_path))
    found = (len(dataset), sum(data.num_nodes for data in dataset),
             sum(data.num_edges for data in dataset))
    assert found == (graphs, nodes, edges)
    assert (dataset.num_features, dataset.num_classes) == (features, classes)


@pytest.mark.parametrize(("name", "split"), [("cora", [140, 500, 1000]),
                                             ("bench-easy", [239, 30, 31]),
                                             ("bench-hard", [245, 29, 26])])
def test_real_splits_are_the_published_ones(name, split, tmp_path, offline):
    dataset = datasets.load(name, linked_root(name, tmp_path))
    masks = dataset.train_mask, dataset.val_mask, dataset.test_mask
    assert [int(mask.sum()) for mask in masks] == split


@pytest.mark.parametrize("name", ["airplane", "car", "guitar", "wooden-bench"])
def test_shapes_are_connected_and_fill_the_unit_sphere(name, tmp_path, offline):
    data = datasets.load(name, linked_root(name, tmp_path))[0]
    assert nx.is_connected(to_networkx(data, to_undirected=True))
    assert torch.bincount(data.edge_index[0]).min() >= 8
    assert abs(data.pos.norm(dim=1).max().item() - 1) < 1e-6
    assert (data.pos.amin(dim=0) + data.pos.amax(dim=0)).abs().max() < 1e-6


@pytest.mark.parametrize("file", ["MUTAG_A.txt", "MUTAG_graph_indicator.txt",
                                  "MUTAG_graph_labels.txt", "MUTAG_node_labels.txt",
                                  "MUTAG_edge_labels.txt"])
def test_raw_files_cut_at_a_line_are_noticed(file, tmp_path, offline):
    home = linked_root("mutag", tmp_path) / "TUDataset" / "MUTAG"
    lines = (home / "raw" / file).read_text().splitlines(keepends=True)
    original = {path.name: path.read_bytes() for path in (home / "raw").iterdir()}
    (home / "raw").unlink()
    (home / "raw").mkdir()
    for other, content in original.items():
        (home / "raw" / other).write_bytes(content)
    (home / "raw" / file).write_text("".join(lines[:len(lines) // 2]))
    with pytest.raises(datasets.DatasetUnavailable, match="damaged") as caught:
        datasets.load("mutag", tmp_path)
    assert str(home / "raw") in str(caught.value) and not (home / "processed").exists()


def test_a_mesh_that_is_not_the_mesh_is_noticed(tmp_path, offline):
    folder = tmp_path / "PointClouds" / "raw"
    folder.mkdir(parents=True)
    (folder / "airplane.off").write_text("OFF\n3 1 0\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n")
    with pytest.raises(datasets.DatasetUnavailable, match="SHA-256"):
        datasets.load("airplane", tmp_path)
