"""HTTP steps of a user on a real socket: what they return, record and raise."""

import asyncio
from typing import Any

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.load.http.reply import Reply
from plimsoll.load.language.feeding import Feed, FeedExhausted, Source
from plimsoll.load.language.scenario import StepFailed
from plimsoll.load.language.user import User
from tests.load.http.fed import chunked, response
from tests.load.http.server import Visit, answering
from tests.load.http.visiting import assert_times_in_order, until, visiting
from tests.load.real import run, stage

MS = 1_000_000


def test_requests_are_steps_on_one_connection_recorded_as_the_server_saw_them() -> None:
    answer = response(b"hello", "X-A: 1")

    async def work() -> None:
        async with visiting(answering(answer)) as made:
            replies: list[Reply] = []

            async def look(user: User) -> None:
                replies.extend([await user.http("look", "GET", "/a") for _ in range(3)])  # the last two the short way
                replies.append(await user.http("look", "POST", "/a", json={"x": 1}))

            await made.travel(look)
            rows, seen = await made.rows(), made.served.seen
            assert made.served.targets == ["GET /a"] * 3 + ["POST /a"]
            assert (made.served.accepted, [(reply.status, reply.bytes) for reply in replies]) == (
                1,
                [(200, b"hello")] * 4,
            )
            assert [row["step"] for row in rows] == ["look"] * 4
            assert [row["sent"] for row in rows] == [request.size for request in seen]
            assert [row["received"] for row in rows] == [len(answer)] * 4
            assert [row["connect"] > 0 for row in rows] == [True, False, False, False]
            for row, reply in zip(rows, replies, strict=True):
                assert_times_in_order(row)
                assert reply.timings.first_byte_ms * MS == pytest.approx(row["first_byte"], abs=2)
                assert reply.timings.total_ms * MS <= row["finished"] - row["started"] + 2
            first = rows[0]
            assert first["started"] - first["ready"] >= first["connect"], "to connect is wait, and no service"
            fold = made.stage.recorder
            assert fold.samples_lost == 0

    run(work())


def test_a_status_fails_the_step_unless_it_is_expected() -> None:
    answers = {"/404": "404 Not Found", "/500": "500 Oops", "/204": "204 No Content", "/409": "409 Conflict"}

    async def script(visit: Visit) -> None:
        while (seen := await visit.request()) is not None:
            visit.send(
                response(b'{"detail": "so it is"}', "Content-Type: application/json", status=answers[seen.target])
            )

    async def work() -> None:
        async with visiting(script) as made:
            for _ in range(2):  # also on the short way
                assert await made.failed(path="/404") == "HTTP 404"
            assert await made.failed(path="/500") == "HTTP 500"
            assert made.stage.problems.messages["HTTP 404"] == "GET /404: so it is"
            assert (await made.one(path="/409", expect=409)).json() == {"detail": "so it is"}
            assert (await made.one(path="/409", expect=(200, 409))).status == 409
            assert await made.failed(path="/409", expect=[200, 201]) == "HTTP 409"
            assert made.served.accepted == 1, "a refusal is a response like any other"

    run(work())


def test_what_a_server_says_is_told_without_signs_that_steer_a_terminal() -> None:
    async def work() -> None:
        answer = response(b"", "Location: https://elsewhere.example/\x9b31m", status="302 Found")
        async with visiting(answering(answer)) as made:
            await made.one()
            assert made.stage.problems.messages["redirect not followed"].isprintable()

    run(work())


def test_step_failed_carries_step_class_and_message() -> None:
    async def work() -> None:
        async with visiting(answering(response(b"", status="503 Busy"))) as made:

            async def ask(user: User) -> None:
                with pytest.raises(StepFailed) as caught:
                    await user.http("look up", "GET", "/?token=secret")
                assert (caught.value.step, caught.value.error_class) == ("look up", "HTTP 503")
                assert "GET /" in str(caught.value)
                assert "secret" not in str(caught.value)

            await made.travel(ask)

    run(work())


