"""How `python -m gnnpool` reads its words."""

import argparse
from collections.abc import Sequence
from typing import Any


class _Help(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Defaults are shown, and the lines of a description stay as they are."""


class Parser(argparse.ArgumentParser):
    """Options in full only: `--seed` is no `--seeds`, and a word that is not known is refused."""

    def __init__(self, **arguments: Any):
        super().__init__(**{**arguments, "allow_abbrev": False, "formatter_class": _Help})


class Gather(argparse.Action):
    """A list, at once (`--data a b`) or one by one (`--data a --data b`); each counts once."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace,
                 values: str | Sequence[Any] | None, option_string: str | None = None) -> None:
        before = getattr(namespace, self.dest)
        before = [] if before is self.default else before
        setattr(namespace, self.dest, list(dict.fromkeys([*before, *values])))


def count(text: str, least: int = 1) -> int:
    """An argument that has to be so much or more."""
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"got {text!r}; wanted an integer of at least {least}")
    return int(text)


def read(parser: Parser, commands: dict[str, Parser], arguments: list[str]) -> argparse.Namespace:
    """The options of a command; what is wrong is said with the usage of that command."""
    options, unknown = parser.parse_known_args(arguments)
    if options.command is None:
        parser.print_help()
        parser.exit(2)
    if unknown:
        commands[options.command].error(f"unrecognized arguments: {' '.join(unknown)}")
    return options
