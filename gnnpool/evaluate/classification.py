"""Training and judging a graph classifier, whatever its architecture: objective and accuracy."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch_geometric.data import Batch
from torch_geometric.loader import DataLoader


def logits(model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
    """Logits [B, C] and the poolers' loss; levels go along where the graphs have them."""
    levels = {"levels": batch.levels} if "root_1" in batch else {}
    return model(batch.x, batch.edge_index, None, batch.batch, batch.num_graphs, **levels)


def objective(model: nn.Module, batch: Batch) -> Tensor:
    """Cross-entropy plus the poolers' loss, for `fit`."""
    scores, auxiliary = logits(model, batch)
    return F.cross_entropy(scores, batch.y) + auxiliary


@torch.no_grad()
def accuracy(model: nn.Module, loader: DataLoader) -> float:
    """The share of graphs that are classified correctly, on the device where the model is."""
    device = next(model.parameters()).device
    right = [logits(model, batch)[0].argmax(1) == batch.y
             for batch in (b.to(device) for b in loader)]
    return torch.cat(right).double().mean().item()
