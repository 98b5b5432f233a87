"""What the daemon writes down when it looks at a schedule, and what it settles of an earlier one."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plimsoll.core.cron import parse_cron
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.schedule.child import Folder
from plimsoll.schedule.history import History, NewFiring
from plimsoll.schedule.outcome import Verdict
from plimsoll.settings.masking import Secret
from plimsoll.settings.schedules import Schedule, read_zone
from plimsoll.settings.settings import Settings
from plimsoll.workflows.schedule import Office, last_firings, take_over
from plimsoll.workflows.schedule_daemon import Daemon, serve

NIGHTLY = Schedule(
    "nightly", parse_cron("0 3 * * *"), read_zone("UTC"), Path("a.py"), notify=[Secret("env:NOT_SET")], missed="run"
)
DUE = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    said: list[str] = []
    return Office(Settings(schedules={"nightly": NIGHTLY}), {}, said.append, root=tmp_path, runs_root=tmp_path)


@pytest.fixture
def daemon(office: Office) -> Iterator[Daemon]:
    history = History(office.history_path)
    yield Daemon(office, history, asyncio.Event())
    history.close()
    for folder in office.owned.values():
        folder.close()


def written(daemon: Daemon, now: datetime, schedule: Schedule = NIGHTLY) -> list[tuple[str, str, int, str]]:
    return [(one.outcome, one.trigger, one.count, one.notice) for one in daemon.written(schedule, now)]


def test_a_schedule_is_run_when_it_is_due_and_not_again(daemon: Daemon) -> None:
    assert written(daemon, DUE - DAY / 2) == []
    assert written(daemon, DUE) == [("running", "cron", 1, "")]
    assert written(daemon, DUE) == []


def test_what_was_missed_is_told_and_made_up_for_where_that_is_wanted(daemon: Daemon) -> None:
    written(daemon, DUE - DAY / 2)
    later = DUE + 2.5 * DAY
    assert written(daemon, later) == [("missed", "cron", 3, "due"), ("running", "late", 1, "")]
    report = replace(NIGHTLY, missed="report", notify=())
    assert written(daemon, later + 2 * DAY, report) == [("missed", "cron", 2, "")]


def test_a_run_that_begins_has_an_owner_before_anybody_can_see_it(office: Office, daemon: Daemon) -> None:
    def look(number: int) -> None:
        office.own(number)
        other = History(office.history_path)
        assert other.running() == []
        other.close()

    number = daemon.history.add(NewFiring("nightly", "cron", DUE, "running"), DUE, begin=look).number
    assert office.folder(number).is_owned()


def test_a_run_that_is_still_under_way_is_not_doubled(daemon: Daemon) -> None:
    async def go() -> None:
        daemon.under_way["nightly"] = asyncio.create_task(asyncio.sleep(0))
        written(daemon, DUE - DAY / 2)
        assert written(daemon, DUE) == [("skipped", "cron", 1, "due")]
        await daemon.under_way["nightly"]

    asyncio.run(go())


def test_a_changed_or_forgotten_schedule_starts_afresh(daemon: Daemon) -> None:
    written(daemon, DUE - DAY / 2)
    assert written(daemon, DUE + DAY / 2, replace(NIGHTLY, cron=parse_cron("0 4 * * *"))) == []
    written(daemon, DUE - DAY / 2)
    daemon.history.forget_but(["other"])
    assert written(daemon, DUE + DAY / 2) == []


def running(office: Office, daemon: Daemon) -> tuple[int, Folder]:
    """A run that has begun, and its folder with an owner."""
    firing = daemon.history.add(NewFiring("nightly", "cron", DUE, "running"), DUE, begin=office.own)
    return firing.number, office.owned[firing.number]


def test_a_run_whose_owner_is_gone_is_settled_and_told(office: Office, daemon: Daemon) -> None:
    number, folder = running(office, daemon)
    (folder.path / "end.json").write_text('{"exit": 130, "stopped": "asked"}')
    (folder.path / "summary.json").write_text('{"run_id": "r1", "goals": []}')
    folder.close()
    assert last_firings(office, 1)[0].outcome == "interrupted"
    asyncio.run(take_over(office, daemon.history))
    settled = daemon.history.firing(number)
    assert (settled.outcome, settled.exit_code, settled.run_id) == ("interrupted", 130, "r1")
    assert "what was measured is kept" in settled.detail
    assert settled.notice == "told nobody; variable NOT_SET holds no address: it is not set"


def test_a_run_of_which_nothing_is_left_is_interrupted_too(office: Office, daemon: Daemon) -> None:
    number, folder = running(office, daemon)
    folder.close()
    asyncio.run(take_over(office, daemon.history))
    settled = daemon.history.firing(number)
    assert (settled.outcome, settled.exit_code) == ("interrupted", None)
    assert "nothing is known of its end" in settled.detail


def test_a_run_of_a_living_process_is_left_alone(office: Office, daemon: Daemon) -> None:
    number, folder = running(office, daemon)
    asyncio.run(take_over(office, daemon.history))
    assert daemon.history.firing(number).outcome == "running"
    folder.close()


def test_people_who_were_not_told_before_a_crash_are_told_after_it(office: Office, daemon: Daemon) -> None:
    firing = daemon.history.add(NewFiring("nightly", "cron", DUE, "running"), DUE)
    daemon.history.finish(firing.number, Verdict("refused", 3), DUE, notice="due")
    asyncio.run(take_over(office, daemon.history))
    assert daemon.history.firing(firing.number).notice.startswith("told nobody")
    assert not daemon.history.to_tell()


def test_a_daemon_refuses_what_it_could_not_do(office: Office) -> None:
    with pytest.raises(UsageError, match="there is no schedule"):
        asyncio.run(serve(replace(office, settings=Settings()), asyncio.Event()))
    wrong = replace(NIGHTLY, notify=[Secret("syslog://")])
    with pytest.raises(UsageError, match=r"syslog:// is not a kind .*\[schedules.nightly\] notify"):
        asyncio.run(serve(replace(office, settings=Settings(schedules={"nightly": wrong})), asyncio.Event()))
    (office.root / "daemon.lock").mkdir()
    with pytest.raises(RefusedError, match="cannot keep the history"):
        asyncio.run(serve(office, asyncio.Event()))
