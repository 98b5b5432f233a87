"""Runs of a web application without a database: figures as the server saw them, and nothing left behind."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import polars

from tests.load.http.fed import response
from tests.load.http.server import Script, Served, Visit, serving
from tests.system.harness import INTERRUPTED, OK, Project, until

SCENARIO = """
from plimsoll import StepFailed, feed, journey, setup, start

numbers = feed.range(1, 9).sequential()

@setup
async def prepare(run):
    return (await run.http("POST", "/token", json={})).json()["token"]

@start
async def enter(user):
    user.authorize(bearer=user.shared)

@journey
async def shop(user):
    for _ in range(3):
        await user.http("item", "GET", "/item")
    reply = await user.http("order", "POST", "/order", json={"number": numbers})
    user.check("the number", 1 <= reply.json()["number"] <= 9)
    await user.http("busy", "GET", "/busy", params={"n": numbers}, expect=503)
    try:
        await user.http("missing", "GET", "/missing")
    except StepFailed:
        pass
"""

STALLED = """
from plimsoll import journey

@journey
async def wait(user):
    await user.http("quick", "GET", "/item")
    await user.http("slow", "GET", "/stall")
"""


@contextmanager
def apart(script: Script) -> Iterator[Served]:
    """The scripted server on a loop of its own."""
    ready, ended = threading.Event(), threading.Event()
    found: list[Served] = []

    async def serve() -> None:
        async with serving(script) as served:
            found.append(served)
            ready.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(30)
    try:
        yield found[0]
    finally:
        ended.set()
        thread.join(30)


def answer_to(target: str, body: bytes) -> bytes:
    if target == "/token":
        return response(b'{"token": "secret-of-the-run"}')
    if target == "/order":
        return response(body)
    if target.startswith("/busy"):
        return response(b"busy", status="503 Busy")
    return response(b"x" * 500) if target == "/item" else response(b"", status="404 Not Found")


async def shop(visit: Visit) -> None:
    """Closes a connection without a word when, after 20 answers, another GET has come."""
    answered = 0
    while (seen := await visit.request()) is not None:
        if seen.target == "/stall":
            await visit.gone()
            return
        if seen.method == "GET" and answered >= 20:
            return
        visit.send(answer_to(seen.target, seen.body))
        answered += 1


def test_the_figures_of_a_run_are_what_the_server_saw(bare: Project) -> None:
    bare.secrets.add("secret-of-the-run")
    bare.write("scenario.py", SCENARIO)
    with apart(shop) as served:
        words = ("--url", served.url, "--users", 3, "--iterations", 60, "--processes", 2)
        summary = bare.plimsoll("run", "scenario.py", "--json", *words).assert_ended(OK)
    seen = [one for one in served.seen if one.target != "/token"]
    steps = {step["name"]: step for step in summary["steps"]}
    counts = {name: step["count"] for name, step in steps.items()}
    assert counts == {"item": 180, "order": 60, "busy": 60, "missing": 60}
    assert {step["kind"] for step in steps.values()} == {"http"}
    errors = {name: step["error_classes"] for name, step in steps.items() if step["errors"]}
    assert errors == {"missing": {"HTTP 404": 60}}
    assert all(one.headers["authorization"] == "Bearer secret-of-the-run" for one in seen)
    for name, count in counts.items():
        mine = [one for one in seen if one.target.startswith(f"/{name}")]
        assert steps[name]["http"]["bytes_sent"] == sum(one.size for one in mine)
        assert steps[name]["http"]["bytes_received"] == count * len(answer_to(f"/{name}", mine[0].body))
    connects = sum(step["http"]["connects"] for step in steps.values())
    assert connects == served.accepted - 2, "beside the check before the run, and @setup"
    assert summary["retries"] == len(seen) - 360 > 0
    samples = polars.read_parquet(bare.runs / "*" / "samples" / "*.parquet").filter(polars.col("step").is_not_null())
    assert (samples.height, samples["sent"].sum()) == (360, sum(one.size for one in seen))
    assert samples.filter(polars.col("first_byte_ns") <= 0).is_empty()


def test_a_stop_leaves_no_request_behind_and_counts_what_it_cut_off(bare: Project) -> None:
    bare.write("scenario.py", STALLED)
    with apart(shop) as served:
        words = ("--url", served.url, "--users", 4, "--duration", "120s")
        with bare.started("run", "scenario.py", "--json", *words) as running:
            until(lambda: served.targets.count("GET /stall") == 4, "four requests under way")
            running.tell(signal.SIGINT)
            summary = running.ended().assert_ended(INTERRUPTED)
        until(lambda: served.open == 0, "the server without connections of ours")
    assert (summary["incomplete"], summary["errors"]) == (4, 0)
    assert [(step["name"], step["count"]) for step in summary["steps"]] == [("quick", 4)]
