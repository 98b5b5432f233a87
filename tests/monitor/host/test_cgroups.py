"""The container that we are in, in both versions of cgroups."""

from pathlib import Path

import pytest

from plimsoll.monitor.host.cgroups import Cgroup, cpu_limit, find_cgroup, memory_limit
from plimsoll.monitor.host.container import read_container_cpu, read_container_memory
from plimsoll.monitor.host.files import read_text
from plimsoll.monitor.host.passing import Machine
from plimsoll.monitor.host.reading import Reading
from tests.monitor.host.looks import PAGE_BYTES, Values, between

V2 = "30 23 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
V1 = """\
33 31 0:30 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct
34 31 0:31 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
"""


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "proc" / "self").mkdir(parents=True)
    return tmp_path / "proc"


@pytest.fixture
def sys(tmp_path: Path) -> Path:
    (tmp_path / "sys" / "fs" / "cgroup").mkdir(parents=True)
    return tmp_path / "sys"


def write(directory: Path, **texts: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (directory / name.replace("__", ".")).write_text(text)


def test_limits_are_read_in_cores_and_bytes() -> None:
    assert cpu_limit("150000 100000\n") == 1.5
    assert cpu_limit("max 100000\n") is cpu_limit("-1\n 100000\n") is cpu_limit(None) is cpu_limit("1 0") is None
    assert memory_limit("1048576\n") == 1_048_576
    assert memory_limit("max\n") is memory_limit("9223372036854771712\n") is memory_limit(None) is None


def test_a_container_with_its_own_view_is_at_the_top_of_it(proc: Path, sys: Path) -> None:
    write(proc / "self", mountinfo=V2, cgroup="0::/\n")
    write(sys / "fs/cgroup", memory__max="max\n", cpu__max="50000 100000\n")
    assert find_cgroup("cpu", proc, sys) == Cgroup(2, sys / "fs/cgroup", 0.5)
    assert find_cgroup("memory", proc, sys) == Cgroup(2, sys / "fs/cgroup", None)


def test_the_tightest_limit_around_us_is_the_one_that_counts(proc: Path, sys: Path) -> None:
    write(proc / "self", mountinfo=V2, cgroup="0::/kubepods/pod1/main\n")
    write(sys / "fs/cgroup/kubepods/pod1/main", memory__max="4000\n", cpu__max="max 100000\n")
    write(sys / "fs/cgroup/kubepods/pod1", memory__max="3000\n", cpu__max="max 100000\n")
    assert find_cgroup("memory", proc, sys) == Cgroup(2, sys / "fs/cgroup/kubepods/pod1", 3000.0)
    assert find_cgroup("cpu", proc, sys) == Cgroup(2, sys / "fs/cgroup/kubepods/pod1/main", None)


def test_a_login_without_limits_and_a_machine_without_cgroups_are_no_containers(proc: Path, sys: Path) -> None:
    write(proc / "self", mountinfo=V2, cgroup="0::/user.slice/session-3.scope\n")
    write(sys / "fs/cgroup/user.slice/session-3.scope", memory__max="max\n")
    assert find_cgroup("memory", proc, sys) is None
    write(proc / "self", mountinfo="", cgroup="0::/\n")
    assert find_cgroup("memory", proc, sys) is None


def test_version_1_shows_its_part_of_the_tree_as_the_top(proc: Path, sys: Path) -> None:
    write(proc / "self", mountinfo=V1, cgroup="5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/\n")
    write(sys / "fs/cgroup/memory", memory__limit_in_bytes="9223372036854771712\n")
    write(sys / "fs/cgroup/cpu,cpuacct", cpu__cfs_quota_us="200000\n", cpu__cfs_period_us="100000\n")
    assert find_cgroup("cpu", proc, sys) == Cgroup(1, sys / "fs/cgroup/cpu,cpuacct", 2.0)
    assert find_cgroup("memory", proc, sys) == Cgroup(1, sys / "fs/cgroup/memory", None)


def test_version_1_may_keep_the_time_of_the_cpu_apart_from_its_limit(proc: Path, sys: Path) -> None:
    lines = (f"35 31 0:32 / /sys/fs/cgroup/{name} rw - cgroup cgroup rw,{name}\n" for name in ("cpu", "cpuacct"))
    write(proc / "self", mountinfo="".join(lines), cgroup="4:cpu:/lxc/one\n3:cpuacct:/lxc/one\n")
    for name in ("cpu", "cpuacct"):
        (sys / "fs/cgroup" / name / "lxc/one").mkdir(parents=True)
    (sys / "fs/cgroup/cpuacct/lxc/one/cpuacct.usage").write_text("7000000000\n")
    cgroup = find_cgroup("cpu", proc, sys)
    assert cgroup is not None
    reading = Reading()
    read_container_cpu(cgroup, read_text, reading)
    assert reading.counters["cgroup", "cpu s"] == 7.0


def look(cpu: Cgroup, memory: Cgroup, machine_bytes: float | None = None) -> Reading:
    reading = Reading()
    read_container_cpu(cpu, read_text, reading)
    read_container_memory(memory, read_text, reading, machine_bytes)
    return reading


def two_looks(cgroup: Cgroup, before: dict[str, str], after: dict[str, str]) -> Values:
    write(cgroup.path, **before)
    first = look(cgroup, cgroup)
    write(cgroup.path, **after)
    return between(first, look(cgroup, cgroup), 2.0, Machine(None, PAGE_BYTES, cgroup, cgroup))


STAT = "usage_usec {}\nuser_usec 1\nnr_periods {}\nnr_throttled {}\nthrottled_usec 9\n"


def test_use_of_the_cpu_is_told_of_its_limit_and_throttling_of_its_periods(tmp_path: Path) -> None:
    values = two_looks(
        Cgroup(2, tmp_path, 0.5),
        {"cpu__stat": STAT.format(1_000_000, 100, 5), "memory__events": "oom 3\noom_kill 1\n"},
        {"cpu__stat": STAT.format(1_750_000, 120, 10), "memory__events": "oom 3\noom_kill 2\n"},
    )
    assert values["container_cpu_used_percent"] == pytest.approx(75.0)
    assert values["container_cpu_throttled_percent"] == pytest.approx(25.0)
    assert values["container_oom_kills_per_s"] == 0.5


def test_version_1_counts_nanoseconds(tmp_path: Path) -> None:
    values = two_looks(Cgroup(1, tmp_path, 2.0), {"cpuacct__usage": "0\n"}, {"cpuacct__usage": "2000000000\n"})
    assert values["container_cpu_used_percent"] == pytest.approx(50.0)


def test_files_that_can_be_dropped_are_no_memory_in_use(tmp_path: Path) -> None:
    write(tmp_path, memory__current="1000\n", memory__stat="anon 300\ninactive_file 400\n")
    cgroup = Cgroup(2, tmp_path, 1200.0)
    values = {key.name: value for key, value in look(cgroup, cgroup).values.items()}
    assert values["container_memory_used_bytes"] == 600
    assert values["container_memory_used_percent"] == pytest.approx(50.0)
    assert values["container_cpu_limit_cores"] == 1200.0


def test_a_limit_above_what_the_machine_has_is_none(tmp_path: Path) -> None:
    write(tmp_path, memory__current="1000\n")
    cgroup = Cgroup(2, tmp_path, 1 << 50)
    names = {key.name for key in look(cgroup, cgroup, machine_bytes=1 << 30).values}
    assert "container_memory_limit_bytes" not in names
    assert "container_memory_used_percent" not in names
