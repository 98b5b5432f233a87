"""The glossary of a project: how terms are to be translated, and which words are not to be used."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from fluentscribe.api.answering import answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.idempotency import Created, Key, create
from fluentscribe.api.paging import Cursor, Limit, Page, after_number, page
from fluentscribe.api.problems import conflict, invalid, not_found
from fluentscribe.api.values import Body, Name, Number
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.permissions.rules import Action
from fluentscribe.records import terms
from fluentscribe.records.auditing import log

router = APIRouter(prefix="/projects/{project_id}/terms", tags=["terms"])

TERMS_MAX = 50_000  # of a project; a worker holds them all while it analyses


class NewTerm(Body):
    """A forbidden word needs no `source_term`: with one, it is what the word must not be used for."""

    source_term: Name | None = None
    target_term: Name
    forbidden: bool = False
    case_sensitive: bool = False


class Term(BaseModel):
    id: int
    source_term: str | None
    target_term: str
    forbidden: bool
    case_sensitive: bool
    created_at: datetime


@router.get("", response_model=Page[Term], summary="Terms of a project, oldest first")
async def list_terms(
    project_id: UUID,
    caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    since = after_number(cursor)

    async def read(db: Any) -> Page[Term]:
        rows = await terms.listed(db, project_id, since, limit)
        items, following = page(rows, limit, ("id",))
        return Page(items=[Term(**row) for row in items], next=following)

    return await answer(caller, _topic("terms", project_id, since, limit), read)


@router.post("", status_code=201, response_model=Term, summary="Add a term; it counts from the next analysis on")
async def add_term(
    request: Request,
    project_id: UUID,
    given: NewTerm,
    caller: Annotated[Caller, Depends(May(Action.CHANGE_TERMS))],
    key: Key = None,
) -> Response:
    async def make(db: Any) -> Created:
        if given.source_term is None and not given.forbidden:
            raise invalid("body.source_term", "needed unless the word is forbidden")
        if await db.fetchval(terms.COUNT, project_id) >= TERMS_MAX:
            raise conflict(f"a project has at most {TERMS_MAX} terms", "delete those that are no longer needed")
        row = await db.fetchrow(terms.CREATE, project_id, *given.model_dump().values())
        await _log(db, caller, project_id, None, row)
        return Created(Term(**row), f"/api/v1/projects/{project_id}/terms/{row['id']}")

    return await create(request, caller, key, make)


@router.get("/{term_id}", response_model=Term, summary="A term")
async def read_term(
    project_id: UUID, term_id: Number, caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))]
) -> Response:
    async def read(db: Any) -> Term:
        row = await db.fetchrow(terms.FIND, project_id, term_id)
        if row is None:
            raise not_found("term")
        return Term(**row)

    return await answer(caller, _topic("term", project_id, term_id), read)


def _topic(name: str, project: UUID, *parameters: int | None) -> Topic:
    return Topic(name, (project, *parameters), (tags.terms_of_project(project),))


@router.delete("/{term_id}", status_code=204, summary="Delete a term")
async def delete_term(
    project_id: UUID, term_id: Number, caller: Annotated[Caller, Depends(May(Action.CHANGE_TERMS))]
) -> Response:
    async with caller.begin() as db:
        row = await db.fetchrow(terms.REMOVE, project_id, term_id)
        if row is None:
            raise not_found("term")
        await _log(db, caller, project_id, row, None)
    return Response(status_code=204)


async def _log(db: Any, caller: Caller, project: UUID, before: Any, after: Any) -> None:
    """Of the project's history."""
    number = (before or after)["id"]
    diff = {f"terms.{number}": [_said(before), _said(after)]}
    await log(db, "update", "project", project, caller.address, diff)


def _said(row: Any) -> str | None:
    if row is None:
        return None
    source = row["source_term"] or "*"
    return f"{source} ≠ {row['target_term']}" if row["forbidden"] else f"{source} = {row['target_term']}"
