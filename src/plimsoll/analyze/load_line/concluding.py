"""From all steps to what the search says: the load line with its interval, what broke first, what kept it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plimsoll.analyze.load_line.search import bracket, lesser, pooled
from plimsoll.analyze.verdicts import is_kept_by_target
from plimsoll.core.load_line import REACHED, Broken, Diagnosis, Limit, LineStep, Verdict
from plimsoll.core.units import format_rate

SAID: Final[dict[Limit, str]] = {
    "goal": "",
    "generator": "the load generator was the limit",
    "users": "the users were the limit",
    "ceiling": "no higher rate was allowed",
    "steps": "no more steps were allowed",
    "interruption": "the search was interrupted",
    "target": "the target went away",
    "error": "a run failed",
}
NO_UPPER_END: Final = ("generator", "users", "target", "error")  # what stood in the way lower down did so above, too


@dataclass(frozen=True, slots=True)
class Conclusion:
    verdict: Verdict
    limit: Limit
    because: str
    rate_per_s: float | None
    failed_per_s: float | None
    broke: Sequence[Broken]


def conclude(steps: Sequence[LineStep], limit: Limit, idle_misses: str = "") -> Conclusion:
    """`limit` is what ended the search; `idle_misses` a demand that a single user misses, so that nothing can hold."""
    if idle_misses:
        return Conclusion("nothing-held", "goal", f"No rate can hold: {idle_misses}", None, None, ())
    held, tried = bracket(steps)
    failed = None if limit in NO_UPPER_END else tried
    verdict = _verdict(held, failed)
    return Conclusion(
        verdict, limit, _because(verdict, limit, held, failed, tried), held, failed, broken(steps, failed)
    )


def _verdict(held: float | None, failed: float | None) -> Verdict:
    if held is None:
        return "unknown" if failed is None else "nothing-held"
    return "at-least" if failed is None else "found"


def _because(verdict: Verdict, limit: Limit, held: float | None, failed: float | None, tried: float | None) -> str:
    """In one sentence. `tried` failed, whether or not that is an upper end."""
    ended = f"; {SAID[limit]}" if SAID[limit] else ""
    if verdict == "unknown" and tried is not None:
        lowest = format_rate(tried)
        return f"No rate held, the lowest that failed was {lowest}{ended}: what the target can do is not known"
    if verdict == "unknown":
        return f"No step tells anything of the target{ended}"
    if held is None:
        return f"Not even {format_rate(failed)}, the lowest rate that was tried, holds{ended}"
    if failed is None:
        return f"At least {format_rate(held)}{ended}"
    return f"The load line is {format_rate(held)}: it held there, and no longer at {format_rate(failed)}{ended}"


def because_of_cores(because: str, diagnosis: Diagnosis | None) -> str:
    """With who took the cores of a generator that was the limit, where that was the target."""
    said = SAID["generator"]
    if diagnosis is None or not any(map(is_kept_by_target, diagnosis.findings)):
        return because
    return because.replace(said, f"{said}, as the target took its cores")


def unstable(steps: Sequence[LineStep], rate: float | None) -> list[str]:
    """That the target could do less later in the search than where its line was found, or held no more what it had."""
    less = [] if rate is None else lesser(steps, rate)
    said = []
    if rate is not None and less:
        last = less[-1]
        said.append(
            f"the target did less at the end than at the line: {format_rate(last.achieved_per_s)} of "
            f"{format_rate(last.rate_per_s)} in step {last.number}, after {format_rate(rate)} had held"
        )
    return [*said, *(_taken_back(steps, one) for one in _taken(steps))]


def _taken(steps: Sequence[LineStep]) -> list[LineStep]:
    """Steps that failed clearly where an earlier one held."""
    held = {step.rate_per_s: step.number for step in reversed(steps) if step.outcome == "held"}
    return [
        step
        for step in steps
        if step.outcome == "failed" and not step.narrow and held.get(step.rate_per_s, step.number) < step.number
    ]


def _taken_back(steps: Sequence[LineStep], step: LineStep) -> str:
    first = next(one for one in steps if one.outcome == "held" and one.rate_per_s == step.rate_per_s)
    return (
        f"the target is not the same throughout: {format_rate(step.rate_per_s)} held in step {first.number} and no "
        f"longer in step {step.number}"
    )


def broken(steps: Sequence[LineStep], failed: float | None) -> list[Broken]:
    """Every demand that was missed, in the order of the lowest rate at which it was; none below what held."""
    found: dict[tuple[str, str], Broken] = {}
    for step in sorted(_missing(steps, failed), key=lambda step: (step.rate_per_s, step.number)):
        for one in _missed(step, steps):
            found.setdefault((one.scope, one.expression), one)
    return list(found.values())


def _missing(steps: Sequence[LineStep], failed: float | None) -> list[LineStep]:
    held = {rate for rate, holds in pooled(steps).items() if holds}
    return [
        step
        for step in steps
        if step.outcome == "failed" and step.rate_per_s not in held and failed is not None and step.rate_per_s >= failed
    ]


def _missed(step: LineStep, steps: Sequence[LineStep]) -> list[Broken]:
    below = [other.rate_per_s for other in steps if other.outcome == "held" and other.rate_per_s < step.rate_per_s]
    held_to = max(below, default=None)
    found = [
        Broken(goal.scope, goal.expression, goal.actual, goal.unit, step.rate_per_s, held_to) for goal in step.missed
    ]
    if not step.served and step.reached is not None:
        share = round(100 * step.reached, 2)
        found.append(Broken("total", REACHED, share, "%", step.rate_per_s, held_to))
    return found
