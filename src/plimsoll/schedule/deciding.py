"""What is to be done about a schedule at a moment: what is due, what was missed. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import islice
from typing import Final, Literal

from plimsoll.core.cron import Cron
from plimsoll.core.firing import last_until, moments_between

GRACE: Final = timedelta(seconds=90)  # how late a run may begin and still count as begun on time
COUNT_MAX: Final = 10_000  # missed runs that are counted; a schedule of every minute misses so many in a week
CLOCK_BACK_MAX: Final = timedelta(hours=1)  # what lies further ahead was written under a clock that was wrong


@dataclass(frozen=True, slots=True)
class Missed:
    """Runs that were due and not begun on time; `count` is COUNT_MAX where there were more."""

    first: datetime
    last: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Decision:
    """`run` is when the run that is to begin now was due; None: nothing is to begin."""

    run: datetime | None = None
    late: bool = False
    missed: Missed | None = None


def decide(
    cron: Cron, zone: tzinfo, *, seen: datetime, now: datetime, policy: Literal["report", "run"] = "report"
) -> Decision:
    """What follows from what was due in (seen, now].

    What is due now runs. Of what was due earlier nothing runs; with the policy "run" the last, unless one is due now.
    """
    last = last_until(cron, zone, now, after=seen)
    if last is None:
        return Decision()
    on_time = now - last <= GRACE
    until = last - timedelta(microseconds=1) if on_time else last
    missed = _missed(cron, zone, seen, until)
    runs = on_time or policy == "run"
    return Decision(last if runs else None, late=runs and not on_time, missed=missed)


def _missed(cron: Cron, zone: tzinfo, seen: datetime, until: datetime) -> Missed | None:
    moments = list(islice(moments_between(cron, zone, seen, until), COUNT_MAX))
    last = last_until(cron, zone, until, after=seen)
    return Missed(moments[0], last, len(moments)) if moments and last else None


def seen_until(remembered: datetime | None, now: datetime) -> datetime:
    """From when on to look for what is due: what is new is looked at from now on, and so is what lies in the future."""
    if remembered is None or remembered - now > CLOCK_BACK_MAX:
        return now
    return remembered
