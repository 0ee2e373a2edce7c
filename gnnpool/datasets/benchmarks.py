"""Synthetic benchmarks that PyG has no class for: Bench-easy and Bench-hard, EXPWL1."""

import pickle
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import Data, InMemoryDataset

SPLITS = {"train": "tr", "val": "val", "test": "te"}


def fetch(url: str, folder: str) -> None:
    """Download a file into a folder, with the server's certificate checked."""
    torch.hub.download_url_to_file(url, str(Path(folder) / url.rpartition("/")[2]), progress=False)


class GraphClassificationBenchmark(InMemoryDataset):
    """Graphs whose class neither their colours nor their structure tells alone (small variant).

    `x [n, 5]` is a colour one-hot, `y [1]` one of three classes. The published split is kept as
    `train_mask`, `val_mask` and `test_mask`, one entry a graph: `dataset[dataset.train_mask]`.
    The file holds pickled arrays: load only the authors' own.

    Source: Bianchi et al., "Pyramidal Reservoir Graph Neural Network", Neurocomputing 2022.
    """

    url = ("https://github.com/FilippoMB/Benchmark_dataset_for_graph_classification/"
           "raw/master/datasets")

    def __init__(self, root: str, variant: str) -> None:
        self.variant = variant
        super().__init__(root)
        self.load(self.processed_paths[0])

    @property
    def raw_file_names(self) -> str:
        return f"{self.variant}_small.npz"

    @property
    def processed_file_names(self) -> str:
        return f"{self.variant}_small.pt"

    def download(self) -> None:
        fetch(f"{self.url}/{self.raw_file_names}", self.raw_dir)

    def process(self) -> None:
        with np.load(self.raw_paths[0], allow_pickle=True) as file:
            graphs = [_bench_graph(adjacency, x, label, split) for split, key in SPLITS.items()
                      for adjacency, x, label in zip(file[f"{key}_adj"], file[f"{key}_feat"],
                                                     file[f"{key}_class"], strict=True)]
        self.save(graphs, self.processed_paths[0])


def _bench_graph(adjacency, x: np.ndarray, label: np.ndarray, split: str) -> Data:
    edges = np.stack(adjacency.nonzero()).astype(np.int64)
    masks = {f"{name}_mask": torch.tensor([name == split]) for name in SPLITS}
    return Data(torch.from_numpy(x).float(), torch.from_numpy(edges).contiguous(),
                y=torch.tensor([label.argmax()]), **masks).coalesce()


class EXPWL1(InMemoryDataset):
    """Pairs of graphs that a WL test tells apart, with opposite labels.

    The file holds a pickled list of PyG graphs: load only the authors' own.

    Source: Bianchi and Lachi, "The expressive power of pooling in GNNs", NeurIPS 2023.
    """

    file = "EXPWL1.pkl"
    url = ("https://github.com/FilippoMB/The-expressive-power-of-pooling-in-GNNs/"
           "raw/main/data/EXPWL1/raw/EXPWL1.pkl")

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.load(self.processed_paths[0])

    @property
    def raw_file_names(self) -> str:
        return self.file

    @property
    def processed_file_names(self) -> str:
        return "data.pt"

    def download(self) -> None:
        fetch(self.url, self.raw_dir)

    def process(self) -> None:
        graphs = pickle.loads(Path(self.raw_paths[0]).read_bytes())
        self.save([_plain(graph) for graph in graphs], self.processed_paths[0])


def _plain(graph: Data) -> Data:
    """Float features, one label a graph, and nothing that an older PyG may have left."""
    x: Tensor = graph.x.view(graph.num_nodes, -1).float()
    return Data(x, graph.edge_index.long(), y=torch.as_tensor(graph.y).long().view(1))
