"""Edges and their purges: whether they help, what they do, what alarms of them, and purging by hand."""

import os
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from plimsoll.core.edge_figures import SAMPLE_MIN
from plimsoll.edge.purge.wish import Kind, Wish, everything, wish
from plimsoll.monitor.application.address import parse_address
from plimsoll.monitor.edges import collector, purges
from plimsoll.server.api import reading
from plimsoll.server.api.alert_models import ActiveBody
from plimsoll.server.api.cdn_models import (
    CdnConfigBody,
    CdnMetricsBody,
    CdnStatusBody,
    NewPurge,
    PurgeBody,
)
from plimsoll.server.api.json_text import respond
from plimsoll.server.problems import invalid
from plimsoll.server.reading.edge_lines import NOT_NAMED, TO_WATCH, edge_verdict
from plimsoll.server.state import Served, State, admin
from plimsoll.workflows.edge_invalidating import purge_watched
from plimsoll.workflows.watched import endpoints

CDN_PREFIX: Final = "/api/v1/cdn"
RULES: Final = "edge_"  # how names of their rules begin
router = APIRouter(tags=["cdn"])


@router.get("/status", response_model=CdnStatusBody)
async def status(state: State) -> Response:
    """Whether edges help and purges arrive."""
    edges, seen = _edges(state)
    waiting, told = _seen(state, purges.NAME, "the outbox of purges was not seen yet")
    if state.watch.target is None or state.watch.target.locate is None:
        told |= {"missing": "no database is watched here", "remedy": "plimsoll watch --env NAME, or --dsn env:NAME"}
    lapsed = "not seen lately" if seen["stale"] else ""
    said = edge_verdict(edges, waiting, lapsed, named=bool(_named(state)))
    found = {"read_s": (waiting or {}).get("read_s"), "providers": (waiting or {}).get("rows", [])}
    verdict = {"standing": said.standing, "word": said.word, "sentence": said.sentence, "cause": said.cause}
    more = {"remedy": said.remedy or seen["remedy"], "total": (edges or {}).get("total"), "purges": told | found}
    return respond(seen | verdict | more)


@router.get("/metrics", response_model=CdnMetricsBody)
async def metrics(state: State) -> Response:
    """All edges as one, by class of what they tell, and each by itself."""
    edges, seen = _edges(state)
    found = edges or {}
    parts = {"total": found.get("total"), "classes": found.get("classes", []), "edges": found.get("rows", [])}
    return respond(seen | parts)


@router.get("/alerts", response_model=ActiveBody)
async def alerts(state: State) -> dict[str, Any]:
    """Those of edges and purges that are pending, fire or cannot be seen: the severest first."""
    found = [one for one in reading.active(state) if one["rule"].startswith(RULES)]
    return {"at_s": state.wall(), "alerts": found}


@router.get("/config", response_model=CdnConfigBody)
async def config(state: State) -> dict[str, Any]:
    """Which edges are asked and by which rules they are judged. What a rule says is changed under monitoring/rules."""
    waiting = state.watch.board.detail(purges.NAME)
    return {
        "edges": _named(state),
        "has_token": bool(os.environ.get(collector.TOKEN, "").strip()),
        "sample_min": SAMPLE_MIN,
        "providers": [row["provider"] for row in (waiting[1] if waiting else {}).get("rows", ())],
        "rules": [rule for rule in state.watch.alerts.rules() if rule.name.startswith(RULES)],
    }


@router.post("/cache/invalidate", response_model=PurgeBody, dependencies=[Depends(admin)])
async def invalidate(wanted: NewPurge, state: State) -> dict[str, Any]:
    """Through the outbox of the watched database, which sends it until all have acknowledged it; where there is none,
    the watched edges are told at once."""
    edges = state.watch.request.settings.monitor.edges
    return (await purge_watched(state.watch.target, edges, os.environ, _wishes(wanted))).to_json()


def _wishes(wanted: NewPurge) -> list[Wish]:
    """Raises UsageError for what is no purge, Problem for everything and something."""
    kinds = {
        Kind.TAG: wanted.tags, Kind.URL: wanted.urls, Kind.PREFIX: wanted.prefixes, Kind.PATTERN: wanted.patterns,
        Kind.HOST: wanted.hosts,
    }  # fmt: skip
    found = [wish(kind, text, hard=wanted.hard) for kind, texts in kinds.items() for text in texts]
    if wanted.everything and found:
        raise invalid("everything", "everything is named, and something of it", "leave one of them out")
    return [everything(hard=wanted.hard)] if wanted.everything else found


def _named(state: Served) -> list[str]:
    """Addresses without what is secret in them."""
    stated = state.watch.request.settings.monitor.edges
    return [parse_address(one).origin for one in endpoints(stated, os.environ)]


def _edges(state: Served) -> tuple[Mapping[str, Any] | None, dict[str, Any]]:
    found, seen = _seen(state, collector.NAME, "what edges tell was not seen yet")
    if not _named(state):
        seen |= {"missing": NOT_NAMED, "remedy": TO_WATCH}
    return found, seen


def _seen(state: Served, kind: str, otherwise: str) -> tuple[Mapping[str, Any] | None, dict[str, Any]]:
    """The document, and when it was seen, or why it was not."""
    found = reading.detail(state, kind)
    if found is None:
        said = state.watch.board.states.get(kind)
        why = said.why if said is not None and said.why else otherwise
        remedy = said.remedy if said is not None and said.remedy else "ask again in some seconds"
        return None, {"seen_s": None, "age_s": None, "stale": False, "missing": why, "remedy": remedy}
    told = {name: found[name] for name in ("seen_s", "age_s", "stale")}
    return found, {**told, "missing": found.get("missing", ""), "remedy": found.get("remedy", "")}
