"""`python -m gnnpool communities`: measure the tables that are too long for a page."""

import argparse
import json
import sys
from pathlib import Path

import torch
from tqdm.auto import tqdm

from gnnpool.checks import refuse
from gnnpool.datasets import DatasetUnavailable
from gnnpool.evaluate.communities import (
    METHODS,
    NETWORKS,
    RIVALS,
    measure_communities,
    membership_sample,
)
from gnnpool.provenance import provenance, write_results


def count(text: str) -> int:
    """An argument that has to be 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"got {text!r}; wanted an integer of at least 1")
    return int(text)


def main(arguments: list[str] | None = None) -> None:
    """Run one command; `--help` lists what there is."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="python -m gnnpool", description=__doc__,
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    table = commands.add_parser(
        "communities", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        help="soft operators and two rivals on citation networks: NMI, completeness, accuracy, "
        "conductance, modularity")
    table.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    table.add_argument("--methods", nargs="+", choices=[*METHODS, *RIVALS],
                       default=[*RIVALS, *METHODS])
    table.add_argument("--seeds", type=count, default=5, help="runs of each method")
    table.add_argument("--steps", type=count, help="training steps, in place of the papers'")
    table.add_argument("--threads", type=count, default=torch.get_num_threads(), help="of torch")
    table.add_argument("--output", type=Path, default=Path("communities.json"),
                       help="rows that are there already are kept and not measured again")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        _communities(options, " ".join(["python -m gnnpool", *arguments]))
    except ValueError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        parser.exit(130, f"\nstopped; what was measured is in {options.output}: run it again to go "
                         "on\n")


def _communities(options: argparse.Namespace, command: str) -> None:
    table = _begun(options.output, command)
    there = {(row["network"], row["method"], row["seed"]): row.get("steps")
             for row in table["rows"]}
    work = [(network, method, seed) for network in options.networks
            for seed in range(options.seeds) for method in options.methods]
    for key in set(work) & there.keys():
        wanted = options.steps or (METHODS[key[1]].steps if key[1] in METHODS else None)
        if key[1] in METHODS and there[key] != wanted:
            refuse("--output", f"{options.output} with {key} after {there[key]} steps",
                   f"a file without it, since {wanted} steps are asked for")
    missing = set()
    for network, method, seed in tqdm([key for key in work if key not in there]):
        if network in missing:
            continue
        try:
            row, s = measure_communities(network, method, seed, steps=options.steps)
        except DatasetUnavailable as error:
            missing.add(network)
            tqdm.write(f"{network} is left out: {error}")
            continue
        tqdm.write(f"{network} {method} {seed}: NMI {row['nmi']:.3f}, "
                   f"modularity {row['modularity']:.3f}, {row['seconds']} s")
        table["rows"].append(row)
        if seed == 0 and method in METHODS:
            table["samples"].append({"method": method, **membership_sample(network, s)})
        write_results(options.output, table)
    print(f"{len(table['rows'])} rows, {len(set(work) & there.keys())} of them there before")


def _begun(path: Path, command: str) -> dict:
    """A new table, or what an earlier run left, with the commands of both."""
    if not path.parent.is_dir():
        refuse("--output", f"a file in {path.parent}", "one in a folder that exists")
    table = provenance(command) | {"rows": [], "samples": []}
    if path.exists():
        try:
            old = json.loads(path.read_text(encoding="utf-8"))
            table |= {"rows": old["rows"], "samples": old["samples"]}
        except (json.JSONDecodeError, KeyError):
            refuse("--output", f"{path}, which holds something else", "a table of this command")
        commands = old["command"].split(" && ")
        table["command"] = " && ".join(dict.fromkeys([*commands, command]))
    return table


if __name__ == "__main__":
    main()
