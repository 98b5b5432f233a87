"""Lists, page by page."""

from random import Random
from typing import Any

from fluentscribe.journeys.web.people import Person, do

NEXT_SHARE = 0.6  # of pages with a next one are turned
PAGES_MAX = 4


async def read_list(
    user: Any, random: Random, who: Person, step: str, path: str, *, every: bool = False, **params: Any
) -> list[Any]:
    """What somebody saw of a list who turns pages as people do, or every page, at most PAGES_MAX of them."""
    reply = await do(user, who, step, "GET", path, params=params)
    page = reply.json()
    seen: list[Any] = page["items"]
    for _ in range(1, PAGES_MAX):
        if page["next"] is None or not (every or random.random() < NEXT_SHARE):
            break
        following = {**params, "cursor": page["next"]}
        page = (await do(user, who, f"{step}, next page", "GET", path, params=following)).json()
        seen += page["items"]
    return seen
