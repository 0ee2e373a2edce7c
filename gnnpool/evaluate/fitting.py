"""What the examinations of one graph share: reading it, training on it, refusing a bad pooler."""

import copy
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.data import Batch, Data
from tqdm.auto import tqdm

from gnnpool.checks import check_count, check_flag, check_number, describe, refuse

TOLERANCE = 1e-6  # a measure that falls by less has not fallen


class Step(NamedTuple):
    """What one pass gave."""

    measure: Tensor
    """What decides which weights are kept, and when to stop."""
    loss: Tensor
    """What is minimised."""


def fit_one_graph(model: nn.Module, step: Callable[[], Step], name: str, *, lr: float, epochs: int,
                  patience: int, progress: bool) -> int:
    """Adam on one graph; the weights of the lowest measure are restored. Returns the epochs run.

    Stops where the measure did not fall by more than 1e-6 in `patience` epochs.

    Args:
        step: a pass with the weights of the moment.
        name: the pooler's, for messages.

    Raises:
        ValueError: a measure or a gradient that is not finite, with its epoch.
    """
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    lowest, mark, marked, best = float("inf"), float("inf"), 0, None
    for epoch in (bar := tqdm(range(epochs), disable=not progress, leave=False, desc=name)):
        measure, loss = step()
        value = measure.item()
        _require_finite(name, epoch, "error", measure, loss)
        if value < lowest:
            lowest, best = value, copy.deepcopy(model.state_dict())
            bar.set_postfix(lowest=f"{lowest:.2e}", refresh=False)
        if value < mark - TOLERANCE:
            mark, marked = value, epoch
        elif epoch - marked >= patience:
            break
        optimizer.zero_grad()
        loss.backward()
        _require_finite(name, epoch, "gradient", *(p.grad for p in model.parameters()
                                                   if p.grad is not None))
        optimizer.step()
    model.load_state_dict(best)
    model.eval()
    return epoch + 1


def _require_finite(name: str, epoch: int, what: str, *tensors: Tensor) -> None:
    if not all(bool(t.isfinite().all()) for t in tensors):
        refuse("pooler", f"{name}, whose {what} is NaN or infinite in epoch {epoch + 1}",
               "one that can be trained")


def check_settings(data: object, seed: int, share: float, lr: float, progress: bool,
                   **counts: int) -> None:
    """Refuse what is not one graph, and settings out of range; counts are at least 1."""
    if isinstance(data, Batch) or not isinstance(data, Data) or not isinstance(
            data.edge_index, Tensor):
        refuse("data", describe(data), "one graph, a PyG Data with edge_index")
    check_count("seed", seed, least=0)
    for name, value in (("share", share), ("lr", lr)):
        check_number(name, value)
        if value <= 0:
            refuse(name, repr(value), "a number above 0")
    if share > 1:
        refuse("share", repr(share), "a share of the nodes, at most 1")
    check_flag("progress", progress)
    for name, count in counts.items():
        check_count(name, count)
