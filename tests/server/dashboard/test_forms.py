"""Signing in."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from fastapi import FastAPI

from plimsoll.server.analyses.queue import AnalysisQueue
from plimsoll.server.dashboard.forms import add_forms
from plimsoll.server.doorkeeper import FAILURES_BURST, Doorkeeper
from plimsoll.server.reading.source import Source
from plimsoll.server.security import make_access
from tests.server.asking import ADMIN, GUARDED, READ, Answer, a_watch, ask


def entering(app: FastAPI, token: str) -> Answer:
    return ask(app, "/login", "POST", body=urlencode({"token": token, "next": "/?tab=load"}).encode())


def an_app_of(keeper: Doorkeeper, *, secure: bool) -> FastAPI:
    app = FastAPI()
    add_forms(app, Source(a_watch(), AnalysisQueue(Path("no-runs"))), keeper, secure=secure)
    return app


def test_a_token_gives_a_cookie_which_is_for_tls_alone_where_that_is_stated() -> None:
    keeper = Doorkeeper(make_access(GUARDED, {}))
    for secure in (True, False):
        entered = entering(an_app_of(keeper, secure=secure), READ)
        assert (entered.status, entered.headers["location"]) == (303, "/?tab=load")
        words = {word.strip().lower() for word in entered.headers["set-cookie"].split(";")}
        assert {"httponly", "samesite=strict"} < words
        assert ("secure" in words) is secure


def test_once_too_many_tokens_were_wrong_a_right_one_is_judged_no_more_unless_it_opened_before() -> None:
    app = an_app_of(Doorkeeper(make_access(GUARDED, {})), secure=False)
    assert entering(app, ADMIN).status == 303
    said = [entering(app, f"guess {number}").status for number in range(int(FAILURES_BURST) + 5)]
    assert said[: int(FAILURES_BURST)] == [401] * int(FAILURES_BURST)
    assert entering(app, ADMIN).status == 303


def test_who_may_read_without_a_token_is_asked_for_the_admins_only() -> None:
    guarded = make_access(GUARDED, {})
    for access, said in (
        (guarded, "This dashboard needs a token"),
        (replace(guarded, read=None), "To read no token is needed."),
        (replace(guarded, read=None, admin=None), "No token is needed to read"),
    ):
        assert said in ask(an_app_of(Doorkeeper(access), secure=False), "/login").body.decode()
