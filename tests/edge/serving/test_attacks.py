"""What is done to caches, and that it is not done to this one: each attack hurts a naive cache, so that it is one.

An attack asks as whoever it likes, then as a victim, and tells whether that one was hurt. Classes as in the
literature: poisoning by unkeyed input, deception, denial by error (CPDoS), keys that collide, too many variants.
"""

from collections.abc import Awaitable, Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.edge.keys import VARIANTS_MAX
from plimsoll.edge.serving.asgi import Application, Message, Receive, Scope, Send
from plimsoll.edge.serving.edge import Edge
from tests.edge.serving.town import Reply, run, within

Attack = Callable[[Application], Awaitable[bool]]
PUBLIC = (b"cache-control", b"max-age=60")


class Naive:
    """Stores what is said to be fresh, whoever asked and whatever it is, by host and path and query in one text."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._stored: dict[bytes, list[Message]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = dict(scope["headers"]).get(b"host", b"")
        key = host + scope["raw_path"].partition(b";")[0] + scope["query_string"]
        messages = self._stored.get(key)
        if messages is None:
            messages = []

            async def keep(message: Message) -> None:
                messages.append(message)

            await self._application(scope, receive, keep)
            fields = messages[0]["headers"]
            static = scope["raw_path"].endswith((b".css", b".js"))
            if static or any(name == b"cache-control" and b"max-age" in value for name, value in fields):
                self._stored[key] = messages
        for message in messages:
            await send(message)


def shop(
    *also: tuple[bytes, bytes], status: int = 200, error: int = 400, says: Callable[[Scope], bytes]
) -> Application:
    """An application that makes its answers of requests."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        body = says(scope)
        code = status if body != b"error" else error
        await send({"type": "http.response.start", "status": code, "headers": [PUBLIC, *also]})
        await send({"type": "http.response.body", "body": body})

    return application


def saying(*names: bytes) -> Callable[[Scope], bytes]:
    """What stands in these fields."""

    def says(scope: Scope) -> bytes:
        return b"".join(value for name, value in scope["headers"] if name in names)

    return says


UNKEYED = (
    "X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "X-Forwarded-Scheme", "X-Forwarded-Proto", "Forwarded",
    "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override",
    "X-Method-Override", "X_Forwarded_Host", "X-Original-Host", "X-HTTP-Host-Override",
)  # fmt: skip


def poisoning(name: str) -> Attack:
    async def attack(cache: Application) -> bool:
        await within(cache, "/", f"{name}: evil.example")
        return b"evil" in (await within(cache, "/")).body

    return attack


async def cookies_of_another(cache: Application) -> bool:
    """The answer sets a session, and says that it may be stored."""
    await within(cache, "/login", "Cookie: victim")
    return b"victim" in (await within(cache, "/login")).body


async def what_authorization_shows(cache: Application) -> bool:
    await within(cache, "/account", "Authorization: Basic victim")
    return b"victim" in (await within(cache, "/account")).body


def deception(target: str) -> Attack:
    """A victim is led to his own page under a name that looks like a file's; the attacker asks for it."""

    async def attack(cache: Application) -> bool:
        await within(cache, target, "Cookie: victim")
        return b"victim" in (await within(cache, target)).body

    return attack


DECEPTIVE = [
    f"/account{mark}{name}"
    for mark in ("/", ";", "%3b", "%2f", "%00", "%0a", "%23", "%3f", "/..%2f", "//", "%2e%2e%2f")
    for name in ("a.css", "static/a.js")
]


def denial(*lines: str) -> Attack:
    """An error that one client's own fields make, told to all."""

    async def attack(cache: Application) -> bool:
        await within(cache, "/", *lines)
        return (await within(cache, "/")).status != 200

    return attack


def collision(first: tuple[str, str], second: tuple[str, str]) -> Attack:
    """(host, target) of two requests that are not the same, and whose texts, put together, are."""

    async def attack(cache: Application) -> bool:
        replies = [await within_host(cache, *one) for one in (first, second)]
        return replies[0].body == replies[1].body

    return attack


async def within_host(cache: Application, host: str, target: str) -> Reply:
    async def renamed(scope: Scope, receive: Receive, send: Send) -> None:
        scope["headers"] = [(b"host", host.encode())]
        await cache(scope, receive, send)

    return await within(renamed, target)


def where(scope: Scope) -> bytes:
    return repr((dict(scope["headers"]).get(b"host"), scope["raw_path"], scope["query_string"])).encode()


def private(scope: Scope) -> bytes:
    """A page for whoever is logged in, under any name that begins as it does: frameworks route so."""
    return saying(b"cookie", b"authorization")(scope) or b"who?"


def picky(scope: Scope) -> bytes:
    """An application that refuses what it does not like in a field."""
    return b"error" if any(name.startswith(b"x-") for name, _ in scope["headers"]) else b"fine"


