"""Independent runs: in parallel, restartable, on a cluster; a run that fails leaves the others."""

import json
import os
import subprocess
import sys
from functools import partial

import pytest
import torch
from notebooks import ROOT
from operators import refused

from gnnpool.evaluate.jobs import Job, begin_table, run_jobs
from gnnpool.evaluate.tables import check_budget


def square(i: int, folder=None) -> dict:
    """Leaves a file for each call, so that calls in other processes can be counted."""
    if folder is not None:
        (folder / f"{i}-{len(list(folder.iterdir()))}").touch()
    if i == 3:
        raise RuntimeError("three\nis odd")
    return {"square": i * i, "threads": torch.get_num_threads()}


def squares(count: int, folder=None) -> list[Job]:
    return [Job({"i": i, "kind": "square"}, partial(square, i, folder)) for i in range(count)]


@pytest.mark.parametrize("processes", [1, 2])
def test_rows_come_in_the_order_of_the_jobs(processes):
    threads = torch.get_num_threads()
    table = {"rows": []}
    rows = run_jobs(squares(5), table, processes=processes, threads=1, progress=False)
    assert [row["i"] for row in rows] == list(range(5)) and len(table["rows"]) == 5
    assert [row.get("square") for row in rows] == [0, 1, 4, None, 16]
    line = square.__code__.co_firstlineno + 5
    assert rows[3] == {"i": 3, "kind": "square", "jobs": processes, "error":
                       f"RuntimeError: three is odd (test_jobs.py, line {line})"}
    assert rows[0]["threads"] == 1 and torch.get_num_threads() == threads


def test_what_is_finished_is_not_run_again_and_what_failed_is(tmp_path):
    path, calls = tmp_path / "table.json", tmp_path / "calls"
    calls.mkdir()
    def table(command: str) -> dict:
        return begin_table(path, command, kind="squares")

    run_jobs(squares(2, calls), table("first"), path, progress=False)
    rows = run_jobs(squares(5, calls), table("second"), str(path), progress=False)
    run_jobs(squares(5, calls), table("second"), path, progress=False)
    called = sorted(file.name.split("-")[0] for file in calls.iterdir())
    assert called == ["0", "1", "2", "3", "3", "4"]
    table = json.loads(path.read_text())
    assert table["command"] == "first && second" and len(table["rows"]) == 5
    assert rows[0]["square"] == 0 and "error" in rows[3]


def test_an_interrupted_run_keeps_its_rows(tmp_path):
    def interrupt() -> dict:
        raise KeyboardInterrupt

    path = tmp_path / "table.json"
    jobs = [*squares(2), Job({"i": 9, "kind": "stop"}, interrupt)]
    with pytest.raises(KeyboardInterrupt, match=f"2 of 3 runs are kept in {path}"):
        run_jobs(jobs, begin_table(path, "x"), path, progress=False)
    assert [row["i"] for row in json.loads(path.read_text())["rows"]] == [0, 1]


STOPPED = """
import os, signal, sys, time
from functools import partial
from pathlib import Path
from tqdm.auto import tqdm
from gnnpool.evaluate.jobs import Job, begin_table, run_jobs

def work(i, parent):
    if i == 4:
        os.kill(parent, signal.SIGINT)
        time.sleep(60)
    list(tqdm(range(2), disable=True))
    return {"square": i * i}

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
    path = Path(sys.argv[1])
    jobs = [Job({"i": i}, partial(work, i, os.getpid())) for i in range(40)]
    try:
        run_jobs(jobs, begin_table(path, "x"), path, processes=2, progress=False)
    except KeyboardInterrupt as stop:
        print(stop)
"""


def test_two_processes_stop_without_a_word_of_their_own(tmp_path):
    script = tmp_path / "stopped.py"
    script.write_text(STOPPED)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, script, tmp_path / "table.json"], env=environment,
                          capture_output=True, text=True, timeout=300)
    kept = len(json.loads((tmp_path / "table.json").read_text())["rows"])
    assert done.stdout == f"{kept} of 40 runs are kept in {tmp_path / 'table.json'}\n"
    assert kept > 0 and done.stderr == ""


