"""From an analysed session to a verdict, over HTTP: what people of each role do, and what is refused them."""

import asyncio
import http.client
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import pytest

from tests.fluentscribe.api import guide
from tests.fluentscribe.api.in_review import BULK, END_READER, exporting, made
from tests.fluentscribe.api.service import OURS, PASSWORD, Platform
from tests.fluentscribe.api.waiting import held

T = TypeVar("T")


def history(platform: Platform, kind: str, key: object) -> list[Any]:
    query = "SELECT action, diff FROM audit_logs WHERE object_type = $1 AND object_id = $2 ORDER BY id"
    return [tuple(row) for row in platform.sql(query, kind, str(key))]


def test_a_linguist_mends_segments(platform: Platform) -> None:
    session, segments, _ = made(platform)
    shown = platform.call("GET", f"/sessions/{session}/segments?has_open_errors=true&limit=2", "linguist").json
    assert [(one["seq"], one["open_errors"]) for one in shown["items"]] == [(1, 1), (2, 1)]
    rest = platform.call("GET", f"/sessions/{session}/segments?limit=2&cursor={shown['next']}", "linguist").json
    assert ([one["seq"] for one in rest["items"]], rest["next"]) == ([3], None)
    path = f"/segments/{segments[0]}"
    read = platform.call("GET", path, "linguist")
    assert read.json["target_tags"][1] == {"position": 5, "kind": "close", "name": "g", "id": "1", "text": "</g>"}
    tags = [{**one, "position": 0} for one in read.json["target_tags"]]
    mended = platform.call(
        "PATCH", path, "linguist", {"target": "Akte", "target_tags": tags}, {"If-Match": read.headers["etag"]}
    )
    assert (mended.status, mended.json["target"], mended.json["target_tags"]) == (200, "Akte", tags)
    late = platform.call("PATCH", path, "linguist", {"target": "Mappe"}, {"If-Match": read.headers["etag"]})
    assert late.status == 412
    assert history(platform, "segment", segments[0])[0][0] == "update"
    assert platform.call("PATCH", path, "linguist", {"target_tags": []}).json["target_tags"] == []
    for wrong in ([{**tags[0], "position": 5}], tags[:1]):
        assert platform.call("PATCH", path, "linguist", {"target_tags": wrong}).status == 422
    assert platform.call("PATCH", f"/segments/{segments[2]}", "linguist", {"target": "x"}).status == 409
    platform.sql("UPDATE qa_sessions SET status = 'analyzing' WHERE id = $1", UUID(session))
    assert platform.call("PATCH", path, "linguist", {"target": "x"}).status == 409


def test_people_report_errors_within_the_text(platform: Platform) -> None:
    session, segments, _ = made(platform)
    _, others, _ = made(platform)
    path = f"/sessions/{session}/errors"
    new = {"segment_id": segments[1], "dimension": "style", "type": "awkward", "span_end": 5}
    reply = platform.call("POST", path, "linguist", new)
    assert (reply.status, reply.json["origin"], reply.json["status"], reply.json["seq"]) == (201, "human", "open", 2)
    where = reply.headers["location"].removeprefix("/api/v1")
    whole = platform.call("POST", path, "linguist", {**new, "span_end": None}).json
    assert (whole["span_start"], whole["span_end"]) == (0, len("Datei 2"))
    assert whole["fingerprint"] != reply.json["fingerprint"]
    for wrong in ({"span_end": 8}, {"span_start": 6}, {"segment_id": others[0]}):
        assert platform.call("POST", path, "linguist", {**new, **wrong}).status == 422
    assert platform.call("PATCH", where, "linguist", {"severity": "critical"}).json["severity"] == "critical"
    assert history(platform, "error", reply.json["id"])[1] == ("update", '{"severity": ["minor", "critical"]}')


