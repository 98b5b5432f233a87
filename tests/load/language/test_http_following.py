"""What a user follows and keeps: redirects, cookies, headers, credentials."""

import time
from typing import Any

import pytest

from plimsoll.load.http.cookies import _Cookie
from plimsoll.load.language.user import User
from tests.load.http.fed import response
from tests.load.http.server import answering
from tests.load.http.visiting import assert_times_in_order, until, visiting
from tests.load.real import run


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
            assert_times_in_order(row)

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
            web.cookies._put("a", _Cookie("2", "/", time.time() + 1))
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
