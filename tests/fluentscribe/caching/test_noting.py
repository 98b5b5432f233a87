"""What people looked at is noted later, many at once, and never for somebody who has left."""

import asyncio
from uuid import UUID, uuid4

import pytest

from fluentscribe.caching import noting
from fluentscribe.caching.noting import Notes
from fluentscribe.database.migrating import APP
from fluentscribe.database.pool import close_pool, open_pool
from tests.fluentscribe.api.service import OURS, THEIRS, Platform, as_role
from tests.fluentscribe.caching.conftest import Pair

NOTED = "SELECT organization_id, details FROM user_activity WHERE profile_id = $1 AND action = 'search' ORDER BY id"


def noted(platform: Platform, notes: list[tuple[UUID, UUID, str]]) -> int:
    """Writes notes of (organization, person, what was sought) and says how many were left out."""

    async def go() -> int:
        pool = await open_pool(as_role(platform.dsn, APP), 1, 10, APP)
        try:
            writing = Notes(pool, 10)
            for organization, person, sought in notes:
                writing.add(organization, person, "search", {"q": sought})
            await writing.flush()
            return writing.left_out
        finally:
            await close_pool(pool)

    return asyncio.run(go())


def test_each_is_noted_for_its_own_person_and_organization(pair: Pair) -> None:
    ours, theirs = pair.plain.people["owner"], pair.plain.people["their owner"]
    many = [(OURS, ours, f"file {number}") for number in range(noting.BATCH + 1)]
    assert noted(pair.plain, [*many, (THEIRS, theirs, "Datei"), (OURS, theirs, "not theirs"), (OURS, uuid4(), "")]) == 0
    assert len(pair.plain.sql(NOTED, ours)) == len(many)
    assert [(row["organization_id"], row["details"]) for row in pair.plain.sql(NOTED, theirs)] == [
        (THEIRS, '{"q": "Datei"}')
    ]


def test_what_is_too_much_or_not_taken_is_left_out_and_counted(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noting, "NOTES_MAX", 2)
    person = pair.plain.people["member"]
    assert noted(pair.plain, [(OURS, person, "a"), (OURS, person, "b"), (OURS, person, "c")]) == 1
    assert noted(pair.plain, [(OURS, person, "\0"), (OURS, person, "d")]) == 2


def test_what_a_client_tells_itself_is_there_when_it_is_answered(pair: Pair) -> None:
    told = {"what": "project", "id": str(OURS)}
    for number in range(1, 4):
        assert pair.cached.call("POST", "/activity", "reviewer", told).status == 204
        own = pair.cached.call("GET", "/me/activity", "reviewer").json["items"]
        views = [one["details"] for one in own if one["action"] == "view"]
        assert views == [{"project": str(OURS)}] * number
