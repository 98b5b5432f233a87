"""What the Edge tab says, and the form that purges by tag."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import asyncpg
from fastapi import FastAPI

from plimsoll.core.observation import CollectorState
from plimsoll.server.analyses.queue import AnalysisQueue
from plimsoll.server.dashboard.edge import SLOTS
from plimsoll.server.dashboard.edge_purging import add_edge_form
from plimsoll.server.dashboard.place import Place
from plimsoll.server.doorkeeper import Doorkeeper
from plimsoll.server.guard import Guard
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.source import Source
from plimsoll.server.security import make_access
from tests.edge.purge.ground import installed
from tests.edge.serving.town import run
from tests.server.asking import ADMIN, GUARDED, NOW, READ, asked, bearer
from tests.server.made_edges import AFTER, FAILING, edges, no_outbox, purges
from tests.server.test_cdn_routes import app_of


def said(reading: Reading) -> str:
    return "".join(slot.say(reading, Place(tab="edge")) for slot in SLOTS if slot.say is not None)


def test_every_state_says_what_it_is_and_nothing_is_markup_of_others() -> None:
    bare = Reading(now_s=NOW)
    assert "No edge is watched" in said(bare)
    assert "plimsoll watch --edge" in said(bare)
    assert "was not seen yet" in said(replace(bare, states={"edges": CollectorState("edges", 5.0, "ok", NOW)}))
    seen = replace(bare, watches_database=True, may_change=True)
    told = said(replace(seen, details={"edges": (NOW, edges(AFTER, AFTER)), "purges": (NOW, purges(parked=2))}))
    for words in ("92.4 %", "private", "DE", "images", "cloudflare", "plimsoll edge retry", "stale: its time is over"):
        assert words in told, words
    failing = said(replace(seen, details={"edges": (NOW, edges(FAILING, away=True)), "purges": (NOW, no_outbox())}))
    assert "0 B" not in failing
    for words in ("errors", "nobody listens there", "plimsoll edge install"):
        assert words in failing, words
    odd = said(replace(seen, details={"purges": (NOW, purges(oldest_s=900.0, trouble="<b>503"))}))
    assert "&lt;b&gt;503" in odd
    assert "has waited for 15 min" in odd
    old = replace(seen, now_s=NOW + 600, details={"edges": (NOW, edges(AFTER)), "purges": (NOW, purges())})
    assert "not seen since" in said(old)
    assert "856 requests" not in said(old)
    assert "Asked at" in said(replace(seen, details={"purges": (NOW, purges())}, purged=(NOW, "order:7, of local")))
    assert "enter the admin token" in said(replace(seen, details={"purges": (NOW, purges())}, may_change=False))


def test_the_form_purges_for_the_admin_alone(database: str) -> None:
    async def story() -> None:
        source = Source(app_of(database).state.served.watch, AnalysisQueue(Path("no-runs")))
        app = FastAPI()
        add_edge_form(app, source)
        app.add_middleware(Guard, keeper=Doorkeeper(make_access(GUARDED, {})), pages=True)

        async def sent(tags: str, token: str = ADMIN) -> tuple[int, str]:
            body = urlencode({"tags": tags, "reach": "hard"}).encode()
            answer = await asked(app, "/edges/purge", "POST", bearer(token), body)
            return answer.status, answer.headers.get("location") or answer.body.decode()

        assert (await sent("order:1", READ))[0] == 403
        assert "plimsoll edge install" in (await sent("order:1"))[1]
        db = await asyncpg.connect(database)
        try:
            await installed(db, "local")
            assert await sent(" order:1  org:* ") == (303, "/?tab=edge")
            assert (await sent("a,b"))[0] == (await sent(""))[0] == 422
            rows = await db.fetch("SELECT what, hard FROM plimsoll_edge.outbox ORDER BY 1")
        finally:
            db.terminate()
        assert [tuple(row) for row in rows] == [("order:1", True), ("org:*", True)]
        last = source.read().purged
        assert last is not None
        assert last[1] == "order:1 org:*, of local"

    run(story)
