"""The complete QA workflow of the platform over HTTP, and nothing else: from a new project to its report.

Runs against any platform that holds the data set `small`: plimsoll run workflow.py --url http://127.0.0.1:8000
"""

from typing import Any

from fluentscribe.journeys.acting import itself
from fluentscribe.journeys.web.team import addresses, form_team
from fluentscribe.journeys.web.workflow import translate_and_review
from plimsoll import feed, start

__all__ = ["enter", "translate_and_review"]

people = feed.values(addresses()).zipf(0.7)  # some are at it all day
chances = feed.generate(itself)


@start
async def enter(user: Any) -> None:
    await form_team(user, people, chances)
