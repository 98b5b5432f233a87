"""What an apply or an undo would do or did, in lines for people and as JSON. Pure."""

from collections.abc import Iterator
from typing import Any, Final

from plimsoll.core.check import counted
from plimsoll.core.tuning.advice import Standing
from plimsoll.core.tuning.applied import AppliedChange, State
from plimsoll.core.tuning.named import Named
from plimsoll.core.units import format_bytes, format_duration
from plimsoll.settings.masking import mask
from plimsoll.tune.migrating.locks import blocks
from plimsoll.workflows.tuning.apply_checks import size_of
from plimsoll.workflows.tuning.applying import ApplyResult, Planned, Preview

_STATES: Final[dict[State, str]] = {
    "done": "done", "was-there": "was done already", "failed": "failed", "left": "left out",
}  # fmt: skip

_STANDINGS: Final[dict[Standing, str]] = {
    "proved": "measured on a copy", "estimated": "not measured: the planner's estimate", "explained": "not measured",
}  # fmt: skip


def preview_lines(seen: Preview) -> Iterator[str]:
    """Of a dry run: each statement that would be sent, and whom it holds up."""
    yield f"{_amount(seen)} would be {_done(seen)} on {seen.where} ({seen.checks.server}); nothing is done yet."
    for one in seen.changes:
        yield ""
        yield from _change_lines(seen, one)
    if not seen.changes:
        yield "Nothing that was advised is a statement for the database: plimsoll tune show"
    if seen.checks.warnings:
        yield ""
        yield from (f"note: {warning}" for warning in seen.checks.warnings)


def asking_lines(seen: Preview) -> Iterator[str]:
    """Before it is agreed to."""
    for one in seen.to_do:
        yield _title(seen, one)
    for one in seen.changes:
        if one.against:
            yield f"{one.number}. is left out: {one.against}"
    yield from (f"note: {warning}" for warning in seen.checks.warnings)


def result_lines(result: ApplyResult, named: Named) -> Iterator[str]:
    """What was done and what comes next, with the database as it was named."""
    numbers = [one.number for one in result.preview.changes]
    for number, one in zip(numbers, result.changes, strict=True):
        took = f" in {format_duration(one.seconds)}" if one.state == "done" else ""
        why = f": {one.why}" if one.why else ""
        yield f"{number}. {one.title}: {_STATES[one.state]}{took}{why}"
    if result.left:
        yield ""
        yield "Left behind, not valid; drop it when the transactions that use its table have ended:"
        yield from (f"     {sql};" for sql in result.left)
    yield from _next_lines(result, named)


def preview_json(seen: Preview) -> dict[str, Any]:
    return {
        "tuning": seen.kept.id,
        "where": seen.where,
        "server": seen.checks.server,
        "dry_run": True,
        "warnings": list(map(mask, seen.checks.warnings)),
        "changes": [_planned_json(one) for one in seen.changes],
    }


def result_json(result: ApplyResult) -> dict[str, Any]:
    seen = result.preview
    numbers = [one.number for one in seen.changes]
    changes = [_applied_json(at, one) for at, one in zip(numbers, result.changes, strict=True)]
    return {
        "tuning": seen.kept.id,
        "where": seen.where,
        "server": seen.checks.server,
        "dry_run": False,
        "interrupted": result.interrupted,
        "warnings": list(map(mask, seen.checks.warnings)),
        "changes": changes,
        "left_behind": list(result.left),
    }


def _amount(seen: Preview) -> str:
    return f"{len(seen.to_do)} of {counted(len(seen.changes), 'change')}"


def _done(seen: Preview) -> str:
    return "taken back" if seen.back else "done"


def _change_lines(seen: Preview, one: Planned) -> Iterator[str]:
    yield _title(seen, one)
    if one.against:
        yield f"   is left out: {one.against}"
    elif one.is_done:
        yield "   is done already"
    else:
        for step, done in one.steps:
            if not done:
                yield f"     {step.sql};"
                yield f"       {blocks(step.sql)}"


def _title(seen: Preview, one: Planned) -> str:
    """With its size, and whether it was measured that it pays."""
    size = size_of(one.advised)
    said = [format_bytes(size)] * bool(size) + [_STANDINGS[one.advised.standing]] * (not seen.back)
    return f"{one.number}. {one.advised.change.title}" + (f" ({', '.join(said)})" if said else "")


def _next_lines(result: ApplyResult, named: Named) -> Iterator[str]:
    id_ = result.preview.kept.id
    name = " ".join(filter(None, (id_, named.options)))
    if result.failed or result.interrupted:
        pairs = zip(result.preview.changes, result.changes, strict=True)
        only = ",".join(str(planned.number) for planned, one in pairs if one in result.failed)
        again = " ".join(filter(None, (id_, f"--only {only}", named.options)))
        yield ""
        yield f"To go on where it stopped: plimsoll tune {'undo' if result.preview.back else 'apply'} {again}"
    if not result.preview.back and any(one.state in ("done", "was-there") for one in result.changes):
        yield f"When it has served for some time: plimsoll tune verify {name}"
        yield f"What takes it back: plimsoll tune undo {name}"


def _planned_json(one: Planned) -> dict[str, Any]:
    return {
        "number": one.number,
        "id": one.id,
        "title": mask(one.advised.change.title),
        "standing": one.advised.standing,
        "against": one.against,
        "is_done": one.is_done,
        "steps": [
            {"sql": step.sql, "done": done, "alone": step.alone, "holds_up": blocks(step.sql)}
            for step, done in one.steps
        ],
    }


def _applied_json(number: int, one: AppliedChange) -> dict[str, Any]:
    return {
        "number": number,
        "id": one.id,
        "title": mask(one.title),
        "state": one.state,
        "seconds": one.seconds,
        "why": one.why,
    }
