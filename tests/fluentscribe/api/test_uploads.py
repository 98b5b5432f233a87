"""Files over HTTP: what is handed in is stored, found again, and refused with its reason."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from fluentscribe.cli import sweep as commands
from fluentscribe.database.migrating import APP
from fluentscribe.uploads.store import Store
from fluentscribe.uploads.sweeping import NotAllowed, sweep
from tests.fluentscribe.api.handing_in import CSV, KIND, PATH, failures, hand_in, multipart, several
from tests.fluentscribe.api.mangled import mangled
from tests.fluentscribe.api.service import OURS, THEIRS, Platform, as_role


def incoming(platform: Platform) -> list[Path]:
    return list((platform.files / "incoming").iterdir())


def test_a_file_becomes_a_session_with_all_its_segments_and_a_job(platform: Platform) -> None:
    reply = hand_in(platform, several(30))
    assert reply.status == 201, reply.body
    (told,) = reply.json["files"]
    upload, session = told["upload"], told["session_id"]
    assert (upload["status"], upload["format"], upload["bytes"]) == ("done", "xliff-1.2", len(several(30)[1]))
    assert (told["duplicate"], upload["session_id"], upload["reason"]) == (False, session, None)
    assert reply.headers["location"] == f"/api/v1/uploads/{upload['id']}"
    ((rows, words, tags),) = platform.sql(
        "SELECT count(*), sum(regexp_count(source, '\\S+')), count(source_tags) FROM qa_segments"
        " WHERE session_id = $1", session)  # fmt: skip
    ((counted, status, author),) = platform.sql(
        "SELECT words, status, created_by FROM qa_sessions WHERE id = $1", session
    )
    assert (rows, counted, tags) == (30, words, 3)
    assert (status, author) == ("queued", platform.people["linguist"])
    tenth = platform.sql("SELECT source, source_tags FROM qa_segments WHERE session_id = $1 AND seq = 10", session)[0]
    assert "%s" not in tenth["source"]
    assert '"<ph id' in tenth["source_tags"]
    assert platform.sql("SELECT status FROM analysis_jobs WHERE session_id = $1", session) == [("queued",)]
    logged = platform.sql(
        "SELECT action, object_type FROM audit_logs WHERE object_id IN ($1, $2)", upload["id"], session
    )
    assert sorted(logged) == [("create", "session"), ("create", "upload")]
    assert platform.sql("SELECT action FROM user_activity WHERE details->>'upload' = $1", upload["id"]) == [("upload",)]
    read = platform.call("GET", f"/uploads/{upload['id']}", "viewer").json
    assert (read["scan"]["scanner"], read["scan"]["verdict"]) == ("markup", "clean")
    content = platform.call("GET", f"/uploads/{upload['id']}/content", "viewer")
    assert (content.status, content.body) == (200, several(30)[1])
    assert content.headers["content-disposition"] == "attachment; filename*=UTF-8''messages.xlf"
    assert content.headers["x-content-type-options"] == "nosniff"
    assert incoming(platform) == []


def test_what_came_before_is_answered_with_what_was_made_of_it(platform: Platform) -> None:
    first = hand_in(platform, ("one.csv", CSV)).json["files"][0]
    same = hand_in(platform, ("another.csv", CSV), who="manager")
    assert (same.status, same.json["files"]) == (200, [{**first, "duplicate": True}])
    further = hand_in(platform, ("one.csv", CSV), query="?again=true")
    told = further.json["files"][0]
    assert (further.status, told["duplicate"], told["upload"]["id"]) == (201, True, first["upload"]["id"])
    assert told["session_id"] != first["session_id"]
    made = platform.call("POST", f"/projects/{OURS}/sessions", "linguist", {"upload_id": first["upload"]["id"]})
    assert (made.status, made.json["words"]) == (201, 4), made.body
    assert made.headers["location"] == f"/api/v1/sessions/{made.json['id']}"
    sessions = platform.sql("SELECT id FROM qa_sessions WHERE upload_id = $1", first["upload"]["id"])
    assert {str(row[0]) for row in sessions} == {first["session_id"], told["session_id"], made.json["id"]}
    upload = first["upload"]
    (platform.files / str(OURS) / upload["sha256"][:2] / upload["sha256"][2:4] / upload["sha256"]).unlink()  # is lost
    assert hand_in(platform, ("one.csv", CSV), query="?again=true").status == 201
    assert platform.call("GET", f"/uploads/{upload['id']}/content", "viewer").body == CSV
    named_wrongly = hand_in(platform, ("one.xlf", CSV), query="?again=true")
    assert (named_wrongly.status, named_wrongly.json["type"][-22:]) == (422, "not-what-its-name-says")
    twice = hand_in(platform, ("a.csv", CSV + b"Three,Drei\n"), ("b.csv", CSV + b"Three,Drei\n")).json["files"]
    assert [one["duplicate"] for one in twice] == [False, True]
    assert twice[0]["session_id"] == twice[1]["session_id"]


def test_a_refused_file_leaves_its_record_and_nothing_else(platform: Platform) -> None:
    before = platform.sql("SELECT count(*) FROM qa_sessions")
    broken = several(2_500)[1][:-40]
    french = several(1)[1].replace(b'"de"', b'"fr"')
    reply = hand_in(platform, ("broken.xlf", broken), ("archive.csv", b"PK\x03\x04"), ("french.xlf", french))
    assert (reply.status, reply.json["type"]) == (422, "urn:fluentscribe:problem:file-refused")
    assert [where for where, _ in failures(reply)] == [
        "files[0] broken.xlf",
        "files[1] archive.csv",
        "files[2] french.xlf",
    ]
    assert "line 1" in failures(reply)[0][1]
    listed = platform.call("GET", f"{PATH}?status=failed&limit=3", "viewer").json["items"]
    found = {one["file_name"]: one["refusal"] for one in listed}
    assert found == {
        "broken.xlf": "truncated-xml",
        "archive.csv": "not-what-its-name-says",
        "french.xlf": "other-languages",
    }
    assert platform.sql("SELECT count(*) FROM qa_sessions") == before
    refused = platform.call("GET", f"/uploads/{listed[0]['id']}", "viewer").json
    assert (refused["session_id"], refused["scan"], refused["status"]) == (None, None, "failed")
    assert platform.call("GET", f"/uploads/{listed[0]['id']}/content", "viewer").status == 410
    some = hand_in(platform, ("zip.csv", b"PK\x03\x04"), several(3))
    assert (some.status, [one["upload"]["status"] for one in some.json["files"]]) == (201, ["failed", "done"])
    assert incoming(platform) == []


def test_a_repeated_request_is_answered_as_the_first_was(platform: Platform) -> None:
    key, content = {"Idempotency-Key": "one-upload"}, CSV + b"Key,Taste\n"
    assert hand_in(platform, ("keys.csv", b"nothing"), headers=key).status == 422  # the key is still free
    first = hand_in(platform, ("keys.csv", content), headers=key)
    again = hand_in(platform, ("keys.csv", content), headers=key)
    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    other = hand_in(platform, ("keys.csv", content + b"Other,Andere\n"), headers=key)
    assert other.json["type"] == "urn:fluentscribe:problem:idempotency-key-reused"
    assert len(platform.sql("SELECT FROM file_uploads WHERE file_name = 'keys.csv'")) == 2


def test_equal_files_are_kept_once_and_as_long_as_one_upload_has_them(platform: Platform) -> None:
    content = CSV + b"Kept,Behalten\n"
    first = hand_in(platform, ("kept.csv", content)).json["files"][0]["upload"]
    platform.sql("DELETE FROM qa_sessions WHERE upload_id = $1", first["id"])
    second = hand_in(platform, ("kept.csv", content)).json["files"][0]["upload"]
    assert (second["sha256"], second["id"] == first["id"]) == (first["sha256"], False)
    place = platform.files / str(OURS) / first["sha256"][:2] / first["sha256"][2:4] / first["sha256"]
    assert (place.read_bytes(), place.stat().st_mode & 0o777, place.parent.stat().st_mode & 0o777) == (
        content,
        0o600,
        0o700,
    )
    for upload, kept in ((first, True), (second, False)):
        assert platform.call("DELETE", f"/uploads/{upload['id']}", "linguist").status == 403
        assert platform.call("DELETE", f"/uploads/{upload['id']}", "manager").status == 204
        assert place.exists() == kept
    assert len(platform.sql("SELECT FROM qa_sessions WHERE upload_id IS NULL")) == 1


def test_files_that_no_upload_has_are_swept_by_whoever_sees_all_uploads(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(platform.files)
    claimed = hand_in(platform, ("claimed.csv", CSV + b"Claimed,Beansprucht\n")).json["files"][0]["upload"]["sha256"]
    idle = store.path(OURS, "0" * 64)
    idle.parent.mkdir(parents=True)
    idle.write_bytes(b"x")
    with pytest.raises(NotAllowed):
        asyncio.run(sweep(as_role(platform.dsn, APP), store, remove=True))
    for dry_run, said in ((True, f"would be removed {idle}"), (False, f"removed {idle}"), (False, "every file")):
        commands.sweep(platform.files, platform.dsn, dry_run=dry_run)
        assert capsys.readouterr().out.startswith(said)
    assert (idle.exists(), store.path(OURS, claimed).exists()) == (False, True)


def test_who_may_not_is_told_before_the_body_is_read(platform: Platform) -> None:
    """The body never comes: whoever waited for it would not answer."""
    path, length = f"/projects/{THEIRS}/uploads", {"Content-Type": KIND, "Content-Length": "1000000"}
    assert platform.call("POST", path, "owner", headers=length, raw=b"").status == 404
    assert platform.call("POST", PATH, "viewer", headers=length, raw=b"").status == 403


def test_what_is_no_list_of_files_is_refused_as_a_whole(platform: Platform) -> None:
    def status(raw: bytes, kind: str = KIND) -> int:
        return platform.call("POST", PATH, "linguist", headers={"Content-Type": kind}, raw=raw).status

    before = platform.sql("SELECT count(*) FROM file_uploads")
    whole = multipart(several(3))
    assert status(whole, "application/json") == 415
    assert status(whole[:-4]) == 400
    assert status(whole, "multipart/form-data") == 400
    assert status(multipart(*[several(1)] * 11)) == 422
    assert status(multipart()) == 422
    assert platform.sql("SELECT count(*) FROM file_uploads") == before
    assert incoming(platform) == []


def test_no_request_is_too_broken_to_be_answered(platform: Platform) -> None:
    random = Random(4)
    for _ in range(40):
        case = mangled(random)
        reply = platform.call("POST", PATH, "linguist", headers={"Content-Type": case.kind}, raw=case.body)
        assert reply.status in (200, 201, 400, 413, 415, 422), (case.words, reply.body)
    assert platform.sql("SELECT count(*) FROM file_uploads WHERE status IN ('pending', 'processing')") == [(0,)]
    assert incoming(platform) == []


def test_the_same_file_sent_twice_at_once_becomes_one_session(platform: Platform) -> None:
    with ThreadPoolExecutor(3) as threads:
        replies = list(threads.map(lambda _: hand_in(platform, several(700, "at-once.xlf")), range(3)))
    assert sorted(reply.status for reply in replies) == [200, 200, 201]
    assert len({reply.json["files"][0]["session_id"] for reply in replies}) == 1
