"""`Edge` around any ASGI application."""

import asyncio
import subprocess
import sys
from contextlib import suppress

import pytest

import plimsoll.edge
from plimsoll.core.errors import UsageError
from plimsoll.edge import Edge, Purge, Reach, Settings
from plimsoll.edge.serving.asgi import Receive, Scope, Send
from plimsoll.edge.serving.fill import Incomplete
from tests.edge.serving.town import FRESH, Scripted, ok, run, within

HEAVY = {"uvicorn", "asyncpg", "httptools", "typer", "polars", "numpy", "pydantic", "uvloop", "fastapi"}


def test_it_loads_neither_a_server_nor_a_driver() -> None:
    used = "import sys; from plimsoll.edge import Edge; Edge(None); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", used], text=True, capture_output=True, check=True)
    assert set(done.stdout.split()) & HEAVY == set()


def test_every_public_name_is_there() -> None:
    assert all(getattr(plimsoll.edge, name) is not None for name in plimsoll.edge.__all__)
    assert set(plimsoll.edge.__all__) <= set(dir(plimsoll.edge))
    assert not hasattr(plimsoll.edge, "nothing")


def test_an_application_that_raises_is_heard_unless_something_stale_may_be_told() -> None:
    shop, fails, now = Scripted(ok("Cache-Control: max-age=10, stale-if-error=60")), True, [1e9]

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        if fails:
            raise ZeroDivisionError("the application's")
        await shop(scope, receive, send)

    async def story() -> None:
        nonlocal fails
        with pytest.raises(ZeroDivisionError):
            await within(edge, "/a")
        with pytest.raises(ZeroDivisionError):
            await within(edge, "/a", method="POST")
        fails = False
        await within(edge, "/a")
        fails, now[0] = True, now[0] + 20
        assert (await within(edge, "/a")).body == b"hello"

    edge = Edge(failing, clock=lambda: now[0])
    run(story)


def test_what_fails_behind_an_answer_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await Scripted(ok(FRESH))(scope, receive, send)
        raise ZeroDivisionError("in the background")

    async def story() -> None:
        edge = Edge(failing)
        assert (await within(edge, "/a")).body == b"hello"
        await asyncio.gather(*edge._leading)
        assert (await within(edge, "/a")).is_hit

    run(story)
    assert "in the background" in caplog.text


def test_a_response_that_the_application_breaks_off_is_not_stored() -> None:
    async def breaking(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"cache-control", b"max-age=60")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        if scope["path"] == "/raises":
            raise ZeroDivisionError

    async def story() -> None:
        edge = Edge(breaking)
        for path in ("/raises", "/returns"):
            for lines in ((), ("Authorization: me",)):
                with suppress(ZeroDivisionError, Incomplete):
                    await within(edge, path, *lines)
        assert edge.store.statistics().entries == 0

    run(story)


def test_fields_that_a_proxy_sets_reach_the_application_where_they_are_keyed() -> None:
    async def story() -> None:
        shop = Scripted(ok(FRESH))
        edge = Edge(shop, settings=Settings(keyed=("x-forwarded-proto",)))
        replies = [
            await within(edge, "/a", f"X-Forwarded-Proto: {scheme}", "X-Forwarded-Host: evil")
            for scheme in ("https", "http", "https", "http")
        ]
        assert [reply["vary"] for reply in replies] == ["x-forwarded-proto"] * 4, "the first of each is a miss"
        assert [seen["x-forwarded-proto"] for seen in shop.seen] == ["https", "http"]
        assert [seen["x-forwarded-host"] for seen in shop.seen] == ["", ""]

    run(story)


def test_a_304_with_another_vary_leaves_what_is_keyed_keyed() -> None:
    async def story() -> None:
        now = [1e9]
        minute, tagged = "Cache-Control: max-age=60", 'ETag: "1"'
        shop = Scripted(ok(minute, tagged), (304, [minute, tagged, "Vary: Foo"], []), ok(minute))
        edge = Edge(shop, settings=Settings(keyed=("x-forwarded-proto",)), clock=lambda: now[0])
        await within(edge, "/a", "X-Forwarded-Proto: https")
        now[0] += 90
        await within(edge, "/a", "X-Forwarded-Proto: https")
        assert not (await within(edge, "/a", "X-Forwarded-Proto: http")).is_hit
        assert len(shop.seen) == 3

    run(story)


def test_what_carries_tags_is_told_only_while_changes_are_known() -> None:
    async def story() -> None:
        shop, known = Scripted(ok(FRESH, "Cache-Tag: t"), ok(FRESH)), [True]
        edge = Edge(shop)
        edge.tell_by(lambda: known[0])
        await within(edge, "/tagged")
        await within(edge, "/plain")
        assert (await within(edge, "/tagged")).is_hit
        known[0] = False
        assert not (await within(edge, "/tagged")).is_hit
        assert (await within(edge, "/plain")).is_hit

    run(story)


def test_what_carries_tags_is_not_told_in_place_of_an_error_either_while_changes_are_unknown() -> None:
    async def story() -> None:
        now, known = [1e9], [True]
        shop = Scripted(ok("Cache-Control: max-age=1, stale-if-error=60", "xkey: t"), ok(status=503))
        edge = Edge(shop, clock=lambda: now[0])
        edge.tell_by(lambda: known[0])
        await within(edge, "/a")
        now[0] += 10
        assert (await within(edge, "/a")).status == 200
        known[0] = False
        assert (await within(edge, "/a")).status == 503

    run(story)


def test_a_purge_while_the_application_answers_keeps_it_from_being_stored() -> None:
    async def story() -> None:
        async def slow(scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": head})
            assert edge.purge(Purge(tags=("t",), reach=Reach.HARD)) == 0
            await send({"type": "http.response.body", "body": b"read before"})

        head = [(b"cache-control", b"max-age=60"), (b"cache-tag", b"t")]
        edge = Edge(slow)
        assert [(await within(edge, "/a")).is_hit for _ in range(2)] == [False, False]

    run(story)


def test_files_and_trailers_of_an_application_are_asked_for_as_bytes() -> None:
    async def story() -> None:
        async def looking(scope: Scope, receive: Receive, send: Send) -> None:
            seen.append(scope["extensions"])
            await Scripted(ok(FRESH))(scope, receive, send)

        seen: list[object] = []

        async def offering(scope: Scope, receive: Receive, send: Send) -> None:
            scope["extensions"] = {"http.response.pathsend": {}, "tls": {}}
            await edge(scope, receive, send)

        edge = Edge(looking)
        await within(offering, "/a")
        await within(offering, "/a", method="POST")
        assert seen == [{"tls": {}}] * 2

    run(story)


def test_settings_are_checked() -> None:
    for wrong in ({"wait_s": 0}, {"pass_s": -1}, {"behind": 0}, {"keyed": ("A",)}, {"keyed": tuple("abcde")}):
        with pytest.raises(UsageError, match="not a setting"):
            Settings(**wrong)
