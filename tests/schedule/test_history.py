"""The history: nothing lost, nothing twice, nothing without bound."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plimsoll.core.errors import RunDirectoryError
from plimsoll.schedule import history as module
from plimsoll.schedule.history import History, NewFiring
from plimsoll.schedule.outcome import Verdict

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
RUNNING = NewFiring("nightly", "cron", NOW, "running")


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    opened = History(tmp_path / "schedule" / "history.sqlite")
    yield opened
    opened.close()


def test_a_look_and_what_followed_are_written_together(history: History) -> None:
    (firing,) = history.look("nightly", "0 3 * * * UTC", NOW, [RUNNING])
    assert (firing.schedule, firing.outcome, firing.started_at, firing.ended_at) == ("nightly", "running", NOW, None)
    assert history.seen_until("nightly", "0 3 * * * UTC") == NOW
    with pytest.raises(RunDirectoryError):
        history.look("nightly", "m", NOW + timedelta(days=1), [NewFiring("nightly", "cron", NOW, None)])  # type: ignore[arg-type]  # fails within
    assert history.seen_until("nightly", "0 3 * * * UTC") == NOW
    assert history.running() == [firing]


def test_a_schedule_that_means_something_else_now_was_never_looked_at(history: History) -> None:
    history.look("nightly", "0 3 * * * UTC", NOW, [])
    assert history.seen_until("nightly", "0 4 * * * UTC") is None


def test_what_came_of_a_run_is_written_once(history: History) -> None:
    firing = history.add(RUNNING, NOW)
    goals = ({"scope": "total", "expression": "p95<1s", "actual": 1200.0},)
    ended = history.finish(firing.number, Verdict("goals missed", 4, "r1", goals, "x"), NOW, notice="due")
    assert (ended.outcome, ended.exit_code, ended.run_id, ended.goals_missed) == ("goals missed", 4, "r1", goals)
    again = history.finish(firing.number, Verdict("interrupted"), NOW, notice="")
    assert again == ended
    assert history.to_tell() == [ended]
    assert history.told(firing.number, "told 1 of 1").notice == "told 1 of 1"
    assert not history.to_tell()


def test_another_process_reads_what_was_written(history: History) -> None:
    firing = history.add(RUNNING, NOW)
    other = History(history.path)
    assert other.latest(10) == [firing]
    assert other.latest(10, "weekly") == []
    other.close()


def test_only_the_last_firings_are_kept(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRINGS_MAX", 3)
    numbers = [history.add(RUNNING, NOW).number for _ in range(5)]
    assert [firing.number for firing in history.latest(10)] == numbers[-3:]


def test_only_its_owner_may_read_it(history: History) -> None:
    assert history.path.stat().st_mode & 0o077 == 0
    assert history.path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"not a database" * 100, b""])
def test_a_damaged_file_is_told_and_an_empty_one_begun(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "history.sqlite"
    path.write_bytes(content)
    if not content:
        History(path).close()
        return
    with pytest.raises(RunDirectoryError, match="not a database") as told:
        History(path)
    assert "move it away" in told.value.remedy


def test_a_history_of_a_later_version_is_left_alone(history: History) -> None:
    history._connection.execute("PRAGMA user_version = 9")
    with pytest.raises(RunDirectoryError, match="version 9"):
        History(history.path)
