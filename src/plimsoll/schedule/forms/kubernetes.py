"""A CronJob of Kubernetes, 1.27 or later: before that it knows no time zones."""

from collections.abc import Iterator
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.schedule.deciding import GRACE
from plimsoll.schedule.forms.form import GRACEFUL_S, Form, Wanted, comments, cron_text, jumps, quoted

NAME_LENGTH_MAX: Final = 52  # of a CronJob: Kubernetes appends to it
LATE_S: Final = 24 * 3600  # how long after its time a missed run may be made up for


def kubernetes(wanted: Wanted) -> list[Form]:
    """The manifest. Raises UsageError without an image, and for a name that no CronJob may have."""
    schedule = wanted.schedule
    name = f"plimsoll-{schedule.name}".lower().replace("_", "-").rstrip("-")
    if not wanted.image:
        raise UsageError("which container?", why="Kubernetes runs one that holds Plimsoll", remedy="--image IMAGE")
    if len(name) > NAME_LENGTH_MAX:
        raise UsageError(
            f"no CronJob may be called {name!r}",
            why=f"it is longer than {NAME_LENGTH_MAX} characters",
            remedy="give the schedule a shorter name",
        )
    late = LATE_S if schedule.missed == "run" else round(GRACE.total_seconds())
    text = f"""{comments(_notes(wanted))}apiVersion: batch/v1
kind: CronJob
metadata:
  name: {quoted(name)}
spec:
  schedule: {quoted(cron_text(schedule.cron))}
  timeZone: {quoted(schedule.timezone)}
  suspend: {"false" if schedule.enabled else "true"}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: {late}
  jobTemplate:
    spec:
      backoffLimit: 0
      activeDeadlineSeconds: {wanted.seconds_max}
      template:
        spec:
          restartPolicy: Never
          terminationGracePeriodSeconds: {GRACEFUL_S}
          containers:
            - name: plimsoll
              image: {quoted(wanted.image)}
              command: [{", ".join(map(quoted, ["plimsoll", *wanted.words]))}]
{_environment(wanted)}"""
    return [Form(f"{name}.yaml", text)]


def _environment(wanted: Wanted) -> str:
    if not wanted.variables:
        return ""
    lines = (
        f"                - name: {name}\n"
        f"                  valueFrom: {{secretKeyRef: {{name: plimsoll, key: {quoted(name)}}}}}\n"
        for name in wanted.variables
    )
    return f"              env:\n{''.join(lines)}"


def _notes(wanted: Wanted) -> Iterator[str]:
    yield "The container has Plimsoll, and plimsoll.toml with its scenarios in its working directory."
    yield "What .plimsoll/ holds (runs and history) is lost with the pod unless a volume is mounted there."
    if wanted.variables:
        yield f"The secret plimsoll holds {', '.join(wanted.variables)}."
    if wanted.schedule.missed == "report":
        yield "Kubernetes does not tell of runs that were missed."
    yield from jumps(
        wanted,
        "Kubernetes leaves out what the clock skips, and plimsoll schedule run does not. Next time",
        "Kubernetes may make a run twice at a time that comes twice. Next time",
        twice_matters=not wanted.schedule.cron.every_hour,
    )
