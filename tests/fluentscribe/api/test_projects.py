"""Projects over HTTP; with them what holds for every kind of thing: tags, pages, keys, problems."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

from fluentscribe.api.idempotency import clears_out
from tests.fluentscribe.api.service import OURS, Platform, Reply
from tests.fluentscribe.api.waiting import held

NEW = {"name": "Manual", "source_language": "en", "target_language": "fr"}


def test_a_project_is_made_read_changed_and_deleted(platform: Platform) -> None:
    made = platform.call("POST", "/projects", "member", NEW)
    assert made.status == 201, made.body
    where = made.headers["location"].removeprefix("/api/v1")
    read = platform.call("GET", where, "member")
    assert (read.json, read.headers["etag"]) == (made.json, made.headers["etag"])
    changed = platform.call("PATCH", where, "member", {"name": "Handbook"}, {"If-Match": read.headers["etag"]})
    assert (changed.status, changed.json["name"]) == (200, "Handbook")
    late = platform.call("PATCH", where, "member", {"name": "Guide"}, {"If-Match": read.headers["etag"]})
    assert (late.status, late.json["type"]) == (412, "urn:fluentscribe:problem:changed-meanwhile")
    assert platform.call("DELETE", where, "member").status == 403
    assert platform.call("DELETE", where, "admin").status == 204
    assert platform.call("GET", where, "admin").status == 404


def test_what_is_unchanged_is_not_sent_again(platform: Platform) -> None:
    for path in (f"/projects/{OURS}", "/projects?status=active&limit=1"):
        first = platform.call("GET", path, "owner")
        again = platform.call("GET", path, "owner", headers={"If-None-Match": first.headers["etag"]})
        assert (first.status, again.status, again.body) == (200, 304, b"")


def test_a_repeated_request_makes_nothing_twice(platform: Platform) -> None:
    key = {"Idempotency-Key": "one-project"}
    first = platform.call("POST", "/projects", "manager", NEW, key)
    again = platform.call("POST", "/projects", "manager", NEW, key)
    assert (again.status, again.json["id"], again.headers["idempotent-replayed"]) == (201, first.json["id"], "true")
    other = platform.call("POST", "/projects", "manager", {**NEW, "name": "Another"}, key)
    assert (other.status, other.json["type"]) == (422, "urn:fluentscribe:problem:idempotency-key-reused")
    assert platform.call("POST", "/projects", "linguist", NEW, key).json["id"] != first.json["id"]


def test_of_requests_with_one_key_at_once_one_makes_something(platform: Platform) -> None:
    def make(_: int) -> Reply:
        return platform.call("POST", "/projects", "manager", {**NEW, "name": "Once"}, {"Idempotency-Key": "at-once"})

    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(make, range(8)))
    assert {one.status for one in made} == {201}
    assert len({one.json["id"] for one in made}) == 1
    assert len(platform.sql("SELECT FROM projects WHERE name = 'Once'")) == 1


def test_a_key_that_another_server_used_meanwhile_makes_nothing(platform: Platform) -> None:
    """One of an earlier version, which waits for no lock: as long as it has not committed, nobody sees its row."""
    row = (
        "INSERT INTO idempotency_keys (profile_id, key, request_hash, status, body)"
        " VALUES ($1, 'elsewhere', repeat('0', 64), 201, '{}')"
    )
    sent = ("POST", "/projects", "manager", {**NEW, "name": "Twice"}, {"Idempotency-Key": "elsewhere"})
    with ThreadPoolExecutor(1) as threads:
        with held(platform, row, platform.people["manager"]) as lock:
            late = threads.submit(platform.call, *sent)
            lock.until_waiting(1)
        refused = late.result()
    assert (refused.status, refused.json["type"]) == (409, "urn:fluentscribe:problem:conflict")
    assert platform.sql("SELECT FROM projects WHERE name = 'Twice'") == []


def test_a_key_of_long_ago_is_as_one_that_was_never_used(platform: Platform) -> None:
    def make(key: str, name: str) -> tuple[int, str]:
        made = platform.call("POST", "/projects", "manager", {**NEW, "name": name}, {"Idempotency-Key": key})
        return made.status, made.json["name"]

    def age(key: str) -> None:
        platform.sql("UPDATE idempotency_keys SET created_at = created_at - interval '25 hours' WHERE key = $1", key)

    assert make("old", "First") == (201, "First")
    age("old")
    assert make("old", "Second") == make("old", "Second") == (201, "Second")
    age("old")
    make(next(key for number in count() if clears_out(key := f"new-{number}")), "Third")
    assert platform.sql("SELECT key FROM idempotency_keys WHERE key = 'old'") == []


def test_pages_follow_each_other_without_gap_or_repetition(platform: Platform) -> None:
    made = {platform.call("POST", "/projects", "owner", NEW).json["id"] for _ in range(5)}
    seen: list[str] = []
    path = "/projects?limit=2"
    while True:
        page = platform.call("GET", path, "owner").json
        assert len(page["items"]) <= 2
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        path = f"/projects?limit=2&cursor={page['next']}"
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


def test_members_see_the_projects_that_they_are_in(platform: Platform) -> None:
    shown = platform.call("GET", "/projects?limit=200", "viewer").json["items"]
    assert [one["id"] for one in shown] == [str(OURS)]
    assert platform.call("GET", "/projects", "member").status == 200
    assert platform.call("GET", f"/projects/{OURS}", "member").status == 403


def test_what_is_wrong_is_said_with_its_place(platform: Platform) -> None:
    wrong = platform.call("POST", "/projects", "owner", {**NEW, "name": "a\0b", "colour": "blue"})
    assert wrong.status == 422
    assert wrong.headers["content-type"] == "application/problem+json"
    assert {fault["where"] for fault in wrong.json["errors"]} == {"body.name", "body.colour"}
    assert platform.call("GET", "/projects?cursor=nonsense", "owner").json["remedy"] == "begin without a cursor"
    assert platform.call("GET", "/projects", None).headers["www-authenticate"].startswith("Bearer")
    large = platform.call("POST", "/projects", "owner", {**NEW, "mqm_profile": {"a": "x" * 1_100_000}})
    assert (large.status, large.json["type"]) == (413, "urn:fluentscribe:problem:too-large")
