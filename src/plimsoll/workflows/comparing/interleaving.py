"""Two configurations loaded in turns, A B B A, and compared."""

from dataclasses import fields
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.core.matrix import Axis
from plimsoll.core.profile import Profile, Stage
from plimsoll.settings.reset import Reset
from plimsoll.settings.settings import Settings
from plimsoll.workflows.comparing.naming import SIDE
from plimsoll.workflows.repeating import SeriesRequest
from plimsoll.workflows.run_request import RunRequest
from plimsoll.workflows.target import choose, place_of

SIDES: Final = ("A", "B")
CHANGED: Final = ("server", "settings", "connections")  # what another configuration is there to change


def environment_of(over: Settings, stated: str | None) -> str | None:
    """The environment of B: the one that was named, else the only one that its own file has, else that of A."""
    if stated is not None or not over.environments:
        return stated
    return over.environment().name


def interleaved(a: RunRequest, b: RunRequest, repeats: int, reset: Reset | None) -> SeriesRequest:
    """The series of both. Raises UsageError where they load differently, or do not differ at all."""
    if a.profile != b.profile:
        raise UsageError(
            "A and B load differently",
            why=_apart(a.profile, b.profile),
            remedy="leave the profile out of B's file: only the target may differ",
        )
    if _configuration(a) == _configuration(b):
        raise UsageError(
            "B is the same as A",
            why="its file changes neither the target nor how it is connected to; --dsn and --url hold for both",
            remedy="[environments.b] with another database, url or connections in it",
        )
    axes = (Axis(SIDE, SIDES),)
    return SeriesRequest(axes, [{SIDE: side} for side in SIDES], (a, b), repeats, reset, mirrored=True)


def _apart(a: Profile, b: Profile) -> str:
    """The names where they tell the two apart, else what differs."""
    if a.name != b.name:
        return f"A has the profile {a.name}, B {b.name}, which is another load"
    told = [
        f"{field.name.removesuffix('_s').replace('_', ' ')} {_value(one)} in A, {_value(other)} in B"
        for field in fields(a)
        if (one := getattr(a, field.name)) != (other := getattr(b, field.name))
    ]
    return f"the profile {a.name} is another load in B: {'; '.join(told)}"


def _value(value: object) -> str:
    if isinstance(value, tuple) and value and all(isinstance(stage, Stage) for stage in value):
        return " then ".join(f"{stage.level:g} for {stage.for_s:g} s" for stage in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _configuration(request: RunRequest) -> tuple[object, ...]:
    environment = choose(request.where)
    return place_of(request.where), environment.connections, environment.prepared, environment.web, request.connections
