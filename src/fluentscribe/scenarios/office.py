"""The platform over HTTP in the shares of `database.py`: 70 % of the journeys read, 30 % write.

Needs a platform that holds the data set `small`, and its URL: plimsoll run office.py --url http://127.0.0.1:8000
"""

from typing import Any

from fluentscribe.journeys.acting import itself
from fluentscribe.journeys.web.office import (
    assess_session,
    begin_session,
    change_profile,
    change_project,
    choose_organization,
    decide_error,
    decide_review,
    give_feedback,
    look_at_assessments,
    look_at_files,
    look_at_my_profile,
    look_at_my_reviews,
    look_at_projects,
    look_at_sessions,
    look_into_the_log,
    open_project,
    read_session,
    report_error,
    search,
    see_where_it_stands,
    tell_what_i_look_at,
)
from fluentscribe.journeys.web.team import addresses, form_team
from plimsoll import feed, start

__all__ = [
    "assess_session",
    "begin_session",
    "change_profile",
    "change_project",
    "choose_organization",
    "decide_error",
    "decide_review",
    "enter",
    "give_feedback",
    "look_at_assessments",
    "look_at_files",
    "look_at_my_profile",
    "look_at_my_reviews",
    "look_at_projects",
    "look_at_sessions",
    "look_into_the_log",
    "open_project",
    "read_session",
    "report_error",
    "search",
    "see_where_it_stands",
    "tell_what_i_look_at",
]

people = feed.values(addresses()).zipf(0.7)  # some are at it all day
chances = feed.generate(itself)


@start
async def enter(user: Any) -> None:
    await form_team(user, people, chances, alone=True)
