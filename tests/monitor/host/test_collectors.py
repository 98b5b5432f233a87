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

from plimsoll.core.series.catalogue import CATALOGUE
from plimsoll.monitor.collecting.collector import Collector, CollectorLostError
from plimsoll.monitor.host.collector import SLOW_S, HostCollector
from plimsoll.monitor.host.elsewhere import MISSING, read_elsewhere
from plimsoll.monitor.host.outside import Outside
from plimsoll.monitor.host.spaces import SpacesCollector
from plimsoll.monitor.processes.top import TopProcessesCollector
from plimsoll.monitor.processes.tree import ProcessTreeCollector
from tests.monitor.clock import Clock, look, values


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
