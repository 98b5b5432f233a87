"""Who has the token may purge and ask; nobody else knows that there is anything."""

import json
from collections.abc import Iterator

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.edge.rules.tags import portable
from plimsoll.edge.serving.asgi import Message
from plimsoll.edge.serving.control import Control, _body, purge_of
from plimsoll.edge.serving.edge import Edge
from tests.edge.serving.town import FRESH, Reply, Scripted, ask, ok, run, serving, within

TOKEN = "0123456789abcdef"
BEARER = f"Authorization: Bearer {TOKEN}"


def test_a_purge_with_the_token_is_done_and_counted() -> None:
    async def story() -> None:
        shop = Scripted(ok(FRESH, "Cache-Tag: news:1"))
        edge = Edge(shop)
        async with serving(Control(edge, edge, TOKEN)) as at:
            await ask(at, "/a")
            told = await ask(
                at, "/.plimsoll/purge", BEARER, method="POST", body=b'{"tags": ["news:*"], "reach": "hard"}'
            )
            assert (told.status, json.loads(told.body)) == (200, {"purged": 1})
            assert not (await ask(at, "/a")).is_hit
            figures = json.loads((await ask(at, "/.plimsoll/figures", BEARER)).body)
        assert (figures["forwarded"], figures["store"]["purged"]) == (2, 1)

    run(story)


@pytest.mark.parametrize(
    "line", ["X: 1", "Authorization: Bearer 0123456789abcdeX", "Authorization: Basic x", "Authorization:"]
)
def test_without_the_token_nothing_is_done(line: str) -> None:
    async def story() -> None:
        edge = Edge(Scripted(ok(FRESH)))
        async with serving(Control(edge, edge, TOKEN)) as at:
            await ask(at, "/a")
            told = await ask(at, "/.plimsoll/purge", line, method="POST", body=b'{"everything": true}')
            assert (told.status, told["www-authenticate"]) == (401, "Bearer")
            assert (await ask(at, "/.plimsoll/figures", line)).status == 401
            assert (await ask(at, "/a")).is_hit

    run(story)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b"{}", b"[" * 10_000, b'{"tags": "a"}', b'{"tags": [1]}', b'{"tgs": ["a"]}',
        b'{"tags": ["a b"]}', b'{"tags": ["ord*er"]}', b'{"tags": ["*"]}', b'{"urls": ["not a url"]}',
        b'{"urls": ["/a"]}', b'{"urls": ["http://[::1/x"]}', b'{"prefixes": ["a.example/"]}', b'{"patterns": ["a*"]}',
        b'{"everything": 1}', b'{"everything": true, "reach": "most"}', '{"urls": ["http://ä/"]}'.encode(),
    ],
)  # fmt: skip
def test_what_is_no_purge_is_told_as_such(body: bytes) -> None:
    async def story() -> None:
        edge = Edge(Scripted(ok(FRESH)))
        async with serving(Control(edge, edge, TOKEN)) as at:
            told: Reply = await ask(at, "/.plimsoll/purge", BEARER, method="POST", body=body)
            assert (told.status, told["content-type"]) == (400, "application/problem+json")
            assert json.loads(told.body)["detail"].startswith("not a ")

    run(story)


def test_a_purge_that_is_too_large_or_ends_too_early_is_refused() -> None:
    async def story() -> None:
        told: list[list[Message]] = [
            [{"type": "http.request", "body": b" " * 600_000, "more_body": True}] * 2,
            [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}],
        ]
        for messages in told:
            left = iter(messages)

            async def receive(left: Iterator[Message] = left) -> Message:
                return next(left)

            with pytest.raises(UsageError, match="not a purge"):
                await _body(receive)

    run(story)


def test_other_methods_and_tokens_that_can_be_guessed_are_refused() -> None:
    async def story() -> None:
        edge = Edge(Scripted(ok()))
        told = await within(Control(edge, edge, TOKEN), "/.plimsoll/purge", BEARER)
        assert (told.status, told["allow"]) == (405, "POST")

    run(story)
    for weak in ("", "short", "a" * 15, "a b" * 10, "ä" * 20):
        with pytest.raises(UsageError, match="not a token"):
            Control(Edge(Scripted(ok())), Scripted(ok()), weak)


def test_the_lists_of_a_purge() -> None:
    long = "http://a/" + "x" * 5_000
    told = {
        "urls": ["HTTP://A", long],
        "prefixes": ["http://a/b", "http://a:"],
        "patterns": ["*/c"],
        "tags": ["t", "T"],
    }
    purge = purge_of(json.dumps(told).encode())
    assert (purge.urls, purge.prefixes, purge.patterns, purge.tags) == (
        (b"http://a/", long.encode()), (b"http://a/b", b"http://a:"), (b"*/c",), ("t", portable("T"))
    )  # fmt: skip