def test_an_unreadable_body_fails_the_step_that_was_made() -> None:
    async def work() -> None:
        async with visiting(answering(response(b"<html>"))) as made:

            async def ask(user: User) -> None:
                for _ in range(2):
                    reply = await user.http("ask", "GET", "/")
                    with pytest.raises(StepFailed) as caught:
                        reply.json()
                    assert caught.value.error_class == "body: not JSON"

            await made.travel(ask)
            assert [row["error"] for row in await made.rows()] == ["body: not JSON"] * 2
            assert made.served.accepted == 1

    run(work())


def test_requests_within_a_step_are_part_of_it() -> None:
    async def work() -> None:
        async def script(visit: Visit) -> None:
            await answering(response(b"ok"), response(b"ok"), *[response(b"", status="500 Oops")] * 2, b"")(visit)

        async with visiting(script) as made:

            async def ask(user: User) -> None:
                async with user.step("both"):
                    await user.http("a", "GET", "/")
                    await user.http("b", "GET", "/")
                with pytest.raises(StepFailed):
                    async with user.step("third"):
                        await user.http("c", "GET", "/")
                await user.http("alone", "GET", "/", expect=500)
                made.limit(first_byte_s=0.05)
                with pytest.raises(StepFailed):
                    async with user.step("slow"):
                        await user.http("d", "GET", "/stall")
                assert user.deadline_ns == 0

            await made.travel(ask)
            rows = [(row["step"], row["error"], row["sent"] > 0) for row in await made.rows()]
            assert rows[:3] == [("both", "", False), ("third", "HTTP 500", False), ("alone", "", True)]
            assert rows[3:] == [("slow", "timeout: first byte", False)]

    run(work())


def test_a_protected_site_is_asked_and_never_told() -> None:
    async def work() -> None:
        async with visiting(answering(response(b"ok")), protected=True) as made:
            await made.one("GET")
            for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
                assert await made.failed(method) == "protected: not sent"
            await made.one("GET")
            assert set(made.served.targets) == {"GET /"}

    run(work())


def test_one_user_makes_one_request_at_a_time_and_the_first_is_not_harmed() -> None:
    async def work() -> None:
        async with visiting(answering(response(b"ok"))) as made:

            async def ask(user: User) -> None:
                await user.http("warm", "GET", "/")
                first = asyncio.create_task(user.http("first", "GET", "/"))
                await asyncio.sleep(0)
                with pytest.raises(UsageError, match="one thing at a time"):
                    await user.http("second", "GET", "/")
                deadline = user.deadline_ns
                assert deadline > 0, "the first keeps its deadline"
                assert (await first).bytes == b"ok"

            await made.travel(ask)
            assert [row["step"] for row in await made.rows()] == ["warm", "first"]

    run(work())


@pytest.mark.parametrize(
    "options",
    [{"jsn": 1}, {"timeout": 0}, {"timeout": -1}, {"timeout": "1"}, {"timeout": float("inf")},
     {"timeout": float("nan")}, {"max_bytes": 0}, {"max_bytes": "1"}, {"expect": "200"},
     {"json": 1, "form": {}}, {"headers": {"A": "b\n"}}],
)  # fmt: skip
def test_a_wrong_option_is_a_mistake_of_the_scenario_and_nothing_is_sent(options: dict[str, Any]) -> None:
    async def work() -> None:
        async with visiting(answering(response(b"ok"))) as made:

            async def ask(user: User) -> None:
                with pytest.raises(UsageError):
                    await user.http("ask", "GET", "/", **options)
                assert user.deadline_ns == 0

            await made.travel(ask)
            assert made.served.seen == []
            assert (await made.one()).status == 200

    run(work())


