"""Schedules: runs that repeat by themselves, as `[schedules.NAME]` states them."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from plimsoll.core.cron import Cron
from plimsoll.core.errors import UsageError
from plimsoll.settings.masking import Secret
from plimsoll.settings.schema import ScheduleTable

_NAME: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}"
)  # it becomes part of file names, units and Kubernetes objects


@dataclass(frozen=True, slots=True)
class Schedule:
    """One schedule. `notify` holds addresses as stated, "env:NAME" among them; `wait_s` is for its target to be free.

    `timeout_s` and `wait_s` together bound a run; `timeout_s` unstated: as long as the profile takes, and ten minutes.
    """

    name: str
    cron: Cron
    zone: ZoneInfo
    scenario: Path
    profile: str | None = None
    environment: str | None = None
    goals: Sequence[str] = ()
    allow_protected: Sequence[str] = ()
    processes: int = 1
    seed: int = 1
    missed: Literal["report", "run"] = "report"
    wait_s: float = 3600.0
    timeout_s: float | None = None
    notify: Sequence[Secret] = ()
    notify_on: Literal["failure", "always"] = "failure"
    enabled: bool = True

    @property
    def timezone(self) -> str:
        """The zone's name, as "Europe/Berlin"."""
        return self.zone.key


def make_schedule(name: str, cron: Cron, zone: ZoneInfo, table: ScheduleTable) -> Schedule:
    """The schedule that a table states, given what its texts mean. Raises UsageError."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"a schedule cannot be called {name!r}",
            why="a name is letters, digits, - and _, at most 50",
            remedy="give it another name",
        )
    stated = table.model_dump(exclude={"cron", "timezone", "scenario", "env", "wait", "timeout", "notify"})
    return Schedule(
        name=name,
        cron=cron,
        zone=zone,
        scenario=Path(table.scenario),
        environment=table.env,
        wait_s=table.wait,
        timeout_s=table.timeout,
        notify=tuple(map(Secret, table.notify)),
        **stated,
    )


def read_zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name. Raises UsageError with the nearest right one."""
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(name)
    known = sorted(available_timezones())
    if not known:
        raise UsageError(
            f"unknown timezone {name!r}", why="this machine has no time zones", remedy="install the package tzdata"
        )
    nearest = [zone for zone in known if zone.endswith(f"/{name}")] or get_close_matches(name, known, n=1)
    raise UsageError(
        f"unknown timezone {name!r}",
        why="it is not an IANA name",
        remedy=f"did you mean {nearest[0]!r}?" if nearest else 'write for example "Europe/Berlin"',
    )
