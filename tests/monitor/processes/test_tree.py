"""Trees of processes and the busiest ones, over a made-up /proc whose time we set."""

import os
from pathlib import Path

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.monitor.collecting.collector import CollectorLostError
from plimsoll.monitor.processes.top import TopProcessesCollector
from plimsoll.monitor.processes.tree import LOOKUP_S, ProcessTreeCollector
from tests.monitor.clock import Clock, look, values


def a_process(
    proc: Path,
    pid: int,
    parent: int,
    *,
    own: int,
    started: int = 100,
    name: str = "app",
    state: str = "S",
    threads: int = 2,
) -> None:
    (proc / str(pid)).mkdir(parents=True, exist_ok=True)
    (proc / str(pid) / "comm").write_text(f"{name}\n")
    (proc / str(pid) / "stat").write_text(
        f"{pid} ({name}) {state} {parent} 1 1 0 -1 0 0 0 0 0 {own} 0 0 0 20 0 {threads} 0 {started} 0 10"
    )


def end(proc: Path, pid: int) -> None:
    for file in (proc / str(pid)).iterdir():
        file.unlink()
    (proc / str(pid)).rmdir()


CPU = 'process_cpu_percent{tree="command:app"}'
COUNT = 'process_count{tree="command:app"}'


def test_a_worker_begun_later_belongs_to_the_tree_and_one_that_ended_leaves_no_trace(
    tmp_path: Path, clock: Clock
) -> None:
    a_process(tmp_path, 10, 1, own=500)
    a_process(tmp_path, 11, 10, own=9_000)
    a_process(tmp_path, 20, 1, own=7, name="other")
    collector = ProcessTreeCollector("command:app", 2.0, tmp_path)
    first = values(look(collector))
    assert (first[COUNT], first['process_threads{tree="command:app"}']) == (2, 4)
    clock.step(2.0)
    end(tmp_path, 11)
    a_process(tmp_path, 12, 10, own=50, started=50_100, name="worker")  # since the machine's 501st second
    second = values(look(collector))
    assert second[COUNT] == 2
    assert second[CPU] == pytest.approx(25.0)


def test_a_tree_that_is_begun_anew_is_found_again_but_not_searched_for_at_every_look(
    tmp_path: Path, clock: Clock
) -> None:
    a_process(tmp_path, 10, 1, own=500)
    collector = ProcessTreeCollector("command:app", 1.0, tmp_path)
    look(collector)
    end(tmp_path, 10)
    clock.step(LOOKUP_S)
    with pytest.raises(CollectorLostError, match="no process runs app"):
        look(collector)
    a_process(tmp_path, 30, 1, own=5, started=50_250)
    clock.step(1.0)
    with pytest.raises(CollectorLostError, match="no process runs app"):
        look(collector)
    clock.step(2 * LOOKUP_S)
    seen = look(collector)
    assert values(seen)[COUNT] == 1
    assert [event.kind for event in seen.events] == ["restart"]


def test_a_root_that_has_ended_and_that_nobody_waits_for_is_gone(tmp_path: Path, clock: Clock) -> None:
    a_process(tmp_path, 10, 1, own=500)
    collector = ProcessTreeCollector("pid:10", 1.0, tmp_path)
    look(collector)
    clock.step(LOOKUP_S)
    a_process(tmp_path, 10, 1, own=500, state="Z")
    with pytest.raises(CollectorLostError, match="process 10 has ended"):
        look(collector)


def test_another_process_that_got_the_number_is_not_the_one_that_was_meant(tmp_path: Path, clock: Clock) -> None:
    a_process(tmp_path, 10, 1, own=500)
    collector = ProcessTreeCollector("pid:10", 1.0, tmp_path)
    look(collector)
    clock.step(LOOKUP_S)
    a_process(tmp_path, 10, 1, own=3, started=50_100, name="stranger")
    for _ in range(2):
        with pytest.raises(CollectorLostError, match="process 10 has ended"):
            look(collector)
        clock.step(100.0)


def test_a_name_that_means_nothing_is_refused_before_anything_is_watched() -> None:
    with pytest.raises(UsageError):
        ProcessTreeCollector("8000", 2.0)


def test_the_busiest_processes_come_first_and_then_the_largest(tmp_path: Path, clock: Clock) -> None:
    for pid in range(100, 130):
        a_process(tmp_path, pid, 1, own=1_000, name=f"p{pid}")
    collector = TopProcessesCollector(30.0, tmp_path)
    assert look(collector).details["processes"]["known"] is False
    clock.step(10.0)
    a_process(tmp_path, 129, 1, own=1_500, name="p129")
    a_process(tmp_path, 200, 1, own=250, started=50_500, name="young (new)")
    detail = look(collector).details["processes"]
    shown = [(row["name"], row["cpu_percent"]) for row in detail["rows"][:3]]
    assert shown == [("p129", 50.0), ("young (new)", 25.0), ("p100", 0.0)]
    assert len(detail["rows"]) + detail["left_out"] == 31


DELAY = 'process_run_delay_percent{tree="database"}'


def waited(proc: Path, pid: int, nanoseconds: int) -> None:
    (proc / str(pid) / "task" / str(pid)).mkdir(parents=True, exist_ok=True)
    (proc / str(pid) / "task" / str(pid) / "schedstat").write_text(f"5 {nanoseconds} 1\n")


def test_waits_for_a_core_of_all_backends_are_summed_as_often_as_it_is_said(tmp_path: Path, clock: Clock) -> None:
    for pid, parent in ((10, 1), (11, 10), (12, 10)):
        a_process(tmp_path, pid, parent, own=0, name="postgres", threads=1)
        waited(tmp_path, pid, 0)
    collector = ProcessTreeCollector("pid:10", 1.0, tmp_path, label="database", delays_s=1.0)
    assert DELAY not in values(look(collector))
    clock.step(1.0)
    waited(tmp_path, 11, 300_000_000)
    waited(tmp_path, 12, 200_000_000)
    assert values(look(collector))[DELAY] == pytest.approx(50.0)


class TreeOf:
    label = "database"

    def __init__(self, *pids: int) -> None:
        self.pids = pids


def test_a_busy_process_is_known_by_the_tree_it_belongs_to(tmp_path: Path, clock: Clock) -> None:
    a_process(tmp_path, os.getpid(), 1, own=0, name="generator")
    a_process(tmp_path, 11, os.getpid(), own=0, name="postgres")
    a_process(tmp_path, 12, os.getpid(), own=0, name="worker")
    (tmp_path / "12" / "cmdline").write_text("python\0-m\0plimsoll.load.processes.worker\0")
    a_process(tmp_path, 13, os.getpid(), own=0, name="hog")
    rows = look(TopProcessesCollector(3.0, tmp_path, [TreeOf(11)])).details["processes"]["rows"]
    trees = {row["name"]: row["tree"] for row in rows}
    assert trees == {"generator": "plimsoll", "postgres": "database", "worker": "plimsoll", "hog": ""}
