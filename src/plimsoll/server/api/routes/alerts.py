"""Alerts, the rules that make them, and silences."""

import asyncio
import secrets
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response

from plimsoll.core.errors import UsageError
from plimsoll.core.units import parse_duration
from plimsoll.core.visible import visible
from plimsoll.monitor.alerts.alert import Alert, Override, RuleView, Silence
from plimsoll.monitor.alerts.silences import make_silence
from plimsoll.server.api import reading
from plimsoll.server.api.alert_models import (
    ActiveBody,
    HistoryBody,
    NewSilence,
    OverrideBody,
    RuleBody,
    RulesBody,
    SilenceBody,
    SilencesBody,
)
from plimsoll.server.problems import not_found
from plimsoll.server.state import Served, State, admin
from plimsoll.workflows import alerts_file

router = APIRouter(tags=["alerts"])

HISTORY_MAX: Final = 10_000  # alerts that are remembered
PAGE_MAX: Final = 200
ADMIN: Final = [Depends(admin)]


@router.get("/alerts", response_model=ActiveBody)
async def alerts(state: State) -> dict[str, Any]:
    """What is pending, fires or cannot be seen: the severest first."""
    return {"at_s": state.wall(), "alerts": reading.active(state)}


@router.get("/alerts/history", response_model=HistoryBody)
async def history(
    state: State,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 50,
    before: Annotated[str | None, Query(max_length=100, description="the `next` of the page before")] = None,
    rule: Annotated[str | None, Query(max_length=100, description="of this rule only")] = None,
) -> dict[str, Any]:
    """Alerts that have fired, also those that still do, the newest first, in pages."""
    later = _after(await _fired(state, rule), before)
    page = later[:limit]
    more = page[-1].id if len(later) > limit else None
    return {"alerts": [reading.alert(one) for one in page], "next": more}


async def _fired(state: Served, rule: str | None) -> list[Alert]:
    """From the file, which outlives us; it is read beside the loop."""
    file = state.watch.request.settings.monitor.store
    if file is not None and file.exists():
        return await asyncio.to_thread(alerts_file.history, file, HISTORY_MAX, rule)
    fired = [one for one in state.watch.alerts.active() if one.started_at is not None]
    return [one for one in [*fired, *state.watch.alerts.history(HISTORY_MAX)] if rule in (None, one.rule)]


def _after(ended: list[Alert], before: str | None) -> list[Alert]:
    if before is None:
        return ended
    where = next((index for index, one in enumerate(ended) if one.id == before), None)
    if where is None:
        raise not_found(f"no alert of the history has the id {before!r}", "begin with the first page")
    return ended[where + 1 :]


@router.get("/rules", response_model=RulesBody)
async def rules(state: State) -> dict[str, Any]:
    """Every rule as it holds now, with how many series it judges, by state."""
    return {"rules": state.watch.alerts.rules()}


@router.put("/rules/{name}/override", response_model=RuleBody, dependencies=ADMIN)
async def override(name: str, change: OverrideBody, state: State) -> RuleView:
    """Changes a rule while watching: whether it is on, and its thresholds. It stays until it is taken back."""
    _known_rule(state, name)
    return state.watch.alerts.override(
        Override(name, change.enabled, dict(change.thresholds), state.wall(), visible(change.author))
    )


@router.delete("/rules/{name}/override", response_model=RuleBody, dependencies=ADMIN)
async def take_back(name: str, state: State) -> RuleView:
    """The rule is as the settings say again."""
    _known_rule(state, name)
    return state.watch.alerts.override(Override(name, at=state.wall()))


@router.get("/silences", response_model=SilencesBody)
async def silences(state: State) -> dict[str, Any]:
    """Those that hold, the first to end first."""
    return {"silences": state.watch.alerts.silences()}


@router.post("/silences", response_model=SilenceBody, status_code=201, dependencies=ADMIN)
async def silence(wanted: NewSilence, state: State) -> Silence:
    """Nobody is told of alerts that fit, for some time. They are recorded all the same."""
    made = make_silence(
        secrets.token_hex(4),
        wanted.matcher,
        now_s=state.wall(),
        for_s=parse_duration(wanted.lasts, what="for"),
        author=wanted.author,
        reason=wanted.reason,
    )
    return state.watch.alerts.silence(made)


@router.delete("/silences/{silence_id}", response_class=Response, status_code=204, dependencies=ADMIN)
async def expire(silence_id: str, state: State) -> Response:
    """Ends a silence before its time."""
    try:
        state.watch.alerts.expire(silence_id, state.wall())
    except UsageError:
        raise not_found(f"there is no silence {silence_id[:100]!r}", "GET silences lists those that hold") from None
    return Response(status_code=204)


def _known_rule(state: State, name: str) -> None:
    if all(rule.name != name for rule in state.watch.alerts.rules()):
        raise not_found(f"there is no rule {name[:100]!r}", "GET rules lists them")
