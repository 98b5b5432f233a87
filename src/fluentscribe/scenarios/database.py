"""The platform's database as its application uses it: 70 % read, 30 % write.

Connect as the role fluentscribe_app: a superuser passes row-level security by, and its cost.
"""

from typing import Any

from fluentscribe.journeys.acting import PEOPLE, itself, log_in
from fluentscribe.journeys.maintaining import back_up, clean_up, nightly_report
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
from fluentscribe.journeys.writing import (
    assess_session,
    be_active,
    begin_session,
    change_profile,
    change_project,
    decide_error,
    decide_review,
    give_feedback,
    log_in_anew,
    report_error,
)
from plimsoll import feed, start

__all__ = [
    "analyse_session",
    "assess_session",
    "back_up",
    "be_active",
    "begin_session",
    "change_profile",
    "change_project",
    "check_permission",
    "choose_organization",
    "clean_up",
    "count_login_failures",
    "decide_error",
    "decide_review",
    "enter",
    "give_feedback",
    "list_projects",
    "list_sessions",
    "log_in_anew",
    "look_at_queue",
    "look_up_person",
    "nightly_report",
    "read_assessments",
    "read_audit_log",
    "read_my_reviews",
    "read_segments",
    "report_error",
    "search_segments",
]

people = feed.sql(PEOPLE).zipf(0.5)  # some are at it all day, others look in
chances = feed.generate(itself)


@start
async def enter(user: Any) -> None:
    await log_in(user, people, chances)
