"""Every route, for every role, in one's own and in another organization: generated from the routes themselves."""

import asyncio
import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import asyncpg
import pytest
from fastapi.routing import APIRoute

from fluentscribe.api.app import PREFIX, ROUTERS
from fluentscribe.api.caller import May
from fluentscribe.permissions.deciding import Standing, decide
from fluentscribe.permissions.rules import RULES, Action
from tests.fluentscribe.api.examples import BODIES, PERSONAL, QUERIES, RAW
from tests.fluentscribe.api.service import OURS, PEOPLE, THEIRS, TIMEOUT_S, Platform
from tests.fluentscribe.api.things import PARAMETER, Things, keep

PUBLIC = {("POST", "/auth/login"), ("POST", "/auth/refresh"), ("POST", "/auth/accept"), ("GET", "/published/{link}")}


@dataclass(frozen=True, slots=True)
class Way:
    """A method of a path, and what it does."""

    method: str
    path: str
    action: Action
    takes_body: bool

    @property
    def name(self) -> tuple[str, str]:
        return self.method, self.path


def ways() -> Iterator[Way]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            actions = [one.call.action for one in route.dependant.dependencies if isinstance(one.call, May)]
            for method in route.methods or ():
                action = actions[0] if len(actions) == 1 else Action.PUBLIC
                yield Way(method, route.path, action, route.body_field is not None)


WAYS = sorted(ways(), key=lambda way: (way.path, way.method))
TENANT = [way for way in WAYS if way.action in RULES]


def test_every_route_names_one_action_and_those_without_are_known() -> None:
    assert {way.name for way in WAYS if way.action is Action.PUBLIC} == PUBLIC


def test_every_route_that_takes_a_body_has_an_example() -> None:
    assert [way.name for way in TENANT if way.takes_body and way.name not in BODIES] == []
    known = {way.name for way in WAYS}
    assert [name for name in (*BODIES, *PERSONAL, *QUERIES, *RAW) if name not in known] == []


def test_every_action_has_a_rule() -> None:
    assert set(Action) - set(RULES) == {Action.PUBLIC, Action.SELF}


def test_each_role_may_what_the_table_says_and_nothing_of_another_organization_is_there(platform: Platform) -> None:
    wrong = asyncio.run(_wrong(platform))
    assert wrong == [], f"{len(wrong)} of {len(TENANT) * len(PEOPLE) * 2}"


async def _wrong(platform: Platform) -> list[str]:
    connection = await asyncpg.connect(platform.dsn)
    try:
        return [line for way in TENANT for line in await _wrong_of(way, platform, connection)]
    finally:
        await connection.close()


async def _wrong_of(way: Way, platform: Platform, connection: asyncpg.Connection) -> list[str]:
    found = []
    ours, theirs = Things(connection, OURS), Things(connection, THEIRS)
    for name, (role, project_role) in PEOPLE.items():
        # Before each call, since the call before may have changed who people are, or deleted what there was.
        await ours.restore()
        keep(platform.files, OURS)
        await ours.put_back(platform.people, "")
        decision = decide(way.action, Standing(role, project_role if _in_project(way) else None))
        status = await _status(way, platform, name, ours)
        if not _as_decided(way, decision, status):
            found.append(f"{way.method} {way.path} as {name}: {decision}, but {status}")
        foreign = await _status(way, platform, name, theirs)
        # Auditors are refused work before it is looked for, so a refusal tells them nothing.
        hidden = (403, 404) if (role, decision) == ("auditor", "forbidden") else (404,)
        if PARAMETER.search(way.path) and foreign not in hidden:
            found.append(f"{way.method} {way.path} as {name} of another organization: {foreign}")
    return found


def _in_project(way: Way) -> bool:
    return any(name not in ("organization_id", "profile_id") for name in PARAMETER.findall(way.path))


def _as_decided(way: Way, decision: str, status: int) -> bool:
    if decision == "forbidden":
        return status == 403
    return status < 400 or (way.name in PERSONAL and status in (403, 409))


async def _status(way: Way, platform: Platform, who: str, things: Things) -> int:
    path = way.path
    for name in dict.fromkeys(PARAMETER.findall(path)):
        path = path.replace(f"{{{name}}}", str(await things.make(name)))
    kind, body = RAW.get(way.name, ("application/json", None))
    if way.takes_body:
        body = json.dumps(await _filled(BODIES.get(way.name), things)).encode()
    request = partial(_request, platform, way.method, path + QUERIES.get(way.name, ""), who, kind, body)
    return await asyncio.to_thread(request)


async def _filled(body: Any, things: Things) -> Any:
    """The example, with a fresh key for each `{name}`."""
    text = json.dumps(body)
    for name in dict.fromkeys(re.findall(r"\{(\w+_id)\}", text)):
        key = await things.make(name)
        text = text.replace(f'"{{{name}}}"', json.dumps(key if isinstance(key, int) else str(key)))
    return json.loads(text)


def _request(platform: Platform, method: str, path: str, who: str, kind: str, body: bytes | None) -> int:
    headers = {"Authorization": f"Bearer {platform.tokens[who]}", "Content-Type": kind}
    connection = http.client.HTTPConnection(platform.host, platform.port, timeout=TIMEOUT_S)
    try:
        connection.request(method, PREFIX + path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


@pytest.mark.parametrize("way", [way for way in WAYS if way.action is not Action.PUBLIC], ids=lambda way: str(way.name))
def test_nobody_comes_in_without_a_token(platform: Platform, way: Way) -> None:
    path = PARAMETER.sub(str(OURS), way.path)
    assert platform.call(way.method, path, None, BODIES.get(way.name)).status == 401
