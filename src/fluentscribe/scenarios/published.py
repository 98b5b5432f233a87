"""Published reports, as people read them who have no login: some much more often than others.

Before the load, those who run organizations publish their projects, unless FLUENTSCRIBE_LINKS has links, between
blanks. Needs a platform that holds the data set `small`, and its URL:
plimsoll run published.py --url http://127.0.0.1:8000
"""

import os
from typing import Any

from fluentscribe.journeys.web.people import API
from fluentscribe.journeys.web.publishing import LINKS, published
from fluentscribe.journeys.web.team import addresses
from plimsoll import feed, journey, setup

PEOPLE_MAX = 60  # to ask whether they run an organization: each login costs the platform a password hash
THINK_S = (0.05, 0.15)

readers = feed.range(0, 999).zipf(1.0)


@setup
async def publish(run: Any) -> list[str]:
    """Links. Raises RuntimeError where the platform holds other data."""
    links = os.environ.get(LINKS, "").split() or await published(run, addresses()[:PEOPLE_MAX])
    if not links:
        raise RuntimeError("nobody of the data set could publish anything: is it `small`?")
    return links


@journey
async def read_report(user: Any) -> None:
    link = user.shared[user.draw(readers) % len(user.shared)]
    reply = await user.http("read published report", "GET", f"{API}/published/{link}", expect=200)
    user.check("tells a score of a project", {"name", "score"} <= reply.json().keys())
    await user.think(*THINK_S)
