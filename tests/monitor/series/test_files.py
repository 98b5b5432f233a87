"""The file of stored series: private, of one writer, whole when closed; what is not ours is left alone."""

import sqlite3
import stat
from pathlib import Path

import pytest

from plimsoll.core.errors import SeriesStoreError
from plimsoll.monitor.series.files import PAGE_BYTES
from plimsoll.monitor.series.reader import SeriesReader
from plimsoll.monitor.series.store import SeriesStore
from tests.monitor.series.made import A, looks


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "series.sqlite"


def test_nobody_else_may_read_it_and_there_is_one_writer(path: Path) -> None:
    store = SeriesStore(path)
    store.write(looks([1.0]))
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    with pytest.raises(SeriesStoreError, match="another process is writing into it"):
        SeriesStore(path)
    store.close()
    path.chmod(0o644)
    again = SeriesStore(path)
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    again.close()


def test_closed_as_one_file_it_can_be_copied_alone(path: Path, tmp_path: Path) -> None:
    store = SeriesStore(path)
    store.write(looks([1.0, 2.0]))
    store.close(one_file=True)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(path.read_bytes())
    reader = SeriesReader(copy)
    assert list(reader.read([A])[0].mean) == [1.0, 2.0]
    reader.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["copy.sqlite", "kept"]


def test_what_is_not_ours_is_refused_and_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    other = path.with_name("other.sqlite")
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE firing (at TEXT)")
    connection.close()
    newer = path.with_name("newer.sqlite")
    SeriesStore(newer).close(one_file=True)
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    text = path.with_name("plimsoll.toml")
    text.write_text("[monitor]\n" * 100)
    for file, why in ((other, "no file of stored series"), (newer, "version 99"), (text, "not a database")):
        before = file.read_bytes()
        for opened in (SeriesStore, SeriesReader):
            with pytest.raises(SeriesStoreError, match=why) as refused:
                opened(file)
            assert refused.value.remedy
        assert file.read_bytes() == before
    with pytest.raises(SeriesStoreError, match="there is no such file"):
        SeriesReader(path)
    with pytest.raises(SeriesStoreError, match=r"kept/plimsoll\.toml is no directory"):
        SeriesStore(text / "series.sqlite")
    with pytest.raises(SeriesStoreError, match="unable to open database file"):
        SeriesStore(path.parent)


def test_a_damaged_file_is_moved_aside_and_a_new_one_begun(path: Path) -> None:
    store = SeriesStore(path)
    store.write(looks([1.0]))
    store.close(one_file=True)
    damaged = path.read_bytes()[:PAGE_BYTES] + b"\xff" * (path.stat().st_size - PAGE_BYTES)
    path.write_bytes(damaged)
    with SeriesReader(path) as reader, pytest.raises(SeriesStoreError, match="malformed"):
        reader.read([A])
    store = SeriesStore(path)
    store.write(looks([2.0]))
    store.close()
    assert store.moved is not None
    assert store.moved.read_bytes()[PAGE_BYTES:] == damaged[PAGE_BYTES:]
    with SeriesReader(path) as reader:
        assert list(reader.read([A])[0].mean) == [2.0]


def test_tables_of_alerts_may_be_there_first_and_stay(path: Path) -> None:
    path.parent.mkdir()
    alerts = sqlite3.connect(path, isolation_level=None)
    alerts.execute("PRAGMA journal_mode = WAL")
    alerts.execute("CREATE TABLE alert_history (id TEXT)")
    alerts.execute("INSERT INTO alert_history VALUES ('one')")
    store = SeriesStore(path)
    store.write(looks([1.0]))
    alerts.execute("INSERT INTO alert_history VALUES ('two')")
    store.close()
    assert alerts.execute("SELECT count(*) FROM alert_history").fetchone() == (2,)
    assert alerts.execute("PRAGMA auto_vacuum").fetchone() == (2,)
    alerts.close()