def test_reviewers_decide_errors_one_by_one_and_together(platform: Platform) -> None:
    session, segments, errors = made(platform)
    path = f"/sessions/{session}/errors"
    confirmed = platform.call("POST", f"/errors/{errors[0]}/confirm", "reviewer").json
    assert (confirmed["status"], confirmed["decided_at"] is None) == ("confirmed", False)
    assert platform.call("PATCH", f"/errors/{errors[0]}", "reviewer", {"severity": "minor"}).status == 409
    reopened = platform.call("POST", f"/errors/{errors[0]}/reopen", "reviewer").json
    assert (reopened["status"], reopened["decided_at"]) == ("open", None)
    _, _, foreign = made(platform)
    beyond = {"ids": [errors[0], foreign[0]], "status": "dismissed"}
    refused = platform.call("POST", f"{path}/decide", "reviewer", beyond)
    assert (refused.status, f"this session: {foreign[0]}; nothing" in refused.json["detail"]) == (404, True)
    assert platform.call("GET", f"{path}?status=dismissed", "viewer").json["items"] == []
    some = {"ids": errors[:2], "status": "dismissed"}
    assert platform.call("POST", f"{path}/decide", "reviewer", some).json == {"matched": 2, "changed": 2}
    rest = {"filter": {"status": "open", "dimension": "accuracy"}, "status": "confirmed"}
    assert platform.call("POST", f"{path}/decide", "reviewer", rest).json == {"matched": 1, "changed": 1}
    assert platform.call("POST", f"{path}/decide", "reviewer", rest).json == {"matched": 0, "changed": 0}
    assert platform.call("POST", f"{path}/decide", "reviewer", {**some, **rest}).status == 422
    assert history(platform, "error", errors[2]) == [("update", '{"status": ["open", "confirmed"]}')]
    summary = platform.call("GET", f"{path}/summary", "viewer").json
    of_kind = {(one["severity"], one["status"]): one["errors"] for one in summary["counts"]}
    assert (summary["total"], of_kind) == (3, {("major", "confirmed"): 1, ("major", "dismissed"): 2})
    listed = platform.call("GET", f"{path}?status=dismissed&segment_id={segments[0]}", "viewer").json["items"]
    assert [one["id"] for one in listed] == errors[:1]


def test_authors_do_not_decide_the_errors_of_their_own_sessions(platform: Platform) -> None:
    session, _, errors = made(platform, author="manager")
    all_of_it = {"filter": {}, "status": "dismissed"}
    calls = [(f"/errors/{errors[0]}/confirm", None), (f"/sessions/{session}/errors/decide", all_of_it)]
    refused = [platform.call("POST", path, "manager", body) for path, body in calls]
    assert [(one.status, "you are the author" in one.json["detail"]) for one in refused] == [(403, True)] * 2
    assert [platform.call("POST", path, "owner", body).status for path, body in calls] == [200, 200]


@pytest.mark.parametrize(("words", "passed"), [(800, True), (100, None)])
def test_a_score_is_reckoned_from_confirmed_errors(platform: Platform, words: int, passed: bool | None) -> None:
    session, _, errors = made(platform, words)
    platform.call("POST", f"/errors/{errors[0]}/confirm", "reviewer")
    platform.call("POST", f"/errors/{errors[1]}/dismiss", "reviewer")
    reply = platform.call("POST", f"/sessions/{session}/assessments", "reviewer")
    score = round(100 - 500 / words, 2)
    assert reply.status == 201, reply.body
    assert (reply.json["apt"], reply.json["score"], reply.json["passed"]) == (5, pytest.approx(score, abs=0.01), passed)
    assert reply.json["dimensions"] == {"accuracy": 5}
    assert (reply.json["interval"] is None) == (words >= 500)
    latest = platform.call("GET", f"/sessions/{session}/assessments/latest", "viewer").json
    assert latest == reply.json
    assert platform.call("GET", f"/sessions/{session}", "viewer").json["score"] == reply.json["score"]


def test_a_projects_weights_count_and_what_are_none_is_refused(platform: Platform) -> None:
    session, _, errors = made(platform)
    platform.call("POST", f"/errors/{errors[0]}/confirm", "reviewer")
    wrong = platform.call("PATCH", f"/projects/{OURS}", "manager", {"mqm_profile": {"accuracy": -1}})
    assert (wrong.status, "accuracy: is no number from 0 to 100" in wrong.json["detail"]) == (422, True)
    platform.call("PATCH", f"/projects/{OURS}", "manager", {"mqm_profile": {"accuracy": 0.5}})
    reply = platform.call("POST", f"/sessions/{session}/assessments", "reviewer")
    platform.call("PATCH", f"/projects/{OURS}", "manager", {"mqm_profile": {}})
    assert reply.json["apt"] == 2.5


