"""The collectors over files as Linux has them: a made-up /proc whose time we set, and the real one of this machine."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.core.observation import Moment, Observation
from plimsoll.core.series.catalogue import CATALOGUE
from plimsoll.monitor.collecting.collector import Collector, CollectorLostError
from plimsoll.monitor.host.collector import SLOW_S, HostCollector
from plimsoll.monitor.host.elsewhere import MISSING, read_elsewhere
from plimsoll.monitor.host.outside import Outside
from plimsoll.monitor.host.spaces import SpacesCollector
from plimsoll.monitor.host.top import TopProcessesCollector
from plimsoll.monitor.host.tree import LOOKUP_S, ProcessTreeCollector


class Clock:
    """What the collectors take for now."""

    def __init__(self) -> None:
        self.moment = Moment(1_000_000.0, 500.0)

    def __call__(self) -> Moment:
        return self.moment

    def step(self, steady_s: float, wall_s: float | None = None) -> None:
        gone = steady_s if wall_s is None else wall_s
        self.moment = Moment(self.moment.wall_s + gone, self.moment.steady_s + steady_s)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    for module in ("collector", "tree", "top"):
        monkeypatch.setattr(f"plimsoll.monitor.host.{module}.now", made)
    return made


def look(collector: Collector) -> Observation:
    return asyncio.run(collector.collect())


def values(seen: Observation) -> dict[str, float]:
    return {str(key): value for key, value in seen.values.items()}


# -- the machine, made up


class Made:
    """A machine that has been up for a while, whose counters are moved."""

    def __init__(self, root: Path) -> None:
        self.proc, self.sys, self.disk = root / "proc", root / "sys", root / "disk"
        for directory in (self.proc / "self", self.proc / "net", self.sys / "block" / "sda", self.disk):
            directory.mkdir(parents=True)
        (self.proc / "self" / "mountinfo").write_text(f"27 1 8:1 / {self.disk} rw - ext4 /dev/sda1 rw\n")
        (self.proc / "meminfo").write_text("MemTotal: 1000 kB\nMemAvailable: 250 kB\n")
        self.count(ticks=1_000, sectors=500)

    def count(self, *, ticks: int, sectors: int) -> None:
        (self.proc / "stat").write_text(
            f"cpu {ticks} 0 0 5000 0 0 0 0\ncpu0 {ticks} 0 0 5000 0 0 0 0\nprocs_running 1\n"
        )
        (self.proc / "diskstats").write_text(f"8 0 sda 9 0 {sectors} 9 9 0 9 9 0 9 9\n8 1 sda1 9 0 1 9 9 0 9 9 0 9 9\n")


READ = 'host_disk_read_bytes_per_s{device="sda"}'


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


@contextmanager
def collecting(collector: Collector) -> Iterator[None]:
    yield
    asyncio.run(collector.close())


def test_the_first_look_tells_what_is_and_the_second_what_happens(made: Made, clock: Clock) -> None:
    collector = HostCollector(2.0, made.proc, made.sys)
    with collecting(collector):
        first = values(look(collector))
        assert first["host_memory_used_percent"] == 75.0
        assert READ not in first
        clock.step(2.0)
        made.count(ticks=1_200, sectors=1_500)
        second = values(look(collector))
        assert second[READ] == 1_000 * 512 / 2
        assert second["host_cpu_busy_percent"] == 100.0
        assert not [name for name in second if "sda1" in name]


def test_limits_that_change_are_seen_after_a_while(made: Made, clock: Clock) -> None:
    group = made.sys / "fs" / "cgroup"
    group.mkdir(parents=True)
    (group / "cpu.max").write_text("50000 100000\n")
    (made.proc / "self" / "cgroup").write_text("0::/\n")
    (made.proc / "self" / "mountinfo").write_text("30 23 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
    collector = HostCollector(2.0, made.proc, made.sys)
    with collecting(collector):
        assert values(look(collector))["container_cpu_limit_cores"] == 0.5
        (group / "cpu.max").write_text("200000 100000\n")
        clock.step(SLOW_S)
        assert values(look(collector))["container_cpu_limit_cores"] == 2.0


def test_file_systems_of_this_machine_are_told_and_the_others_named(made: Made) -> None:
    with (made.proc / "self" / "mountinfo").open("a") as mounts:
        mounts.write("28 27 0:50 / /mnt/share rw - nfs4 server:/share rw\n")
    seen = look(SpacesCollector(30.0, made.proc))
    assert 0 < values(seen)[f'host_filesystem_used_percent{{mount="{made.disk}"}}'] < 100
    assert seen.notes == ["network file systems are not asked, since they may hang: /mnt/share"]


def test_a_file_system_that_hangs_is_lost(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr("plimsoll.monitor.host.spaces.look_at", lambda mounts: answers.wait())
    with pytest.raises(CollectorLostError, match="a file system does not answer"):
        look(SpacesCollector(30.0, made.proc, answer_s=0.01))
    answers.set()


def test_a_clock_that_steps_and_a_machine_that_sleeps_give_no_odd_rate(made: Made, clock: Clock) -> None:
    collector = HostCollector(2.0, made.proc, made.sys)
    with collecting(collector):
        look(collector)
        clock.step(2.0, wall_s=-3_600.0)
        made.count(ticks=1_200, sectors=1_500)
        assert values(look(collector))[READ] == 256_000
        clock.step(3_600.0)
        made.count(ticks=1_300, sectors=9_000_000)
        assert READ not in values(look(collector))
        clock.step(2.0)
        made.count(ticks=1_400, sectors=9_000_004)
        assert values(look(collector))[READ] == 1_024


def test_what_a_kernel_does_not_tell_or_tells_otherwise_is_said_and_left_out(made: Made, clock: Clock) -> None:
    (made.proc / "loadavg").write_text("what is this\n")
    collector = HostCollector(2.0, made.proc, made.sys)
    with collecting(collector):
        seen = look(collector)
    assert seen.notes == [
        "/proc/loadavg is not as it is known here: what it tells is left out",
        "no pressure (PSI): this kernel does not tell it",
    ]
    assert not [key for key in seen.values if key.name.startswith("host_load")]


def test_without_proc_a_machine_is_told_as_far_as_it_can_be(tmp_path: Path) -> None:
    collector = HostCollector(2.0, tmp_path / "none", tmp_path / "none")
    with collecting(collector):
        seen = look(collector)
    assert MISSING in seen.notes
    assert {"host_cpu_cores", "host_load1", "host_memory_used_percent"} <= {key.name for key in seen.values}
    assert {("cpu", "user"), ("cpu", "idle")} <= read_elsewhere().counters.keys()
    for other in (
        ProcessTreeCollector("pid:1", 2.0, tmp_path / "none"),
        TopProcessesCollector(30.0, tmp_path / "none"),
    ):
        with pytest.raises(CollectorLostError, match="which is not there"):
            look(other)


def test_a_file_system_that_hangs_is_not_waited_for_nor_asked_again() -> None:
    answers, asked = threading.Event(), []

    def hang() -> str:
        asked.append(1)
        answers.wait()
        return "late"

    async def ask_twice() -> list[str | None]:
        outside = Outside(hang)
        return [await outside.ask(0.01), await outside.ask(0.01)]

    assert asyncio.run(ask_twice()) == [None, None]
    answers.set()
    assert asked == [1]


def test_a_question_that_fails_fails_for_the_one_who_asked() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(Outside(lambda: 1 / 0).ask(5.0))


# -- a tree, made up


def a_process(
    proc: Path, pid: int, parent: int, *, own: int, started: int = 100, name: str = "app", state: str = "S"
) -> None:
    (proc / str(pid)).mkdir(parents=True, exist_ok=True)
    (proc / str(pid) / "comm").write_text(f"{name}\n")
    (proc / str(pid) / "stat").write_text(
        f"{pid} ({name}) {state} {parent} 1 1 0 -1 0 0 0 0 0 {own} 0 0 0 20 0 2 0 {started} 0 10"
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


# -- this machine

BURN = """
import json, os, socket, sys, time
def burn(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until: pass
listening = socket.socket(); listening.bind(("127.0.0.1", 0)); listening.listen()
print(listening.getsockname()[1], flush=True)
sys.stdin.readline()
before = os.times()
child = os.fork()
if not child:
    burn(0.3); os._exit(0)
burn(0.6); os.waitpid(child, 0)
print(json.dumps([sum(os.times()[:4]) - sum(before[:4]), os.getpid()]), flush=True)
sys.stdin.readline()
"""
TICK_S = 0.01  # of /proc; the four times that are added are each rounded to it, at both looks


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_load_of_known_size_on_this_machine_is_told_right() -> None:
    """By who listens on a port: a process and a child of it that has ended by the second look."""
    with subprocess.Popen(
        [sys.executable, "-c", BURN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as burning:
        assert burning.stdin is not None
        assert burning.stdout is not None
        tree = f"port:{int(burning.stdout.readline())}"
        application, machine = ProcessTreeCollector(tree, 30.0), HostCollector(30.0)
        first = look(application)
        look(machine)
        print(file=burning.stdin, flush=True)
        used_s, pid = json.loads(burning.stdout.readline())
        second = look(application)
        whole = look(machine)
        burning.stdin.close()
    asyncio.run(machine.close())
    whole_names = {key.name for key in (*whole.values, *look(SpacesCollector()).values)}
    early, told, seconds = values(first), values(second), second.at_s - first.at_s
    told_s = told[f'process_cpu_percent{{tree="{tree}"}}'] / 100 * seconds
    assert told_s == pytest.approx(used_s, rel=0.01, abs=4 * TICK_S)
    assert early[f'process_count{{tree="{tree}"}}'] == 1
    assert 1e6 < early[f'process_memory_bytes{{tree="{tree}"}}'] < 1e9
    assert early[f'process_open_files{{tree="{tree}"}}'] >= 4
    busy = values(whole)["host_cpu_busy_percent"] / 100 * values(whole)["host_cpu_cores"]
    assert busy * seconds >= 0.9 * used_s
    assert whole_names <= CATALOGUE.keys()
    assert pid == burning.pid
    with pytest.raises(CollectorLostError):
        look(application)
