"""Logging in for real: passwords are verified, logins end, and who guesses is locked out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from fluentscribe.accounts.logging_in import ONE_BY_ONE
from tests.fluentscribe.api.service import OURS, PASSWORD, THEIRS, Platform, Reply
from tests.fluentscribe.api.waiting import held

FAIL = "INSERT INTO login_attempts (email, ip, ok) SELECT $1, $2::text::inet, false FROM generate_series(1, $3::int)"


def log_in(platform: Platform, email: str, password: str = PASSWORD, **more: str) -> Reply:
    return platform.call("POST", "/auth/login", None, {"email": email, "password": password, **more})


def refresh(platform: Platform, reply: Reply, **more: str) -> Reply:
    return platform.call("POST", "/auth/refresh", None, {"refresh_token": reply.json["refresh_token"], **more})


def reads(platform: Platform, reply: Reply) -> int:
    """What the access token of an answer is good for."""
    return platform.call("GET", "/me", headers={"Authorization": f"Bearer {reply.json['access_token']}"}).status


@pytest.fixture
def unlocked(platform: Platform) -> Platform:
    """Nobody failed to log in lately."""
    platform.sql("DELETE FROM login_attempts")
    return platform


def test_a_login_is_refreshed_and_a_copied_token_ends_it(unlocked: Platform) -> None:
    said = {"email": "Owner@Example.ORG", "password": PASSWORD}
    first = unlocked.call("POST", "/auth/login", None, said, {"X-Forwarded-For": "203.0.113.9"})
    assert (first.status, first.json["organization"]["id"]) == (200, str(OURS))
    second = refresh(unlocked, first)
    third = refresh(unlocked, first)  # its answer may have been lost
    assert (second.status, third.status, reads(unlocked, third)) == (200, 200, 200)
    unlocked.sql("UPDATE login_sessions SET refreshed_at = refreshed_at - interval '11 seconds'")
    assert refresh(unlocked, second).json["detail"] == "this refresh token was used before: its login was ended"
    assert (refresh(unlocked, third).status, reads(unlocked, third)) == (401, 401)
    recorded = unlocked.sql("SELECT email, host(ip), ok FROM login_attempts")
    assert [tuple(row) for row in recorded] == [("owner@example.org", "127.0.0.1", True)]


def test_an_access_token_is_dead_after_logging_out(unlocked: Platform) -> None:
    here, there = log_in(unlocked, "admin@example.org"), log_in(unlocked, "admin@example.org")
    unlocked.tokens["here"], unlocked.tokens["there"] = here.json["access_token"], there.json["access_token"]
    assert unlocked.call("POST", "/auth/logout", "here").status == 204
    assert (reads(unlocked, here), refresh(unlocked, here).status, reads(unlocked, there)) == (401, 401, 200)
    assert unlocked.call("POST", "/auth/logout?everywhere=true", "there").status == 204
    assert reads(unlocked, there) == unlocked.call("GET", "/me", "admin").status == 401


def test_a_disabled_account_is_shut_out_at_once(unlocked: Platform) -> None:
    login = log_in(unlocked, "viewer@example.org")
    unlocked.sql("UPDATE profiles SET disabled_at = now() WHERE email = 'viewer@example.org'")
    assert (reads(unlocked, login), refresh(unlocked, login).status) == (401, 401)
    refused = log_in(unlocked, "viewer@example.org")
    assert (refused.status, refused.json["detail"]) == (401, "e-mail and password do not go together")


def test_one_acts_for_organizations_that_one_belongs_to(unlocked: Platform) -> None:
    switched = unlocked.call("POST", "/auth/switch", "member", {"organization": "ours-organization"})
    assert (switched.status, switched.json["organization"]["role"], reads(unlocked, switched)) == (200, "member", 200)
    theirs = "their-organization"
    assert unlocked.call("POST", "/auth/switch", "member", {"organization": theirs}).status == 404
    assert log_in(unlocked, "member@example.org", organization=theirs).status == 404


def test_a_refreshed_token_acts_for_the_organization_that_is_named(unlocked: Platform) -> None:
    both = "INSERT INTO organization_members (organization_id, profile_id, role) VALUES ($1, $2, 'member')"
    unlocked.sql(both, THEIRS, unlocked.people["manager"])
    login = log_in(unlocked, "manager@example.org", organization="their-organization")
    plain = refresh(unlocked, login)
    named = refresh(unlocked, plain, organization="their-organization")
    assert [one.json["organization"]["slug"] for one in (plain, named)] == ["ours-organization", "their-organization"]
    assert refresh(unlocked, named, organization="nobodys").status == 404


def test_who_guesses_is_locked_out_by_account_until_the_window_has_passed(unlocked: Platform) -> None:
    email = "linguist@example.org"
    unlocked.sql(FAIL, email, "192.0.2.1", 4)
    assert log_in(unlocked, email, "wrong").status == 401
    locked = log_in(unlocked, email)
    assert (locked.status, locked.json["type"]) == (429, "urn:fluentscribe:problem:locked-out")
    assert 0 < int(locked.headers["retry-after"]) <= 15 * 60
    assert len(unlocked.sql("SELECT FROM login_attempts")) == 5
    unlocked.sql("UPDATE login_attempts SET created_at = created_at - interval '15 minutes'")
    assert log_in(unlocked, email).status == 200


def test_an_address_is_locked_out_for_whatever_account_it_tries(unlocked: Platform) -> None:
    unlocked.sql(FAIL, "nobody@example.org", "127.0.0.1", 100)
    for email in ("reviewer@example.org", f"{uuid4().hex}@example.org"):
        assert log_in(unlocked, email).status == 429


def test_guesses_at_the_same_moment_are_no_more_than_one_by_one(unlocked: Platform) -> None:
    email = "manager@example.org"
    unlocked.sql(FAIL, email, "192.0.2.1", 4)
    with ThreadPoolExecutor(3) as threads:
        with held(unlocked, ONE_BY_ONE, email) as lock:
            guesses = [threads.submit(log_in, unlocked, email, "wrong") for _ in range(3)]
            lock.until_waiting(3)
        assert sorted(guess.result().status for guess in guesses) == [401, 429, 429]
    assert len(unlocked.sql("SELECT FROM login_attempts")) == 5


def test_a_changed_password_ends_all_other_logins(unlocked: Platform) -> None:
    email, new = "theirowner@example.org", "another load test"
    elsewhere = log_in(unlocked, email)
    wrong = unlocked.call("POST", "/me/password", "their owner", {"current": "wrong", "new": new})
    assert (wrong.status, wrong.json["detail"]) == (403, "this is not your current password")
    assert unlocked.call("POST", "/me/password", "their owner", {"current": PASSWORD, "new": new}).status == 204
    assert unlocked.call("GET", "/me", "their owner").status == 200
    assert (reads(unlocked, elsewhere), refresh(unlocked, elsewhere).status) == (401, 401)
    assert (log_in(unlocked, email).status, log_in(unlocked, email, new).status) == (401, 200)
    about = f"/audit-logs?object_type=member&object_id={unlocked.people['their owner']}"
    told = unlocked.call("GET", about, "their auditor").json["items"]
    assert [one["action"] for one in told] == ["login", "update", "login"]
    assert told[1]["diff"] == {"password": ["hidden", "hidden"]}
    assert told[0]["actor"]["id"] == str(unlocked.people["their owner"])


def test_a_login_with_a_password_that_is_changed_meanwhile_is_refused(unlocked: Platform) -> None:
    change = "UPDATE profiles SET password_hash = 'x' WHERE email = $1"
    with ThreadPoolExecutor(1) as threads:
        with held(unlocked, change, "theirviewer@example.org") as lock:
            login = threads.submit(log_in, unlocked, "theirviewer@example.org")
            lock.until_waiting(1)
        assert login.result().json["detail"] == "the account was changed at this moment"


def test_a_login_lasts_from_when_it_begins_however_long_the_password_waited(unlocked: Platform) -> None:
    email = "auditor@example.org"
    with ThreadPoolExecutor(1) as threads:
        with held(unlocked, ONE_BY_ONE, email) as lock:
            login = threads.submit(log_in, unlocked, email)
            lock.until_waiting(1)
            waited_until = datetime.now(UTC)
        assert login.result().status == 200
    profile = unlocked.people["auditor"]
    begun = unlocked.sql("SELECT max(created_at) FROM login_sessions WHERE profile_id = $1", profile)[0][0]
    assert begun > waited_until


def test_a_profile_is_changed_by_its_owner_unless_it_changed_meanwhile(platform: Platform) -> None:
    tagged = {"If-Match": platform.call("GET", "/me", "their admin").headers["etag"]}
    changed = platform.call("PATCH", "/me", "their admin", {"display_name": "Ada", "locale": "de"}, tagged)
    assert (changed.json["display_name"], changed.json["locale"]) == ("Ada", "de")
    assert platform.call("PATCH", "/me", "their admin", {"locale": "fr"}, tagged).status == 412
    assert platform.call("PATCH", "/me", "their admin", {"email": "a@b.org"}).status == 422
