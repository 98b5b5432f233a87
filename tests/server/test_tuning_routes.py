"""Tunings over the API: which are kept, asking for one, how it goes; and that no path gets through."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI

from plimsoll.postgres.dsn import Target
from plimsoll.server.tunings.tuner import CANCELLED, Tuner
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorServer, MonitorSettings
from plimsoll.settings.settings import Settings
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.tuning.apart import Ended, TuneWish
from plimsoll.workflows.tuning.keeping import TUNING, keep
from plimsoll.workflows.watch import Watch, WatchRequest
from plimsoll.workflows.watch_target import WatchedTarget
from tests.report.tuning import made
from tests.server.asking import ADMIN, GUARDED, READ, Answer, an_app, ask, asked, bearer

API = "/api/v1/tuning"
DAMAGED = "20261127-041500-a1b2c3"


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    """Of a database that nobody connects to."""
    settings = Settings({"prod": Environment("prod", protected=True)}, monitor=MonitorSettings(store=None))
    where = TargetRequest(settings, {}, dsn=Secret("postgres://shop:hunter2@10.0.0.9/shop"))
    target = Target((("10.0.0.9", 5432),), "shop", "shop")
    there = WatchedTarget(Environment("dsn"), target.display, lambda: target)
    return Watch(WatchRequest(settings, where, tmp_path / "runs"), there)


@pytest.fixture
def app(watch: Watch, tmp_path: Path) -> FastAPI:
    keep(made.proved(), tmp_path / "tunings")
    (tmp_path / "tunings" / DAMAGED).mkdir()
    (tmp_path / "tunings" / DAMAGED / TUNING).write_text('{"schema_version": 99}')
    return an_app(watch, MonitorServer(admin_token=Secret(ADMIN)))


def begin(body: dict[str, object], token: str = ADMIN) -> tuple[str, str, dict[str, str], bytes]:
    """What `ask` takes."""
    return f"{API}/job", "POST", {**bearer(token), "content-type": "application/json"}, json.dumps(body).encode()


def kind(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["type"].rpartition(":")[2]


def test_tunings_are_listed_the_newest_first_with_their_verdicts(app: FastAPI) -> None:
    rows = ask(app, f"{API}/tunings").json()["tunings"]
    assert [(row["id"], row["title"], row["advised"]) for row in rows] == [
        (DAMAGED, None, None),
        (made.ID, "Proved", 4),
    ]
    assert "version 99" in rows[0]["problem"]
    assert rows[1]["verdict"].startswith("3 changes save 89 %")
    assert ask(app, f"{API}/tunings?limit=1").json()["left_out"] == 1


def test_one_is_told_whole_and_read_again_only_where_it_has_changed(app: FastAPI, tmp_path: Path) -> None:
    found = ask(app, f"{API}/tunings/{made.ID}").json()
    assert (found["id"], found["tuning"]["advised"][0]["standing"]) == (made.ID, "proved")
    shelf = app.state.served.tunings
    assert shelf.one(made.ID) is shelf.one(made.ID)
    assert kind(ask(app, f"{API}/tunings/latest")) == (409, "unreadable")
    (tmp_path / "tunings" / DAMAGED / TUNING).unlink()
    assert ask(app, f"{API}/tunings/latest").json()["id"] == made.ID


@pytest.mark.parametrize("name", ["..", "%2e%2e", made.ID[:10], f"..%2f{made.ID}", "x" * 5000, "%00", "."])
def test_a_tuning_is_named_by_its_whole_id_and_nothing_else(app: FastAPI, name: str) -> None:
    assert ask(app, f"{API}/tunings/{name}").status == 404


def test_asking_for_one_begins_it_its_lines_follow_and_it_ends_with_what_it_gave(app: FastAPI, watch: Watch) -> None:
    may_end, wishes = asyncio.Event(), list[TuneWish]()

    async def tune(wish: TuneWish, told: Callable[[str], None]) -> Ended:
        wishes.append(wish)
        told("planning 3 statements")
        await may_end.wait()
        return Ended(made.ID)

    tuner = app.state.served.tuner = Tuner(watch, Path("tunings"), tune)

    async def go() -> None:
        body = {"workload": "window", "window_s": 60, "prove": True, "budget_bytes": 5_000}
        begun = await asked(app, *begin(body))
        assert (begun.status, begun.json()["state"], begun.headers["location"]) == (202, "running", f"{API}/job")
        again = await asked(app, *begin({"workload": "counters"}))
        assert kind(again) == (409, "tuning-under-way")
        assert (await asked(app, f"{API}/job")).json()["said"] == ["planning 3 statements"]
        may_end.set()
        await tuner.settled()
        after = (await asked(app, f"{API}/job")).json()
        assert (after["state"], after["tuning"], after["prove"]) == ("done", made.ID, True)

    asyncio.run(go())
    assert [(one.window_s, one.prove, one.budget_bytes, one.allow_protected) for one in wishes] == [
        (60, True, 5_000, ["prod"])
    ]


def test_what_is_cancelled_says_so_and_another_may_begin(app: FastAPI, watch: Watch) -> None:
    async def tune(wish: TuneWish, told: Callable[[str], None]) -> Ended:
        await asyncio.Event().wait()
        raise AssertionError

    tuner = app.state.served.tuner = Tuner(watch, Path("tunings"), tune)

    async def go() -> None:
        for _ in range(2):
            await asked(app, *begin({"workload": "counters"}))
            await asyncio.sleep(0)
            assert (await asked(app, f"{API}/job", "DELETE", bearer(ADMIN))).status == 204
            await tuner.settled()
            assert tuner.job.error == CANCELLED

    asyncio.run(go())
    assert kind(ask(app, f"{API}/job", "DELETE", bearer(ADMIN))) == (404, "not-found")


def test_of_an_hour_in_which_nothing_was_seen_there_is_nothing_to_tune_for(app: FastAPI) -> None:
    refused = ask(app, *begin({}))
    assert kind(refused) == (409, "nothing-watched")
    assert "counters" in refused.json()["remedy"]


def test_without_a_database_and_without_the_admin_token_none_begins(app: FastAPI) -> None:
    alone = an_app(server=GUARDED)
    assert kind(ask(alone, *begin({}))) == (409, "no-database")
    assert kind(ask(alone, *begin({}, READ))) == (403, "admin-needed")
    assert kind(ask(alone, f"{API}/job", "DELETE", bearer(READ))) == (403, "admin-needed")
    assert ask(app, *begin({"dsn": "postgres://elsewhere/x"})).status == 422
