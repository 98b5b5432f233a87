"""What the Cache tab says, and the form that drops tags."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import asyncpg
from fastapi import FastAPI

from plimsoll.core.cache_report import AuditReport
from plimsoll.server.analyses.queue import AnalysisQueue
from plimsoll.server.dashboard.cache import SLOTS
from plimsoll.server.dashboard.cache_dropping import add_cache_form
from plimsoll.server.dashboard.place import Place
from plimsoll.server.doorkeeper import Doorkeeper
from plimsoll.server.guard import Guard
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.source import Source
from plimsoll.server.security import make_access
from tests.changes.histories import watch as install
from tests.monitor.postgres.servers import run
from tests.server.asking import ADMIN, GUARDED, NOW, READ, asked, bearer
from tests.server.made_caches import AFTER, DEAF, caches, missing
from tests.server.test_cache_routes import app_of

AWAY = "not in use: the server fails: no answer in time"


def said(reading: Reading) -> str:
    return "".join(slot.say(reading, Place(tab="cache")) for slot in SLOTS if slot.say is not None)


def test_every_state_says_what_it_is_and_nothing_is_markup_of_others() -> None:
    seen = Reading(now_s=NOW, watches_database=True)
    full = replace(seen, details={"caches": (NOW, caches(replace(AFTER, tenants={"<b>": 9}), DEAF))})
    told = said(full)
    for words in (
        "passes the cache by",
        "connection refused",
        "2Q at twice the size",
        "&lt;b&gt;",
        "promised 250 ms",
        "≤ 9.87 ms",
        "invalidated: what it rests on has changed",
        "92.6 %",
        "of 1,080/s may be kept",
        "random() is volatile",
    ):
        assert words in told, words
    assert "<b><b>" not in told
    away = said(replace(seen, details={"caches": (NOW, caches(replace(AFTER, shared_trouble=AWAY)))}))
    assert "tier 2 away</b>: no answer in time<" in away
    assert "Why: no answer in time" in away
    unjudged = said(replace(seen, details={"caches": (NOW, caches(replace(AFTER, audit=AuditReport(12, unknown=12))))}))
    assert "of 0 looked up again · 12 more unknown" in unjudged
    assert "0 stale" not in unjudged
    assert "No database is watched" in said(Reading(now_s=NOW))
    assert "not seen yet" in said(seen)
    assert "plimsoll cache install" in said(replace(seen, details={"caches": (NOW, missing())}))
    assert "Not seen since" in said(replace(full, now_s=NOW + 600))
    assert "Dropped order:7" in said(replace(full, dropped=(NOW, "order:7", 812, ""), may_change=True))
    two = dict(caches(AFTER)) | {"caches": [*caches(AFTER)["caches"], *caches(AFTER, name="users")["caches"]]}
    assert "users, S3-FIFO" in said(replace(seen, details={"caches": (NOW, two)}))


def test_the_form_drops_tags_for_the_admin_alone(database: str) -> None:
    async def go() -> None:
        source = Source(app_of(database).state.served.watch, AnalysisQueue(Path("no-runs")))
        app = FastAPI()
        add_cache_form(app, source)
        app.add_middleware(Guard, keeper=Doorkeeper(make_access(GUARDED, {})), pages=True)

        async def sent(tags: str, token: str = ADMIN) -> tuple[int, str]:
            body = urlencode({"tags": tags}).encode()
            answer = await asked(app, "/caches/invalidate", "POST", bearer(token), body)
            return answer.status, answer.headers.get("location") or answer.body.decode()

        assert (await sent("order:1", READ))[0] == 403
        assert "plimsoll cache install" in (await sent("order:1"))[1]
        connection = await asyncpg.connect(database)
        await install(connection)
        assert await sent(" order:1  org:* ") == (303, "/?tab=cache")
        assert await connection.fetchval("SELECT tags FROM plimsoll_changes.changelog") == ["order:1", "org:*"]
        assert (await sent("nothing"))[0] == 422
        assert (await sent("order:1, order:2"))[0] == 422
        assert await connection.fetchval("SELECT count(*) FROM plimsoll_changes.changelog") == 1
        last = source.read().dropped
        assert last is not None
        assert last[1] == "order:1 org:*"
        assert "No watched table writes" in last[3]
        await connection.close()

    run(go())
