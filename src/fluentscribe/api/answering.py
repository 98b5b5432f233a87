"""Answers to reads: from the database, or from memory while nothing they rest on has changed.

What is kept is the answer's bytes, for all of an organization who may have it, or for one person. Who may have it is
asked each time, before anything is told of it, also that it is not there. It is read in one snapshot in which the
reader's role was still the one that they asked with: policies show less to people of another role, and nothing of that
may become everybody's answer.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from time import time
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel

from fluentscribe.api.caller import Caller
from fluentscribe.api.standing import UNKEPT, Asking, told_by
from fluentscribe.caching.setup import TTL_S, Caching
from fluentscribe.caching.topic import Topic
from fluentscribe.database.pool import acting, acting_and_asked, asked_at_once
from fluentscribe.permissions.deciding import Standing
from fluentscribe.permissions.rules import AUDITOR, RULES, Action
from fluentscribe.permissions.scopes import PROJECT_OF
from fluentscribe.records.activity import note

MEDIA_TYPE = "application/json"
# The role, and where the thing is, in the same snapshot as what is read then.
_ROLE = "app_role()::text AS role"
ROLE = asked_at_once(_ROLE, "SELECT NULL::uuid AS project_id, NULL::uuid AS session_id")
PLACE = {name: asked_at_once(_ROLE, query.replace("$1", "$3")) for name, query in PROJECT_OF.items()}

Make = Callable[[Any], Awaitable[BaseModel]]


class Act(NamedTuple):
    """What reading it is noted as."""

    action: str
    details: dict[str, str]


class Moved(Exception):
    """Who reads has another role by now than they asked with."""


class Kept(NamedTuple):
    """An answer's bytes, in which project it is ("" for none), and when it changes by itself (seconds; 0 for never)."""

    body: bytes
    project: str
    until_s: float


async def answer(caller: Caller, topic: Topic | Callable[[], Topic], make: Make, act: Act | None = None) -> Response:
    """What `make` reads in a transaction of the caller's. Raises Problem where they may not, or it is not there.

    A topic that depends on the caller's role is a function: it is asked once that is known.
    """
    caching = caller.state.caching
    if caching is None:
        return await _asked(caller, make, act)
    try:
        with caller.seeing():
            body = await _kept(caller, caching, topic, make)
    except Moved:
        return await _asked(caller, make, act)
    if act is not None:
        caching.notes.add(caller.organization, caller.profile, act.action, act.details)
    return Response(body, media_type=MEDIA_TYPE)


async def _asked(caller: Caller, make: Make, act: Act | None) -> Response:
    async with caller.begin() as db:
        thing = await make(db)
        if act is not None:
            await note(db, act.action, **act.details)
    return Response(_written(thing), media_type=MEDIA_TYPE)


async def _kept(caller: Caller, caching: Caching, about: Topic | Callable[[], Topic], make: Make) -> bytes:
    who = caching.pool, caller.organization, caller.profile, caller.state.settings.pool_wait_s
    asking = caller.asks(partial(acting, *who))
    member = await caller.membership(asking)
    caller.standing = Standing(member.role, None, member.status)
    if not _may_have_a_role(caller):
        await caller.permit(asking)
    topic = about() if callable(about) else about

    source = "memory"

    async def fill(filling: Any) -> tuple[bytes, str, float]:
        nonlocal source
        source = "database"
        name, value = caller.thing or ("", None)
        question = (PLACE[name], value) if name else (ROLE,)
        async with acting_and_asked(*who, *question, one_plan=topic.one_plan) as (db, row):
            project, more = _placed(row, caller)
            thing = await make(db)
        filling.tag(*more, *topic.more(thing))
        until = topic.until(thing)
        return _written(thing), project, until.timestamp() if until else 0.0  # no class: a second tier may keep it

    key = topic.key(caller.organization)
    try:
        kept = Kept(*await caching.cache.fetch(key, fill, ttl=TTL_S, tags=topic.tags))
    except Moved:
        raise
    except Exception:  # what it says, as that something is missing, is for who may know
        if _may_have_a_role(caller):
            await _permit_in(await caller.project(asking, member.role or ""), caller, asking)
        raise
    if _may_have_a_role(caller):
        await _permit_in(UUID(kept.project), caller, asking)
    if 0 < kept.until_s <= time():
        kept = Kept(*await fill(UNKEPT))
    caller.state.metrics.answers.labels(source).inc()
    return kept.body


def _may_have_a_role(caller: Caller) -> bool:
    """Whether it takes a role in the project to have it, and they may have one."""
    role = caller.standing.organization_role
    if caller.thing is None or caller.action is Action.SELF or role in (None, AUDITOR):
        return False
    return role not in RULES[caller.action].organization


async def _permit_in(project: UUID | None, caller: Caller, asking: Asking) -> None:
    """By their roles in the organization and there. Raises Problem where they may not."""
    assert project is not None
    caller.standing = replace(caller.standing, project_role=await asking.project_role(project))
    await caller.permit(asking, project)


def _placed(row: Any, caller: Caller) -> tuple[str, list[str]]:
    """In which project it is, and what tells that it is gone. Raises Moved, Problem."""
    if row["role"] != caller.standing.organization_role:
        raise Moved
    if caller.thing is None:
        return "", []
    if row["project_id"] is None:
        raise caller.lacking()
    return str(row["project_id"]), list(told_by(*caller.thing, row["session_id"]))


def _written(thing: BaseModel) -> bytes:
    return thing.model_dump_json().encode()
