"""A worker on a real server: what it leaves behind, and what it leaves alone."""

import json

import pytest

from fluentscribe.work import storing
from tests.fluentscribe.work.ground import Ground, expected, on_ground, pairs_of

PAIRS = pairs_of(1, 30)


def test_a_session_is_analysed_once_and_again_without_touching_what_people_decided(database: str) -> None:
    async def story(here: Ground) -> None:
        session = await here.session(PAIRS)
        await here.drain()
        assert await here.found(session) == expected(PAIRS) != []
        row = await here.one("qa_sessions", session)
        results = json.loads(row["analysis_results"])
        assert (row["status"], results["flags"], results["segments"]) == ("in_review", len(expected(PAIRS)), 30)
        assert sum(results["by_check"].values()) == results["flags"]
        job = await here.db.fetchrow("SELECT * FROM analysis_jobs")
        assert (job["status"], job["segments_done"], job["segments_total"], job["error"]) == ("done", 30, 30, None)
        assert await here.db.fetchval("SELECT diff ->> 'status' FROM audit_logs") == '["queued", "in_review"]'

        dismissed, confirmed = [
            row["id"] for row in await here.db.fetch("SELECT id FROM qa_errors ORDER BY id LIMIT 2")
        ]
        await here.db.execute(DECIDE, dismissed, "dismissed")
        await here.db.execute(DECIDE, confirmed, "confirmed")
        await here.job(session)
        await here.drain()
        assert await here.found(session) == expected(PAIRS), "nothing twice"
        kept = {row["id"]: row["status"] for row in await here.db.fetch("SELECT id, status FROM qa_errors")}
        assert (kept.pop(dismissed), kept.pop(confirmed), set(kept.values())) == ("dismissed", "confirmed", {"open"})

        again = await here.session(PAIRS)
        await here.drain()
        rows = await here.db.fetch("SELECT fingerprint, status FROM qa_errors WHERE session_id = $1", again)
        recognized = (await here.one("qa_errors", dismissed))["fingerprint"]
        assert {row["fingerprint"] for row in rows if row["status"] == "dismissed"} == {recognized}
        assert json.loads((await here.one("qa_sessions", again))["analysis_results"])["dismissed_before"] == 1

        kind = (await here.one("qa_errors", dismissed))["type"]
        await here.db.execute(
            "UPDATE projects SET mqm_profile = jsonb_build_object('checks', $1::jsonb)", json.dumps({kind: "off"})
        )
        await here.job(session)
        await here.drain()
        left = "SELECT count(*) FROM qa_errors WHERE session_id = $1 AND type = $2 AND status = 'open'"
        assert await here.db.fetchval(left, session, kind) == 0, "the project has turned the check off"
        assert await here.db.fetchval(left, again, kind) > 0

    on_ground(database, story)


DECIDE = "UPDATE qa_errors SET status = $2, decided_at = now() WHERE id = $1"


# How many rows each statement has added, as a trigger of a cache sees it.
COUNTED = """
CREATE TABLE added (rows bigint);
CREATE FUNCTION count_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO public.added SELECT count(*) FROM new_rows;
    RETURN NULL;
END $$;
CREATE TRIGGER counted AFTER INSERT ON qa_errors REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION count_added();
"""


def test_no_statement_adds_more_findings_than_caches_are_told_of_by_session(database: str) -> None:
    many = pairs_of(1, 10 * storing.AT_ONCE)

    async def story(here: Ground) -> None:
        await here.db.execute(COUNTED)
        session = await here.session(many)
        await here.drain()
        assert await here.found(session) == expected(many)
        added = [row["rows"] for row in await here.db.fetch("SELECT rows FROM added")]
        assert max(added) == storing.AT_ONCE < sum(added) == len(expected(many))
        places = await here.db.fetch(
            "SELECT g.seq, e.span_start FROM qa_errors e JOIN qa_segments g ON g.id = e.segment_id ORDER BY e.id"
        )
        assert places == sorted(places, key=tuple)

    on_ground(database, story)


def test_what_people_decided_of_a_session_wins_over_its_analysis(database: str) -> None:
    async def story(here: Ground) -> None:
        session = await here.session(PAIRS, status="approved")
        before = await here.one("qa_sessions", session)
        await here.drain()
        assert await here.one("qa_sessions", session) == before
        assert await here.found(session) == []
        job = await here.db.fetchrow("SELECT status, error FROM analysis_jobs")
        assert job["status"] == "done"
        assert "decided" in job["error"]

    on_ground(database, story)


def test_what_cannot_be_kept_is_tried_again_and_at_last_told_of(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "BEFORE", "SELECT 1 / 0 FROM qa_sessions WHERE id = $1")

    async def story(here: Ground) -> None:
        session = await here.session(PAIRS)
        await here.drain(attempts_max=2)
        job = await here.db.fetchrow("SELECT status, error FROM analysis_jobs")
        assert (job["status"], job["error"]) == ("queued", "DivisionByZeroError: division by zero")
        await here.db.execute("UPDATE analysis_jobs SET run_at = now()")
        await here.drain(attempts_max=2)
        assert await here.db.fetchval("SELECT status FROM analysis_jobs") == "failed"
        assert (await here.one("qa_sessions", session))["status"] == "failed"

        killers = await here.session(PAIRS)
        await here.db.execute(
            "UPDATE analysis_jobs SET attempts = 2, status = 'running', locked_by = 'gone', locked_until = now()"
            " WHERE session_id = $1",
            killers,
        )
        await here.drain(attempts_max=2)
        error = await here.db.fetchval("SELECT error FROM analysis_jobs WHERE session_id = $1", killers)
        assert error == "the workers that had it ended without a word"

    on_ground(database, story)
