"""How much memory a step takes: the most that its tensors hold at one moment."""

import weakref
from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class PeakMemory(TorchDispatchMode):
    """Counts the bytes of the tensors that are alive, operation by operation.

    Tensors that were there before count from when an operation returns them; scratch space inside
    of an operation does not count. The number is the same on every run, unlike that of a process.

    Attributes:
        bytes: the most that was alive at once, so far.

    Example:
        >>> with PeakMemory() as peak:
        ...     x = torch.ones(1000) + 1
        >>> peak.bytes
        8000
    """

    def __init__(self):
        super().__init__()
        self.bytes = self._now = 0
        self._alive: dict[int, weakref.ref] = {}

    def __torch_dispatch__(self, function: Callable, types, args=(), kwargs=None):
        out = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(out):
            if isinstance(tensor, Tensor) and tensor.layout == torch.strided:
                self._add(tensor.untyped_storage())
        return out

    def _add(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key in self._alive:
            return

        def gone(_: object) -> None:
            del self._alive[key]
            self._now -= size

        self._alive[key] = weakref.ref(storage, gone)
        self._now += size
        self.bytes = max(self.bytes, self._now)
