"""Changes that overwrite nobody: read, changed with If-Match, and decided anew where somebody was faster."""

from typing import Any

from fluentscribe.journeys.web.people import Person, do

TRIES_MAX = 30  # ten people who change the same three things lose six times in a row now and then
AGAIN = ", once more"


async def change(user: Any, who: Person, step: str, path: str, given: Any, etag: str | None = None) -> None:
    """`etag` is that of what they have seen; without one they read it first. 412 is no error: they read again, and try
    once more, at most TRIES_MAX times. Such tries are a step apart, so that a report tells how often people met."""
    for _ in range(TRIES_MAX):
        etag = etag or await read_etag(user, who, path)
        reply = await do(user, who, step, "PATCH", path, json=given, headers={"If-Match": etag}, expect=(200, 412))
        if reply.status == 200:
            return
        etag, step = None, f"{step.removesuffix(AGAIN)}{AGAIN}"
    user.check(f"changed within {TRIES_MAX} tries", False)


async def read_etag(user: Any, who: Person, path: str) -> str:
    """`GET /segments/7` is the step "read segment"."""
    reply = await do(user, who, f"read {path.split('/')[1].removesuffix('s')}", "GET", path)
    return str(reply.headers["etag"])