def test_of_no_words_there_is_no_score(platform: Platform) -> None:
    assert platform.call("POST", f"/sessions/{made(platform, 0)[0]}/assessments", "reviewer").status == 409


VERDICTS = {"manager": "approved", "reviewer": "rejected"}


def at_once(platform: Platform, session: str, act: Callable[[str], T]) -> list[T]:
    """What manager and reviewer are answered, who both come to the session before either has it."""
    with ThreadPoolExecutor() as threads:
        with held(platform, "SELECT FROM qa_sessions WHERE id = $1 FOR UPDATE", UUID(session)) as lock:
            answers = [threads.submit(act, who) for who in VERDICTS]
            lock.until_waiting(2)
        return [answer.result() for answer in answers]


def test_an_analysis_is_queued_once(platform: Platform) -> None:
    session, _, _ = made(platform)
    first, again = at_once(platform, session, partial(platform.call, "POST", f"/sessions/{session}/analyze"))
    assert (first.status, again.json["id"]) == (202, first.json["id"])
    read = platform.call("GET", f"/sessions/{session}", "viewer").json
    assert (read["status"], read["analysis"]["status"], read["file_name"]) == ("queued", "queued", "app.xliff")
    assert history(platform, "session", session) == [("update", '{"status": ["in_review", "queued"]}')]


def test_work_is_given_to_people_of_the_project(platform: Platform) -> None:
    session, _, _ = made(platform)
    path = f"/sessions/{session}"
    for who, status in (("linguist", 200), ("member", 422)):
        given = {"assignee_id": str(platform.people[who])}
        assert platform.call("POST", f"{path}/assign", "manager", given).status == status
    mine = platform.call("GET", "/sessions?assignee=me", "linguist").json["items"]
    assert [one["id"] for one in mine] == [session]
    assert platform.call("GET", "/sessions", "member").json["items"] == []
    assert platform.call("PATCH", path, "manager", {"assignee_id": None}).json["assignee_id"] is None


def asked(platform: Platform, session: str, who: str) -> Any:
    return platform.call("POST", f"/sessions/{session}/reviews", "linguist", {"reviewer_id": str(platform.people[who])})


def test_a_session_is_reviewed_by_who_was_asked_and_never_by_its_author(platform: Platform) -> None:
    session, segments, errors = made(platform, author="manager")
    assert [asked(platform, session, who).status for who in ("manager", "viewer", "owner")] == [422, 422, 422]
    review = asked(platform, session, "reviewer")
    assert (review.status, asked(platform, session, "reviewer").status) == (201, 409)
    where = review.headers["location"].removeprefix("/api/v1")
    assert where in [
        f"/reviews/{one['id']}" for one in platform.call("GET", "/reviews?mine=open", "reviewer").json["items"]
    ]
    for who in ("manager", "owner"):
        assert platform.call("POST", f"{where}/decide", who, {"verdict": "approved"}).status == 403
    later = asked_again = platform.call("POST", f"{where}/decide", "reviewer", {"verdict": "changes_requested"})
    assert (later.status, asked_again.json["session_status"]) == (200, "in_review")
    assert platform.call("POST", f"{where}/decide", "reviewer", {"verdict": "approved"}).status == 409
    where = asked(platform, session, "reviewer").headers["location"].removeprefix("/api/v1")
    decided = platform.call("POST", f"{where}/decide", "reviewer", {"verdict": "rejected", "comment": "Nein."}).json
    assert (decided["verdict"], decided["comment"], decided["session_status"]) == ("rejected", "Nein.", "rejected")
    for method, path, body in (
        ("POST", f"/sessions/{session}/analyze", None),
        ("POST", f"/sessions/{session}/assessments", None),
        ("POST", f"/errors/{errors[0]}/confirm", None),
        ("PATCH", f"/segments/{segments[0]}", {"target": "x"}),
    ):
        assert platform.call(method, path, "manager", body).status == 409, path


