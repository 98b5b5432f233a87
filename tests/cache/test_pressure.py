"""A cache gives memory back where it is short, and takes it again slowly."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.cache import Cache, Limits
from plimsoll.cache.memory import read_memory
from plimsoll.cache.pressure import (
    GROW_EVERY_S,
    LOOK_S_MAX,
    LOOK_S_MIN,
    ROOM_LOW,
    SHARE_MIN,
    SHRINK,
    SHRINK_EVERY_S,
    Memory,
    Pressure,
    look_again_s,
    shared,
)

SHORT, BETWEEN, PLENTY = Memory(0.01), Memory(0.1), Memory(0.5)


def test_it_shrinks_what_is_used_at_once_and_again_after_a_while_and_grows_slowly() -> None:
    pressure = Pressure()
    assert pressure.looked(0.0, PLENTY, 0.5) == 1.0
    assert pressure.looked(1.0, SHORT, 0.5) == 0.5 * SHRINK
    assert pressure.looked(1.1, SHORT, 0.375) == 0.375
    assert pressure.looked(1.0 + SHRINK_EVERY_S, SHORT, 0.375) == 0.375 * SHRINK
    share = pressure.share
    assert pressure.looked(4.0, BETWEEN, share) == share
    assert pressure.looked(5.0, PLENTY, share) == share
    assert pressure.looked(4.0 + GROW_EVERY_S, PLENTY, share) > share
    pressure = Pressure()
    share = pressure.looked(0.0, SHORT, 0.5)
    assert pressure.looked(SHRINK_EVERY_S, PLENTY, share) == share
    assert pressure.looked(GROW_EVERY_S, PLENTY, share) > share


def test_memory_that_goes_quickly_is_looked_at_more_often() -> None:
    assert look_again_s(Memory(), PLENTY, 1.0) == look_again_s(BETWEEN, PLENTY, 1.0) == LOOK_S_MAX
    assert look_again_s(Memory(0.9), Memory(0.85), 1.0) == LOOK_S_MAX
    assert look_again_s(Memory(0.35), Memory(ROOM_LOW + 0.1), 1.0) == pytest.approx(0.25)
    assert look_again_s(BETWEEN, SHORT, 1.0) == LOOK_S_MIN


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 5), st.sampled_from([SHORT, BETWEEN, PLENTY, Memory()]), st.floats(0, 1))))
def test_the_share_stays_within_its_bounds_and_comes_back(looks: list[tuple[float, Memory, float]]) -> None:
    pressure, now_s = Pressure(), 0.0
    for later_s, memory, used in looks:
        now_s += later_s
        before = pressure.share
        share = pressure.looked(now_s, memory, used)
        assert SHARE_MIN <= share <= 1
        assert share <= before or memory.is_plenty
    for _ in range(40):
        now_s += GROW_EVERY_S
        pressure.looked(now_s, PLENTY, 0.0)
    assert pressure.share == 1
    limits = shared(Limits(10, 1_000, 100), SHARE_MIN)
    assert (limits.entries, limits.bytes, limits.tenant_bytes) == (1, 50, 100)


def written(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    return root


def test_the_tightest_limit_counts_of_the_machine_and_of_both_kinds_of_cgroups(tmp_path: Path) -> None:
    machine = "MemTotal: 1000 kB\nMemAvailable: 800 kB\n"
    proc = written(tmp_path / "proc", {"meminfo": machine, "self/cgroup": "0::/a/b\n", "pressure/memory": ""})
    inner = {"a/b/memory.max": "max\n", "a/b/memory.current": "1\n", "a/b/memory.pressure": "some avg10=2.50 avg60=1\n"}
    outer = {"a/memory.max": "100\n", "a/memory.current": "95\n", "a/memory.stat": "anon 5\ninactive_file 15\n"}
    new = written(tmp_path / "new", inner | outer)
    assert read_memory(proc, new) == Memory(1 - 80 / 100, 2.5)
    written(proc, {"self/cgroup": "3:cpu:/x\n2:memory:/c\n", "pressure/memory": "some avg10=9.00 avg60=1\n"})
    old = {"memory/c/memory.limit_in_bytes": "100\n", "memory/c/memory.usage_in_bytes": "90\n"}
    old["memory/c/memory.stat"] = "inactive_file 0\ntotal_inactive_file 40\n"
    unlimited = {"memory/memory.limit_in_bytes": f"{2**63 - 4096}\n", "memory/memory.usage_in_bytes": "50\n"}
    assert read_memory(proc, written(tmp_path / "old", old | unlimited)) == Memory(0.5, 9.0)
    assert read_memory(tmp_path / "nothing", tmp_path / "nothing") == Memory()


def test_a_cache_gives_back_in_steps_what_is_over_its_share() -> None:
    cache = Cache(staleness_s=None, limits=Limits(1_000))
    for number in range(1_000):
        cache.fetch_sync(str(number), lambda: None)
    tier1 = cache._desk.tier1
    assert not tier1.give_back(SHORT, 0.0, steps=100)
    assert cache.status().entries == 900
    for second in range(1, 10):
        tier1.give_back(BETWEEN, float(second), steps=100)
    held = cache.status()
    assert (held.entries, held.entries_max, held.gone["pressure"]) == (750, 750, 250)
    for second in range(10, 400):
        tier1.give_back(PLENTY, float(second), steps=100)
    assert cache.status().entries_max == 1_000


LIMIT_BYTES = 64_000_000
FILLS = """
import os, sys
from plimsoll.cache import Cache, Limits
from plimsoll.cache.giving import Giving
from plimsoll.cache.memory import read_memory

open(sys.argv[1], "w").write(str(os.getpid()))
cache = Cache(staleness_s=None, limits=Limits(entries=10_000, bytes=10 * int(sys.argv[2])))
giving, after = Giving(cache._desk.tier1), None
for number in range(900):
    cache.fetch_sync(str(number), lambda: b"x" * 100_000)
    giving.step(number / 10)
    if after is None and cache.status().gone["pressure"]:
        after = read_memory().room
print(after, cache.status().bytes / int(sys.argv[2]))
"""


@pytest.fixture
def cgroup() -> Iterator[Path]:
    """One with a limit, below that of these tests, where one can be made."""
    root, mine = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup").read_text(encoding="ascii")
    old = [line.split(":", 2)[2] for line in mine.splitlines() if line.split(":", 2)[1] == "memory"]
    place = (root / "memory" / old[0].lstrip("/") if old else root) / f"plimsoll-test-{os.getpid()}"
    try:
        place.mkdir()
        (place / ("memory.limit_in_bytes" if old else "memory.max")).write_text(str(LIMIT_BYTES), encoding="ascii")
    except OSError as error:
        with suppress(OSError):
            place.rmdir()
        pytest.skip(f"left out, not granted here: a cgroup with a limit ({error.strerror})")
    yield place
    place.rmdir()


def test_a_process_that_caches_more_than_its_cgroup_may_have_gives_back_and_lives_on(cgroup: Path) -> None:
    argv = [sys.executable, "-c", FILLS, str(cgroup / "cgroup.procs"), str(LIMIT_BYTES)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.returncode}: {done.stderr}"  # -9: the kernel has ended it
    after, held = map(float, done.stdout.split())
    assert after > 0.15, "what was dropped has not reached the system"
    assert held < 1
