"""The reads of `database.py` alone, for environments in which nothing may be written."""

from typing import Any

from fluentscribe.journeys.acting import PEOPLE, itself, log_in
from fluentscribe.journeys.maintaining import back_up, nightly_report
from fluentscribe.journeys.reading import (
    analyse_session,
    check_permission,
    choose_organization,
    count_login_failures,
    list_projects,
    list_sessions,
    look_at_queue,
    look_up_person,
    read_assessments,
    read_audit_log,
    read_my_reviews,
    read_segments,
    search_segments,
)
from plimsoll import feed, start

__all__ = [
    "analyse_session",
    "back_up",
    "check_permission",
    "choose_organization",
    "count_login_failures",
    "enter",
    "list_projects",
    "list_sessions",
    "look_at_queue",
    "look_up_person",
    "nightly_report",
    "read_assessments",
    "read_audit_log",
    "read_my_reviews",
    "read_segments",
    "search_segments",
]

people = feed.sql(PEOPLE).zipf(0.5)  # some are at it all day, others look in
chances = feed.generate(itself)


@start
async def enter(user: Any) -> None:
    await log_in(user, people, chances)
