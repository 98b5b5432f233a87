"""A workflow of GitHub Actions."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.firing import moments_between
from plimsoll.schedule.forms.form import Form, Wanted, comments, cron_text, jumps, quoted

INTERVAL_MIN: Final = timedelta(minutes=5)
JOB_MINUTES_MAX: Final = 360  # on GitHub's own machines
_LOOKED_AT: Final = 2000  # moments; those of a week at every five minutes


def github(wanted: Wanted) -> list[Form]:
    """The workflow. Raises UsageError for what GitHub does not do."""
    _refuse_frequent(wanted)
    schedule = wanted.schedule
    zone = "" if schedule.timezone == "UTC" else f"      timezone: {quoted(schedule.timezone)}\n"
    minutes = min(-(-wanted.seconds_max // 60), JOB_MINUTES_MAX)
    text = f"""{comments(_notes(wanted))}name: {quoted(f"Plimsoll: {schedule.name}")}
on:
  schedule:
    - cron: {quoted(cron_text(schedule.cron))}
{zone}  workflow_dispatch:
permissions:
  contents: read
concurrency:
  group: {quoted(f"plimsoll-{schedule.environment or 'default'}")}
  cancel-in-progress: false
jobs:
  run:
    runs-on: ubuntu-latest
    timeout-minutes: {minutes}
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: python -m pip install plimsoll-line
      - run: {quoted(" ".join(["plimsoll", *wanted.words]))}
{_environment(wanted)}      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: runs
          path: .plimsoll/runs
          include-hidden-files: true
"""
    return [Form(f".github/workflows/plimsoll-{schedule.name}.yml", text)]


def _environment(wanted: Wanted) -> str:
    if not wanted.variables:
        return ""
    lines = (f"          {name}: ${{{{ secrets.{name} }}}}\n" for name in wanted.variables)
    return f"        env:\n{''.join(lines)}"


def _refuse_frequent(wanted: Wanted) -> None:
    cron, zone = wanted.schedule.cron, wanted.schedule.zone
    start = datetime.combine(wanted.today, time(), UTC)
    found = islice(moments_between(cron, zone, start, start + timedelta(days=366)), _LOOKED_AT)
    closest = min((later - earlier for earlier, later in pairwise(found)), default=INTERVAL_MIN)
    if closest < INTERVAL_MIN:
        raise UsageError(
            f"GitHub Actions does not run a workflow as often as {cron.text!r} says",
            why=f"every {INTERVAL_MIN.seconds // 60} minutes is the most",
            remedy="make the schedule rarer, or run it with plimsoll schedule run",
        )


def _notes(wanted: Wanted) -> Iterator[str]:
    schedule = wanted.schedule
    yield "GitHub may begin late or leave a run out, and tells nobody. It runs what stands on the default branch."
    if schedule.timezone != "UTC":
        yield "An older GitHub Enterprise Server may not know timezone, and would take the times for UTC."
    if not schedule.enabled:
        yield "This schedule has enabled = false: leave the workflow disabled."
    if schedule.missed == "run":
        yield 'missed = "run" cannot be translated: GitHub does not make up for runs that were missed.'
    if wanted.seconds_max > JOB_MINUTES_MAX * 60:
        yield f"GitHub's machines end a job after {JOB_MINUTES_MAX} minutes, and this may be a longer one."
    yield from jumps(
        wanted,
        "A time that the clock skips becomes the next that there is, as GitHub reckons it. Next time",
        "A time that comes twice may be run twice. Next time",
        twice_matters=not schedule.cron.every_hour,
    )
