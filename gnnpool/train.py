"""One short training loop: device, seeds, progress, early stopping, history."""

import copy
import platform
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch_geometric import seed_everything
from tqdm.auto import tqdm

from gnnpool.checks import check_count, describe, refuse
from gnnpool.distributed import Team, join_team

Objective = Callable[[nn.Module, object], Tensor]


def pick_device() -> torch.device:
    """CUDA where there is one, else Apple's MPS, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def hardware(device: torch.device) -> str:
    """The device in words, for a page that says what its numbers were measured on."""
    if device.type == "cuda":
        return f"GPU {torch.cuda.get_device_name(device)}, torch {torch.__version__}"
    kind = "Apple GPU" if device.type == "mps" else f"CPU {platform.machine()}"
    threads = torch.get_num_threads()
    return f"{kind}, {threads} thread{'s' * (threads != 1)}, torch {torch.__version__}"


@dataclass
class History:
    """What a run of `fit` saw, epoch by epoch.

    Attributes:
        train_loss, val_loss: the objective, averaged over the graphs of an epoch.
        seconds: wall-clock time of each epoch, validation included.
        best_epoch: from 0, the epoch whose weights were restored.
    """

    train_loss: list[float] = field(default_factory=list)
    val_loss: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    best_epoch: int = -1

    def __repr__(self) -> str:
        if not self.val_loss:
            return "History(no epoch)"
        return (f"History({len(self.val_loss)} epochs, best {self.best_epoch}: "
                f"validation loss {self.val_loss[self.best_epoch]:.4f})")


def fit(model: nn.Module, objective: Objective, train: Iterable, val: Iterable | None = None, *,
        val_objective: Objective | None = None, lr: float = 1e-3, weight_decay: float = 0.0,
        epochs: int = 100, patience: int | None = None, seed: int | None = None,
        device: torch.device | str | None = None, progress: bool = True) -> History:
    """Train with Adam, stop when the validation loss no longer falls, restore the best weights.

    Under `torchrun --nproc-per-node 2 script.py`, or in a process group of torch.distributed, all
    processes train the model together: each computes its share of every batch, and they end with
    the same weights and history. These are those of one process but for rounding, where the
    objective is a mean over the graphs of a batch, as cross-entropy and the poolers' losses are
    (these over graphs that have a node), and nothing is random but the order of the graphs. Dropout
    and random operators draw otherwise in each process; batch normalisation sees its share only.

    Args:
        model: trained in place, moved to `device`.
        objective: (model, batch) to a scalar loss.
        train, val: batches, gone through once an epoch: a `DataLoader`, or `[data]` for one graph.
            Without `val` (and `val_objective`) the training loss decides.
        val_objective: where validation differs from training (another mask); else the objective.
        lr, weight_decay: Adam's.
        epochs: at most.
        patience: epochs without improvement, or None.
        seed: set before the first epoch (shuffling, dropout); make the model under the same seed.
        device: default `pick_device()`; of several processes, each takes the next GPU.
        progress: show a bar, of several processes in the first.

    Raises:
        ValueError: counts below 1; no batches; a loss that is not finite, with its epoch; in
            several processes, batches that come from no `DataLoader`.

    Example:
        >>> model, data = nn.Linear(1, 1), torch.tensor([[0.], [1.]])
        >>> loss = lambda m, x: (m(x) - 2 * x).square().mean()
        >>> history = fit(model, loss, [data], lr=.1, epochs=200, device="cpu", progress=False)
        >>> round(model(torch.tensor([[3.]])).item(), 1)
        6.0
    """
    check_count("epochs", epochs)
    if patience is not None:
        check_count("patience", patience)
    device = torch.device(device) if device is not None else pick_device()
    team = join_team(device)
    if seed is not None:
        seed_everything(seed + team.rank)  # the order of graphs is drawn by the first process
    call = team.module(model.to(team.device))
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=weight_decay)
    val = train if val is None and val_objective is not None else val
    history, best = History(), None
    bar = tqdm(range(epochs), disable=not progress or team.rank > 0, leave=False, desc="training")
    for epoch in bar:
        start = time.perf_counter()
        history.train_loss.append(_epoch(team, call, objective, train, epoch, optimizer))
        history.val_loss.append(history.train_loss[-1] if val is None else _epoch(
            team, call, val_objective or objective, val, epoch))
        history.seconds.append(time.perf_counter() - start)
        bar.set_postfix(train=f"{history.train_loss[-1]:.3f}", val=f"{history.val_loss[-1]:.3f}")
        if best is None or history.val_loss[-1] < history.val_loss[history.best_epoch]:
            history.best_epoch, best = epoch, copy.deepcopy(model.state_dict())
        elif patience is not None and epoch - history.best_epoch >= patience:
            break
    model.load_state_dict(best)
    model.eval()
    return history


def _epoch(team: Team, call: nn.Module, objective: Objective, batches: Iterable, epoch: int,
           optimizer: torch.optim.Optimizer | None = None) -> float:
    """One pass over the batches, with steps where there is an optimizer; the mean loss."""
    call.train(optimizer is not None)
    argument = "train" if optimizer is not None else "val"
    total, count = 0.0, 0
    for batch, graphs, scale in team.shares(argument, batches):
        if not hasattr(batch, "to"):
            refuse(argument, f"a batch {describe(batch)}",
                   "batches that have .to(device); a single graph goes in as [data]")
        batch = batch.to(team.device)
        with torch.set_grad_enabled(optimizer is not None):
            loss = call(objective, batch)
        if not isinstance(loss, Tensor) or loss.numel() != 1:
            refuse("objective", f"{describe(loss)} from it", "one number, a scalar tensor")
        if not bool(loss.isfinite()):
            refuse("objective", f"a loss of {loss.item()} in epoch {epoch}", "a finite loss")
        if optimizer is not None:
            optimizer.zero_grad()
            (loss * scale).backward()
            optimizer.step()
        total, count = total + loss.item() * graphs, count + graphs
    total, count = team.sums(total, count)
    if not count:
        refuse(argument, "no batches", "at least one batch")
    return total / count