ATTACKS: dict[str, tuple[Application, Attack]] = {
    **{f"poisoning by {name}": (shop(says=saying(name.lower().encode())), poisoning(name)) for name in UNKEYED},
    "cookies": (shop((b"set-cookie", b"id=1"), says=saying(b"cookie")), cookies_of_another),
    "authorization": (shop(says=private), what_authorization_shows),
    "denial by a bad field": (shop(says=picky), denial("X-Odd: \\x01")),
    "denial by a long field": (shop(says=picky), denial("X-Long: " + "x" * 9_000)),
    "denial by a failure at a bad field": (shop(says=picky, error=500), denial("X-Odd: \x01")),
    "denial by a failure at a long field": (shop(says=picky, error=503), denial("X-Long: " + "x" * 9_000)),
    "denial by a method that is not there": (shop(says=picky, error=501), denial("X-HTTP-Method-Override: \x01")),
    "collision of host and path": (shop(says=where), collision(("a", "/b/c"), ("a/b", "/c"))),
    "collision of path and query": (shop(says=where), collision(("a", "/b?c=1"), ("a", "/bc=1"))),
    "a path's parameters": (shop(says=where), collision(("a", "/b;x=1"), ("a", "/b;x=2"))),
}


async def of_no_store(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": private(scope)})


ATTACKS |= {f"deception by {target}": (of_no_store, deception(target)) for target in DECEPTIVE}


@pytest.mark.parametrize(("application", "attack"), ATTACKS.values(), ids=ATTACKS)
def test_it_hurts_a_naive_cache_and_not_the_edge(application: Application, attack: Attack) -> None:
    async def story() -> None:
        assert await attack(Naive(application)), "this is no attack"
        assert not await attack(Edge(application))

    run(story)


def test_a_get_with_a_body_is_neither_stored_nor_told_from_the_store() -> None:
    async def story() -> None:
        edge = Edge(shop(says=where))
        await within(edge, "/a", "Content-Length: 5")
        assert edge.store.statistics().entries == 0
        await within(edge, "/a")
        assert not (await within(edge, "/a", "Content-Length: 5")).is_hit
        assert (await within(edge, "/a")).is_hit

    run(story)


def test_a_host_spelled_otherwise_is_one_entry_and_in_no_page() -> None:
    async def story() -> None:
        for first in ("SHOP.example", "shop.example.", "shop.example:80", "Shop.Example.:0080"):
            edge = Edge(shop(says=where))
            bodies = {(await within_host(edge, host, "/")).body for host in (first, "shop.example")}
            assert bodies == {b"(b'shop.example', b'/', b'')"}
            assert edge.store.statistics().entries == 1

    run(story)


def test_variants_of_a_url_are_few_however_many_are_asked_for() -> None:
    async def story() -> None:
        edge = Edge(shop((b"vary", b"user-agent, accept-encoding"), says=saying(b"user-agent")))
        for n in range(200):
            assert (await within(edge, "/", f"User-Agent: {n}", f"Accept-Encoding: gzip;q=0.{n}")).body == b"%d" % n
        assert edge.store.statistics().entries == VARIANTS_MAX

    run(story)


def test_ten_thousand_ranges_are_one_whole_body() -> None:
    async def story() -> None:
        edge = Edge(shop(says=lambda scope: b"x" * 10_000))
        await within(edge, "/")
        many = "bytes=" + ",".join(f"{n}-" for n in range(10_000))
        reply = await within(edge, "/", f"Range: {many}")
        assert (reply.status, len(reply.body), reply.is_hit) == (200, 10_000, True)

    run(story)


def test_a_page_that_was_there_is_not_made_to_fail_for_others_by_any_field() -> None:
    """Whatever makes the application fail: where a page is stored, though stale, an error is told to who made it."""

    async def story() -> None:
        now = [1e9]
        edge = Edge(shop(says=picky, error=500), clock=lambda: now[0])
        await within(edge, "/")
        now[0] += 100
        assert (await within(edge, "/", "X-Any: x")).status == 500
        assert (await within(edge, "/")).body == b"fine"

    run(story)


NAMES = (
    "Cache-Control", "Pragma", "Range", "If-Range", "If-None-Match", "If-Modified-Since", "Accept-Encoding", "Vary",
    "Connection", "Expect", "Cookie", "Authorization", "X-Forwarded-Host", "Host", "Age", "CDN-Cache-Control", "TE",
)  # fmt: skip
FIELDS = st.sampled_from(NAMES)
VALUES = st.one_of(
    st.sampled_from(["no-store", "max-age=0", "only-if-cached", "*", "bytes=0-", '"1"', "gzip", "host", ",,,", "=\\"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40),
)


@settings(max_examples=60)
@given(st.lists(st.tuples(FIELDS, VALUES), max_size=6))
def test_made_up_fields_neither_break_it_nor_change_what_others_get(made_up: Iterable[tuple[str, str]]) -> None:
    async def story() -> None:
        edge = Edge(shop((b"etag", b'"1"'), says=lambda scope: b"fine"))
        lines = [f"{name}: {value}" for name, value in made_up]
        assert (await within(edge, "/", *lines)).status in (200, 206, 304, 400, 416, 504)
        clean = await within(edge, "/")
        assert (clean.status, clean.body) == (200, b"fine")

    run(story)
