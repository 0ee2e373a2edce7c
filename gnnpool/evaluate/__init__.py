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

from gnnpool.evaluate.clouds import CLOUDS, cloud
from gnnpool.evaluate.clustering import ClusteringScores, clustering_scores
from gnnpool.evaluate.communities import METHODS, NETWORKS, find_communities, measure_communities
from gnnpool.evaluate.comparison import Downstream, downstream
from gnnpool.evaluate.contenders import make_pooler
from gnnpool.evaluate.downstream import measure_downstream
from gnnpool.evaluate.expressive.conditions import Conditions, conditions
from gnnpool.evaluate.expressive.expressiveness import Expressiveness, expressiveness
from gnnpool.evaluate.expressive.merged_pairs import MergedPair, merged_pair
from gnnpool.evaluate.expressive.necklaces import necklaces
from gnnpool.evaluate.node_information import NodeInformation, node_information
from gnnpool.evaluate.expressive.pooled_pair import PooledPair, pool_pair
from gnnpool.evaluate.scorecard import scorecard
from gnnpool.evaluate.expressive.small_graphs import small_graphs
from gnnpool.evaluate.summary import Scorecard
from gnnpool.evaluate.tasks import load_task
from gnnpool.evaluate.topology import Topology, topology
from gnnpool.evaluate.training_sizes import measure_training_size
from gnnpool.evaluate.expressive.twin_accuracy import TwinAccuracy, twin_accuracy

__all__ = ["CLOUDS", "METHODS", "NETWORKS", "ClusteringScores", "Conditions", "Downstream",
           "Expressiveness", "MergedPair", "NodeInformation", "PooledPair", "Scorecard",
           "Topology", "TwinAccuracy", "cloud", "clustering_scores", "conditions", "downstream",
           "expressiveness", "find_communities", "load_task", "make_pooler", "measure_communities",
           "measure_downstream", "measure_training_size", "merged_pair", "necklaces",
           "node_information", "pool_pair", "scorecard", "small_graphs", "topology",
           "twin_accuracy"]
