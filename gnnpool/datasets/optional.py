"""Packages that only some graphs need: imported when one of those is asked for."""

from importlib import import_module
from types import ModuleType


def optional(module: str, *, extra: str) -> ModuleType:
    """Import a module; an ImportError says which extra of gnnpool brings it."""
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ImportError(f"this graph needs {package}, which is not installed: "
                          f"pip install 'gnnpool[{extra}]'") from error
