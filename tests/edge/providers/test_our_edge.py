"""`local` and an edge of ours understand each other: each kind of purge reaches what it names, and nothing else."""

from contextlib import AsyncExitStack

import pytest

from plimsoll.edge.providers.local import Local
from plimsoll.edge.providers.provider import Acknowledged, Batch, Later
from plimsoll.edge.purge.wish import Kind, wish
from plimsoll.edge.serving.control import Control
from plimsoll.edge.serving.edge import Edge
from tests.edge.serving.town import FRESH, Scripted, ask, ok, run, serving

TOKEN = "t0ken-of-an-edge-4711"


NAMED = (
    (Kind.TAG, "order:1"), (Kind.TAG, "order:*"), (Kind.URL, "http://Shop.example:80/a"), (Kind.ALL, ""),
    (Kind.PREFIX, "http://shop.example/"), (Kind.PATTERN, "http://*.example/a"), (Kind.HOST, "shop.example"),
)  # fmt: skip


@pytest.mark.parametrize("hard", [False, True], ids=["soft", "hard"])
def test_a_purge_reaches_what_it_names_at_an_edge_of_ours(hard: bool) -> None:
    async def story() -> None:
        edge = Edge(Scripted(ok(FRESH, "Cache-Tag: order:1")))
        async with serving(Control(edge, edge, TOKEN)) as at, AsyncExitStack() as stack:
            local, stranger = (Local([f"http://127.0.0.1:{at}/.plimsoll/purge"], one) for one in (TOKEN, TOKEN[::-1]))
            stack.push_async_callback(local.close)
            stack.push_async_callback(stranger.close)
            await ask(at, "/a")
            other = Batch(Kind.TAG, ("order:2", "org:1", "orders:*"), hard)
            assert await local.purge(other) == Acknowledged()
            assert isinstance(await stranger.purge(Batch(Kind.ALL, ("",))), Later)
            for kind, text in NAMED:
                assert (await ask(at, "/a")).is_hit
                assert await local.purge(Batch(kind, (wish(kind, text).what,), hard)) == Acknowledged()
                assert not (await ask(at, "/a")).is_hit, kind

    run(story)
