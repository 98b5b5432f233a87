"""The application's caches: whether they are right and help, their processes, tags, shadow and audit; dropping tags."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from plimsoll.core.cache_figures import CacheTotals
from plimsoll.core.cache_report import NAME_CHARACTERS_MAX
from plimsoll.server.api import reading
from plimsoll.server.api.cache_models import (
    CacheAuditBody,
    CacheProcessesBody,
    CacheShadowBody,
    CacheStatusBody,
    CacheTagsBody,
    InvalidationBody,
    NewInvalidation,
)
from plimsoll.server.api.json_text import respond
from plimsoll.server.problems import Problem, not_found
from plimsoll.server.reading.cache_lines import cache_verdict
from plimsoll.server.state import Served, State, admin
from plimsoll.workflows.cache_reports import invalidate_watched

CACHE_PREFIX: Final = "/api/v1/cache"
KIND: Final = "caches"
router = APIRouter(tags=["cache"])
Named = Annotated[
    str | None, Query(alias="cache", max_length=NAME_CHARACTERS_MAX, description="only the cache of this name")
]


@router.get("/status", response_model=CacheStatusBody)
async def status(state: State, cache: Named = None) -> Response:
    """Whether they are right, whether they help, how old what they serve may be."""
    document, seen = _seen(state)
    found = _caches(document, cache)
    caches = [{name: one[name] for name in _TOTALS} for one in found]
    if document is not None and cache is not None:
        document = {**document, "caches": found, "rows": [row for row in document["rows"] if row["cache"] == cache]}
    said = cache_verdict(document, "not seen lately" if seen["stale"] else "")
    told = {"standing": said.standing, "word": said.word, "sentence": said.sentence, "cause": said.cause}
    return respond(seen | told | {"remedy": said.remedy or seen["remedy"], "caches": caches})


@router.get("/processes", response_model=CacheProcessesBody)
async def processes(state: State, cache: Named = None) -> Response:
    """Every process with a cache that reports."""
    document, seen = _seen(state)
    _caches(document, cache)
    rows = [row for row in (document or {}).get("rows", ()) if cache in (None, row["cache"])]
    return respond(seen | {"processes": rows, "left_out": (document or {}).get("left_out", 0)})


@router.get("/tags", response_model=CacheTagsBody)
async def tags(state: State, cache: Named = None) -> Response:
    """The most read families of tags with their hit ratios, and the largest tenants."""
    document, seen = _seen(state)
    found = _caches(document, cache)
    parts = {kind: [{"cache": one["cache"], **row} for one in found for row in one[kind]] for kind in _TAGGED}
    return respond(seen | parts)


@router.get("/shadow", response_model=CacheShadowBody)
async def shadow(state: State, cache: Named = None) -> Response:
    """What other policies and sizes would find."""
    document, seen = _seen(state)
    found = [
        {
            "cache": one["cache"],
            "policy": one["policy"],
            "requests": one["shadow_requests"],
            "ratios": one["shadow"],
            "advice": one["advice"],
        }
        for one in _caches(document, cache)
        if one["shadow"]
    ]
    return respond(seen | {"caches": found})


@router.get("/audit", response_model=CacheAuditBody)
async def audit(state: State, cache: Named = None) -> Response:
    """What became of hits whose fill was run again."""
    document, seen = _seen(state)
    caches = [{name: one[name] for name in _AUDITED} for one in _caches(document, cache)]
    return respond(seen | {"caches": caches})


@router.post("/invalidate", response_model=InvalidationBody, dependencies=[Depends(admin)])
async def invalidate(wanted: NewInvalidation, state: State) -> dict[str, Any]:
    """Has every cache that follows the watched database drop what carries these tags, at its next poll."""
    done = (await invalidate_watched(state.watch.target, wanted.tags)).to_json()
    return {name: done[name] for name in InvalidationBody.model_fields}


_TOTALS: Final = [one.name for one in fields(CacheTotals)]
_TAGGED: Final = ("families", "unwritten", "tenants")
_AUDITED: Final = ("cache", "audited", "stale", "changing", "unknown", "stale_keys")


def _seen(state: Served) -> tuple[Mapping[str, Any] | None, dict[str, Any]]:
    """The document, and what is told of it with everything. Raises Problem where no database is watched."""
    if state.watch.target is None or state.watch.target.locate is None:
        raise Problem(409, "no-database", "no database is watched here", "plimsoll watch --env NAME, or --dsn env:NAME")
    found = reading.detail(state, KIND)
    if found is None:
        said = state.watch.board.states.get(KIND)
        why = said.why if said is not None and said.why else "what caches report was not seen yet"
        remedy = said.remedy if said is not None and said.remedy else "ask again in some seconds"
        return None, {"seen_s": None, "age_s": None, "stale": False, "missing": why, "remedy": remedy}
    told = {name: found[name] for name in ("seen_s", "age_s", "stale")}
    return found, {**told, "missing": found.get("missing", ""), "remedy": found.get("remedy", "")}


def _caches(document: Mapping[str, Any] | None, name: str | None) -> Sequence[Mapping[str, Any]]:
    """All, or the one of that name. Raises Problem where there is none."""
    caches: Sequence[Mapping[str, Any]] = (document or {}).get("caches", ())
    found = [one for one in caches if name in (None, one["cache"])]
    if name is not None and not found:
        raise not_found(f"no cache {name!r} reports", f"GET {CACHE_PREFIX}/status lists those that do")
    return found
