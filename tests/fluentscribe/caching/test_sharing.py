"""Servers that share a second tier: what one has read the other need not, and a change is gone from both."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from secrets import token_hex

import pytest
from pydantic import SecretStr

from fluentscribe.api.app import create_app
from fluentscribe.api.carrying import HEADER
from fluentscribe.settings import Settings, SettingsError
from plimsoll.cache import SharedTier
from plimsoll.embedded import PostgresServer, ValkeyServer
from tests.fluentscribe.api.service import SECRET, TIMEOUT_S, Platform, serving, serving_there
from tests.fluentscribe.caching.comparing import from_memory
from tests.fluentscribe.caching.conftest import watch


@pytest.fixture
def platform(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Platform]:
    """One without a cache, on a database that has a changelog."""
    name = f"test_{token_hex(6)}"
    dsn = postgres_server.create_database(name)
    with serving(dsn, tmp_path) as plain:
        asyncio.run(watch(dsn))
        yield plain
    postgres_server.drop_database(name)


def settled(platform: Platform) -> None:
    """Waits until it knows of changes, and the server of tier 2 of all that it knows."""
    assert platform.call("GET", "/health/ready").status == 200
    assert platform.app is not None
    cache = platform.app.state.platform.caching.cache
    cache._following.wait(TIMEOUT_S)
    assert cache._shared.settled(TIMEOUT_S)


def test_what_one_server_has_read_the_other_has_from_memory_until_it_is_changed(
    platform: Platform, valkey: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plimsoll.cache.SharedTier", partial(SharedTier, limit_s=5.0))  # a busy machine is no fault
    monkeypatch.setattr("fluentscribe.caching.setup.STALENESS_S", 60.0)
    dsn, files, url = platform.dsn, platform.files, SecretStr(valkey.url)
    with (
        serving_there(dsn, files, cache="on", cache_url=url) as one,
        serving_there(dsn, files, cache="on", cache_url=url) as other,
    ):
        for each in (one, other):
            each.people, each.tokens = platform.people, platform.tokens
            settled(each)
        assert one.call("GET", "/projects", "owner").body == other.call("GET", "/projects", "owner").body
        assert [from_memory(one), from_memory(other)] == [0, 1]
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
