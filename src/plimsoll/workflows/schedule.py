"""Scheduled runs: making one and telling of it, whoever asks, the daemon or a person."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from plimsoll.core.errors import PlimsollError, UsageError
from plimsoll.notify.addresses import read_addresses
from plimsoll.notify.delivering import deliver
from plimsoll.runs.directory import RUNS_ROOT
from plimsoll.schedule.child import Folder, command_of, keep, outlived, prune
from plimsoll.schedule.firing import Firing
from plimsoll.schedule.history import History, NewFiring
from plimsoll.schedule.notice import headline, is_wanted, message_of, told
from plimsoll.schedule.outcome import Verdict, judge
from plimsoll.settings.schedules import Schedule
from plimsoll.settings.settings import Settings

SCHEDULE_ROOT: Final = Path(".plimsoll") / "schedule"
PREPARING_S: Final = 600.0  # what a run may take beyond its profile: connecting, @setup, feeds, @teardown, the report
DEFAULT_RUN_S: Final = 30.0  # of `plimsoll run` without a profile

WENT_DOWN: Final = "who started it went down while it was under way"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Office:
    """What scheduled runs are made with. `config`: the settings file if not ./plimsoll.toml; `say` logs a line."""

    settings: Settings
    environ: Mapping[str, str]
    say: Say
    config: Path | None = None
    root: Path = SCHEDULE_ROOT
    runs_root: Path = RUNS_ROOT
    owned: dict[int, Folder] = field(default_factory=dict)

    @property
    def history_path(self) -> Path:
        return self.root / "history.sqlite"

    def folder(self, number: int) -> Folder:
        """Where a firing's files are."""
        return Folder(self.root / "firings" / str(number))

    def own(self, number: int) -> None:
        """Makes the folder of a run that is about to begin, and holds it: others see that somebody waits for it."""
        folder = self.folder(number)
        folder.create()
        self.owned[number] = folder


def now_utc() -> datetime:
    return datetime.now(UTC)


def problems_of(schedule: Schedule, environ: Mapping[str, str]) -> Iterator[str]:
    """What would go wrong with a schedule as things are."""
    if not schedule.scenario.is_file():
        yield f"there is no file {schedule.scenario} here"
    try:
        yield from read_addresses(schedule.notify, environ)[1]
    except UsageError as error:
        yield str(error)


def refuse_addresses(schedules: Sequence[Schedule], environ: Mapping[str, str]) -> None:
    """Raises UsageError for an address that plimsoll.toml states and that cannot be one."""
    for schedule in schedules:
        try:
            read_addresses(schedule.notify, environ)
        except UsageError as error:
            where = f"[schedules.{schedule.name}] notify"
            raise UsageError(error.what, where=where, why=error.why, remedy=error.remedy) from None


def seconds_of(schedule: Schedule, settings: Settings) -> float:
    """The bound of a run, waiting for its target included."""
    if schedule.timeout_s is not None:
        return schedule.wait_s + schedule.timeout_s
    profile = settings.profile(schedule.profile) if schedule.profile else None
    takes = profile.total_s + profile.graceful_stop_s if profile else DEFAULT_RUN_S
    return schedule.wait_s + takes + PREPARING_S


async def make_now(office: Office, schedule: Schedule, stop: asyncio.Event) -> Firing:
    """Makes a run because somebody asked, and tells of it. Raises UsageError for wrong addresses."""
    refuse_addresses([schedule], office.environ)
    history = History(office.history_path)
    try:
        for left in await settle_left(office, history):  # started by somebody else's timer, no daemon would tell
            if left.schedule in office.settings.schedules:
                await tell(office, history, office.settings.schedule(left.schedule), left)
        firing = history.add(NewFiring(schedule.name, "now", now_utc(), "running"), now_utc(), begin=office.own)
        return await carry_out(office, history, schedule, firing, stop)
    finally:
        history.close()


