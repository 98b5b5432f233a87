"""A service and a timer of systemd."""

from collections.abc import Iterator
from typing import Final

from plimsoll.core.cron import Cron
from plimsoll.schedule.forms.form import GRACEFUL_S, Form, Wanted, comments, jumps, quoted, spans

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def systemd(wanted: Wanted) -> list[Form]:
    """The two units, to be put into /etc/systemd/system or ~/.config/systemd/user."""
    name = f"plimsoll-{wanted.schedule.name}"
    return [Form(f"{name}.service", _service(wanted, name)), Form(f"{name}.timer", _timer(wanted, name))]


def calendar(cron: Cron, timezone: str) -> list[str]:
    """The values of OnCalendar that together are due when `cron` is.

    Within one of them day of the month and of the week must both fit, so alternatives become two.
    """
    months = "*" if len(cron.months) == 12 else spans(cron.months, "..", digits=2)
    hours = "*" if cron.every_hour else spans(cron.hours, "..", digits=2)
    minutes = "*" if len(cron.minutes) == 60 else spans(cron.minutes, "..", digits=2)
    days = spans(cron.days, "..", digits=2)
    clock = f"{hours}:{minutes}:00 {timezone}"
    by_month, by_week = f"*-{months}-{days} {clock}", f"{_weekdays(cron)} *-{months}-* {clock}"
    if cron.either_day:
        return [by_month, by_week]
    if not cron.any_day:
        return [by_month]
    return [f"*-{months}-* {clock}" if cron.any_weekday else by_week]


def _weekdays(cron: Cron) -> str:
    """systemd's week begins on Monday, and its ranges do not wrap."""
    return ",".join(name for number, name in enumerate(_DAYS, start=1) if number % 7 in cron.weekdays)


def _service(wanted: Wanted, name: str) -> str:
    command = " ".join(map(_word, [wanted.program, *wanted.words]))
    return f"""{comments(_notes(wanted, name))}[Unit]
Description=Plimsoll: scheduled run {wanted.schedule.name}

[Service]
Type=oneshot
WorkingDirectory={_percent(wanted.directory)}
{_environment(wanted, name)}ExecStart={command}
KillMode=mixed
TimeoutStartSec={wanted.seconds_max}
TimeoutStopSec={GRACEFUL_S}
"""


def _notes(wanted: Wanted, name: str) -> Iterator[str]:
    if wanted.variables:
        yield f"/etc/plimsoll/{name}.env, for root only, has lines NAME=value of {', '.join(wanted.variables)}."
    yield "The unit has failed when a goal was missed: its exit code is that of plimsoll run."


def _environment(wanted: Wanted, name: str) -> str:
    return f"EnvironmentFile=/etc/plimsoll/{name}.env\n" if wanted.variables else ""


def _timer(wanted: Wanted, name: str) -> str:
    schedule = wanted.schedule
    due = "".join(f"OnCalendar={value}\n" for value in calendar(schedule.cron, schedule.timezone))
    return f"""{comments(_timer_notes(wanted))}[Unit]
Description=Plimsoll: when {schedule.name} is due ({schedule.cron.text})

[Timer]
{due}Persistent={"true" if schedule.missed == "run" else "false"}
AccuracySec=1s
Unit={name}.service

[Install]
WantedBy=timers.target
"""


def _timer_notes(wanted: Wanted) -> Iterator[str]:
    if not wanted.schedule.enabled:
        yield "This schedule has enabled = false: do not enable the timer."
    if wanted.schedule.missed == "report":
        yield "systemd does not tell of runs that were missed while the machine was down."
    yield from jumps(
        wanted,
        "systemd leaves out what the clock skips, and plimsoll schedule run does not. Next time",
        "Of an hour that comes twice systemd makes the runs once, and plimsoll schedule run twice. Next time",
        twice_matters=wanted.schedule.cron.every_hour,
    )


def _word(text: str) -> str:
    """A word of ExecStart: quoted where it needs to be, with % and $ as they are."""
    plain = _percent(text).replace("$", "$$")
    return plain if plain and not set(plain) & set(" \t\"'\\;") else quoted(plain)


def _percent(text: str) -> str:
    return text.replace("%", "%%")
