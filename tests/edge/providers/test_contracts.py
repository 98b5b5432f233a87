"""Against local servers that enforce what the providers document; see `servers` for what that proves and what not."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.edge.providers.choosing import providers_of
from plimsoll.edge.providers.cloudflare import Cloudflare
from plimsoll.edge.providers.fastly import Fastly
from plimsoll.edge.providers.http import ANSWER_BYTES_MAX, OTHER_HOST
from plimsoll.edge.providers.local import Local
from plimsoll.edge.providers.provider import Acknowledged, Batch, Later, Provider, Refused
from plimsoll.edge.purge.wish import Kind
from tests.edge.providers.servers import TOKEN, Asked, CloudflareLike, FastlyLike, Reply, Replying, serving

TAGS = Batch(Kind.TAG, ("order:1", "order:2", "table:public.orders"))


def told(make: Callable[[str], Provider], server: Replying, story: Callable[[Provider], Awaitable[None]]) -> None:
    async def go() -> None:
        async with asyncio.timeout(60), serving(server) as address:
            provider = make(address)
            try:
                await story(provider)
            finally:
                await provider.close()

    asyncio.run(go())


def test_cloudflare_is_told_each_kind_soft_and_hard_in_its_own_form() -> None:
    there = CloudflareLike()

    async def story(provider: Provider) -> None:
        url = "https://example.com/news/42?page=2"
        for batch in (
            TAGS, Batch(Kind.TAG, ("order:*",), hard=True), Batch(Kind.URL, (url,)), Batch(Kind.HOST, ("example.com",)),
            Batch(Kind.PREFIX, ("https://example.com/news/", "http://example.com/news"), hard=True),
            Batch(Kind.ALL, ("",)),
        ):  # fmt: skip
            assert await provider.purge(batch) == Acknowledged()
        assert there.purged == [
            ("soft", "tags", ("order:1", "order:*", "order:2", "table:public.orders")),
            ("hard", "tags", ("order:*", "order")),
            ("soft", "files", (url,)),
            ("soft", "hosts", ("example.com",)),
            ("hard", "prefixes", ("example.com/news",)),
            ("soft", "purge_everything", ()),
        ]
        for kind, most in provider.limits.batch.items():
            form = {Kind.TAG: "family-{}:1", Kind.HOST: "{}.example.com"}.get(kind, "https://example.com/{}")
            assert await provider.purge(Batch(kind, tuple(map(form.format, range(most))))) == Acknowledged()

    told(lambda at: Cloudflare(there.zone, TOKEN, plan="enterprise", api=f"{at}/client/v4"), there, story)


def test_fastly_is_told_each_kind_soft_and_hard_in_its_own_form() -> None:
    there = FastlyLike()

    async def story(provider: Provider) -> None:
        for batch in (
            TAGS, Batch(Kind.TAG, ("order:*",), hard=True), Batch(Kind.URL, ("https://example.com/a%20b?c=d",)),
            Batch(Kind.ALL, ("",)),
            Batch(Kind.TAG, tuple(map("family-{}:1".format, range(provider.limits.batch[Kind.TAG])))),
        ):  # fmt: skip
            assert await provider.purge(batch) == Acknowledged()
        assert there.purged[:4] == [
            ("soft", "keys", ("order:1", "order:*", "order:2", "table:public.orders")),
            ("hard", "keys", ("order:*", "order")),
            ("soft", "url", ("example.com/a%20b?c=d",)),
            ("hard", "all", ()),
        ]
        assert isinstance(await provider.purge(Batch(Kind.TAG, ("a b",))), Refused)

    told(lambda at: Fastly(there.service, TOKEN, api=at), there, story)


def test_a_rate_that_is_exceeded_waits_as_long_as_it_says() -> None:
    there = CloudflareLike(calls_left=1)

    async def story(provider: Provider) -> None:
        assert await provider.purge(TAGS) == Acknowledged()
        assert await provider.purge(TAGS) == Later("it answered 429: 1134: Rate limit reached", 12.0)
        there.calls_left = 1
        assert await provider.purge(Batch(Kind.TAG, ("a b",))) == Refused("it answered 400: 1094: invalid tags")

    told(lambda at: Cloudflare(there.zone, TOKEN, api=f"{at}/client/v4"), there, story)


def test_credentials_that_are_not_taken_park_nothing_and_are_in_no_words() -> None:
    for server, make in (
        (CloudflareLike(), lambda at: Cloudflare(CloudflareLike.zone, f"{TOKEN}-old", api=f"{at}/client/v4")),
        (FastlyLike(), lambda at: Fastly(FastlyLike.service, f"{TOKEN}-old", api=at)),
    ):

        async def story(provider: Provider) -> None:
            outcome = await provider.purge(TAGS)
            assert isinstance(outcome, Later)
            assert "credentials" in outcome.why
            assert TOKEN not in f"{outcome} {provider!r} {vars(provider)['_client']!r}"

        told(make, server, story)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ((500, {"detail": "oops\x1b[2J"}, {}), Later("it answered 500: oops\N{REPLACEMENT CHARACTER}[2J")),
        ((503, b"", {"Retry-After": "Fri, 01 Jan 1999 00:00:00 GMT"}), Later("it answered 503", 0.0)),
        ((503, b"", {"Retry-After": "soon"}), Later("it answered 503")),
        ((302, b"", {"Location": "/"}), Later("it answered 302: look at its address and credentials", 60.0)),
        ((421, b"", {}), Later(f"it answered 421: {OTHER_HOST}", 60.0)),
        ((400, {"detail": "not a purge"}, {}), Refused("it answered 400: not a purge")),
        ((200, b"x" * (ANSWER_BYTES_MAX + 1), {}), Acknowledged()),
        ((204, b"", {}), Acknowledged()),
    ],
)  # fmt: skip
def test_whatever_an_edge_answers_it_is_an_outcome(reply: Reply, expected: object) -> None:
    async def server(asked: Asked) -> Reply:
        assert (asked.method, asked.path, asked.fields["authorization"]) == ("POST", "/purge", f"Bearer {TOKEN}")
        assert asked.body == {"tags": list(TAGS.whats), "reach": "soft"}
        return reply

    async def story(provider: Provider) -> None:
        outcome = await provider.purge(TAGS)
        assert isinstance(outcome, type(expected))
        if isinstance(outcome, Later | Refused):
            assert outcome._replace(why=outcome.why.partition("/purge: ")[2]) == expected

    told(lambda at: Local([f"{at}/purge"], TOKEN), server, story)


def test_all_edges_are_told_and_one_that_is_away_is_named() -> None:
    heard: list[object] = []

    async def server(asked: Asked) -> Reply:
        heard.append(asked.body)
        return 200, {}, {}

    async def story(provider: Provider) -> None:
        outcome = await provider.purge(Batch(Kind.HOST, ("example.com",), hard=True))
        assert isinstance(outcome, Later)
        assert outcome.why.startswith("http://127.0.0.1:1/purge: it cannot be reached")
        ends = ["http://example.com/", "http://example.com:", "https://example.com/", "https://example.com:"]
        assert heard == [{"prefixes": ends, "reach": "hard"}]
        heard.clear()
        await provider.purge(Batch(Kind.ALL, ("",)))
        assert heard == [{"everything": True, "reach": "soft"}]

    told(lambda at: Local([f"{at}/purge", "http://127.0.0.1:1/purge"], TOKEN), server, story)


@pytest.mark.parametrize(
    ("environ", "edges", "words"),
    [
        ({}, [], "CLOUDFLARE_API_TOKEN is not set"),
        ({"CLOUDFLARE_API_TOKEN": f"{TOKEN}\nX"}, [], "CLOUDFLARE_API_TOKEN cannot be a credential"),
        ({"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_ZONE_ID": "../x"}, [], "cannot be a zone"),
        ({"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_ZONE_ID": "a", "PLIMSOLL_CLOUDFLARE_PLAN": "big"}, [], "wrong"),
    ],
)
def test_a_credential_that_is_missing_or_wrong_is_named_and_not_shown(
    environ: dict[str, str], edges: list[str], words: str
) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        providers_of(["cloudflare"], environ, edges)
    assert TOKEN not in f"{caught.value} {caught.value.remedy}"


def test_providers_are_made_of_the_environment() -> None:
    environ = {
        "CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_ZONE_ID": "abc",
        "FASTLY_API_TOKEN": TOKEN, "FASTLY_SERVICE_ID": "abc", "PLIMSOLL_EDGE_TOKEN": TOKEN,
    }  # fmt: skip
    made = providers_of(["fastly", "local", "cloudflare"], environ, ["http://127.0.0.1:8080/purge"])
    assert [one.name for one in made] == ["fastly", "local", "cloudflare"]
    for edge in ("ftp://x/", "http://user:password@x/", "http:///x"):
        with pytest.raises(UsageError, match="not the address of an edge"):
            providers_of(["local"], environ, [edge])
    with pytest.raises(UsageError, match="which edges"):
        providers_of(["local"], environ, [])
    with pytest.raises(UsageError, match="akamai"):
        providers_of(["akamai"], environ, [])