async def carry_out(
    office: Office, history: History, schedule: Schedule, firing: Firing, stop: asyncio.Event
) -> Firing:
    """Makes the run of a firing, keeps its result, then tells of it."""
    office.say(f"{schedule.name}: run begins")
    folder = office.owned.pop(firing.number)
    try:
        verdict = await _made(office, schedule, folder, stop)
        ended = _finish(office, history, schedule, firing, verdict)
    finally:
        folder.close()
    return await tell(office, history, schedule, ended)


async def _made(office: Office, schedule: Schedule, folder: Folder, stop: asyncio.Event) -> Verdict:
    command = command_of(schedule, config=office.config, runs=office.runs_root)
    try:
        prune(folder.path.parent)
        return judge(await keep(folder, command, seconds_of(schedule, office.settings), stop))
    except (PlimsollError, OSError) as error:
        return Verdict("failed", detail=str(error))


def _finish(office: Office, history: History, schedule: Schedule, firing: Firing, verdict: Verdict) -> Firing:
    notice = "due" if is_wanted(verdict.outcome, schedule) else ""
    ended = history.finish(firing.number, verdict, now_utc(), notice=notice)
    run = f", run {ended.run_id}" if ended.run_id else ""
    detail = f": {ended.detail}" if ended.detail else ""
    office.say(f"{schedule.name}: {headline(ended)}{run}{detail}")
    return ended


async def tell(office: Office, history: History, schedule: Schedule, firing: Firing) -> Firing:
    """Tells people of a firing if that is due, and writes down what became of it."""
    if firing.notice != "due":
        return firing
    try:
        addresses, problems = read_addresses(schedule.notify, office.environ)
    except UsageError as error:
        addresses, problems = [], [str(error)]
    said = told(await deliver(message_of(firing, schedule), addresses), problems)
    office.say(f"{schedule.name}: {said}")
    return history.told(firing.number, said)


async def take_over(office: Office, history: History) -> None:
    """Settles what an earlier process left: runs whose end nobody saw, and people who were not told."""
    await settle_left(office, history)
    for firing in history.to_tell():
        schedule = office.settings.schedules.get(firing.schedule)
        if schedule is None:
            history.told(firing.number, "told nobody; the schedule is not there any more")
        else:
            await tell(office, history, schedule, firing)


async def settle_left(office: Office, history: History) -> list[Firing]:
    """Writes down how the runs ended that their owners did not live to see."""
    left = [firing for firing in history.running() if not office.folder(firing.number).is_owned()]
    return await asyncio.gather(*(_settle(office, history, firing) for firing in left))


async def _settle(office: Office, history: History, firing: Firing) -> Firing:
    verdict = judge(await outlived(office.folder(firing.number)))
    if verdict.outcome == "interrupted" and not verdict.detail:
        verdict = replace(verdict, detail=f"{WENT_DOWN}; it was stopped, and what was measured is kept")
    schedule = office.settings.schedules.get(firing.schedule)
    notice = "due" if schedule and is_wanted(verdict.outcome, schedule) else ""
    ended = history.finish(firing.number, verdict, now_utc(), notice=notice)
    office.say(
        f"{firing.schedule}: the run due at {firing.due_at:%Y-%m-%d %H:%M} UTC: {headline(ended)}, {ended.detail}"
    )
    return ended


def annotations_of(office: Office, firing: Firing) -> list[str]:
    """What the run said to GitHub Actions: its words went into a log."""
    return [line for line in office.folder(firing.number).read().said.splitlines() if line.startswith("::")]


def last_firings(office: Office, limit: int, schedule: str | None = None) -> list[Firing]:
    """The last firings, oldest first; none, and no file is made, where nothing was ever scheduled."""
    if not office.history_path.exists():
        return []
    history = History(office.history_path)
    try:
        return [_as_it_is(office, firing) for firing in history.latest(limit, schedule)]
    finally:
        history.close()


def _as_it_is(office: Office, firing: Firing) -> Firing:
    """A run whose owner is gone is not under way any more, though nobody has written so yet."""
    if firing.outcome != "running" or office.folder(firing.number).is_owned():
        return firing
    return replace(firing, outcome="interrupted", detail=f"{WENT_DOWN}; the daemon's next start tells more")
