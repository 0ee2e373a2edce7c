"""Scores of a clustering: against labels, and against the graph alone."""

from typing import NamedTuple

import torch
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import completeness_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix
from torch import Tensor

from gnnpool.checks import check_tensor, describe, refuse
from gnnpool.graph import Graph
from gnnpool.soft.dmon import modularity_loss


class ClusteringScores(NamedTuple):
    """What `clustering_scores` returns; labels count in the first three only."""

    nmi: float
    """Mutual information with the labels, over the mean of the two entropies; in [0, 1]."""
    completeness: float
    """How far nodes of one label share a cluster; 1 as well where there is one cluster only."""
    accuracy: float
    """Share of nodes with the right label, once clusters are matched to labels one to one."""
    conductance: float
    """Mean over clusters of cut(C) / min(vol(C), vol(rest)); lower is better; 1 for one cluster."""
    modularity: float
    """Share of the edges inside clusters, less what chance would put there; in [−½, 1)."""
    clusters: int
    """Clusters that have a node."""


def clustering_scores(cluster: Tensor, y: Tensor, edge_index: Tensor,
                      edge_weight: Tensor | None = None) -> ClusteringScores:
    """Score a hard clustering of one graph; a soft one goes in as `s.argmax(1)`.

    Args:
        cluster, y: [N] int64, clusters found and labels.
        edge_index, edge_weight: [2, E] and [E] or None; directed edges are read as (A + Aᵀ) / 2.

    Raises:
        ValueError: wrong shapes or dtypes; no nodes; negative weights.

    Source: Bianchi et al. 2020 (NMI, completeness); Hansen and Bianchi 2023 (accuracy by
    matching); Tsitsulin et al. 2023 (conductance, modularity).

    Example:
        >>> edges = torch.tensor([[0, 1, 2, 3], [1, 0, 3, 2]])
        >>> clustering_scores(torch.tensor([1, 1, 0, 0]), torch.tensor([0, 0, 1, 1]), edges)[2:5]
        (1.0, 0.0, 0.5)
    """
    check_tensor("cluster", cluster, (None,), "int64")
    check_tensor("y", y, (cluster.size(0),), "int64")
    if not cluster.numel():
        refuse("cluster", describe(cluster), "at least one node")
    cluster, y, edge_index = cluster.cpu(), y.cpu(), edge_index.cpu()
    edge_weight = None if edge_weight is None else edge_weight.cpu().double()
    _, cluster = cluster.unique(return_inverse=True)
    rows = torch.eye(int(cluster.max()) + 1, dtype=torch.float64)[cluster]
    graph = Graph(rows, edge_index, edge_weight).symmetrized()
    graph.require_nonnegative_weights("conductance and modularity take degrees")
    return ClusteringScores(
        float(normalized_mutual_info_score(y, cluster)), float(completeness_score(y, cluster)),
        _accuracy(cluster, y), _conductance(graph, rows),
        -modularity_loss(graph, rows).item() + 0.0, rows.size(1))


def _accuracy(cluster: Tensor, y: Tensor) -> float:
    count = contingency_matrix(y, cluster)
    return float(count[linear_sum_assignment(count, maximize=True)].sum() / len(y))


def _conductance(graph: Graph, rows: Tensor) -> float:
    degree = graph.degree().double()
    inside = (rows * graph.propagate(rows)).sum(0)
    volume = degree @ rows
    smaller = torch.minimum(volume, volume.sum() - volume)  # exactly 0 where the others have none
    return float(torch.where(smaller > 0, (volume - inside) / smaller.clamp(min=1e-12), 1.0).mean())
