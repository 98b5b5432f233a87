"""`plimsoll schedule run`: the daemon. An alarm rings, our cron decides, the history is written first."""

import asyncio
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from plimsoll.core.errors import PlimsollError, RefusedError, UsageError
from plimsoll.core.firing import next_after
from plimsoll.schedule.alarm import Alarm, CronTrigger
from plimsoll.schedule.deciding import Decision, Missed, decide, seen_until
from plimsoll.schedule.firing import Firing, Trigger
from plimsoll.schedule.history import History, NewFiring
from plimsoll.schedule.notice import headline, is_wanted
from plimsoll.settings.schedules import Schedule
from plimsoll.workflows.schedule import (
    Office,
    carry_out,
    now_utc,
    problems_of,
    refuse_addresses,
    take_over,
    tell,
)


async def serve(office: Office, stop: asyncio.Event) -> None:
    """Makes scheduled runs until `stop`; then ends what is under way as Ctrl-C does, and keeps it.

    Raises UsageError where there is nothing to do, RefusedError where another daemon does it.
    """
    schedules = [schedule for schedule in office.settings.schedules.values() if schedule.enabled]
    if not schedules:
        raise UsageError(
            "there is no schedule", where=office.settings.source, remedy="add [schedules.NAME] with cron and scenario"
        )
    refuse_addresses(schedules, office.environ)
    with _only_daemon(office):
        history = History(office.history_path)
        try:
            await Daemon(office, history, stop).run(schedules)
        finally:
            history.close()


@contextmanager
def _only_daemon(office: Office) -> Iterator[None]:
    """One daemon in a directory. Raises RefusedError."""
    path = office.root / "daemon.lock"
    try:
        office.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = path.open("a+")
    except OSError as error:
        raise RefusedError("cannot keep the history of schedules", where=str(office.root), why=str(error)) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            raise RefusedError(
                "a daemon is running here already",
                where=str(path),
                why=f"process {lock.read(20).strip() or 'unknown'}",
                remedy="stop it first, or leave it be: plimsoll schedule list shows what it does",
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def daemon_runs(office: Office) -> bool:
    """Whether a daemon serves this directory."""
    with suppress(OSError), (office.root / "daemon.lock").open("r") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@dataclass
class Daemon:
    """Schedules by name, and the runs and messages that are under way, each a task."""

    office: Office
    history: History
    stop: asyncio.Event
    under_way: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _schedules: dict[str, Schedule] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, schedules: Sequence[Schedule]) -> None:
        """Until `stop` is set and everything under way has ended."""
        self._schedules = {schedule.name: schedule for schedule in schedules}
        self.office.say(f"daemon begins, process {os.getpid()}")
        self.history.forget_but(self._schedules)
        await take_over(self.office, self.history)
        alarm = Alarm()
        for schedule in schedules:
            self._announce(schedule)
            alarm.at(CronTrigger(schedule.cron, schedule.zone), self.look, schedule.name)
            await self.look(schedule.name)
        alarm.start()
        try:
            await self.stop.wait()
        finally:
            alarm.stop()
            if self.under_way:
                self.office.say(f"stopping: {', '.join(self.under_way)}")
            await asyncio.gather(*self._tasks)
            self.office.say("daemon ends")

    def _announce(self, schedule: Schedule) -> None:
        due = next_after(schedule.cron, schedule.zone, now_utc()).astimezone(schedule.zone)
        self.office.say(f"{schedule.name}: {schedule.cron.text} ({schedule.timezone}), next {due:%Y-%m-%d %H:%M %Z}")
        for problem in problems_of(schedule, self.office.environ):
            self.office.say(f"{schedule.name}: warning: {problem}")

    async def look(self, name: str) -> None:
        """Does what is due for a schedule, if anything is."""
        with self._told_of_errors(name):  # the next look tries again, and tells what was missed meanwhile
            for firing in self.written(self._schedules[name], now_utc()):
                self._begin(self._schedules[name], firing)

    def written(self, schedule: Schedule, now: datetime) -> list[Firing]:
        """What is due now, as written into the history."""
        meaning = f"{schedule.cron.text} {schedule.timezone}"
        seen = seen_until(self.history.seen_until(schedule.name, meaning), now)
        decision = decide(schedule.cron, schedule.zone, seen=seen, now=now, policy=schedule.missed)
        new = [*self._missed(schedule, decision.missed), *self._due(schedule, decision)]
        return self.history.look(schedule.name, meaning, now, new, begin=self.office.own)

    def _missed(self, schedule: Schedule, missed: Missed | None) -> Iterator[NewFiring]:
        if missed is not None:
            notice = "due" if is_wanted("missed", schedule) else ""
            why = "nothing was there to start it: the daemon was down or the machine asleep"
            yield NewFiring(
                schedule.name, "cron", missed.first, "missed", missed.last, missed.count, detail=why, notice=notice
            )

    def _due(self, schedule: Schedule, decision: Decision) -> Iterator[NewFiring]:
        if decision.run is None:
            return
        trigger: Trigger = "late" if decision.late else "cron"
        if schedule.name not in self.under_way:
            yield NewFiring(schedule.name, trigger, decision.run, "running")
            return
        notice = "due" if is_wanted("skipped", schedule) else ""
        why = "the run before it was still under way"
        yield NewFiring(schedule.name, trigger, decision.run, "skipped", detail=why, notice=notice)

    def _begin(self, schedule: Schedule, firing: Firing) -> None:
        """A task for what was written: its run, or only the message."""
        if firing.outcome == "running":
            task = asyncio.create_task(self._run(schedule, firing))
            self.under_way[schedule.name] = task
            task.add_done_callback(lambda _: self.under_way.pop(schedule.name, None))
        else:
            self.office.say(f"{schedule.name}: {headline(firing)}: {firing.detail}")
            task = asyncio.create_task(self._tell(schedule, firing))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, schedule: Schedule, firing: Firing) -> None:
        with self._told_of_errors(schedule.name):
            await carry_out(self.office, self.history, schedule, firing, self.stop)

    async def _tell(self, schedule: Schedule, firing: Firing) -> None:
        with self._told_of_errors(schedule.name):
            await tell(self.office, self.history, schedule, firing)

    @contextmanager
    def _told_of_errors(self, name: str) -> Iterator[None]:
        """What goes wrong with one run ends neither the others nor the daemon."""
        try:
            yield
        except PlimsollError as error:
            self.office.say(f"{name}: {error}")
        except Exception as error:  # noqa: BLE001 - a mistake of ours: the schedules go on, and it is told
            self.office.say(f"{name}: something unexpected: {type(error).__name__}: {error}")