def test_a_stop_cuts_a_request_off_and_counts_it_as_incomplete() -> None:
    async def work() -> None:
        async def script(visit: Visit) -> None:
            while (seen := await visit.request()) is not None:
                if seen.target == "/stall":
                    await visit.gone()
                    return
                visit.send(response(b"ok"))

        async with visiting(script) as made:

            async def ask(user: User) -> None:
                await user.http("ask", "GET", "/stall")

            for warm in (False, True):
                if warm:
                    await made.one("GET", "/")
                before = made.user.cut_off
                going = asyncio.create_task(made.travel(ask))
                await until(lambda: made.served.targets[-1:] == ["GET /stall"])
                assert made.user.task is not None
                made.user.task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await going
                assert (made.user.cut_off, made.user.deadline_ns) == (before + 1, 0)
                made.served.seen.clear()
            assert [row["step"] for row in await made.rows()] == ["ask"], "only the one that warmed up"
            assert (await made.one()).status == 200

    run(work())


def test_a_body_in_many_segments_and_codings_is_read_whole() -> None:
    async def work() -> None:
        body = bytes(range(256)) * 2_000

        async def script(visit: Visit) -> None:
            while await visit.request() is not None:
                visit.send(chunked(*(body[at : at + 4_096] for at in range(0, len(body), 4_096))))

        async with visiting(script) as made:
            for _ in range(2):
                assert (await made.one()).bytes == body
            assert made.served.accepted == 1
            assert await made.failed(max_bytes=1_000) == "protocol: its body has more than 1000 bytes"

    run(work())


def test_a_feed_that_is_used_up_ends_the_journey_and_is_no_failed_request() -> None:
    feed = Feed(Source("range", (1, 2), "here")).unique()
    feed.bind(1, 0, 1, None)

    async def work() -> None:
        async with visiting(answering(response(b"ok"))) as made:

            async def ask(user: User) -> None:
                for _ in range(3):
                    await user.http("ask", "GET", "/", params={"n": feed})

            with pytest.raises(FeedExhausted):
                await made.travel(ask)
            assert sorted(made.served.targets) == ["GET /?n=1", "GET /?n=2"]
            assert [row["error"] for row in await made.rows()] == ["", ""]
            assert made.user.deadline_ns == 0
            assert (await made.one()).status == 200

    run(work())


def test_sql_and_http_go_together_in_one_journey(database: str) -> None:
    async def work() -> None:
        async with visiting(answering(response(b"[7]")), dsn=database) as made:

            async def both(user: User) -> None:
                for _ in range(2):
                    rows = await user.sql("look", "SELECT 7")
                    reply = await user.http("ask", "GET", "/")
                    user.check("the same", reply.json() == [rows[0][0]])

            await made.travel(both)
            rows = await made.rows()
            assert [(row["step"], row["error"], row["sent"] > 0) for row in rows] == [
                ("look", "", False), ("ask", "", True), ("look", "", False), ("ask", "", True),
            ]  # fmt: skip

    run(work())


def test_without_a_url_http_is_a_mistake_of_the_scenario(database: str) -> None:
    async def work() -> None:
        async with stage(database) as made:

            async def ask(user: User) -> None:
                for use in (lambda: user.headers, lambda: user.cookies, lambda: user.authorize(bearer="x")):
                    with pytest.raises(UsageError, match="no URL"):
                        use()
                with pytest.raises(UsageError, match="no URL"):
                    await user.http("ask", "GET", "/")

            await made.travel(ask)

    run(work())


def test_a_connection_does_not_hold_what_nobody_reads_any_more() -> None:
    async def work() -> None:
        async with visiting(answering(response(b"x" * 100_000))) as made:
            every: list[dict[str, Any]] = [{}, {}, {"headers": {"X-A": "1"}}]
            for options in every:
                assert len((await made.one(**options)).bytes) == 100_000
                kept = made.user.web.idle if made.user.web is not None else None
                assert kept is not None
                assert (kept.head, kept.body, kept.parts) == (b"", b"", None)

    run(work())
