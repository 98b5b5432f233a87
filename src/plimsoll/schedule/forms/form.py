"""What every form is made of and what it says of days when the clock jumps. Pure."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from plimsoll.core.cron import Cron
from plimsoll.core.firing import skipped_between, twice_between
from plimsoll.settings.schedules import Schedule

LOOK_AHEAD_DAYS: Final = 400  # both jumps of the year to come
GRACEFUL_S: Final = 180  # for a run to end in good order, its report included
STARTING_S: Final = 60  # of the bound of a whole job, for what is not the run


@dataclass(frozen=True, slots=True)
class Wanted:
    """One schedule and its surroundings. `seconds` bounds its run, waiting included.

    `program` and `directory` are where Plimsoll and plimsoll.toml are on a machine, `image` is a container that has
    both. `variables` are those whose values the run needs.
    """

    schedule: Schedule
    seconds: float
    today: date
    program: str = "plimsoll"
    directory: str = "."
    image: str = ""
    config: str | None = None
    variables: Sequence[str] = ()

    @property
    def words(self) -> list[str]:
        """The command that makes the run, without the program."""
        return ["schedule", "now", self.schedule.name, *([f"--config={self.config}"] if self.config else [])]

    @property
    def seconds_max(self) -> int:
        """What a whole job may take."""
        return round(self.seconds) + GRACEFUL_S + STARTING_S


@dataclass(frozen=True, slots=True)
class Form:
    """A file, and the name it should have."""

    path: str
    text: str


def cron_text(cron: Cron) -> str:
    """The five fields in numbers that every cron reads alike."""
    fields = (
        (cron.minutes, len(cron.minutes) == 60),
        (cron.hours, cron.every_hour),
        (cron.days, cron.any_day),
        (cron.months, len(cron.months) == 12),
        (cron.weekdays, cron.any_weekday),
    )
    return " ".join("*" if everything else spans(values, "-") for values, everything in fields)


def spans(values: Iterable[int], to: str, *, digits: int = 1) -> str:
    """1,3-5 for 1, 3, 4, 5."""
    runs: list[list[int]] = []
    for value in sorted(values):
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ",".join(part for run in runs for part in _span(run, to, digits))


def _span(run: list[int], to: str, digits: int) -> Iterator[str]:
    if len(run) > 2:
        yield f"{run[0]:0{digits}}{to}{run[-1]:0{digits}}"
    else:
        yield from (f"{value:0{digits}}" for value in run)


def jumps(wanted: Wanted, skipped: str, twice: str, *, twice_matters: bool) -> Iterator[str]:
    """What is different there on days when the clock jumps, with the next such time."""
    cron, zone = wanted.schedule.cron, wanted.schedule.zone
    if moment := next(skipped_between(cron, zone, wanted.today, LOOK_AHEAD_DAYS), None):
        yield f"{skipped}: {moment:%Y-%m-%d %H:%M}"
    if twice_matters and (moment := next(twice_between(cron, zone, wanted.today, LOOK_AHEAD_DAYS), None)):
        yield f"{twice}: {moment:%Y-%m-%d %H:%M}"


def comments(lines: Iterable[str]) -> str:
    return "".join(f"# {line}\n" for line in lines)


def quoted(text: str) -> str:
    """A text as YAML and systemd read it, whatever is in it."""
    return json.dumps(text, ensure_ascii=False)
