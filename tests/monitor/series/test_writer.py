"""The writing thread: nothing it meets ends the watch, what it loses it counts, and what it has said is on disk."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.core.observation import Event
from plimsoll.monitor.series.reader import SeriesReader
from plimsoll.monitor.series.retention import FOREVER
from plimsoll.monitor.series.store import SeriesStore
from plimsoll.monitor.series.writer import DETAILED_MAX, StoreWriter
from tests.monitor.series.made import A, looks

# Says how many looks are written; ends only by being killed.
ENDLESS = """
import sys
from pathlib import Path
from plimsoll.monitor.series.store import SeriesStore
from tests.monitor.series.made import looks

store = SeriesStore(Path(sys.argv[1]))
for place, look in enumerate(looks(map(float, range(20_000)))):
    store.write([look])
    store.tend(look.at_s, look.at_s)
    print(place + 1, flush=True)
"""

# On a file system of one megabyte: fills it up, goes on writing, makes room again.
FULL = """
import sys
from pathlib import Path
from random import Random
from plimsoll.monitor.series.store import SeriesStore
from plimsoll.monitor.series.writer import StoreWriter
from tests.monitor.series.made import many

small, chance = Path(sys.argv[1]), Random(6)
writer = StoreWriter(SeriesStore(small / "series.sqlite"), looks_max=400)
seen = many(20, 1200, lambda series, look: chance.random())
filler = small / "filler"
with filler.open("wb", buffering=0) as file:
    try:
        while file.write(bytes(4096)):
            pass
    except OSError:
        pass
for place, look in enumerate(seen):
    writer.put(look)
    if place % 100 == 99:
        writer.write_once()
print(*writer.problems, sep=chr(10))
filler.unlink()
writer.write_once()
print("then", *writer.problems, writer.store.written)
writer.start().close(one_file=True)
"""
MOUNTED = 'mount -t tmpfs -o size=1m tmpfs "$1"; "$2" -c "$3" "$1"; cp "$1"/series.sqlite "$4"'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "series.sqlite"


def values(path: Path) -> list[float]:
    with SeriesReader(path) as reader:
        return list(reader.read([A], points_max=10**6)[0].mean)


def test_a_killed_process_loses_nothing_it_has_written_and_is_read_meanwhile(path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    argv = [sys.executable, "-c", ENDLESS, str(path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(350)][-1]
        meanwhile = values(path)
        process.kill()
        said = max(map(int, process.stdout.read().split()), default=said)
    assert len(meanwhile) >= 350
    found = values(path)
    assert found == [float(place) for place in range(len(found))]
    assert said <= len(found) <= said + 1
    store = SeriesStore(path)
    store.write(looks([1.0], begun_s=1.0))
    store.close()
    assert values(path) == [1.0, *found]


def test_a_full_disk_costs_the_oldest_looks_and_is_said_and_writing_goes_on_when_there_is_room(tmp_path: Path) -> None:
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("left out: a full disk takes root and unshare")
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    small, kept = tmp_path / "small", tmp_path / "kept.sqlite"
    small.mkdir()
    argv = ["unshare", "--mount", "sh", "-c", MOUNTED, "sh", str(small), sys.executable, FULL, str(kept)]
    done = subprocess.run(argv, capture_output=True, text=True, env=environ, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    failing, lost, then = done.stdout.strip().split("\n")
    assert "no space is left on the disk; 400 looks wait in memory" in failing
    count = int(lost.split()[0])
    assert 600 <= count <= 800
    assert then == f"then {count} looks could not be stored 1200"
    with SeriesReader(kept) as reader:
        found = reader.read(reader.keys()[:1], points_max=10**6)[0]
    assert len(found.times) == 1200 - count


def test_a_file_that_another_holds_is_waited_for_and_nothing_is_lost(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = StoreWriter(SeriesStore(path))
    writer.store.busy_for(0.0)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for look in looks([1.0, 2.0]):
        writer.put(look)
    writer.write_once()
    (said,) = writer.problems
    assert "database is locked; 2 looks wait in memory" in said
    other.execute("ROLLBACK")
    other.close()
    writer.put(looks([3.0], begun_s=1e9)[0])
    writer.write_once()
    assert list(writer.problems) == []
    begun, ended = (record.getMessage() for record in caplog.records)
    assert begun == "series are not stored: database is locked"
    assert ended.startswith("series are stored again, after ")
    writer.start().close()
    assert values(path) == [3.0, 1.0, 2.0]


def test_what_could_not_be_written_to_the_end_is_lost_and_waits_no_more(path: Path) -> None:
    writer = StoreWriter(SeriesStore(path))
    writer.store.busy_for(0.0)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writer.put(looks([1.0])[0])
        writer.start().close()
    assert "database is locked; 1 looks are lost" in writer.problems[0]


def test_a_file_that_breaks_while_it_is_written_is_moved_aside_and_said(path: Path) -> None:
    writer = StoreWriter(SeriesStore(path))
    writer.put(looks([1.0])[0])
    writer.write_once()
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        with path.open("r+b") as file:
            file.seek(100)
            file.write(b"\xff" * 100_000)
    other.close()
    for value in (2.0, 3.0):
        writer.put(looks([value], begun_s=value)[0])
        writer.write_once()
    (said,) = writer.problems
    assert "was damaged: it is" in said
    writer.start().close()
    assert values(path) == [2.0, 3.0]
    assert len(list(path.parent.glob("series.sqlite.damaged-*"))) >= 1


def test_documents_come_at_their_pace_whichever_way_the_clock_goes_and_not_into_a_long_queue(path: Path) -> None:
    writer = StoreWriter(SeriesStore(path, replace(FOREVER, details_every_s=30.0)))
    times = [0.0, 10.0, 20.0, 25.0, 54.9, 1000.0, 900.0, 910.0]
    for at_s in times:
        writer.put(replace(looks([1.0])[0], at_s=at_s, details={"locks": {"rows": []}}))
    for place in range(DETAILED_MAX):
        writer.put(replace(looks([1.0])[0], at_s=1e6 + 100.0 * place, details={"waits": {"rows": []}}))
    writer.put_event(Event(5.0, "run", "begins"))
    writer.start().close()
    with SeriesReader(path) as reader:
        assert [at_s for at_s, _ in reader.details("locks")] == [0.0, 25.0, 54.9, 900.0, 1000.0]
        assert len(reader.details("waits")) == DETAILED_MAX - len(times)
        assert [event.kind for event in reader.events()] == ["run"]


def test_a_file_that_is_removed_or_put_back_under_our_hands_is_written_on(path: Path) -> None:
    writer = StoreWriter(SeriesStore(path))
    kept = path.with_name("kept.sqlite")
    for value in (1.0, 2.0):
        writer.put(looks([value], begun_s=value)[0])
        writer.write_once()
        path.rename(kept.with_name(f"kept-{value:g}.sqlite"))
        path.with_name(f"{path.name}.lock").unlink()
    writer.store.pack_all()
    path.with_name("kept-1.sqlite").rename(path)
    writer.put(looks([3.0], begun_s=3.0)[0])
    writer.write_once()
    assert list(writer.problems) == []
    writer.start().close()
    assert values(path) == [1.0, 3.0]
