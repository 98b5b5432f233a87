"""Connections of users: kept, shared in a pool, closed by the server, and tried once more."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from plimsoll.load.http import session
from plimsoll.load.language.user import User
from plimsoll.settings.web import WebSettings
from tests.load.http.fed import response
from tests.load.http.server import Script, Visit, answering
from tests.load.http.visiting import assert_times_in_order, until, visiting
from tests.load.real import run


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


def test_a_pool_loses_no_right_to_what_cannot_be_opened() -> None:
    async def work() -> None:
        settings = WebSettings(connections=1)
        async with visiting(answering(response(b"ok")), 2, url="http://127.0.0.1:1", web=settings) as made:
            for user in made.stage.users * 2:
                assert await made.failed(user=user) == "connection refused"

    run(work())


def test_requests_kept_ready_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "HEADS_MAX", 3)

    async def work() -> None:
        async with visiting(answering(response(b"ok"))) as made:
            web = made.user.web
            assert web is not None
            for number in range(10):
                await made.one("GET", f"/{number}")
                assert 1 <= len(web.heads) <= 3
            assert made.served.targets == [f"GET /{number}" for number in range(10)]

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
            assert_times_in_order(last)

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
                assert_times_in_order(row)

    run(work())
