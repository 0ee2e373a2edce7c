"""`python -m gnnpool …`: measure the tables that are too long for a page."""

import argparse
import shlex
import sys
from pathlib import Path

import torch

from gnnpool.datasets import DatasetUnavailable
from gnnpool.evaluate import commands
from gnnpool.evaluate.clouds import CLOUDS
from gnnpool.evaluate.communities import METHODS, NETWORKS, RIVALS
from gnnpool.evaluate.comparison import BASELINES
from gnnpool.evaluate.contenders import OPERATORS
from gnnpool.evaluate.downstream import LAYERS
from gnnpool.evaluate.jobs import BACKENDS
from gnnpool.evaluate.training_sizes import POOLERS, SIZES, STEPS
from gnnpool.evaluate.unets import EPOCHS, RECIPES, UNETS


SETS = ("PROTEINS", "bench-hard", "ENZYMES", "IMDB-BINARY", "Mutagenicity", "NCI1")
GRAPHS = ("grid", "ring", "sensor", "bunny", "minnesota", "airfoil")
CONTROLS = BASELINES[:2]  # those that are poolers
# Command, what it does, what it is, data, poolers, seeds, epochs.
EXAMINATIONS = (
    ("downstream", commands.downstream,
     "graph classification with each pooler, on the same folds: accuracy, time, memory",
     SETS, (*BASELINES, *OPERATORS), 10, 100),
    ("node-information", commands.node_information,
     "autoencoders on point clouds: what of the positions is left", CLOUDS,
     (*CONTROLS, *OPERATORS), 3, 4_000),
    ("topology", commands.topology, "spectra of graphs and of their pooled graphs",
     GRAPHS, (*CONTROLS, *OPERATORS), 3, 2_000),
    ("expressiveness", commands.expressiveness,
     "conditions, merged pairs, and accuracy on graphs that 1-WL tells apart", ("necklaces",),
     (*CONTROLS, "gnnpool.evaluate.contenders:random_dense", *OPERATORS), 1, None))


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
    subparsers = parser.add_subparsers(dest="command", required=True)
    table = subparsers.add_parser(
        "communities", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        help="soft operators and two rivals on citation networks: NMI, completeness, accuracy, "
        "conductance, modularity")
    table.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    table.add_argument("--methods", nargs="+", choices=[*METHODS, *RIVALS],
                       default=[*RIVALS, *METHODS])
    table.add_argument("--seeds", type=count, default=5, help="runs of each method")
    table.add_argument("--steps", type=count, help="training steps, in place of the papers'")
    table.set_defaults(run=commands.communities)
    sizes = subparsers.add_parser(
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
    sizes.set_defaults(run=commands.sizes)
    unets = subparsers.add_parser(
        "unets", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        help="Graph U-Nets with several poolers against a flat GCN: accuracy on nodes")
    unets.add_argument("--data", nargs="+", default=["cora"], help="names of data sets")
    unets.add_argument("--models", nargs="+", choices=UNETS, default=list(UNETS))
    unets.add_argument("--recipes", nargs="+", choices=RECIPES, default=["strong"])
    unets.add_argument("--seeds", type=count, default=10, help="runs of each model")
    unets.add_argument("--steps", type=count, default=EPOCHS, help="epochs at most")
    unets.set_defaults(run=commands.unets)
    for name, run, text, data, poolers, seeds, steps in EXAMINATIONS:
        part = subparsers.add_parser(
            name, formatter_class=argparse.ArgumentDefaultsHelpFormatter, help=text)
        part.add_argument("--data", nargs="+", default=list(data), help="what to measure on")
        part.add_argument("--poolers", nargs="+", default=list(poolers),
                          help="names or package.module:Class")
        part.add_argument("--seeds", type=count, default=seeds, help="runs of each pooler")
        if steps:
            part.add_argument("--steps", type=count, default=steps, help="epochs at most")
        else:
            part.set_defaults(steps=None)
        part.set_defaults(run=run)
    subparsers.choices["downstream"].add_argument(
        "--layers", nargs="+", choices=LAYERS, default=["graph"], help="message passing")
    subparsers.choices["node-information"].add_argument(
        "--nodes", type=count, help="points that are taken of a large cloud, in place of all")
    card = subparsers.add_parser(
        "scorecard", formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        help="four examinations of poolers, your own included: one page and one table")
    card.add_argument("--pooler", action="append", required=True, dest="poolers", metavar="POOLER",
                      help="a name or package.module:Class; once for each")
    how_much = card.add_mutually_exclusive_group()
    how_much.add_argument("--quick", action="store_const", dest="size", const="quick",
                          help="embedded graphs and few epochs, as without it")
    how_much.add_argument("--full", action="store_const", dest="size", const="full",
                          help="PROTEINS, Mutagenicity and large graphs: many hours")
    card.set_defaults(size="quick")
    card.add_argument("--data", nargs="+", help="data sets of the first examination: names, or "
                      "package.module:function that returns a list of graphs")
    card.add_argument("--out", type=Path, default=Path("report"),
                      help="a folder; what an earlier run left there is not measured again")
    card.add_argument("--backend", choices=BACKENDS, default="loky",
                      help="of joblib: this machine, or a Dask cluster")
    card.add_argument("--scheduler", help="of the cluster, tcp://host:port")
    card.set_defaults(run=commands.scorecard)
    for command in (sizes, unets, card, *(subparsers.choices[e[0]] for e in EXAMINATIONS)):
        command.add_argument("--jobs", type=count, default=1, help="runs at a time")
    for name, command in subparsers.choices.items():
        command.add_argument("--threads", type=count, default=torch.get_num_threads(),
                             help="of torch")
        if command is card:
            continue
        command.add_argument("--output", type=Path, default=Path(f"{name}.json"),
                             help="rows that are there already are kept and not measured again")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        options.run(options, f"python -m gnnpool {shlex.join(arguments)}")
    except (ValueError, DatasetUnavailable) as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        parser.exit(130, "\nstopped; what was measured is kept: run it again to go on\n")


if __name__ == "__main__":
    main()
