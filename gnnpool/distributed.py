"""Several processes that train as one: who they are, the share of each, sums over all."""

import atexit
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, IterableDataset

from gnnpool.checks import describe, refuse


@dataclass(frozen=True)
class Team:
    """The processes that train one model, seen from one of them; by itself, one process.

    Every batch of the loader is shared out: process r of n takes each n-th graph of it from the
    r-th on. So together they take the steps that one process would take, on the same batches.

    Attributes:
        rank: the number of this process, from 0.
        size: how many there are.
        device: where this one computes.
    """

    rank: int
    size: int
    device: torch.device

    def shares(self, argument: str, batches: Iterable) -> Iterator[tuple[object, int, float]]:
        """This process' part of each batch, its graphs, and what to multiply its mean loss by.

        The mean of such products over the processes is the mean loss of the whole batch. Where a
        batch has fewer graphs than there are processes, some get its first one, as 0 graphs.
        """
        if self.size == 1:
            for batch in batches:
                yield batch, getattr(batch, "num_graphs", 1), 1.0
            return
        sampler = _Shares(self, _batch_sampler(argument, batches))
        for batch, (own, all_) in zip(_with_sampler(batches, sampler), sampler.counts, strict=True):
            yield batch, own, own * self.size / all_

    def module(self, model: nn.Module) -> nn.Module:
        """(objective, batch) to objective(model, batch), after which backward() leaves the mean
        gradient of all processes; all begin with the weights of process 0.
        """
        call = _Objective(model, self.device)
        if self.size == 1:
            return call
        return DistributedDataParallel(call, find_unused_parameters=True)

    def sums(self, *numbers: float) -> list[float]:
        """Each number added up over the processes."""
        if self.size == 1:
            return list(numbers)
        total = torch.tensor(numbers, dtype=torch.float64, device=self.device)
        dist.all_reduce(total)
        return total.tolist()


def join_team(device: torch.device) -> Team:
    """The processes that `torchrun` started, or of the process group that is there; else this one.

    The group talks by NCCL where each process has a GPU of its own, else by Gloo. It stays until
    the program ends.

    Raises:
        ValueError: several processes on a device that is neither a CPU nor CUDA.
    """
    if not _several():
        return Team(0, 1, device)
    if device.type not in ("cpu", "cuda"):
        refuse("device", str(device), "'cpu' or 'cuda', where several processes train")
    local = int(os.environ.get("LOCAL_RANK", 0))
    gpus = torch.cuda.device_count() if device.type == "cuda" else 0
    if gpus and device.index is None:
        device = torch.device("cuda", local % gpus)
        torch.cuda.set_device(device)
    if not dist.is_initialized():
        own = gpus >= int(os.environ.get("LOCAL_WORLD_SIZE", 1))
        dist.init_process_group("nccl" if gpus and own else "gloo")
        atexit.register(_leave)
    return Team(dist.get_rank(), dist.get_world_size(), device)


def _several() -> bool:
    if not dist.is_available():
        return False
    if dist.is_initialized():
        return dist.get_world_size() > 1
    return dist.is_torchelastic_launched() and int(os.environ.get("WORLD_SIZE", 1)) > 1


def _leave() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


class _Objective(nn.Module):
    """A model under its objective: so the objective sees the model itself, not a wrapper of it."""

    def __init__(self, model: nn.Module, device: torch.device):
        super().__init__()
        self.model = model
        # DistributedDataParallel looks for parameters that a loss leaves out and prints a warning
        # where it finds none: here is one.
        self.left_out = nn.Parameter(torch.zeros((), device=device))

    def forward(self, objective: Callable, batch: object) -> Tensor:
        return objective(self.model, batch)


class _Shares:
    """A batch sampler that gives a process its share of each batch of another batch sampler.

    Process 0 draws the batches of an epoch, whatever the others have drawn since the last one.
    """

    def __init__(self, team: Team, batches: Iterable[list]):
        self.team, self.batches = team, batches
        self.counts: list[tuple[int, int]] = []

    def __iter__(self) -> Iterator[list]:
        drawn = [list(self.batches)]  # only now, after the loader's own seed, as in one process
        dist.broadcast_object_list(drawn, src=0, device=self.team.device)
        for batch in drawn[0]:
            own = batch[self.team.rank::self.team.size]
            self.counts.append((len(own), len(batch)))
            yield own or batch[:1]


def _batch_sampler(argument: str, batches: Iterable) -> Iterable[list]:
    """What a loader draws its batches from, where it can be shared out."""
    wanted = ("a DataLoader of a data set with a length, whose batches several processes can share "
              "out; a list of batches, or a single graph, is for one process")
    if not isinstance(batches, DataLoader):
        refuse(argument, describe(batches), wanted)
    if isinstance(batches.dataset, IterableDataset) or batches.batch_sampler is None:
        refuse(argument, "a DataLoader that draws no batches from a data set with a length", wanted)
    return batches.batch_sampler


def _with_sampler(loader: DataLoader, sampler: _Shares) -> DataLoader:
    """The same loader with other batches; workers end with the epoch."""
    names = ("collate_fn", "num_workers", "pin_memory", "timeout", "worker_init_fn",
             "multiprocessing_context", "generator", "prefetch_factor")
    return DataLoader(loader.dataset, batch_sampler=sampler,
                      **{name: getattr(loader, name) for name in names})
