"""Tunings of the database that is watched: which are kept, asking for one, how it goes, and what it advised."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Response

from plimsoll.core.tuning.as_json import tuning_to_json
from plimsoll.server.api.json_text import respond
from plimsoll.server.api.tuning_models import NewTuning, TuningBody, TuningJobBody, TuningsBody
from plimsoll.server.problems import Problem, not_found
from plimsoll.server.state import State, admin
from plimsoll.server.tunings.wishes import Wanted

TUNING_PREFIX: Final = "/api/v1/tuning"
TUNINGS_MAX: Final = 200
ADMIN: Final = [Depends(admin)]
router = APIRouter(tags=["tuning"])


@router.get("/tunings", response_model=TuningsBody)
async def tunings(state: State, limit: Annotated[int, Query(ge=1, le=TUNINGS_MAX)] = 50) -> dict[str, Any]:
    """Those that are kept beside the runs, the newest first, each with its verdict."""
    rows, left_out = await asyncio.to_thread(state.tunings.newest, limit)
    return {"tunings": rows, "left_out": left_out}


@router.get("/tunings/{tuning_id}", response_model=TuningBody)
async def one(tuning_id: str, state: State) -> Response:
    """One by its whole id, or `latest`."""
    found = await asyncio.to_thread(state.tunings.one, tuning_id)
    if found is None:
        raise not_found(f"there is no tuning {tuning_id[:100]!r}", f"GET {TUNING_PREFIX}/tunings lists them")
    if found.tuning is None:
        raise Problem(409, "unreadable", found.problem, "make it anew")
    applied = None if found.applied_at is None else found.applied_at.isoformat()
    return respond({"id": found.id, "applied_at": applied, "tuning": tuning_to_json(found.tuning)})


@router.get("/job", response_model=TuningJobBody)
async def job(state: State) -> dict[str, Any]:
    """How the tuning that was asked for last goes, or went."""
    return asdict(state.tuner.job)


@router.post("/job", response_model=TuningJobBody, status_code=202, dependencies=ADMIN)
async def start(wanted: NewTuning, state: State, response: Response) -> dict[str, Any]:
    """Begins a tuning, in a process of its own; one at a time. The database is only read."""
    begun = await state.tuner.start(Wanted(**wanted.model_dump()))
    response.headers["Location"] = f"{TUNING_PREFIX}/job"
    return asdict(begun)


@router.delete("/job", response_class=Response, status_code=204, dependencies=ADMIN)
async def cancel(state: State) -> Response:
    """Ends the tuning that is under way; its copy and its server are taken down."""
    if not state.tuner.cancel():
        raise not_found("no tuning is under way", f"GET {TUNING_PREFIX}/job")
    return Response(status_code=204)
