"""`python -m gnnpool …`: measure the tables that are too long for a page."""

import shlex
import sys
from functools import partial
from pathlib import Path

import torch

from gnnpool.datasets import DatasetUnavailable
from gnnpool.evaluate import commands
from gnnpool.evaluate.clouds import CLOUDS
from gnnpool.evaluate.communities import METHODS, NETWORKS, RIVALS
from gnnpool.evaluate.comparison import BASELINES
from gnnpool.evaluate.contenders import OPERATORS
from gnnpool.evaluate.downstream import LAYERS
from gnnpool.evaluate.expressive.twin_accuracy import TASKS
from gnnpool.evaluate.jobs import BACKENDS
from gnnpool.evaluate.larger import METHODS as LARGER
from gnnpool.evaluate.larger import STEPS as LARGER_STEPS
from gnnpool.evaluate.options import Gather, Parser, count, read
from gnnpool.evaluate.training_sizes import POOLERS, SIZES, STEPS
from gnnpool.evaluate.unets import EPOCHS, RECIPES, UNETS


SETS = ("PROTEINS", "bench-hard", "ENZYMES", "IMDB-BINARY", "Mutagenicity", "NCI1")
GRAPHS = ("grid", "ring", "sensor", "bunny", "minnesota", "airfoil")
CONTROLS = BASELINES[:2]  # those that are poolers
POOLER = ("names, package.module:Class, or package.module:function that returns a pooler; the "
          "module is looked for in the current folder and on PYTHONPATH")
GRAPH_SETS = ("names, tu:NAME, or package.module:function that returns a list of graphs with a "
              "class y each")
KEPT = ("in which finished runs are kept and not measured again, unless the files of a pooler's "
        "classes, or graphs of your own, have changed")
# Command, what it does, what it is, data, poolers, runs, epochs, what data may be.
EXAMINATIONS = (
    ("downstream", commands.downstream,
     "graph classification with each pooler, on the same folds: accuracy, time, memory",
     SETS, (*BASELINES, *OPERATORS), 10, 100, GRAPH_SETS),
    ("node-information", commands.node_information,
     "autoencoders on point clouds: what of the positions is left", tuple(CLOUDS),
     (*CONTROLS, *OPERATORS), 3, 4_000, f"of {', '.join(CLOUDS)}"),
    ("topology", commands.topology, "spectra of graphs and of their pooled graphs",
     GRAPHS, (*CONTROLS, *OPERATORS), 3, 2_000, "names of data sets of one graph"),
    ("expressiveness", commands.expressiveness,
     "conditions, merged pairs, and accuracy on graphs that 1-WL tells apart", ("necklaces",),
     (*CONTROLS, "gnnpool.evaluate.contenders:random_dense", *OPERATORS), 1, None,
     f"of {', '.join(TASKS)}"))