def test_what_failed_stays_until_it_is_asked_for(tmp_path):
    path = tmp_path / "table.json"
    run_jobs(squares(4), begin_table(path, "x"), path, progress=False)
    run_jobs(squares(2), begin_table(path, "x"), path, progress=False)
    rows = json.loads(path.read_text())["rows"]
    assert [row["i"] for row in rows] == [0, 1, 2, 3] and "error" in rows[3]


def test_the_key_stays_and_an_older_row_may_lack_a_column():
    table = {"rows": [{"i": 1, "value": "old"}]}
    jobs = [Job({"i": i, "source": ""}, lambda: {"i": "mine", "value": "new"}) for i in (1, 2)]
    rows = run_jobs(jobs, table, progress=False)
    assert [(row["i"], row["value"]) for row in rows] == [(1, "old"), (2, "new")]


def test_a_note_of_an_error_is_in_its_row():
    def fail() -> dict:
        error = RuntimeError("dtypes differ")
        error.add_note("it is float64")
        raise error

    row, = run_jobs([Job({"i": 0}, fail)], {"rows": []}, progress=False)
    assert row["error"].startswith("RuntimeError: dtypes differ (it is float64)")


def test_a_cluster_of_two_workers():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None,
                                  host="127.0.0.1") as cluster:
        rows = run_jobs(squares(5), {"rows": []}, backend="dask", progress=False,
                        scheduler=cluster.scheduler_address)
    assert [row.get("square") for row in rows] == [0, 1, 4, None, 16]


@pytest.mark.parametrize("argument, change", [
    ("processes", {"processes": 0}), ("backend", {"backend": "threads"}),
    ("scheduler", {"backend": "dask"}), ("scheduler", {"scheduler": "tcp://127.0.0.1:1"}),
    ("scheduler", {"backend": "dask", "scheduler": "tcp://127.0.0.1:1"})])
def test_bad_input_is_refused(argument, change):
    with refused(argument):
        run_jobs(squares(1), {"rows": []}, **change)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rows": 3, "command": ""}', "notes",
                                     '{"rows": [3], "command": "x"}'])
def test_a_file_of_something_else_is_left_alone(tmp_path, content):
    path = tmp_path / "table.json"
    path.write_text(content)
    with refused("output"):
        begin_table(path, "x")
    assert path.read_text() == content


def test_a_folder_that_is_not_there_or_stands_for_a_file_is_refused(tmp_path):
    for path in (tmp_path / "no" / "table.json", str(tmp_path)):
        with refused("output"):
            begin_table(path, "x")


TOPOLOGY = "python -m gnnpool topology --data grid"


@pytest.mark.parametrize("old", [
    {"kind": "downstream", "command": TOPOLOGY}, {"command": "python -m gnnpool downstream"},
    {"command": f"{TOPOLOGY} && gnnpool.evaluate.downstream"}])
def test_a_table_of_another_kind_is_left_alone(tmp_path, old):
    path = tmp_path / "table.json"
    path.write_text(json.dumps(old | {"rows": []}))
    with pytest.raises(ValueError, match="a table of 'downstream'; wanted one of 'topology'"):
        begin_table(path, TOPOLOGY)
    assert json.loads(path.read_text()) == old | {"rows": []}


@pytest.mark.parametrize("old", [
    {"command": "python -m gnnpool topology --threads 1 && python -m gnnpool topology"},
    {"command": "gnnpool.evaluate.topology"}, {"kind": "topology", "command": "mine"}])
def test_a_table_of_this_kind_goes_on_whether_it_says_so_or_not(tmp_path, old):
    path = tmp_path / "table.json"
    path.write_text(json.dumps(old | {"rows": [{"i": 1}]}))
    table = begin_table(str(path), TOPOLOGY)
    assert table["kind"] == "topology" and table["rows"] == [{"i": 1}]


def test_a_run_of_another_length_is_refused():
    table = {"rows": [{"i": 1, "steps": 2}, {"i": 2, "error": "failed"}]}
    check_budget("t.json", table, [{"i": 1}, {"i": 2}, {"i": 3}], 2)
    check_budget("t.json", table, [{"i": 2}], 5)
    with pytest.raises(ValueError, match="t.json, which holds 1 after 2 steps, where 5 are asked"):
        check_budget("t.json", table, [{"i": 1}], 5)
