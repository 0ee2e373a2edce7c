"""What a run was measured with: hashes that tell changed code and changed graphs from the old."""

import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from types import CodeType
from zlib import crc32

import torch
from torch_geometric.data import Data

from gnnpool.evaluate.contenders import PoolerLike, find_pooler, try_pooler

INSTALLED = {"gnnpool", "torch", "torch_geometric", "numpy", "scipy", *sys.stdlib_module_names}


def pooler_source(pooler: PoolerLike) -> str:
    """What tells a pooler from others of its name: its place, and a hash of its code as it is now.

    The hash is of the whole files in which its class stands, those that it inherits from and those
    of the modules in it; of a function also the file in which it stands, and what it makes, as it
    is printed. What these files import is not in it, and nothing of this package, torch or PyG is.
    Empty for operators of the registry that come with the package, whose names are enough, and for
    what is no pooler.
    """
    try:
        make = find_pooler(pooler)
    except ValueError:
        return pooler if isinstance(pooler, str) and ":" in pooler else ""
    settings = ""
    while isinstance(make, partial):
        make, settings = make.func, settings + repr((make.args, make.keywords))
    if not settings and isinstance(pooler, str) and ":" not in pooler and _is_installed(make):
        return ""
    place = f"{make.__module__}:{getattr(make, '__qualname__', type(make).__name__)}"
    code = _text(make) if _is_installed(make) else "".join(_own_texts(pooler, make))
    return f"{place} {crc32(_without_addresses(code + settings).encode()):08x}"


def graphs_source(graphs: Iterable[Data]) -> str:
    """A hash of what a classifier is given of these graphs: sizes, features, edges and classes."""
    mark = 0
    for data in graphs:
        mark = crc32(f"{data.num_nodes}".encode(), mark)
        for t in (data.x, data.edge_index, data.y):
            if t is not None:
                mark = crc32(f"{list(t.shape)} {t.dtype}".encode(), mark)
                flat = t.detach().cpu().clone(memory_format=torch.contiguous_format).reshape(-1)
                mark = crc32(flat.view(torch.uint8).numpy(), mark)
    return f"{mark:08x}"


def _own_texts(pooler: PoolerLike, make: object) -> list[str]:
    """The reader's own files (or pieces, where there is no file), each once."""
    try:
        made = try_pooler(pooler)
    except ValueError:  # its row will say so
        made = None
    inside = [] if made is None else [type(module) for module in made.modules()]
    parts = [make, *(base for cls in (make, *inside) for base in getattr(cls, "__mro__", ()))]
    texts = [_text(part) for part in parts if not _is_installed(part)]
    return [*dict.fromkeys(texts), "" if isinstance(make, type) else repr(made)]


def _is_installed(part: object) -> bool:
    return part.__module__.partition(".")[0] in INSTALLED


def _text(part: object) -> str:
    """The file in which a class or function stands; its own text where it is of this package; its
    compiled pieces where there is no file, as in a notebook.
    """
    try:
        if _is_installed(part):
            return inspect.getsource(part)
        return Path(sys.modules[part.__module__].__file__).read_text("utf-8", "replace")
    except (AttributeError, KeyError, OSError, TypeError):
        return "\n".join(_pieces(part))


def _pieces(part: object) -> Iterator[str]:
    """Of a class what it defines, of a function its code and defaults."""
    if isinstance(part, type):
        for name, value in vars(part).items():
            if not name.startswith("__") or callable(value):
                yield name
                yield from _pieces(getattr(value, "fget", None) or getattr(
                    value, "__func__", value))
    elif isinstance(code := getattr(part, "__code__", None), CodeType):
        yield _compiled(code)
        yield repr(part.__defaults__) + repr(part.__kwdefaults__)
    else:
        yield repr(part)


def _compiled(code: CodeType) -> str:
    constants = [_compiled(c) if isinstance(c, CodeType) else c for c in code.co_consts]
    return repr((code.co_code, code.co_names, constants))


def _without_addresses(text: str) -> str:
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)
