"""Feedback, activity and the audit log over HTTP."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from fluentscribe.api.problems import Problem
from fluentscribe.api.routes.activity import DAYS, DAYS_MAX, window
from tests.fluentscribe.api.service import OURS, THEIRS, Platform

TODAY = date(2026, 6, 30)
SESSION = (
    "INSERT INTO qa_sessions (organization_id, project_id, source_language, target_language)"
    " VALUES ($1, $1, 'en', 'de') RETURNING id"
)
LOG = (
    "INSERT INTO audit_logs (organization_id, actor_id, action, object_type, object_id, diff, created_at)"
    " VALUES ($1, $2, $3, 'upload', $4, '{\"name\": [1, 2]}', $5)"
)
ACT = "INSERT INTO user_activity (organization_id, profile_id, action, created_at) VALUES ($1, $2, 'search', $3)"
NOON = datetime(2024, 2, 28, 12, tzinfo=UTC)


def test_feedback_is_given_by_all_who_work_and_read_by_those_who_run_it(platform: Platform) -> None:
    session = platform.sql(SESSION, OURS)[0][0]
    theirs = platform.sql(SESSION, THEIRS)[0][0]
    said = {"category": "bug", "message": "It broke", "rating": 2, "session_id": str(session)}
    given = platform.call("POST", "/feedback", "viewer", said)
    assert (given.status, given.json["person"]["display_name"]) == (201, "viewer@example.org")
    for who, what in (("member", session), ("viewer", theirs), ("viewer", uuid4())):
        assert platform.call("POST", "/feedback", who, {**said, "session_id": str(what)}).status == 404
    assert platform.call("POST", "/feedback", "member", {"category": "idea", "message": "More"}).status == 201
    assert platform.call("GET", "/feedback?category=bug", "admin").json["items"] == [given.json]
    first = platform.call("GET", "/feedback?limit=1", "admin").json
    second = platform.call("GET", f"/feedback?limit=1&cursor={first['next']}", "admin").json
    assert [first["items"][0]["category"], second["items"][0]["category"]] == ["idea", "bug"]
    assert platform.call("GET", "/feedback", "their admin").json["items"] == []


def test_who_was_active_is_counted_by_day(platform: Platform) -> None:
    for who, days in (("viewer", 0), ("viewer", 0), ("linguist", 0), ("linguist", 1), ("viewer", 3)):
        platform.sql(ACT, OURS, platform.people[who], NOON + timedelta(days=days))
    daily = platform.call("GET", "/activity/daily?since=2024-02-28&until=2024-02-29", "auditor").json
    assert daily["days"] == [
        {"day": "2024-02-28", "people": 2, "acts": 3},
        {"day": "2024-02-29", "people": 1, "acts": 1},
    ]
    assert platform.call("GET", "/activity/daily?since=20240228", "auditor").status == 422
    query = f"/activity?person={platform.people['viewer']}&action=search&since=2024-02-29T00:00:00Z"
    late = platform.call("GET", query, "auditor").json["items"]
    assert [one["created_at"] for one in late] == ["2024-03-02T12:00:00Z"]


def test_a_view_is_told_in_ones_own_name(platform: Platform) -> None:
    assert platform.call("POST", "/activity", "reviewer", {"what": "project", "id": str(OURS)}).status == 204
    own = platform.call("GET", "/me/activity", "reviewer").json["items"]
    assert [(one["action"], one["details"]) for one in own] == [("view", {"project": str(OURS)})]
    assert own[0]["person"]["id"] == str(platform.people["reviewer"])


def test_the_days_that_are_counted_are_bounded() -> None:
    assert window(None, None, TODAY) == (TODAY - timedelta(days=DAYS - 1), TODAY)
    assert window(TODAY, TODAY, TODAY) == (TODAY, TODAY)
    longest = TODAY - timedelta(days=DAYS_MAX - 1)
    assert window(longest, None, TODAY) == (longest, TODAY)
    wrong = (longest - timedelta(days=1), None), (TODAY, TODAY - timedelta(days=1)), (None, date.min), (date.max, None)
    for since, until in wrong:
        with pytest.raises(Problem):
            window(since, until, TODAY)


def test_the_history_of_a_thing_is_read_in_the_audit_log(platform: Platform) -> None:
    people = platform.people
    for number, (who, action, key) in enumerate(
        (("owner", "create", "a"), ("admin", "update", "a"), ("admin", "update", "b"), ("admin", "delete", "a"))
    ):
        platform.sql(LOG, OURS, people[who], action, key, NOON + timedelta(hours=number))
    platform.sql(LOG, THEIRS, people["their owner"], "create", "a", NOON)
    about = "/audit-logs?object_type=upload&object_id=a"
    told = platform.call("GET", about, "auditor").json["items"]
    assert [one["action"] for one in told] == ["delete", "update", "create"]
    assert (told[2]["actor"]["id"], told[2]["diff"]) == (str(people["owner"]), {"name": [1, 2]})
    first = platform.call("GET", f"{about}&limit=2", "owner").json
    assert platform.call("GET", f"{about}&limit=2&cursor={first['next']}", "owner").json["items"] == [told[2]]
    by = f"/audit-logs?actor={people['admin']}&action=update&object_type=upload"
    assert [one["object_id"] for one in platform.call("GET", by, "owner").json["items"]] == ["b", "a"]
    between = f"{by}&since=2024-02-28T13:00:00Z&until=2024-02-28T14:00:00Z"
    assert [one["object_id"] for one in platform.call("GET", between, "owner").json["items"]] == ["a"]