def main(arguments: list[str] | None = None) -> None:
    """Run one command; `--help` lists what there is."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = Parser(prog="python -m gnnpool", description=__doc__)
    subparsers = parser.add_subparsers(dest="command")
    table = subparsers.add_parser(
        "communities",
        help="soft operators and two rivals on citation networks: NMI, completeness, accuracy, "
        "conductance, modularity")
    table.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
    table.add_argument("--methods", nargs="+", choices=[*METHODS, *RIVALS],
                       default=[*RIVALS, *METHODS])
    table.add_argument("--seeds", type=count, default=5, help="runs of each method")
    table.add_argument("--steps", type=count, help="training steps, in place of the papers'")
    table.set_defaults(run=commands.communities)
    sizes = subparsers.add_parser(
        "sizes", help="graph classification from few and from many training graphs: accuracy of "
        "poolers with and without parameters")
    sizes.add_argument("--data", nargs="+", default=["PROTEINS"], help="names of data sets")
    sizes.add_argument("--poolers", "--pooler", nargs="+", action=Gather, choices=POOLERS,
                       default=list(POOLERS))
    sizes.add_argument("--graphs", nargs="+", type=count, default=list(SIZES),
                       help="training graphs; left out where a data set has not so many")
    sizes.add_argument("--readouts", nargs="+", choices=("mean", "sum"), default=["mean"])
    sizes.add_argument("--seeds", type=count, default=10, help="runs of each pooler")
    sizes.add_argument("--steps", type=count, default=STEPS, help="training steps at most")
    sizes.set_defaults(run=commands.sizes)
    unets = subparsers.add_parser(
        "unets", help="Graph U-Nets with several poolers against a flat GCN: accuracy on nodes")
    unets.add_argument("--data", nargs="+", default=["cora"], help="names of data sets")
    unets.add_argument("--models", nargs="+", choices=UNETS, default=list(UNETS))
    unets.add_argument("--recipes", nargs="+", choices=RECIPES, default=["strong"])
    unets.add_argument("--seeds", type=count, default=10, help="runs of each model")
    unets.add_argument("--steps", type=count, default=EPOCHS, help="epochs at most")
    unets.set_defaults(run=commands.unets)
    larger = subparsers.add_parser(
        "larger", help="communities in a graph of a million nodes, whole and in batches: NMI and "
        "memory")
    larger.add_argument("--nodes", nargs="+", type=partial(count, least=1000), default=[1_000_000],
                        help="of the graph, at least 1000")
    larger.add_argument("--methods", nargs="+", choices=LARGER, default=list(LARGER))
    larger.add_argument("--seeds", type=count, default=1, help="runs of each method")
    larger.add_argument("--steps", type=count, default=LARGER_STEPS, help="training steps")
    larger.set_defaults(run=commands.larger)
    for name, run, text, data, poolers, seeds, steps, values in EXAMINATIONS:
        part = subparsers.add_parser(name, help=text, description=(
            f"{text}\n\nWithout options it takes hours. One quick run:\n  python -m gnnpool {name} "
            f"--data {data[0]} --poolers topk my_module:MyPooling --runs 1"
            + " --epochs 5" * bool(steps)))
        part.add_argument("--data", nargs="+", action=Gather, default=list(data), help=values)
        part.add_argument("--poolers", "--pooler", nargs="+", action=Gather, default=list(poolers),
                          help=POOLER)
        part.add_argument("--runs", "--seeds", type=count, default=seeds, dest="seeds",
                          metavar="N", help="of each pooler on each of the data")
        if steps:
            part.add_argument("--epochs", "--steps", type=count, default=steps, dest="steps",
                              metavar="N", help="at most")
        else:
            part.set_defaults(steps=None)
        part.set_defaults(run=run)
    subparsers.choices["downstream"].add_argument(
        "--layers", nargs="+", choices=LAYERS, default=["graph"], help="message passing")
    subparsers.choices["node-information"].add_argument(
        "--nodes", type=count, help="points that are taken of a large cloud, in place of all")
    card = subparsers.add_parser(
        "scorecard",
        help="four examinations of poolers, your own included: one page and one table")
    card.add_argument("--pooler", "--poolers", nargs="+", action=Gather, required=True,
                      dest="poolers", metavar="POOLER", help=POOLER)
    how_much = card.add_mutually_exclusive_group()
    how_much.add_argument("--quick", action="store_const", dest="size", const="quick",
                          help="embedded graphs and few epochs, as without it")
    how_much.add_argument("--full", action="store_const", dest="size", const="full",
                          help="PROTEINS, Mutagenicity and large graphs: many hours")
    card.set_defaults(size="quick")
    card.add_argument("--data", nargs="+", action=Gather,
                      help=f"data sets of the first examination: {GRAPH_SETS}")
    card.add_argument("--out", "--output", type=Path, default=Path("report"), dest="output",
                      help=f"a folder, {KEPT}")
    card.add_argument("--backend", choices=BACKENDS, default="loky",
                      help="loky: processes of this machine; dask: a cluster")
    card.add_argument("--scheduler", help="of the cluster, tcp://host:port")
    card.set_defaults(run=commands.scorecard)
    for command in (sizes, unets, larger, card, *(subparsers.choices[e[0]] for e in EXAMINATIONS)):
        command.add_argument("--jobs", type=count, default=1, help="runs at a time")
    for name, command in subparsers.choices.items():
        command.add_argument("--threads", type=count, default=torch.get_num_threads(),
                             help="of torch, in each run")
        if command is card:
            continue
        command.add_argument("--output", "--out", type=Path, default=Path(f"{name}.json"),
                             help=f"a file, {KEPT}")
    options = read(parser, subparsers.choices, arguments)
    torch.set_num_threads(options.threads)
    try:
        options.run(options, f"python -m gnnpool {shlex.join(arguments)}")
    except (ValueError, DatasetUnavailable) as error:
        subparsers.choices[options.command].error(str(error))
    except KeyboardInterrupt as stop:
        kept = str(stop) or "what was measured is kept"
        parser.exit(130, f"\nstopped; {kept}: run it again to go on\n")


if __name__ == "__main__":
    main()
