"""How good a pooler is. Needs scikit-learn: the extra "evaluate".

For any operator, the reader's own included.
"""

try:
    import sklearn  # noqa: F401
except ImportError as error:
    raise ImportError(
        f'gnnpool.evaluate needs {error.name}, which is not installed: '
        'pip install "gnnpool[evaluate]"'
    ) from error

from gnnpool.evaluate.clustering import ClusteringScores, clustering_scores
from gnnpool.evaluate.communities import METHODS, NETWORKS, find_communities, measure_communities
from gnnpool.evaluate.training_sizes import measure_training_size

__all__ = ["METHODS", "NETWORKS", "ClusteringScores", "clustering_scores", "find_communities",
           "measure_communities", "measure_training_size"]
