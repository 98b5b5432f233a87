"""Errors: confirmed, dismissed, opened again; one at a time or many at once."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from fluentscribe.api.caller import Caller, May
from fluentscribe.api.errors import Chosen, Error, Status, found
from fluentscribe.api.etags import require_unchanged, tag
from fluentscribe.api.problems import Problem, forbidden
from fluentscribe.api.sessions import held
from fluentscribe.api.values import Body, Number, SentNumber
from fluentscribe.permissions.personal import no_decision_by
from fluentscribe.permissions.rules import Action
from fluentscribe.records import errors
from fluentscribe.records.activity import note

router = APIRouter(tags=["errors"])

IDS_MAX = 1_000
NAMED_MAX = 20  # of ids that are not there
Decider = Annotated[Caller, Depends(May(Action.DECIDE_ERROR))]


class DecideThese(Body):
    ids: Annotated[list[SentNumber], Field(min_length=1, max_length=IDS_MAX)]
    status: Status


class DecideMatching(Body):
    filter: Chosen
    status: Status


class Decided(BaseModel):
    """`matched` are of this session; those that were as they should be already are not `changed`."""

    matched: int
    changed: int


@router.post("/errors/{error_id}/confirm", summary="Confirm an error: it counts in the score")
async def confirm_error(request: Request, error_id: Number, response: Response, caller: Decider) -> Error:
    return await _decided(request, error_id, response, caller, "confirmed")


@router.post("/errors/{error_id}/dismiss", summary="Dismiss an error, in later sessions of the project, too")
async def dismiss_error(request: Request, error_id: Number, response: Response, caller: Decider) -> Error:
    return await _decided(request, error_id, response, caller, "dismissed")


@router.post("/errors/{error_id}/reopen", summary="Open an error again")
async def reopen_error(request: Request, error_id: Number, response: Response, caller: Decider) -> Error:
    return await _decided(request, error_id, response, caller, "open")


@router.post("/sessions/{session_id}/errors/decide", summary="Decide many errors at once: all of them, or none")
async def decide_errors(session_id: UUID, given: DecideThese | DecideMatching, caller: Decider) -> Decided:
    which = given.ids if isinstance(given, DecideThese) else given.filter.filter
    async with caller.begin() as db:
        _require_other((await held(db, session_id, "find errors"))["created_by"], caller)
        if isinstance(which, list):
            _require_all_there(await errors.not_of(db, session_id, which))
        counts = await errors.decided(db, session_id, which, given.status, caller.address)
        await note(db, "review", session=session_id, errors=counts["changed"])
    return Decided(**counts)


def _require_other(author: UUID | None, caller: Caller) -> None:
    why = no_decision_by(caller.profile, author)
    if why is not None:
        raise forbidden(why, "have another reviewer or manager decide")


def _require_all_there(missing: list[int]) -> None:
    """Raises Problem, which names them."""
    if missing:
        named = ", ".join(map(str, missing[:NAMED_MAX])) + (" and others" if missing[NAMED_MAX:] else "")
        why = f"body.ids: no errors of this session: {named}; nothing was changed"
        raise Problem(404, "not-found", "Not found", why, "leave them out, or read the errors again")


async def _decided(request: Request, error_id: int, response: Response, caller: Caller, status: Status) -> Error:
    async with caller.begin() as db:
        session = await held(db, error_id, "find errors", errors.HOLD_SESSION_OF)
        _require_other(session["created_by"], caller)
        error = await found(db, error_id, errors.LOCK)
        require_unchanged(request.headers, error)
        if error.status != status:
            diff = {"status": [error.status, status]}
            row = await db.fetchrow(errors.DECIDE, error_id, error.seq, caller.address, status, diff)
            error = Error(**row)
    tag(response, error)
    return error
