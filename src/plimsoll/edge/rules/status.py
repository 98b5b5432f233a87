"""Cache-Status: what we did with a request (RFC 9211)."""

from functools import lru_cache
from typing import Final, Literal

from plimsoll.edge.http.message import Field
from plimsoll.edge.http.numbers import DELTA_MAX_S

Because = Literal["bypass", "method", "uri-miss", "vary-miss", "miss", "request", "stale", "partial"]

FIELD: Final = b"cache-status"
NO_ANSWER: Final = "no-answer"
NOT_STORED: Final = "not-stored"


def hit(name: bytes, ttl_s: float) -> Field:
    """It came from the store; `ttl_s` is how long it stays fresh, below zero for how long it has been stale."""
    return _hit(name, int(ttl_s // 1) if ttl_s > -DELTA_MAX_S else -DELTA_MAX_S)


@lru_cache(maxsize=4096)  # as many seconds as most lifetimes have; each hit would else write it anew
def _hit(name: bytes, ttl_s: int) -> Field:
    return (FIELD, b"%b; hit; ttl=%d" % (name, ttl_s))


def forwarded(
    name: bytes,
    because: str,
    *,
    status: int | None = None,
    stored: bool = False,
    collapsed: bool = False,
    failed: bool = False,
    why: str | None = None,
) -> Field:
    """The origin was asked. `status` is what it answered where the client was told another; `stored`: its answer is
    kept, which can be said of one whose body is there, and of no other; `collapsed`: another request had asked, and
    this one waited for it; `failed`: what is stored is told in place of an error (its status, where there was one, is
    `status`); `why` its answer is not kept, where its origin ought to know, in a few words."""
    parts = [name, b"fwd=%b" % because.encode("ascii")]
    if status is not None:
        parts.append(b"fwd-status=%d" % status)
    if stored:
        parts.append(b"stored")
    if collapsed:
        parts.append(b"collapsed")
    if failed:
        parts.append(b"detail=origin-failed")
    elif why is not None:
        parts.append(b"detail=" + why.replace(" ", "-").encode("ascii"))
    return (FIELD, b"; ".join(parts))


def unanswered(name: bytes, because: str) -> Field:
    """The origin was asked and gave no answer, or not in time: what is told is our own."""
    return forwarded(name, because, why=NO_ANSWER)


def unasked(name: bytes) -> Field:
    """The origin was not to be asked, and nothing is stored (RFC 9111, 5.2.1.7)."""
    return (FIELD, b"%b; detail=%b" % (name, NOT_STORED.encode("ascii")))
