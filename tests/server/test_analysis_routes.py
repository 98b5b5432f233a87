"""Analyses over the API: which there are, asking for one, what it found; and that no path gets through."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from plimsoll.runs.directory import RunDirectory
from plimsoll.server.analyses.queue import AnalysisQueue
from plimsoll.settings.masking import Secret
from plimsoll.settings.monitor import MonitorServer, MonitorSettings
from plimsoll.settings.settings import Settings
from plimsoll.workflows.watch import Watch, WatchRequest
from tests.server.analyses.made_runs import ANALYZED, DAMAGED, LIVE, PLAIN, made_runs
from tests.server.asking import ADMIN, GUARDED, READ, Answer, an_app, ask, asked, bearer

API = "/api/v1/analysis"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    request = WatchRequest(Settings(monitor=MonitorSettings(store=None)), runs_root=tmp_path / "runs")
    with made_runs(tmp_path / "runs"):
        yield an_app(Watch(request, None), MonitorServer(admin_token=Secret(ADMIN)))


def start(app: FastAPI, run_id: str, token: str = ADMIN) -> Answer:
    return ask(app, f"{API}/runs/{run_id}", "POST", bearer(token))


def kind(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json()["type"].rpartition(":")[2]


def test_runs_are_listed_the_newest_first_with_their_verdicts(app: FastAPI, tmp_path: Path) -> None:
    step = RunDirectory(tmp_path / "runs" / PLAIN)
    step.write_facts(replace(step.read_facts(), series={"series_id": "find-1"}))
    listed = ask(app, f"{API}/runs").json()
    assert [(run["run_id"], run["state"], run["verdict"]) for run in listed["runs"]] == [
        (LIVE, "none", None), (DAMAGED, "none", None), (PLAIN, "none", None), (ANALYZED, "done", "bottleneck"),
    ]  # fmt: skip
    assert [run["live"] for run in listed["runs"]] == [True, False, False, False]
    assert [run["step_of"] for run in listed["runs"]] == [None, None, "find-1", None]
    assert ask(app, f"{API}/runs?limit=1").json()["left_out"] == 3


def test_an_analysis_is_told_whole_and_in_parts(app: FastAPI) -> None:
    whole = ask(app, f"{API}/runs/{ANALYZED}").json()
    assert (whole["state"], whole["analysis"]["verdict"]) == ("done", "bottleneck")
    found = ask(app, f"{API}/runs/{ANALYZED}/findings").json()
    assert [one["id"] for one in found["findings"]] == [
        "missing-index:public.orders",
        "lock-contention:public.accounts",
    ]
    advice = ask(app, f"{API}/runs/{ANALYZED}/recommendations").json()["recommendations"]
    assert [one["effort"] for one in advice] == ["minutes", "hours", "days"]
    assert advice[0]["how"][0]["text"].startswith("CREATE INDEX CONCURRENTLY")


def test_a_run_without_an_analysis_says_how_one_is_made(app: FastAPI) -> None:
    assert ask(app, f"{API}/runs/{PLAIN}").json() | {"since_s": None} == {
        "run_id": PLAIN, "state": "none", "since_s": None, "error": "", "analysis": None,
    }  # fmt: skip
    missing = ask(app, f"{API}/runs/{PLAIN}/findings")
    assert kind(missing) == (404, "not-analyzed")
    assert missing.json()["remedy"] == f"POST {API}/runs/{PLAIN}"
    damaged = ask(app, f"{API}/runs/{DAMAGED}").json()
    assert damaged["state"] == "failed"
    assert "damaged" in damaged["error"]


def test_asking_for_an_analysis_begins_one_and_its_state_follows(app: FastAPI) -> None:
    may_end, began = asyncio.Event(), list[str]()

    async def analyze(root: Path, run_id: str) -> str:
        began.append(run_id)
        await may_end.wait()
        return "no room on the disk"

    queue = app.state.served.analyses = AnalysisQueue(app.state.served.analyses.root, analyze)

    async def go() -> None:
        for _ in range(2):  # asking twice is asking once
            answer = await asked(app, f"{API}/runs/{PLAIN}", "POST", bearer(ADMIN))
            assert answer.status == 202
            assert answer.json()["state"] in ("waiting", "running")
        assert answer.headers["location"] == f"{API}/runs/{PLAIN}"
        may_end.set()
        await queue.settled()
        after = (await asked(app, f"{API}/runs/{PLAIN}")).json()
        assert (after["state"], after["error"]) == ("failed", "no room on the disk")

    asyncio.run(go())
    assert began == [PLAIN]


@pytest.mark.parametrize("name", ["..", "%2e%2e", "latest", PLAIN[:10], f"..%2f{PLAIN}", "x" * 5000, "%00"])
def test_a_run_is_named_by_its_whole_id_and_nothing_else(app: FastAPI, name: str) -> None:
    assert ask(app, f"{API}/runs/{name}").status == 404
    assert start(app, name).status == 404


def test_where_nothing_is_under_way_there_is_nothing_to_cancel(app: FastAPI) -> None:
    assert kind(ask(app, f"{API}/runs/{PLAIN}", "DELETE", bearer(ADMIN))) == (404, "not-found")


def test_what_goes_on_cannot_be_analyzed_yet(app: FastAPI) -> None:
    assert kind(start(app, LIVE)) == (409, "run-goes-on")


def test_only_the_admin_token_begins_an_analysis(tmp_path: Path) -> None:
    guarded = an_app(server=GUARDED)
    assert kind(start(guarded, "x", READ)) == (403, "admin-needed")
    assert kind(ask(guarded, f"{API}/runs/x", "DELETE", bearer(READ))) == (403, "admin-needed")
    assert kind(start(an_app(), "x", "")) == (401, "wrong-token")
    assert kind(ask(guarded, f"{API}/runs")) == (401, "token-needed")


def test_a_link_to_elsewhere_is_no_run(app: FastAPI, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "runs" / ANALYZED).rename(tmp_path / "elsewhere" / ANALYZED)
    (tmp_path / "runs" / ANALYZED).symlink_to(tmp_path / "elsewhere" / ANALYZED)
    assert ask(app, f"{API}/runs/{ANALYZED}").status == 404
