"""Published reports: who has the link sees a project's quality, for as long as who published may publish."""

from collections.abc import Iterator
from secrets import token_hex

import pytest

from fluentscribe.accounts.tokens import hash_of
from fluentscribe.api.sharing import SHARED
from fluentscribe.demo import publish, publishing
from fluentscribe.journeys.web.publishing import LINKS
from plimsoll.edge.http.message import Request, Response
from plimsoll.edge.rules.judging import Keep, judge
from tests.fluentscribe.api.service import OURS, Platform, Reply

REPORT = f"/projects/{OURS}/published-report"


@pytest.fixture
def link(platform: Platform) -> Iterator[str]:
    """Published by the project's manager."""
    yield published(platform)
    platform.sql("DELETE FROM published_reports")


def published(platform: Platform, who: str = "manager") -> str:
    made = platform.call("POST", REPORT, who)
    assert made.status == 201, made.body
    return str(made.json["link"])


def read(platform: Platform, link: str) -> Reply:
    return platform.call("GET", f"/published/{link}")


def assess(platform: Platform, on: str, apt: int) -> None:
    platform.sql(
        "WITH made AS (INSERT INTO qa_sessions (organization_id, project_id, source_language, target_language, words)"
        " VALUES ($1, $1, 'en', 'de', 800) RETURNING id)"
        " INSERT INTO assessment_results (organization_id, project_id, session_id, apt, ewc, pass_score, created_at)"
        " SELECT $1, $1, id, $2, 800, 95, $3::text::timestamptz FROM made",
        OURS, apt, on)  # fmt: skip


def test_who_has_the_link_sees_scores_and_neither_texts_nor_people(platform: Platform, link: str) -> None:
    assess(platform, "2026-03-31T23:30:00Z", 8)
    assess(platform, "2026-04-01T00:30:00Z", 80)
    told = read(platform, link)
    assert told.status == 200
    assert set(told.json) == {
        "name", "source_language", "target_language", "pass_score", "score", "scored_at", "sessions", "words", "months",
    }  # fmt: skip
    assert [(one["start"], one["sessions"], one["passed"], one["failed"]) for one in told.json["months"]] == [
        ("2026-04-01T00:00:00Z", 1, 0, 1),
        ("2026-03-01T00:00:00Z", 1, 1, 0),
    ]
    assert told.json["score"] == told.json["months"][0]["score"]


def test_a_shared_cache_may_keep_it_by_the_tags_of_its_rows_and_nothing_else_here(
    platform: Platform, link: str
) -> None:
    told, manager = read(platform, link), platform.people["manager"]
    assert told.headers["cache-control"] == SHARED
    assert told.headers["cache-tag"].split(",") == [
        f"published-report:{OURS}", f"project:{OURS}", f"sessions-of-project:{OURS}", f"assessments-of-project:{OURS}",
        f"roles:{OURS}", f"account:{manager}",
    ]  # fmt: skip
    assert kept(told)
    again = platform.call("GET", f"/published/{link}", headers={"If-None-Match": told.headers["etag"]})
    assert (again.status, again.headers["cache-control"]) == (304, SHARED)
    for path, who in ((f"/projects/{OURS}", "owner"), (f"/published/{'x' * 43}", None), (REPORT, "owner")):
        assert not kept(platform.call("GET", path, who)), path


def kept(reply: Reply) -> bool:
    """Whether an edge of ours would store it, for whoever asks without a login."""
    fields = [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    asked = Request("GET", b"http", b"fluent.example", b"/", b"", [])
    return isinstance(judge(asked, Response(reply.status, fields), requested_s=0.0, received_s=1.0), Keep)


def test_the_link_is_told_once_and_never_kept(platform: Platform) -> None:
    key = {"Idempotency-Key": token_hex(8)}
    made = platform.call("POST", REPORT, "owner", headers=key)
    again = platform.call("POST", REPORT, "owner", headers=key)
    link = made.json["link"]
    assert (made.status, again.status, again.json["link"]) == (201, 201, None)
    assert platform.call("GET", REPORT, "viewer").json == {**made.json, "link": None}
    assert [row["link_hash"] for row in platform.sql("SELECT link_hash FROM published_reports")] == [hash_of(link)]
    assert platform.sql("SELECT FROM idempotency_keys WHERE position($1 IN body::text) > 0", link) == []


def test_a_link_ends_when_it_is_taken_back_and_when_another_is_made(platform: Platform, link: str) -> None:
    second = published(platform, "admin")
    assert (read(platform, link).status, read(platform, second).status) == (404, 200)
    assert platform.call("DELETE", REPORT, "manager").status == 204
    gone = read(platform, second)
    assert (gone.status, gone.headers["cache-control"]) == (404, "no-store")
    assert platform.call("DELETE", REPORT, "manager").status == 404
    acts = platform.sql("SELECT action, actor_id FROM audit_logs WHERE object_type = 'report' ORDER BY id DESC LIMIT 2")
    people = platform.people
    assert [tuple(act) for act in acts] == [("delete", people["manager"]), ("create", people["admin"])]


OF_MANAGER = "FROM organization_members m WHERE m.organization_id = o.id AND m.profile_id = $1"
ENDING = {
    "UPDATE project_members SET role = '{}' WHERE profile_id = $1": ("reviewer", "manager"),
    "UPDATE organization_members SET role = '{}' WHERE profile_id = $1": ("auditor", "member"),
    "UPDATE profiles SET disabled_at = nullif('{}', '')::timestamptz WHERE id = $1": ("2026-01-01", ""),
    f"UPDATE organizations o SET status = '{{}}' {OF_MANAGER}": ("suspended", "active"),
}


def test_it_lasts_as_long_as_who_published_may_publish(platform: Platform, link: str) -> None:
    for change, (ending, undoing) in ENDING.items():
        platform.sql(change.format(ending), platform.people["manager"])
        assert read(platform, link).status == 404, change
        platform.sql(change.format(undoing), platform.people["manager"])
        assert read(platform, link).status == 200, change


def test_what_is_no_link_is_not_there(platform: Platform) -> None:
    for wrong in ("x", "x" * 43, "x" * 5_000, "%00" * 14, "..%2F" * 8 + "abc", hash_of("x")):
        assert read(platform, wrong).status == 404, wrong


def test_the_demo_publishes_what_is_read_and_changed_there(platform: Platform) -> None:
    url = f"http://{platform.host}:{platform.port}"
    links = publish(platform.dsn, url)[LINKS].split()
    assert [read(platform, link).status for link in links] == [200] * len(links) != []
    changing = publishing(platform.dsn, url)
    platform.sql(changing.statement, "Renamed by hand")
    assert changing.read() == "Renamed by hand"
    platform.sql("DELETE FROM published_reports")
