"""Sessions as an analysis leaves them, to be worked on."""

import http.client
from collections.abc import Iterator
from contextlib import contextmanager

from tests.fluentscribe.api.service import OURS, TIMEOUT_S, Platform

SESSION = """
WITH upload AS (
    INSERT INTO file_uploads (organization_id, project_id, file_name, format, sha256, bytes)
    VALUES ($1, $1, 'app.xliff', 'xliff-1.2', repeat('0', 64), 1) RETURNING id
)
INSERT INTO qa_sessions (organization_id, project_id, upload_id, source_language, target_language, status, analyzed_at,
    words, created_by)
SELECT $1, $1, id, 'en', 'de', 'in_review', now(), $2, $3 FROM upload RETURNING id
"""
SEGMENTS = """
INSERT INTO qa_segments (organization_id, session_id, seq, source, target, target_tags, locked)
SELECT $1, $2, n, 'File ' || n, 'Datei ' || n,
    CASE WHEN n = 1 THEN '[[0, "open", "g", "1", "<g id=\\"1\\">"], [5, "close", "g", "1", "</g>"]]'::jsonb END, n = 3
FROM generate_series(1, 3) n RETURNING id
"""
FOUND = """
INSERT INTO qa_errors (organization_id, session_id, segment_id, dimension, type, severity, origin, fingerprint, message)
SELECT $1, $2, id, 'accuracy', 'number', 'major', 'auto', md5(id::text), '=1+1' FROM qa_segments WHERE session_id = $2
RETURNING id
"""


def made(platform: Platform, words: int = 800, author: str = "linguist") -> tuple[str, list[int], list[int]]:
    """A session in review with three segments, each with an error that a check found: the keys of all."""
    session = platform.sql(SESSION, OURS, words, platform.people[author])[0]["id"]
    segments = [row["id"] for row in platform.sql(SEGMENTS, OURS, session)]
    return str(session), segments, [row["id"] for row in platform.sql(FOUND, OURS, session)]


BULK = """
INSERT INTO qa_errors (organization_id, session_id, segment_id, dimension, type, origin, fingerprint)
SELECT $1, $2, $3, 'style', 'awkward', 'auto', md5(n::text) FROM generate_series(1, 400) n
"""
END_READER = """
SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity
WHERE datname = current_database() AND query ~ 'FROM qa_errors e JOIN' AND state <> 'idle'
    AND pid <> pg_backend_pid()
"""


@contextmanager
def exporting(platform: Platform, session: str) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(platform.host, platform.port, timeout=TIMEOUT_S)
    token = {"Authorization": f"Bearer {platform.tokens['viewer']}"}
    connection.request("GET", f"/api/v1/sessions/{session}/export?format=json", headers=token)
    try:
        yield connection.getresponse()
    finally:
        connection.close()
