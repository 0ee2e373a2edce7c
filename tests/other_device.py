"""A device that is not there.

Tensors of it say that they are on "cuda", are computed on the processor, and refuse to meet tensors
that are not, as those of a GPU would. So code that forgets to move something is found without one.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_flatten, tree_map_only

import gnnpool.train

DEVICE = torch.device("cuda", 0)
NO_TENSOR = {torch.device, torch.Generator}  # what takes a device and makes something else

# A GPU's tensor may be indexed by the processor's.
INDEXING = {torch.ops.aten.index, torch.ops.aten.index_put, torch.ops.aten.index_put_}


class Elsewhere(Tensor):
    """A tensor of that device around the one that holds its values."""

    device = property(lambda self: DEVICE)
    is_cuda = property(lambda self: True)

    @staticmethod
    def __new__(cls, inner: Tensor):
        strided = inner.layout == torch.strided
        return Tensor._make_wrapper_subclass(
            cls, inner.shape, strides=inner.stride() if strided else None,
            storage_offset=inner.storage_offset() if strided else None, dtype=inner.dtype,
            layout=inner.layout, device="cpu")

    def __init__(self, inner: Tensor):
        self.inner = inner

    def __repr__(self) -> str:
        return f"Elsewhere({self.inner})"

    def tolist(self) -> list:
        return self.detach().inner.tolist()

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self.dim() == 0 else repr(self)

    def numpy(self, *_, **__):
        raise TypeError("can't convert cuda:0 device type tensor to numpy: use .cpu() first")

    __array__ = numpy

    @classmethod
    def __torch_dispatch__(cls, op, types, args=(), kwargs=None):
        tensors = [t for t in tree_flatten((args, kwargs))[0] if isinstance(t, Tensor)]
        allowed = args[1] if op.overloadpacket in INDEXING and isinstance(args[0], cls) else ()
        for stranger in tensors:
            if not (isinstance(stranger, cls) or stranger.dim() == 0 or made_by_autograd(stranger)
                    or any(stranger is index for index in allowed)):
                raise RuntimeError(f"{op} of tensors on cuda:0 and cpu; on the processor: "
                                   f"{tuple(stranger.shape)}, {stranger.dtype}")
        wrapped = {id(t.inner): t for t in tensors if isinstance(t, cls)}
        bare_args, bare = tree_map_only(cls, lambda t: t.inner, (args, kwargs or {}))
        return tree_map_only(Tensor, lambda t: wrapped[id(t)] if id(t) in wrapped else cls(t),
                             op(*bare_args, **bare))


def made_by_autograd(x: Tensor) -> bool:
    """Zeros in place of the gradient of what nobody used: on a GPU they would be there, too."""
    return torch._C._current_graph_task_id() != -1 and not x.any()


class Across(torch.autograd.Function):
    """From the processor to the other device, or back; so do gradients."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        return x.inner.clone() if isinstance(x, Elsewhere) else Elsewhere(x.clone())

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return Across.apply(gradient)


def is_other(device: torch.device | str | None) -> bool:
    return device is not None and torch.device(device).type == "cuda"


def move(x: Tensor, *args, **kwargs) -> Tensor:
    """x.to(…)."""
    device, dtype, _, _ = torch._C._nn._parse_to(*args, **{
        k: v for k, v in kwargs.items() if k != "copy"})
    if device is not None and is_other(device) != isinstance(x, Elsewhere):
        x = Across.apply(x)
    return x if dtype in (None, x.dtype) else Tensor.type(x, dtype)


class OtherDevice(TorchFunctionMode):
    """Within, "cuda" is the device that is not there."""

    def __torch_function__(self, func: Callable, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func is Tensor.to:
            return move(*args, **kwargs)
        if func in (Tensor.cpu, Tensor.cuda):
            return move(args[0], "cpu" if func is Tensor.cpu else "cuda")
        if kwargs.get("device") is None or func in NO_TENSOR:
            return func(*args, **kwargs)
        there = is_other(kwargs.pop("device"))
        made = func(*args, **kwargs, device="cpu")
        return made if isinstance(made, Elsewhere) == there else Across.apply(made)

    def __enter__(self):
        # A moved module gets new parameters: the old ones cannot hold tensors of another class.
        self._before = torch.__future__.get_overwrite_module_params_on_conversion()
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        return super().__enter__()

    def __exit__(self, *error):
        torch.__future__.set_overwrite_module_params_on_conversion(self._before)
        return super().__exit__(*error)


def choose() -> None:
    """From now on, in this process, the book's device is the one that is not there."""
    gnnpool.train.pick_device = lambda: DEVICE
    torch.cuda.get_device_name = lambda device=None: "that is not there"
    torch.cuda.synchronize = lambda device=None: None
    OtherDevice().__enter__()
