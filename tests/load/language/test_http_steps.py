"""HTTP steps of a user on a real socket: what they return, record and raise."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.load.http.cookies import _Cookie
from plimsoll.load.http.reply import Reply
from plimsoll.load.language.feeding import Feed, FeedExhausted, Source
from plimsoll.load.language.scenario import StepFailed
from plimsoll.load.language.user import User
from plimsoll.settings.web import WebSettings
from tests.load.http.fed import chunked, response
from tests.load.http.server import Script, Visit, answering
from tests.load.http.visiting import until, visiting
from tests.load.real import Row, run, stage

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
                _times_are_ordered(row)
                assert reply.timings.first_byte_ms * MS == pytest.approx(row["first_byte"], abs=2)
                assert reply.timings.total_ms * MS <= row["finished"] - row["started"] + 2
            first = rows[0]
            assert first["started"] - first["ready"] >= first["connect"], "to connect is wait, and no service"
            fold = made.stage.recorder
            assert fold.samples_lost == 0

    run(work())


def _times_are_ordered(row: Row) -> None:
    assert row["scheduled"] <= row["ready"] <= row["started"] < row["finished"]
    assert 0 < row["first_byte"] <= row["finished"] - row["started"]


def test_each_user_has_a_connection_of_its_own_and_a_pool_is_shared_by_all() -> None:
    async def work() -> None:
        async with visiting(answering(response(b"ok")), 3) as made:
            for user in made.stage.users * 2:
                await made.one(user=user)
            assert made.served.accepted == 3
            assert [seen.connection for seen in made.served.seen] == [0, 1, 2, 0, 1, 2]
        async with visiting(answering(response(b"ok")), 3, web=WebSettings(connections=1)) as made:
            for user in made.stage.users * 2:
                await made.one(user=user)
            assert made.served.accepted == 1

    run(work())


def test_waiting_for_the_pool_is_wait_and_goes_by_the_order_of_asking() -> None:
    async def work() -> None:
        turn = asyncio.Event()

        async def script(visit: Visit) -> None:
            while await visit.request() is not None:
                await turn.wait()
                visit.send(response(b"ok"))

        async with visiting(script, 4, web=WebSettings(connections=1)) as made:
            tasks = [asyncio.create_task(made.one("GET", f"/{n}", made.stage.users[n])) for n in range(4)]
            await until(lambda: made.served.seen)
            turn.set()
            await asyncio.gather(*tasks)
            rows = await made.rows()
            assert made.served.targets == ["GET /0", "GET /1", "GET /2", "GET /3"]
            assert made.served.accepted == 1
            starts = [row["started"] for row in rows]
            ends = [row["finished"] for row in rows]
            assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))
            assert all(row["started"] - row["ready"] > 0 for row in rows)

    run(work())


def test_a_pool_loses_no_connection_to_failures_and_deadlines() -> None:
    async def work() -> None:
        async def script(visit: Visit) -> None:
            while (seen := await visit.request()) is not None:
                if seen.target == "/stall":
                    await visit.gone()
                    return
                if seen.target == "/reset":
                    visit.reset()
                    return
                visit.send(b"no http" if seen.target == "/junk" else response(b"ok"))

        async with visiting(script, 4, web=WebSettings(connections=2)) as made:
            made.limit(first_byte_s=0.05)
            paths = ["/stall", "/reset", "/junk", "/"]

            async def bad(user: User) -> None:
                await user.http("bad", "GET", paths[user.number])

            for _ in range(3):
                await asyncio.gather(*(made.travel(bad, user) for user in made.stage.users))
            rows = await made.rows()
            classes = {row["error"] for row in rows}
            assert classes >= {"timeout: first byte", ""}, classes
            assert len(rows) == 12
            made.limit()
            await asyncio.gather(*(made.one(user=user) for user in made.stage.users))
            assert [row["error"] for row in await made.rows()] == [""] * 4
            assert made.served.open <= 2

    run(work())


CLOSES: list[tuple[str, bytes]] = [
    ("Connection: close", response(b"ok", "Connection: close")),
    ("HTTP/1.0", b"HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"),
    ("until close", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok"),
]


@pytest.mark.parametrize(("why", "answer"), CLOSES)
def test_a_connection_that_the_server_will_close_is_not_used_again(why: str, answer: bytes) -> None:
    async def work() -> None:
        async with visiting(answering(answer)) as made:
            for n in range(3):
                assert (await made.one()).bytes == b"ok"
                assert made.served.accepted == n + 1
            rows = await made.rows()
            assert all(row["connect"] > 0 and not row["error"] for row in rows)
            assert made.user.retries == 0

    run(work())


# -- kept connections that the server has closed -----------------------------------------------------------------------


def closing_after(answers: int, how: Callable[[Visit], None]) -> Script:
    """Answers so many requests on the first connection, and ends it when the next one has come; then serves on."""

    async def script(visit: Visit) -> None:
        count = 0
        while await visit.request() is not None:
            count += 1
            if visit.number == 0 and count > answers:
                how(visit)
                return
            visit.send(response(b"ok"))

    return script


@pytest.mark.parametrize("how", [Visit.close, Visit.reset])
@pytest.mark.parametrize("options", [{}, {"headers": {"X-A": "1"}}], ids=["short way", "long way"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_stale_connection_is_retried_once_and_counted(
    how: Callable[[Visit], None], options: dict[str, Any], method: str
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"

    async def work() -> None:
        async def script(visit: Visit) -> None:
            count = 0
            while await visit.request() is not None:
                count += 1
                if visit.number == 0 and count > 2:
                    how(visit)
                    return
                visit.send(head if method == "HEAD" else head + b"ok")

        async with visiting(script) as made:
            for _ in range(3):
                assert (await made.one(method, **options)).status == 200
            rows = await made.rows()
            assert (made.user.retries, made.served.accepted, len(made.served.seen)) == (1, 2, 4)
            assert [row["error"] for row in rows] == [""] * 3
            last = rows[-1]
            assert last["sent"] == 2 * made.served.seen[-1].size
            assert last["received"] == rows[1]["received"]
            assert last["connect"] > 0
            _times_are_ordered(last)

    run(work())


@pytest.mark.parametrize(("method", "retried"), [("PUT", True), ("DELETE", True), ("POST", False), ("PATCH", False)])
def test_what_may_have_been_done_already_is_not_done_again(method: str, retried: bool) -> None:
    async def work() -> None:
        async with visiting(closing_after(1, Visit.close)) as made:
            await made.one(method, json=1)
            if retried:
                assert (await made.one(method, json=1)).status == 200
            else:
                assert await made.failed(method, json=1) == "connection reset"
            assert made.user.retries == int(retried)
            assert made.served.targets == [f"{method} /"] * (3 if retried else 2)
            assert (await made.one()).status == 200, "and the next request finds a new connection"

    run(work())


def test_a_connection_that_fails_anew_is_not_retried_for_ever() -> None:
    async def work() -> None:
        async def script(visit: Visit) -> None:
            await visit.request()
            if visit.number == 0:
                visit.send(response(b"ok"))
                await visit.request()

        async with visiting(script) as made:
            await made.one()
            assert await made.failed() == "connection reset"
            assert (made.user.retries, made.served.accepted) == (1, 2)

    run(work())


def _kept(user: User) -> object:
    """The connection that the user keeps, as long as it is open."""
    idle = user.web.idle if user.web is not None else None
    return idle.transport if idle is not None else None


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_connection_known_to_be_closed_is_opened_anew_and_nothing_was_tried(method: str) -> None:
    async def work() -> None:
        async def script(visit: Visit) -> None:
            await visit.request()
            visit.send(response(b"ok"))  # and closes without having said so

        async with visiting(script) as made:
            for n in range(3):
                assert (await made.one(method)).bytes == b"ok"
                await until(lambda: _kept(made.user) is None)
                assert len(made.served.seen) == n + 1
            rows = await made.rows()
            assert made.user.retries == 0
            for row, seen in zip(rows, made.served.seen, strict=True):
                assert (row["sent"], row["received"]) == (seen.size, len(response(b"ok")))
                assert row["started"] - row["ready"] >= row["connect"] > 0
                _times_are_ordered(row)

    run(work())


# -- failures ----------------------------------------------------------------------------------------------------------


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


# -- redirects, cookies, headers ---------------------------------------------------------------------------------------


def redirect(location: str, status: int = 302, *lines: str) -> bytes:
    return response(b"moved", f"Location: {location}", *lines, status=f"{status} Moved")


def test_a_redirect_is_followed_as_part_of_the_step() -> None:
    answers = (redirect("/next#x", 302, "Set-Cookie: a=1"), redirect("last"), response(b"there"))

    async def work() -> None:
        async with visiting(answering(*answers)) as made:
            reply = await made.one("POST", "/form", form={"a": 1})
            assert (reply.status, reply.bytes, reply.url) == (200, b"there", f"{made.served.url}/last")
            assert made.served.targets == ["POST /form", "GET /next", "GET /last"]
            assert [seen.body for seen in made.served.seen] == [b"a=1", b"", b""]
            assert [seen.headers.get("cookie") for seen in made.served.seen] == [None, "a=1", "a=1"]
            assert "content-type" not in made.served.seen[1].headers
            (row,) = await made.rows()
            assert row["sent"] == sum(seen.size for seen in made.served.seen)
            assert row["received"] == sum(map(len, answers))
            _times_are_ordered(row)

    run(work())


def test_the_short_way_follows_redirects_too_and_learns_their_cookies() -> None:
    async def work() -> None:
        answers = (response(b"ok"), redirect("/next", 302, "Set-Cookie: a=1"), response(b"there"), response(b"ok"))
        async with visiting(answering(*answers)) as made:
            await made.one()
            reply = await made.one()
            assert (reply.bytes, reply.url) == (b"there", f"{made.served.url}/next")
            await made.one()
            assert [seen.headers.get("cookie") for seen in made.served.seen] == [None, None, "a=1", "a=1"]
            assert (await made.rows())[1]["received"] == len(answers[1]) + len(answers[2])

    run(work())


@pytest.mark.parametrize(
    ("answer", "options", "status"),
    [
        (redirect("http://127.0.0.1:1/"), {}, 302),
        (redirect("https://[bad/"), {}, 302),
        (redirect("/next"), {"redirects": False}, 302),
        (response(b"", status="304 Not Modified"), {}, 304),
        (response(b"", status="302 Without"), {}, 302),
    ],
)
def test_a_redirect_that_is_not_followed_is_the_reply(answer: bytes, options: dict[str, Any], status: int) -> None:
    async def work() -> None:
        async with visiting(answering(response(b"ok"), answer)) as made:
            await made.one()
            for _ in range(2):
                assert (await made.one(**options)).status == status
            assert made.served.accepted == 1

    run(work())


def test_a_site_that_sends_everybody_elsewhere_is_told_of() -> None:
    async def work() -> None:
        async with visiting(answering(redirect("https://127.0.0.1/x?token=secret", 301))) as made:
            assert (await made.one(path="/x?token=secret", redirects=False)).status == 301
            assert made.stage.problems.messages == {}, "that was asked for"
            assert (await made.one(path="/x?token=secret")).status == 301
            told = made.stage.problems.messages["redirect not followed"]
            assert told == "GET /x leads to https://127.0.0.1/x, which is not below --url"

    run(work())


def test_a_loop_of_redirects_is_given_up_after_ten() -> None:
    async def work() -> None:
        async with visiting(answering(redirect("/again"))) as made:
            assert await made.failed() == "protocol: more than 10 redirects"
            assert len(made.served.seen) == 11
            assert (await made.one(redirects=False)).status == 302
            assert made.served.accepted == 1

    run(work())


def test_cookies_headers_and_credentials_go_with_every_request_until_they_are_taken_back() -> None:
    async def work() -> None:
        answers = (response(b"", "Set-Cookie: session=abc; Path=/"), response(b""))
        async with visiting(answering(*answers), 2) as made:

            async def ask(user: User) -> None:
                await user.http("log in", "GET", "/")
                user.cookies.set("theme", "dark")
                user.headers["X-Tenant"] = "7"
                user.authorize(bearer="token")
                for _ in range(2):
                    await user.http("ask", "GET", "/")
                assert user.cookies.get("session") == "abc"
                user.authorize(basic=("a", "b"))
                await user.http("ask", "GET", "/")
                user.authorize()
                user.cookies.clear()
                user.headers.clear()
                await user.http("ask", "GET", "/")

            await made.travel(ask)
            got = [
                tuple(seen.headers.get(name) for name in ("cookie", "x-tenant", "authorization"))
                for seen in made.served.seen
            ]
            with_all = ("session=abc; theme=dark", "7", "Bearer token")
            assert got == [(None, None, None), with_all, with_all, (*with_all[:2], "Basic YTpi"), (None, None, None)]
            await made.one(user=made.stage.users[1])
            assert "cookie" not in made.served.seen[-1].headers, "each user has its own"

    run(work())


def test_a_cookie_that_expires_is_sent_on_the_short_way_too_and_no_longer_than_it_holds() -> None:
    async def work() -> None:
        answers = (response(b"", "Set-Cookie: a=1; Max-Age=3600"), response(b""))
        async with visiting(answering(*answers)) as made:
            web = made.user.web
            assert web is not None
            await made.one()
            await made.one("GET", "/")
            assert web.heads, "ready to be sent again"
            web.cookies._put("a", _Cookie("2", "/", time.time() + 0.05))
            for _ in range(2):
                await made.one()
            assert [seen.headers.get("cookie") for seen in made.served.seen] == [None, "a=1", "a=2", "a=2"]
            await until(lambda: not web.heads and web.cookies.get("a") is None)
            await made.one()
            assert "cookie" not in made.served.seen[-1].headers

    run(work())


def test_a_url_with_a_path_is_before_every_path_also_in_what_a_reply_tells() -> None:
    async def work() -> None:
        async with visiting(answering(response(b"ok")), base="/base") as made:
            for _ in range(2):
                for path, target in (("/x", "/base/x"), ("/a b", "/base/a%20b"), ("/x#y", "/base/x")):
                    assert (await made.one(path=path)).url == made.served.url + target
                    assert made.served.targets[-1] == f"GET {target}"

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
