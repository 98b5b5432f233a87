"""Tags that no template writes and nobody drops by hand are named, before what carries them goes stale."""

import asyncio
import json
import re
from pathlib import Path

import asyncpg
import pytest

from plimsoll.cache import Cache
from plimsoll.core.cache_report import CacheReport, Uses, unwritten_families
from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database
from tests.cache.conftest import furnished
from tests.cache.test_following import Watching, wrote
from tests.cli.test_cache_install import said


def test_status_names_them_until_somebody_writes_one(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with fresh_database(postgres_server) as name, Cache("shop", staleness_s=60) as cache:
        dsn, watching = postgres_server.dsn_of(name), Watching()
        asyncio.run(furnished(dsn))
        cache.follow(dsn, wait_s=30, sinks=[watching])

        def told() -> None:
            text = json.dumps(cache.report().to_json()).replace("'", "''")
            postgres_server.sql(f"SELECT plimsoll_changes.report('shop', 'a', '{text}')", database=name)

        for number in range(3):
            cache.fetch_sync(f"k{number}", lambda: "", tags=[f"order:{number}", f"ordr:{number}", f"by-hand:{number}"])
        told()
        line = r"^tags that nobody writes: by-hand \(\d values\), ordr \(\d values\): "  # it reports by itself, too
        assert re.search(line, said(f"cache status --dsn {dsn}", code=5), re.MULTILINE)
        cache.invalidate("by-hand:1")
        told()
        assert json.loads(said(f"cache status --dsn {dsn} --json", code=5))["unwritten"].keys() == {"ordr"}

        async def written() -> None:
            connection = await asyncpg.connect(dsn)
            try:
                watching.until(await wrote(connection, "SELECT plimsoll_changes.write('{ordr:7}')"))
            finally:
                await connection.close()

        asyncio.run(written())
        told()
        assert "nobody writes" not in said(f"cache status --dsn {dsn}")


def test_what_one_process_heard_counts_for_all_and_what_writes_itself_is_left_out() -> None:
    used = {name: Uses(5, 2) for name in ("order", "by-hand", "ordr", "table", "statement", "(others)")}
    reports = [CacheReport(families=used), CacheReport(families=used, heard=("by-hand",))]
    assert unwritten_families(reports, {"order"}) == {"ordr": 4}
    assert unwritten_families([CacheReport(families={"ordr": Uses(9, 0)})], ()) == {}