def test_of_two_who_decide_at_once_one_wins(platform: Platform) -> None:
    session, _, _ = made(platform)
    where = {who: asked(platform, session, who).headers["location"].removeprefix("/api/v1") for who in VERDICTS}

    def decide(who: str) -> int:
        return platform.call("POST", f"{where[who]}/decide", who, {"verdict": VERDICTS[who]}).status

    answers = dict(zip(VERDICTS, at_once(platform, session, decide), strict=True))
    assert sorted(answers.values()) == [200, 409]
    winner = next(who for who, status in answers.items() if status == 200)
    assert platform.call("GET", f"/sessions/{session}", "viewer").json["status"] == VERDICTS[winner]


def test_text_is_found_as_it_stands_where_one_may_read(platform: Platform) -> None:
    _, segments, _ = made(platform)
    platform.sql("UPDATE qa_segments SET target = '100%_sicher' WHERE id = $1", segments[0])
    found = platform.call("GET", "/search/segments?q=0%25_SICH", "viewer").json["items"]
    assert [one["id"] for one in found] == segments[:1]
    assert platform.call("GET", "/search/segments?q=0_%25", "viewer").json["items"] == []
    assert platform.call("GET", "/search/segments?q=sicher", "member").json["items"] == []


def test_reports_tell_scores_by_time_and_errors_by_words(platform: Platform) -> None:
    session, _, errors = made(platform, 1000)
    platform.call("POST", f"/errors/{errors[0]}/confirm", "reviewer")
    platform.sql("UPDATE projects SET deadline = now() - interval '1 day' WHERE id = $1", OURS)
    platform.sql("DELETE FROM assessment_results")
    platform.call("POST", f"/sessions/{session}/assessments", "reviewer")
    for path in (f"/projects/{OURS}/reports/quality?bucket=day", "/organization/reports/quality"):
        (bucket,) = platform.call("GET", path, "owner").json["buckets"]
        numbers = (bucket["sessions"], bucket["words"], bucket["score"], bucket["passed"])
        assert (numbers, bucket["errors_per_1000_words"]) == ((1, 1000, 99.5, 1), {"accuracy": 1.0})
    board = platform.call("GET", f"/projects/{OURS}/dashboard", "viewer").json
    assert (board["score"], board["overdue"]) == (99.5, True)
    assert board["sessions"]["in_review"] >= 1


def test_findings_are_exported_and_what_goes_wrong_midway_is_seen(platform: Platform) -> None:
    session, segments, _ = made(platform)
    small = platform.call("GET", f"/sessions/{session}/export", "viewer")
    assert small.headers["content-disposition"] == 'attachment; filename="app-findings.csv"'
    assert (small.body.count(b"\r\n"), small.body.count(b",'=1+1,")) == (4, 3)
    assert len(platform.call("GET", f"/sessions/{session}/export?format=json", "viewer").json["findings"]) == 3
    platform.sql("UPDATE qa_segments SET target = repeat('x', 100000) WHERE id = $1", segments[0])
    platform.sql(BULK, OURS, UUID(session), segments[0])
    with exporting(platform, session) as answer:
        assert len(answer.read(10_000)) == 10_000  # the database waits for the client from here on
        assert platform.sql(END_READER)[0]["ended"]
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
    for _ in range(6):  # who goes away midway, more often than there are connections to the database
        with exporting(platform, session) as answer:
            assert len(answer.read(10_000)) == 10_000
    assert platform.call("GET", f"/sessions/{session}", "viewer").status == 200
    assert history(platform, "session", session)[0] == ("export", "{}")


def test_the_guide_leads_from_a_file_to_a_verdict(platform: Platform) -> None:
    names = {"PROJECT": str(OURS), "REVIEWER_ID": str(platform.people["reviewer"])}
    done = 0
    for command, said in guide.commands():
        if command == "fluentscribe worker --drain":
            asyncio.run(guide.worked(platform))
            continue
        reply = guide.sent(platform, command, names)
        assert reply.status < 300, (command, reply.body)
        guide.agrees(reply, said, names)
        done += 1
    assert done == 23
    assert f'"{PASSWORD}"' in guide.GUIDE
