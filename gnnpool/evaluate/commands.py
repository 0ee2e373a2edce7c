"""What the commands of `python -m gnnpool` do."""

import argparse
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial

from tqdm.auto import tqdm

from gnnpool.checks import check_choice, refuse
from gnnpool.datasets import DatasetUnavailable
from gnnpool.evaluate.clouds import CLOUDS, points_taken
from gnnpool.evaluate.communities import METHODS, measure_communities, membership_sample
from gnnpool.evaluate.contenders import try_pooler
from gnnpool.evaluate.downstream import BAG, measure_downstream
from gnnpool.evaluate.examinations import (
    check_single,
    expressiveness_row,
    node_information_row,
    topology_row,
)
from gnnpool.evaluate.expressive.twin_accuracy import TASKS
from gnnpool.evaluate.jobs import Job, begin_table, run_jobs
from gnnpool.evaluate.larger import measure_larger
from gnnpool.evaluate.lineup import by_name, plain_warnings
from gnnpool.evaluate.scorecard import scorecard as examine
from gnnpool.evaluate.sources import pooler_source
from gnnpool.evaluate.tables import check_budget, identity, in_words, refuse_budget
from gnnpool.evaluate.tasks import check_task, task_name, task_source
from gnnpool.evaluate.training_sizes import largest_size, measure_training_size
from gnnpool.evaluate.unets import measure_unet
from gnnpool.provenance import write_results


def communities(options: argparse.Namespace, command: str) -> None:
    table = begin_table(options.output, command, ["rows", "samples"])
    there = {(row["network"], row["method"], row["seed"]): row.get("steps")
             for row in table["rows"]}
    work = [(network, method, seed) for network in options.networks
            for seed in range(options.seeds) for method in options.methods]
    for key in set(work) & there.keys():
        wanted = options.steps or (METHODS[key[1]].steps if key[1] in METHODS else None)
        if key[1] in METHODS and there[key] != wanted:
            refuse_budget(options.output, ", ".join(map(str, key)), there[key], wanted)
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
    print(f"{options.output}: {len(table['rows'])} rows: {len(there)} kept, "
          f"{len(table['rows']) - len(there)} measured now")


def sizes(options: argparse.Namespace, command: str) -> None:
    work = [(data, pooler, graphs, seed, readout)
            for data in options.data for readout in options.readouts
            for seed in range(options.seeds) for pooler in options.poolers
            for graphs in options.graphs if graphs <= largest_size(data)]
    if not work:
        refuse("--graphs", f"{min(options.graphs)} and more of {', '.join(options.data)}",
               "numbers that a data set of many graphs has besides its test graphs")
    _measure(options, command, _jobs(("data", "pooler", "graphs", "seed", "readout"), work,
                                     partial(measure_training_size, steps=options.steps)))


def unets(options: argparse.Namespace, command: str) -> None:
    work = [(data, model, recipe, seed) for data in options.data for recipe in options.recipes
            for seed in range(options.seeds) for model in options.models]
    _measure(options, command, _jobs(("data", "model", "recipe", "seed"), work,
                                     partial(measure_unet, epochs=options.steps)))


def larger(options: argparse.Namespace, command: str) -> None:
    work = [(nodes, method, seed) for nodes in options.nodes for seed in range(options.seeds)
            for method in options.methods]
    _measure(options, command, _jobs(("nodes", "method", "seed"), work,
                                     partial(measure_larger, steps=options.steps)))


def scorecard(options: argparse.Namespace, command: str) -> None:
    folder = options.output
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        refuse("--out", f"{folder} ({error.strerror})", "a folder, or one that can be made")
    if not os.access(folder, os.W_OK):
        refuse("--out", f"{folder}, which cannot be written to", "a folder that can")
    with plain_warnings():
        card = examine(options.poolers, size=options.size, tasks=options.data,
                       output=folder / "scorecard.json", command=command, processes=options.jobs,
                       backend=options.backend, scheduler=options.scheduler,
                       threads=options.threads)
    print(card, f"\n{card.write(folder)}")
    _exit_if(len(card.errors()))


def downstream(options: argparse.Namespace, command: str) -> None:
    for data in options.data:
        check_task(data)
    sources = {data: task_source(data) for data in options.data}
    _measure(options, command, [
        job for layer in options.layers for job in _examination(
            options, partial(measure_downstream, layer=layer, epochs=options.steps), (BAG,),
            lambda data, layer=layer: {"data_source": sources[data], "layer": layer})])


def node_information(options: argparse.Namespace, command: str) -> None:
    for data in options.data:
        check_choice("--data", data, CLOUDS)
    _measure(options, command, _examination(options, partial(
        node_information_row, epochs=options.steps, nodes=options.nodes, sample=True),
        more=lambda data: {"nodes": points_taken(data, options.nodes)}))


def topology(options: argparse.Namespace, command: str) -> None:
    for data in options.data:
        check_single(data)
    _measure(options, command, _examination(options, partial(topology_row, epochs=options.steps)))


def expressiveness(options: argparse.Namespace, command: str) -> None:
    for data in options.data:
        check_choice("--data", data, TASKS)
    _measure(options, command, _examination(options, expressiveness_row))


def _examination(options: argparse.Namespace, run: Callable[..., dict],
                 besides: Sequence[str] = (), more: Callable[[str], dict] = lambda data: {}
                 ) -> list[Job]:
    """One job for each data set, seed and pooler; those `besides` are no poolers. `more` is what
    else tells a run on some data from others.
    """
    named = by_name(options.poolers, besides=besides)
    for name, pooler in named.items():
        if name not in besides:
            try_pooler(pooler)  # one that cannot be made, before anything is computed
    sources = {name: pooler_source(pooler) for name, pooler in named.items()}
    return [Job({"data": task_name(data), "pooler": name, "source": sources[name], **more(data),
                 "run": seed}, partial(run, data, pooler, seed))
            for data in options.data for seed in range(options.seeds)
            for name, pooler in named.items()]


def _jobs(fields: tuple[str, ...], work: list[tuple], run: Callable[..., dict]) -> list[Job]:
    """One job for each key of `work`, the values of these fields and the arguments of `run`."""
    return [Job(dict(zip(fields, key, strict=True)), partial(run, *key)) for key in work]


def _measure(options: argparse.Namespace, command: str, jobs: list[Job]) -> None:
    """One row for each job, but for what is there; `steps` is how long a run may be."""
    table = begin_table(options.output, command)
    fields = list(jobs[0].key)
    check_budget(options.output, table, [job.key for job in jobs], options.steps)
    before = {identity(row, fields) for row in table["rows"] if "error" not in row}
    new = sum(identity(job.key, fields) not in before for job in jobs)
    rows = run_jobs(jobs, table, options.output, processes=options.jobs, threads=options.threads)
    failures = defaultdict(list)
    for row in rows:
        if "error" in row:
            failures[row["error"]].append(in_words({name: row[name] for name in fields}))
    for error, runs in failures.items():
        print("; ".join(runs), "failed:", error)
    failed = sum(map(len, failures.values()))
    print(f"{options.output}: {len(table['rows'])} rows: {len(table['rows']) - new} kept, {new} "
          f"measured now, {failed} of them failed")
    _exit_if(failed)


def _exit_if(failed: int) -> None:
    if failed:
        raise SystemExit(1)
