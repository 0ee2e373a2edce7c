"""Independent runs: in parallel, restartable, on a cluster; a run that fails leaves the others."""

import json
from functools import partial

import pytest
import torch
from operators import refused

from gnnpool.evaluate.jobs import Job, begin_table, run_jobs


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
    run_jobs(squares(2, calls), begin_table(path, "first"), path, progress=False)
    rows = run_jobs(squares(5, calls), begin_table(path, "second"), path, progress=False)
    run_jobs(squares(5, calls), begin_table(path, "second"), path, progress=False)
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
    with pytest.raises(KeyboardInterrupt):
        run_jobs(jobs, begin_table(path, "x"), path, progress=False)
    assert [row["i"] for row in json.loads(path.read_text())["rows"]] == [0, 1]


def test_a_cluster_of_two_workers():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None,
                                  host="127.0.0.1") as cluster:
        rows = run_jobs(squares(5), {"rows": []}, backend="dask", progress=False,
                        scheduler=cluster.scheduler_address)
    assert [row.get("square") for row in rows] == [0, 1, 4, None, 16]


@pytest.mark.parametrize("argument, change", [
    ("processes", {"processes": 0}), ("backend", {"backend": "threads"}),
    ("scheduler", {"backend": "dask"}),
    ("scheduler", {"backend": "dask", "scheduler": "tcp://127.0.0.1:1"})])
def test_bad_input_is_refused(argument, change):
    with refused(argument):
        run_jobs(squares(1), {"rows": []}, **change)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rows": 3, "command": ""}', "notes"])
def test_a_file_of_something_else_is_left_alone(tmp_path, content):
    path = tmp_path / "table.json"
    path.write_text(content)
    with refused("output"):
        begin_table(path, "x")
    assert path.read_text() == content


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with refused("output"):
        begin_table(tmp_path / "no" / "table.json", "x")
