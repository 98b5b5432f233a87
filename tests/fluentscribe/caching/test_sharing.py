"""Servers that share a second tier: what one has read the other need not, and a change is gone from both."""

import asyncio
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from secrets import token_hex

import pytest
from pydantic import SecretStr

from fluentscribe.api.app import create_app
from fluentscribe.api.carrying import HEADER
from fluentscribe.settings import Settings, SettingsError
from plimsoll.embedded import PostgresServer, ValkeyServer
from tests.fluentscribe.api.service import SECRET, Platform, serving, serving_there
from tests.fluentscribe.caching.comparing import from_memory
from tests.fluentscribe.caching.conftest import watch
from tests.system.harness import until


@pytest.fixture
def platform(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Platform]:
    """One without a cache, on a database that has a changelog."""
    name = f"test_{token_hex(6)}"
    dsn = postgres_server.create_database(name)
    with serving(dsn, tmp_path) as plain:
        asyncio.run(watch(dsn))
        yield plain
    postgres_server.drop_database(name)


def test_what_one_server_has_read_the_other_has_from_memory_until_it_is_changed(
    platform: Platform, valkey: ValkeyServer
) -> None:
    dsn, files, url = platform.dsn, platform.files, SecretStr(valkey.url)
    with (
        serving_there(dsn, files, cache="on", cache_url=url) as one,
        serving_there(dsn, files, cache="on", cache_url=url) as other,
    ):
        for each in (one, other):
            each.people, each.tokens = platform.people, platform.tokens
        limits = count(2)

        def shares() -> bool:
            path, before = f"/projects?limit={next(limits)}", from_memory(other)
            assert one.call("GET", path, "owner").body == other.call("GET", path, "owner").body
            return from_memory(other) > before

        until(shares, "an answer that the other server had read")
        told = one.call("PATCH", "/me", "owner", {"display_name": "Another"})
        seen = {HEADER: told.headers[HEADER.lower()]}
        assert other.call("GET", "/me", "owner", headers=seen).json["display_name"] == "Another"


def test_what_is_no_url_is_refused_at_the_start_and_none_is_needed(tmp_path: Path) -> None:
    def made(url: str) -> None:
        dsn = SecretStr("postgresql://x@127.0.0.1:1/x")
        create_app(Settings(dsn=dsn, token_secret=SecretStr(SECRET), files=tmp_path, cache_url=SecretStr(url)))

    for url in ("", "valkey://127.0.0.1:1"):
        made(url)
    with pytest.raises(SettingsError, match=r"FLUENTSCRIBE_CACHE_URL is wrong: .* valkey://") as raised:
        made("https://me:hush@cache.internal")
    assert "hush" not in str(raised.value)
