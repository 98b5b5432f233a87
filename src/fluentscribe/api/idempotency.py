"""Creating requests may be repeated: the same Idempotency-Key gets the first answer again, and nothing is made twice.

Answer and effect are of one transaction. A second request with the key waits for the first at a lock of the key's, and
then finds the answer. Nothing is written for one that changes nothing, as where a session was decided meanwhile.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Any, Protocol
from zlib import crc32

from fastapi import Header, Request, Response
from pydantic import BaseModel

from fluentscribe.api.caller import Caller
from fluentscribe.api.carrying import OWN
from fluentscribe.api.etags import etag_of
from fluentscribe.api.problems import Problem, conflict

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern="^[!-~]+$",
        description="Chosen by the client; a repeated request with it gets the first answer",
    ),
]

# Looks at all keys of the person, so that it is done with one request in FORGET_EVERY only; what is old by then is
# taken for a key that was never used.
FORGET = "DELETE FROM idempotency_keys WHERE profile_id = $1 AND created_at < now() - interval '1 day'"
FORGET_EVERY = 16
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1::uuid || '/' || $2::text, 1))"  # 0 is that of files
FIND = """
SELECT request_hash, status, headers, body FROM idempotency_keys
WHERE profile_id = $1 AND key = $2 AND created_at >= now() - interval '1 day'
"""
KEEP = f"""
INSERT INTO idempotency_keys AS kept (profile_id, key, request_hash, status, headers, body)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (profile_id, key) DO UPDATE
SET request_hash = excluded.request_hash, status = excluded.status, headers = excluded.headers, body = excluded.body,
    created_at = now()
WHERE kept.created_at < now() - interval '1 day' RETURNING ({OWN})
"""


class Answer(Protocol):
    """What is answered, and kept for whoever asks again; a problem is not, but what was written with it is."""

    def answer(self) -> tuple[int, dict[str, str], str]:
        """Status, headers and body."""


@dataclass(frozen=True, slots=True)
class Created:
    """What was made, and where it is. `kept` is what a repeated request gets, where `thing` has a secret."""

    thing: BaseModel
    location: str | None = None
    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    kept: BaseModel | None = None

    def answer(self) -> tuple[int, dict[str, str], str]:
        headers = {"ETag": etag_of(self.thing), **self.headers}
        if self.location is not None:
            headers["Location"] = self.location
        return self.status, headers, self.thing.model_dump_json()


async def create(
    request: Request, caller: Caller, key: str | None, make: Callable[[Any], Awaitable[Answer]], content: str = ""
) -> Response:
    """Runs `make` in the caller's transaction, once for each key. `content` stands for a body that was streamed."""
    async with caller.begin() as db:
        if key is None:
            return _response(*(await make(db)).answer())
        wanted = await _fingerprint(request, caller, content)
        if clears_out(key):
            await db.execute(FORGET, caller.profile)
        await db.execute(LOCK, caller.profile, key)
        kept = await db.fetchrow(FIND, caller.profile, key)
        if kept is not None:
            return _replayed(kept, wanted)
        answer = await make(db)
        status, headers, body = answer.answer()
        if status < HTTPStatus.BAD_REQUEST:  # a problem is none of the answers that are kept
            row = (caller.profile, key, wanted, status, headers, _kept(answer, body))
            caller.wrote = await db.fetchval(KEEP, *row)
            if caller.wrote is None:  # a server that takes no such locks made it meanwhile
                raise conflict("a request with this Idempotency-Key was under way", "send it again")
    return _response(status, headers, body)


def clears_out(key: str) -> bool:
    """Whether it is for the request with this key to clear out what its person has of long ago."""
    return crc32(key.encode()) % FORGET_EVERY == 0


def _kept(answer: Answer, body: str) -> str:
    return answer.kept.model_dump_json() if isinstance(answer, Created) and answer.kept is not None else body


async def _fingerprint(request: Request, caller: Caller, content: str) -> str:
    body = content.encode() if content else await request.body()
    where = json.dumps([request.method, request.url.path, request.url.query, str(caller.organization)])
    return hashlib.sha256(where.encode() + b"\0" + body).hexdigest()


def _replayed(kept: Any, wanted: str) -> Response:
    if kept["request_hash"] != wanted:
        detail = "this Idempotency-Key was used for another request"
        raise Problem(422, "idempotency-key-reused", "Key used before", detail, "choose a new key for a new request")
    return _response(kept["status"], {**kept["headers"], "Idempotent-Replayed": "true"}, kept["body"])


def _response(status: int, headers: dict[str, str], body: str) -> Response:
    return Response(body, status, headers, "application/json")
