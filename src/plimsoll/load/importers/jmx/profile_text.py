"""The profile of a plan: what a plimsoll.toml says of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.load.importers.jmx.curve import Load, Stage, added, mean_level, stages

ALIKE: Final = 0.5  # percent: groups whose shares differ by less all the time are one mix
Course = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class ProfileText:
    """`text` is a part of a plimsoll.toml; `options` do the same on the command line, where that can be said."""

    name: str
    text: str
    options: str = ""
    why: str = ""


def profile_text(file: str, name: str, loads: Mapping[str, Load], *, aborts: bool) -> ProfileText:
    """One profile of all groups' loads, each by the name of its journey."""
    kinds = {load.kind for load in loads.values()}
    if kinds == {"iterations"}:
        body, options, why = _iterations(list(loads.values()))
    else:
        body, options, why = _timed(loads)
    lines = [f"# the load of {file}", f"[profiles.{name}]", *body]
    if aborts:
        lines += ["", "[abort]", 'when = ["errors>0"]']
    return ProfileText(name, "\n".join(lines) + "\n", options, why)


def _iterations(loads: Sequence[Load]) -> tuple[list[str], str, str]:
    users, count = sum(load.users for load in loads), sum(load.iterations for load in loads)
    body = ['executor = "iterations"', f"iterations = {count}", f'stages = [{{users = {users}, for = "1h"}}]']
    return body, f"--users {users} --iterations {count} --duration 1h", ""


def _timed(loads: Mapping[str, Load]) -> tuple[list[str], str, str]:
    """Users and rates never make one profile: where a plan has both, the rates of some become users of it."""
    kinds = {load.kind for load in loads.values()}
    if kinds == {"rate"}:
        return _rate(loads)
    why = ""
    if "iterations" in kinds:
        why = "some groups count loops and others time: those that count have their users all the time"
    if "rate" in kinds:
        why = "some groups have users and others a rate: the profile has the users, and a journey of each group"
    end = max((time for load in loads.values() if load.kind == "users" for time, _ in load.points), default=300.0)
    courses = {name: load.points if load.kind == "users" else _held(load, end) for name, load in loads.items()}
    made, start = _begun(stages(added(courses.values()), whole=True))
    options = f"--users {made[0].level:.0f} --duration {seconds(made[0].for_s)}" if _constant(made) else ""
    executor = "constant-users" if _constant(made) else "ramping-users"
    shown = _stages(made, "users", _shares(made, start, courses))
    return [f'executor = "{executor}"', f"stages = {shown}"], options, why


def _held(load: Load, end: float) -> Course:
    return ((0.0, float(load.users)), (end, float(load.users)))


def _rate(loads: Mapping[str, Load]) -> tuple[list[str], str, str]:
    courses = {name: load.points for name, load in loads.items()}
    made, start = _begun(stages(added(courses.values()), whole=False))
    options = f"--rate {made[0].level:.6g} --duration {seconds(made[0].for_s)}" if _constant(made) else ""
    executor = "constant-rate" if _constant(made) else "ramping-rate"
    arrivals = "even" if all(load.even for load in loads.values()) else "poisson"
    shown = _stages(made, "rate", _shares(made, start, courses))
    body = [f'executor = "{executor}"', f"stages = {shown}", f'arrivals = "{arrivals}"']
    most = sum(load.users for load in loads.values())
    return [*body, *([f"max_users = {most}"] if most > 1 else [])], options, ""


def _shares(made: Sequence[Stage], start: float, courses: Mapping[str, Course]) -> list[dict[str, float]]:
    """Which journeys each stage makes, by the level of their groups; nothing where that is always the same."""
    found: list[dict[str, float]] = []
    empty, now = 0, start
    for stage in made:
        levels = {name: mean_level(course, now, now + stage.for_s) for name, course in courses.items()}
        total = sum(levels.values())
        now += stage.for_s
        if not total:
            empty += 1  # a time of nothing is as what follows it
            continue
        shares = {name: round(100 * level / total, 1) for name, level in levels.items()}
        found += [shares] * (empty + 1)
        empty = 0
    found += found[-1:] * empty
    alike = all(abs(share - found[0][name]) < ALIKE for shares in found for name, share in shares.items())
    return [] if alike else [{name: share for name, share in shares.items() if share > 0} for shares in found]


def _begun(made: Sequence[Stage]) -> tuple[Sequence[Stage], float]:
    """Without a time of nothing before the load begins; and when it begins."""
    return (made[1:], made[0].for_s) if len(made) > 1 and not made[0].level else (made, 0.0)


def _constant(made: Sequence[Stage]) -> bool:
    return len(made) == 1 and not made[0].ramp_s


def _stages(made: Sequence[Stage], unit: str, shares: Sequence[Mapping[str, float]]) -> str:
    rows = [_stage(stage, unit, shares[at] if shares else {}) for at, stage in enumerate(made)]
    if len(rows) == 1:
        return f"[{rows[0]}]"
    return "[\n" + "".join(f"    {row},\n" for row in rows) + "]"


def _stage(stage: Stage, unit: str, shares: Mapping[str, float]) -> str:
    level = f"{stage.level:.0f}" if unit == "users" else f"{stage.level:.6g}"
    ramp = f', ramp = "{seconds(stage.ramp_s)}"' if stage.ramp_s else ""
    names = f", journeys = {{{', '.join(f'{name} = {share:g}' for name, share in shares.items())}}}" if shares else ""
    return f'{{{unit} = {level}, for = "{seconds(stage.for_s)}"{ramp}{names}}}'


def seconds(value: float) -> str:
    """As people write it in a profile: "90s", "1.5s", "10ms"."""
    return f"{value:.6g}s" if value >= 1 or not value else f"{value * 1000:.6g}ms"
