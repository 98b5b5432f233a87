"""The platform and its database in one run: half of the journeys use the API, half are the statements themselves.

People on the API take longer for a journey than a transaction does: by requests the database has less than half.
Needs both: plimsoll run mixed.py --url http://127.0.0.1:8000 --dsn postgresql://fluentscribe_app:...@host/fluentscribe
"""

from typing import Any

from fluentscribe.journeys.acting import PEOPLE, itself, log_in
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
from fluentscribe.journeys.web.browsing import (
    browse_work,
    change_organization,
    open_again,
    read_logs,
    search,
    see_what_is_mine,
)
from fluentscribe.journeys.web.managing import export_everything, report_to_the_board
from fluentscribe.journeys.web.mistaking import (
    ask_for_what_is_not_there,
    come_back_after_lunch,
    hand_in_broken_file,
    log_out_elsewhere,
    mistype_the_password,
    send_too_much,
)
from fluentscribe.journeys.web.onboarding import bring_somebody_in, change_roles
from fluentscribe.journeys.web.team import ADDRESSES, form_team
from fluentscribe.journeys.web.together import (
    decide_at_the_same_time,
    edit_the_same_segment,
    send_again,
    work_on_one_session,
)
from fluentscribe.journeys.web.workflow import translate_and_review
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
    "ask_for_what_is_not_there",
    "assess_session",
    "be_active",
    "begin_session",
    "bring_somebody_in",
    "browse_work",
    "change_organization",
    "change_profile",
    "change_project",
    "change_roles",
    "check_permission",
    "choose_organization",
    "come_back_after_lunch",
    "count_login_failures",
    "decide_at_the_same_time",
    "decide_error",
    "decide_review",
    "edit_the_same_segment",
    "enter",
    "export_everything",
    "give_feedback",
    "hand_in_broken_file",
    "list_projects",
    "list_sessions",
    "log_in_anew",
    "log_out_elsewhere",
    "look_at_queue",
    "look_up_person",
    "mistype_the_password",
    "open_again",
    "read_assessments",
    "read_audit_log",
    "read_logs",
    "read_my_reviews",
    "read_segments",
    "report_error",
    "report_to_the_board",
    "search",
    "search_segments",
    "see_what_is_mine",
    "send_again",
    "send_too_much",
    "translate_and_review",
    "work_on_one_session",
]

people = feed.sql(PEOPLE).zipf(0.5)  # some are at it all day, others look in
addresses = feed.sql(ADDRESSES).zipf(0.7)
chances = feed.generate(itself)


@start
async def enter(user: Any) -> None:
    await log_in(user, people, chances)
    await form_team(user, addresses, chances)
