"""`plimsoll schedule export`: schedules in the forms of other schedulers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from plimsoll.notify.addresses import variables_of
from plimsoll.schedule.forms.form import Form, Wanted
from plimsoll.schedule.forms.github import github
from plimsoll.schedule.forms.kubernetes import kubernetes
from plimsoll.schedule.forms.systemd import systemd
from plimsoll.settings.schedules import Schedule
from plimsoll.settings.settings import Settings
from plimsoll.workflows.schedule import seconds_of

FORMS: Final[Mapping[str, Callable[[Wanted], list[Form]]]] = {
    "systemd": systemd,
    "github": github,
    "kubernetes": kubernetes,
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the other scheduler finds Plimsoll and plimsoll.toml."""

    today: date
    program: str
    directory: str
    image: str = ""
    config: str | None = None


def export(settings: Settings, schedules: Sequence[Schedule], form: str, around: Surroundings) -> list[Form]:
    """The files of a form for some schedules. Raises UsageError for what cannot be translated."""
    return [made for schedule in schedules for made in FORMS[form](_wanted(settings, schedule, around))]


def _wanted(settings: Settings, schedule: Schedule, around: Surroundings) -> Wanted:
    variable = settings.environment(schedule.environment).variable
    return Wanted(
        schedule,
        seconds_of(schedule, settings),
        around.today,
        program=around.program,
        directory=around.directory,
        image=around.image,
        config=around.config,
        variables=list(dict.fromkeys([*([variable] if variable else []), *variables_of(schedule.notify)])),
    )
