"""Many users of a server that fails in every way: each answer is the right one, and nothing leaks."""

import asyncio
from collections import Counter
from random import Random

import pytest

from plimsoll.load.language.scenario import StepFailed
from plimsoll.load.language.user import User
from plimsoll.settings.web import WebSettings
from tests.load.http.unreliable import DEEDS, POISON, unreliable
from tests.load.http.visiting import Visited, until, visiting
from tests.load.real import Row, run

CLASSES = ("connection reset", "timeout: ", "HTTP 503", "protocol: ")
USERS = 8


async def ask(user: User, requests: int, chance: Random) -> None:
    """Requests on the short way and the long one: what comes must answer them, and not an earlier one."""
    last = 0
    user.headers["X-User"] = str(user.number)
    for _ in range(requests):
        try:
            if chance.random() < 0.7:
                reply = await user.http("ask", "GET", "/")
            else:
                reply = await user.http("ask", "POST", "/", json={"a": 1})
        except StepFailed:
            continue
        assert reply.bytes != POISON
        method, number, count = reply.bytes.decode().split(" ")
        assert number == str(user.number)
        assert method in ("GET", "POST")
        assert int(count) > last, "an answer to an earlier request"
        last = int(count)


async def visited(made: Visited, requests: int, seed: int) -> list[Row]:
    async def journey(user: User) -> None:
        await ask(user, requests, Random(seed * USERS + user.number))

    await asyncio.gather(*(made.travel(journey, user) for user in made.stage.users))
    return await made.rows()


@pytest.mark.parametrize("pool", [None, 3])
def test_a_server_that_fails_in_every_way_confuses_nobody(pool: int | None) -> None:
    done: Counter[str] = Counter()
    settings = WebSettings(connections=pool, first_byte_timeout_s=0.05, timeout_s=0.1)

    async def work() -> None:
        async with visiting(unreliable(Random(7), done), USERS, web=settings) as made:
            rows = await visited(made, 60, 1)
            assert len(rows) == USERS * 60
            assert {row["step"] for row in rows} == {"ask"}
            errors = Counter(row["error"] for row in rows)
            assert all(not error or error.startswith(CLASSES) for error in errors), errors
            assert errors[""] > len(rows) / 3
            for row in rows:
                assert row["scheduled"] <= row["ready"] <= row["started"] <= row["finished"]
                assert min(row["connect"], row["first_byte"], row["sent"], row["received"]) >= 0
            assert all(user.deadline_ns == 0 for user in made.stage.users)
            assert sum(user.retries for user in made.stage.users) > 0
            await until(lambda: made.served.open <= (pool or USERS))
            if made.stage.users[0].web is not None and (shared := made.stage.users[0].web.site.pool) is not None:
                assert shared._left + len(shared._idle) == pool
                assert not shared._asking

    run(work())
    assert set(done) == {deed.__name__ for deed in DEEDS} | {"answers"}
