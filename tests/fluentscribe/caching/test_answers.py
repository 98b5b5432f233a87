"""What is answered from memory is what the database would answer: to each person, for each thing, after any change."""

import asyncio
from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID

from fluentscribe.api.carrying import COOKIE, HEADER
from tests.fluentscribe.api.service import OURS, PASSWORD, THEIRS
from tests.fluentscribe.caching.comparing import (
    CHANGES,
    NAMING,
    READ,
    Comparing,
    anybody,
    by_chance,
    from_memory,
    missing_of,
    path_of,
)
from tests.fluentscribe.caching.conftest import Pair

STEPS = 40
THINGS = 2  # asked for after each change, by two people each, twice


def test_who_may_not_know_is_not_told_what_is_missing(pair: Pair) -> None:
    """A member without a role in the project, and for comparison people with one and of the other organization."""
    unassessed = next(one for one in CHANGES if one.startswith("DELETE FROM assessment_results"))

    def reads(things: dict[UUID, dict[str, Any]]) -> Iterator[tuple[str, str]]:
        for path in NAMING:
            yield "member", missing_of(path, things[OURS])
        for path in ("/projects/{project_id}/terms/{term_id}", "/sessions/{session_id}/assessments/latest"):
            for who in ("member", "viewer", "auditor", "their owner"):
                yield who, path_of(path, things[OURS])
                yield who, missing_of(path, things[OURS])

    assert asyncio.run(Comparing.by(pair, [(unassessed, OURS, "member", 1)], reads)) == []


def test_a_logout_and_a_role_that_is_taken_away_count_at_once_also_for_who_carries_no_token(pair: Pair) -> None:
    cached, people = pair.cached, pair.cached.people
    member = f"/organizations/{OURS}/members/{people['linguist']}"
    place = f"/projects/{OURS}/members/{people['viewer']}"
    for who, role, status in (("owner", "auditor", 403), ("owner", "member", 200)):
        assert cached.call("PATCH", member, who, {"role": role}).status == 200
        assert cached.call("GET", "/projects", "linguist").status == status
    for role, status in (("reviewer", 201), ("viewer", 403)):
        assert cached.call("PUT", place, "admin", {"role": role}).status == 200
        given = {"target_term": f"of a {role}", "forbidden": True}
        assert cached.call("POST", f"/projects/{OURS}/terms", "viewer", given).status == status
    assert cached.call("GET", "/me", "reviewer").status == 200
    assert cached.call("POST", "/auth/logout", "reviewer").status == 204
    assert cached.call("GET", "/me", "reviewer").status == 401
    said = {"email": "manager@example.org", "password": PASSWORD}
    first = cached.call("POST", "/auth/login", None, said).json
    second = cached.call("POST", "/auth/refresh", None, {"refresh_token": first["refresh_token"]}).json
    cached.sql("UPDATE login_sessions SET refreshed_at = refreshed_at - interval '11 seconds'")
    bearer = {"Authorization": f"Bearer {second['access_token']}"}
    assert cached.call("GET", "/me", headers=bearer).status == 200
    assert cached.call("POST", "/auth/refresh", None, {"refresh_token": first["refresh_token"]}).status == 401
    assert cached.call("GET", "/me", headers=bearer).status == 401
    cached.sql("UPDATE login_sessions SET revoked_at = NULL")


def test_nobody_is_answered_otherwise_than_the_database_would(pair: Pair) -> None:
    """Each change is made behind the platform's back; its token then says what an answer has to have in it."""
    random = Random(7)

    def reads(things: dict[UUID, dict[str, Any]]) -> Iterator[tuple[str, str]]:
        for _ in range(THINGS):
            path = path_of(random.choice(READ), things[random.choice((OURS, OURS, THEIRS))])
            people = (anybody(random), anybody(random))
            yield from ((who, path) for who in people * 2)

    assert asyncio.run(Comparing.by(pair, by_chance(random, STEPS), reads)) == []
    assert from_memory(pair.cached) > STEPS, "or nothing was shown"


def test_who_changes_something_sees_it_in_what_they_read_next(pair: Pair) -> None:
    pair.cached.sql("UPDATE profiles SET disabled_at = NULL")
    pair.cached.sql("UPDATE login_sessions SET revoked_at = NULL")
    for number in range(5):
        pair.cached.call("GET", "/me", "their viewer")
        wrote = pair.cached.call("PATCH", "/me", "their viewer", {"display_name": f"Name {number}"})
        cookie = wrote.headers["set-cookie"].partition(";")[0]
        assert cookie == f"{COOKIE}={wrote.headers[HEADER.lower()]}"
        read = pair.cached.call("GET", "/me", "their viewer", headers={"Cookie": cookie})
        assert read.json["display_name"] == f"Name {number}"
        assert read.headers["etag"] == wrote.headers["etag"]
        seen = {"Cookie": cookie, "If-None-Match": read.headers["etag"]}
        assert pair.cached.call("GET", "/me", "their viewer", headers=seen).status == 304


def test_who_logs_in_sees_at_once_that_they_did(pair: Pair) -> None:
    pair.cached.sql("UPDATE profiles SET disabled_at = NULL")
    pair.cached.sql("UPDATE login_sessions SET revoked_at = NULL")
    given = {"email": "theirmanager@example.org", "password": PASSWORD}
    seen = set()
    for _ in range(3):
        told = pair.cached.call("POST", "/auth/login", body=given)
        read = pair.cached.call("GET", "/me", "their manager", headers={HEADER: told.headers[HEADER.lower()]})
        seen.add(read.json["last_login_at"])
    assert len(seen) == 3


def test_a_token_that_is_none_is_refused_in_a_header_and_passed_over_in_a_cookie(pair: Pair) -> None:
    assert pair.cached.call("GET", "/me", "their viewer", headers={HEADER: "1; DROP"}).status == 422
    assert pair.cached.call("GET", "/me", "their viewer", headers={"Cookie": f"{COOKIE}=x"}).status == 200
