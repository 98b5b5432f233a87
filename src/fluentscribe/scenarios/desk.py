"""Large files, and long work on a file: what a platform holds on to, and logins that must be kept alive.

Needs a platform that holds the data set `small`, and its URL: plimsoll run desk.py --url http://127.0.0.1:8000
"""

from typing import Any

from fluentscribe.journeys.acting import itself
from fluentscribe.journeys.web.lasting import hand_in_large_file, work_at_the_desk
from fluentscribe.journeys.web.team import addresses, form_team
from plimsoll import feed, start

__all__ = [
    "enter",
    "hand_in_large_file",
    "work_at_the_desk",
]

people = feed.values(addresses()).zipf(0.7)  # some are at it all day
chances = feed.generate(itself)


@start
async def enter(user: Any) -> None:
    await form_team(user, people, chances)
