"""Graph pooling: every operator behind one small API, in pure PyTorch and PyG."""

import importlib

from gnnpool.adjacency import Adjacency
from gnnpool.assignment import Assignment, DenseAssignment
from gnnpool.connect import Edges, connect
from gnnpool.controls import NoPooling, RandomPooling
from gnnpool.graph import Graph
from gnnpool.one_over_k.graclus import GraclusPooling
from gnnpool.one_over_k.kmis import KMISPooling
from gnnpool.one_over_k.kron import kron
from gnnpool.one_over_k.ndp import NDPPooling
from gnnpool.precompute import Precompute
from gnnpool.provenance import results
from gnnpool.pyramid import PyramidData
from gnnpool.readout import GlobalPooling
from gnnpool.registry import get_pooler, poolers, register_pooler
from gnnpool.score.function import DegreePooling, FunctionPooling
from gnnpool.score.sagpool import SAGPooling
from gnnpool.score.topk import TopKPooling
from gnnpool.soft.diffpool import DiffPool
from gnnpool.soft.dmon import DMoNPooling
from gnnpool.soft.gtvconv import GTVConv
from gnnpool.soft.mincut import MinCutPooling
from gnnpool.soft.tvgnn import AsymCheegerCutPooling
from gnnpool.sparse_assignment import SparseAssignment
from gnnpool.src import Pooled, Pooling

_ON_DEMAND = ("datasets", "draw", "evaluate", "models", "train")
__version__ = "0.1.0"

__all__ = [
    "Adjacency", "Assignment", "AsymCheegerCutPooling", "DMoNPooling", "DegreePooling",
    "DenseAssignment", "DiffPool", "Edges", "FunctionPooling", "GTVConv", "GlobalPooling",
    "GraclusPooling", "Graph", "KMISPooling", "MinCutPooling", "NDPPooling", "NoPooling",
    "Pooled", "Pooling", "Precompute", "PyramidData", "RandomPooling", "SAGPooling",
    "SparseAssignment", "TopKPooling", "connect", "get_pooler", "kron", "poolers",
    "register_pooler", "results",
]


def __getattr__(name: str):
    """`gnnpool.datasets` and its like, imported when they are first asked for."""
    if name in _ON_DEMAND:
        return importlib.import_module(f"gnnpool.{name}")
    raise AttributeError(f"module 'gnnpool' has no attribute {name!r}")
