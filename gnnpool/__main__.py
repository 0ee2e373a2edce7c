"""`python -m gnnpool communities`: measure the tables that are too long for a page."""

import argparse
import json
import sys
from pathlib import Path

import torch
from tqdm.auto import tqdm

from gnnpool.datasets import DatasetUnavailable
from gnnpool.evaluate.communities import (
    METHODS,
    NETWORKS,
    RIVALS,
    measure_communities,
    membership_sample,
)
from gnnpool.provenance import FOLDER, provenance, write_results


def main(arguments: list[str] | None = None) -> None:
    """Run one command; `--help` lists what there is."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="python -m gnnpool", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    table = commands.add_parser("communities", help="four soft operators and two rivals on "
                                "citation networks: NMI, completeness, accuracy, conductance, "
                                "modularity")
    table.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    table.add_argument("--methods", nargs="+", choices=[*METHODS, *RIVALS],
                       default=[*RIVALS, *METHODS])
    table.add_argument("--seeds", type=int, default=5, help="runs of each method")
    table.add_argument("--steps", type=int, help="training steps, in place of the papers'")
    table.add_argument("--threads", type=int, default=torch.get_num_threads())
    table.add_argument("--output", type=Path, default=FOLDER / "communities.json",
                       help="rows that are there already are kept and not measured again")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    _communities(options, " ".join(["python -m gnnpool", *arguments]))


def _communities(options: argparse.Namespace, command: str) -> None:
    table = provenance(command) | {"rows": [], "samples": []}
    if options.output.exists():
        table |= {key: value for key, value in json.loads(
            options.output.read_text(encoding="utf-8")).items() if key in ("rows", "samples")}
    there = {(row["network"], row["method"], row["seed"]) for row in table["rows"]}
    work = [(network, method, seed) for network in options.networks
            for seed in range(options.seeds) for method in options.methods]
    missing = set()
    for network, method, seed in tqdm(work):
        if (network, method, seed) in there or network in missing:
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


if __name__ == "__main__":
    main()
