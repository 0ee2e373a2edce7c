"""What the commands of `python -m gnnpool` do."""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tqdm.auto import tqdm

from gnnpool.checks import check_choice, refuse
from gnnpool.datasets import DatasetUnavailable
from gnnpool.evaluate.clouds import CLOUDS
from gnnpool.evaluate.communities import METHODS, measure_communities, membership_sample
from gnnpool.evaluate.comparison import BASELINES
from gnnpool.evaluate.contenders import by_name, find_pooler, pooler_source
from gnnpool.evaluate.downstream import measure_downstream
from gnnpool.evaluate.examinations import (
    expressiveness_row,
    node_information_row,
    topology_row,
)
from gnnpool.evaluate.expressive.twin_accuracy import TASKS
from gnnpool.evaluate.jobs import Job, begin_table, run_jobs
from gnnpool.evaluate.scorecard import scorecard as examine
from gnnpool.evaluate.tasks import check_task, task_name
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


def scorecard(options: argparse.Namespace, command: str) -> None:
    folder = options.out
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        refuse("--out", f"{folder} ({error.strerror})", "a folder, or one that can be made")
    for pooler in options.poolers:
        if ":" not in pooler:
            find_pooler(pooler)  # a name that is misspelt, before anything is computed
    card = examine(options.poolers, size=options.size, tasks=options.data,
                   output=folder / "scorecard.json", command=command, processes=options.jobs,
                   backend=options.backend, scheduler=options.scheduler, threads=options.threads)
    print(card, f"\n{card.write(folder)}")
    _exit_if(len(card.errors()))


def downstream(options: argparse.Namespace, command: str) -> None:
    for data in options.data:
        check_task(data)
    _measure(options, command, [
        job for layer in options.layers for job in _examination(
            options, partial(measure_downstream, layer=layer, epochs=options.steps), layer=layer)])


def node_information(options: argparse.Namespace, command: str) -> None:
    for data in options.data:
        check_choice("--data", data, CLOUDS)
    _measure(options, command, _examination(options, partial(
        node_information_row, epochs=options.steps, nodes=options.nodes, sample=True)))


def topology(options: argparse.Namespace, command: str) -> None:
    _measure(options, command, _examination(options, partial(topology_row, epochs=options.steps)))


def expressiveness(options: argparse.Namespace, command: str) -> None:
    for data in options.data:
        check_choice("--data", data, TASKS)
    _measure(options, command, _examination(options, expressiveness_row))


def _examination(options: argparse.Namespace, run: Callable[..., dict], **key: str) -> list[Job]:
    """One job for each data set, seed and pooler."""
    named = by_name(options.poolers)
    for pooler in set(options.poolers) - set(BASELINES):
        find_pooler(pooler)  # one that cannot be found, before anything is computed
    return [Job({"data": task_name(data), "pooler": name, "source": pooler_source(pooler), **key,
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
    there = {tuple(row[name] for name in fields): row.get("steps", options.steps)
             for row in table["rows"]}
    before = {tuple(job.key.values()) for job in jobs} & there.keys()
    for key in before:
        _check_steps(options.output, key, there[key], options.steps)
    rows = run_jobs(jobs, table, options.output, processes=options.jobs, threads=options.threads)
    for row in rows:
        if "error" in row:
            print(", ".join(str(row[name]) for name in fields), "failed:", row["error"])
    failed = sum("error" in row for row in rows)
    print(f"{options.output}: {len(table['rows'])} rows, {len(before)} of them there before, "
          f"{failed} failed")
    _exit_if(failed)


def _exit_if(failed: int) -> None:
    if failed:
        raise SystemExit(1)


def _check_steps(path: Path, key: tuple, there: int, wanted: int) -> None:
    """Refuse to go on with a table that holds a run of another length."""
    if there != wanted:
        refuse("--output", f"{path} with {key} after {there} steps",
               f"a file without it, since {wanted} steps are asked for")
