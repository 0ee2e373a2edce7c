"""The public data sets, each with its files, their origin and PyG's own class to read them."""

import re

from torch_geometric.datasets import Amazon, CitationFull, Planetoid, TUDataset

from gnnpool.datasets.benchmarks import EXPWL1, GraphClassificationBenchmark
from gnnpool.datasets.shapes import MESHES, SurfaceGraph
from gnnpool.datasets.store import Source

TU_PREFIX = "tu:"


def _planetoid(name: str, counts: tuple[int, int, int], what: str) -> Source:
    raw = tuple(f"ind.{name.lower()}.{part}"
                for part in ("x", "tx", "allx", "y", "ty", "ally", "graph", "test.index"))
    return Source(Planetoid, (name,), "Planetoid", f"Planetoid/{name}", raw,
                  tuple(f"{Planetoid.url}/{file}" for file in raw), "sbm",
                  f"{what}, public split: {_size(counts)}", counts)


def _tu(name: str, what: str, counts: tuple[int, int, int] | None = None) -> Source:
    files = ("A", "graph_indicator") + (("graph_labels",) if counts else ())
    return Source(TUDataset, (name,), "TUDataset", f"TUDataset/{name}",
                  tuple(f"{name}_{file}.txt" for file in files),
                  (f"{TUDataset.url}/{name}.zip (and unpack it)",), "haystack",
                  f"{what}: {_size(counts)}" if counts else what, counts)


def _bench(variant: str, counts: tuple[int, int, int]) -> Source:
    folder, file = "GraphClassificationBenchmark", f"{variant}_small"
    return Source(GraphClassificationBenchmark, (variant,), folder, folder, (f"{file}.npz",),
                  (f"{GraphClassificationBenchmark.url}/{file}.npz",), "haystack",
                  f"Bench-{variant} (small), classes told by colours and structure together: "
                  + _size(counts), counts, f"{file}.pt")


def _shape(name: str) -> Source:
    mesh = MESHES[name]
    return Source(SurfaceGraph, (name,), "PointClouds", "PointClouds", (mesh.file,), (mesh.url,),
                  "bunny", f"2,048 points on the surface of a mesh ({name}), nearest neighbours "
                  "joined", processed=f"{name}.pt")


def _size(counts: tuple[int, int, int]) -> str:
    graphs, nodes, edges = counts
    return f"{graphs:,} graph{'s' * (graphs > 1)}, {nodes:,} nodes, {edges:,} edges"


SOURCES: dict[str, Source] = {
    "cora": _planetoid("Cora", (1, 2_708, 10_556), "papers that cite each other"),
    "citeseer": _planetoid("CiteSeer", (1, 3_327, 9_104), "papers that cite each other"),
    "pubmed": _planetoid("PubMed", (1, 19_717, 88_648), "papers that cite each other"),
    "dblp": Source(
        CitationFull, ("DBLP",), "CitationFull", "CitationFull/dblp", ("dblp.npz",),
        (CitationFull.url.format("dblp"),), "sbm",
        "papers that cite each other: 1 graph, 17,716 nodes, 105,734 edges",
        (1, 17_716, 105_734), "data_undirected.pt"),
    "photo": Source(
        Amazon, ("Photo",), "Amazon", "Amazon/Photo", ("amazon_electronics_photo.npz",),
        (Amazon.url + "amazon_electronics_photo.npz",), "sbm",
        "goods bought together: 1 graph, 7,650 nodes, 238,162 edges", (1, 7_650, 238_162)),
    "mutag": _tu("MUTAG", "molecules, mutagenic or not", (188, 3_371, 7_442)),
    "proteins": _tu("PROTEINS", "proteins, enzymes or not", (1_113, 43_471, 162_088)),
    "nci1": _tu("NCI1", "molecules, active against lung cancer or not",
                (4_110, 122_747, 265_506)),
    "enzymes": _tu("ENZYMES", "enzymes of six kinds", (600, 19_580, 74_564)),
    "mutagenicity": _tu("Mutagenicity", "molecules, mutagenic or not",
                        (4_337, 131_488, 266_894)),
    "dd": _tu("DD", "proteins, enzymes or not", (1_178, 334_925, 1_686_092)),
    "imdb-binary": _tu("IMDB-BINARY", "actors of a film genre, no features",
                       (1_000, 19_773, 193_062)),
    "reddit-binary": _tu("REDDIT-BINARY", "users of a discussion, no features",
                         (2_000, 859_254, 1_991_016)),
    "collab": _tu("COLLAB", "scientists who work together, no features"),
    "bench-easy": _bench("easy", (300, 17_475, 107_640)),
    "bench-hard": _bench("hard", (300, 17_592, 67_484)),
    "expwl1": Source(
        EXPWL1, (), "EXPWL1", "EXPWL1", (EXPWL1.file,), (EXPWL1.url,), "twins",
        "1,500 pairs of graphs that a WL test tells apart, from propositional formulas"),
    **{name: _shape(name) for name in MESHES},
}


def tu_source(name: str) -> Source:
    """Any other data set of the TU collection (https://chrsmrrs.github.io/datasets)."""
    if not re.fullmatch(r"[\w-]+", name):
        raise ValueError(f"name: got {TU_PREFIX + name!r}; wanted {TU_PREFIX!r} and the name of a "
                         "data set of the TU collection, in its own spelling")
    return _tu(name, f"{name} of the TU collection")
