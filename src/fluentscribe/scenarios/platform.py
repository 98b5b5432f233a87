"""The platform over HTTP as its users use it: they look, work, decide, report, make mistakes, come and go.

Needs a platform that holds the data set `small`, and its URL: plimsoll run platform.py --url http://127.0.0.1:8000
"""

from typing import Any

from fluentscribe.journeys.acting import itself
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
from fluentscribe.journeys.web.team import addresses, form_team
from fluentscribe.journeys.web.together import (
    decide_at_the_same_time,
    edit_the_same_segment,
    send_again,
    work_on_one_session,
)
from fluentscribe.journeys.web.workflow import translate_and_review
from plimsoll import feed, start

__all__ = [
    "ask_for_what_is_not_there",
    "bring_somebody_in",
    "browse_work",
    "change_organization",
    "change_roles",
    "come_back_after_lunch",
    "decide_at_the_same_time",
    "edit_the_same_segment",
    "enter",
    "export_everything",
    "hand_in_broken_file",
    "log_out_elsewhere",
    "mistype_the_password",
    "open_again",
    "read_logs",
    "report_to_the_board",
    "search",
    "see_what_is_mine",
    "send_again",
    "send_too_much",
    "translate_and_review",
    "work_on_one_session",
]

people = feed.values(addresses()).zipf(0.7)  # some are at it all day
chances = feed.generate(itself)


@start
async def enter(user: Any) -> None:
    await form_team(user, people, chances)
