"""The profile of a plan: what a plimsoll.toml says of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plimsoll.load.importers.jmx.curve import Load, Stage, added, stages


@dataclass(frozen=True, slots=True)
class ProfileText:
    """`text` is a part of a plimsoll.toml; `options` do the same on the command line, where that can be said."""

    name: str
    text: str
    options: str = ""
    why: str = ""


def profile_text(name: str, loads: Sequence[Load], *, aborts: bool) -> ProfileText:
    """One profile of all groups' loads."""
    kinds = {load.kind for load in loads}
    if kinds == {"iterations"}:
        body, options, why = _iterations(loads)
    else:
        body, options, why = _timed(loads)
    lines = [f"[profiles.{name}]", *body]
    if aborts:
        lines += ["", "[abort]", 'when = ["errors>0"]']
    return ProfileText(name, "\n".join(lines) + "\n", options, why)


def _iterations(loads: Sequence[Load]) -> tuple[list[str], str, str]:
    users, count = sum(load.users for load in loads), sum(load.iterations for load in loads)
    body = ['executor = "iterations"', f"iterations = {count}", f'stages = [{{users = {users}, for = "1h"}}]']
    return body, f"--users {users} --iterations {count} --duration 1h", ""


def _timed(loads: Sequence[Load]) -> tuple[list[str], str, str]:
    """Users and rates never make one profile: where a plan has both, the rates of some become users of it."""
    rates = [load for load in loads if load.kind == "rate"]
    users = [load for load in loads if load.kind == "users"]
    counted = [load for load in loads if load.kind == "iterations"]
    why = ""
    if rates and (users or counted):
        why = "some groups have users and others a rate: the profile has the users, and a journey of each group"
    if counted:
        why = why or "some groups count loops and others time: those that count have their users all the time"
    if not users and not counted:
        return _rate(rates)
    end = max((time for load in users for time, _ in load.points), default=300.0)
    flat = [((0.0, float(load.users)), (end, float(load.users))) for load in [*counted, *rates]]
    made = _begun(stages(added([*(load.points for load in users), *flat]), whole=True))
    options = f"--users {made[0].level:.0f} --duration {seconds(made[0].for_s)}" if _constant(made) else ""
    executor = "constant-users" if _constant(made) else "ramping-users"
    return [f'executor = "{executor}"', f"stages = {_stages(made, 'users')}"], options, why


def _rate(loads: Sequence[Load]) -> tuple[list[str], str, str]:
    made = _begun(stages(added([load.points for load in loads]), whole=False))
    options = f"--rate {made[0].level:.6g} --duration {seconds(made[0].for_s)}" if _constant(made) else ""
    executor = "constant-rate" if _constant(made) else "ramping-rate"
    arrivals = "even" if all(load.even for load in loads) else "poisson"
    body = [f'executor = "{executor}"', f"stages = {_stages(made, 'rate')}", f'arrivals = "{arrivals}"']
    most = sum(load.users for load in loads)
    return [*body, *([f"max_users = {most}"] if most > 1 else [])], options, ""


def _begun(made: Sequence[Stage]) -> Sequence[Stage]:
    """Without a time of nothing before the load begins."""
    return made[1:] if len(made) > 1 and not made[0].level else made


def _constant(made: Sequence[Stage]) -> bool:
    return len(made) == 1 and not made[0].ramp_s


def _stages(made: Sequence[Stage], unit: str) -> str:
    rows = [_stage(stage, unit) for stage in made]
    if len(rows) == 1:
        return f"[{rows[0]}]"
    return "[\n" + "".join(f"    {row},\n" for row in rows) + "]"


def _stage(stage: Stage, unit: str) -> str:
    level = f"{stage.level:.0f}" if unit == "users" else f"{stage.level:.6g}"
    ramp = f', ramp = "{seconds(stage.ramp_s)}"' if stage.ramp_s else ""
    return f'{{{unit} = {level}, for = "{seconds(stage.for_s)}"{ramp}}}'


def seconds(value: float) -> str:
    """As people write it in a profile: "90s", "1.5s", "10ms"."""
    return f"{value:.6g}s" if value >= 1 or not value else f"{value * 1000:.6g}ms"
