"""`python -m gnnpool …`: measure the tables that are too long for a page."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
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
from gnnpool.evaluate.jobs import Job, begin_table, run_jobs
from gnnpool.evaluate.training_sizes import (
    POOLERS,
    SIZES,
    STEPS,
    largest_size,
    measure_training_size,
)
from gnnpool.evaluate.unets import EPOCHS, RECIPES, UNETS, measure_unet
from gnnpool.provenance import write_results


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
    table.set_defaults(run=_communities)
    sizes = commands.add_parser(
        "sizes", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        help="graph classification from few and from many training graphs: accuracy of poolers "
        "with and without parameters")
    sizes.add_argument("--data", nargs="+", default=["PROTEINS"], help="names of data sets")
    sizes.add_argument("--poolers", nargs="+", choices=POOLERS, default=list(POOLERS))
    sizes.add_argument("--graphs", nargs="+", type=count, default=list(SIZES),
                       help="training graphs; left out where a data set has not so many")
    sizes.add_argument("--readouts", nargs="+", choices=("mean", "sum"), default=["mean"])
    sizes.add_argument("--seeds", type=count, default=10, help="runs of each pooler")
    sizes.add_argument("--steps", type=count, default=STEPS, help="training steps at most")
    sizes.set_defaults(run=_sizes)
    unets = commands.add_parser(
        "unets", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        help="Graph U-Nets with several poolers against a flat GCN: accuracy on nodes")
    unets.add_argument("--data", nargs="+", default=["cora"], help="names of data sets")
    unets.add_argument("--models", nargs="+", choices=UNETS, default=list(UNETS))
    unets.add_argument("--recipes", nargs="+", choices=RECIPES, default=["strong"])
    unets.add_argument("--seeds", type=count, default=10, help="runs of each model")
    unets.add_argument("--steps", type=count, default=EPOCHS, help="epochs at most")
    unets.set_defaults(run=_unets)
    for command in (sizes, unets):
        command.add_argument("--jobs", type=count, default=1, help="runs at a time")
    for name, command in commands.choices.items():
        command.add_argument("--threads", type=count, default=torch.get_num_threads(),
                             help="of torch")
        command.add_argument("--output", type=Path, default=Path(f"{name}.json"),
                             help="rows that are there already are kept and not measured again")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        options.run(options, " ".join(["python -m gnnpool", *arguments]))
    except (ValueError, DatasetUnavailable) as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        parser.exit(130, f"\nstopped; what was measured is in {options.output}: run it again to go "
                         "on\n")


def _communities(options: argparse.Namespace, command: str) -> None:
    table = begin_table(options.output, command, ["rows", "samples"])
    there = {(row["network"], row["method"], row["seed"]): row.get("steps")
             for row in table["rows"]}
    work = [(network, method, seed) for network in options.networks
            for seed in range(options.seeds) for method in options.methods]
    for key in set(work) & there.keys():
        wanted = options.steps or (METHODS[key[1]].steps if key[1] in METHODS else None)
        if key[1] in METHODS:
            _check_steps(options.output, key, there[key], wanted)
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


def _sizes(options: argparse.Namespace, command: str) -> None:
    work = [(data, pooler, graphs, seed, readout)
            for data in options.data for readout in options.readouts
            for seed in range(options.seeds) for pooler in options.poolers
            for graphs in options.graphs if graphs <= largest_size(data)]
    if not work:
        refuse("--graphs", f"{min(options.graphs)} and more of {', '.join(options.data)}",
               "numbers that a data set of many graphs has besides its test graphs")
    _measure(options, command, ("data", "pooler", "graphs", "seed", "readout"), work,
             partial(measure_training_size, steps=options.steps))


def _unets(options: argparse.Namespace, command: str) -> None:
    work = [(data, model, recipe, seed) for data in options.data for recipe in options.recipes
            for seed in range(options.seeds) for model in options.models]
    _measure(options, command, ("data", "model", "recipe", "seed"), work,
             partial(measure_unet, epochs=options.steps))


def _measure(options: argparse.Namespace, command: str, fields: tuple[str, ...],
             work: list[tuple], run: Callable[..., dict]) -> None:
    """One row for each key of `work`, the values of these fields, but for what is there."""
    table = begin_table(options.output, command)
    there = {tuple(row[name] for name in fields): row.get("steps", options.steps)
             for row in table["rows"]}
    for key in set(work) & there.keys():
        _check_steps(options.output, key, there[key], options.steps)
    rows = run_jobs([Job(dict(zip(fields, key, strict=True)), partial(run, *key)) for key in work],
                    table, options.output, processes=options.jobs, threads=options.threads)
    for row in rows:
        if "error" in row:
            print(", ".join(str(row[name]) for name in fields), "failed:", row["error"])
    print(f"{len(table['rows'])} rows, {len(set(work) & there.keys())} of them there before")


def _check_steps(path: Path, key: tuple, there: int, wanted: int) -> None:
    """Refuse to go on with a table that holds a run of another length."""
    if there != wanted:
        refuse("--output", f"{path} with {key} after {there} steps",
               f"a file without it, since {wanted} steps are asked for")


if __name__ == "__main__":
    main()
