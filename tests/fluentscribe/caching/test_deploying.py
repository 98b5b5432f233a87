"""A version whose answers rest on tags that the database does not write yet answers without memory, and says so."""

import asyncio
import logging
from pathlib import Path

import pytest
from pydantic import SecretStr

from fluentscribe.caching import setup
from fluentscribe.caching.setup import caching_of
from fluentscribe.database.migrating import APP
from fluentscribe.settings import Settings
from tests.fluentscribe.api.service import SECRET, TIMEOUT_S, as_role
from tests.fluentscribe.caching.conftest import Pair, watch


class Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: asyncio.Queue[str] = asyncio.Queue()

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.put_nowait(record.getMessage())

    async def until(self, said: str) -> None:
        async with asyncio.timeout(TIMEOUT_S):
            while said not in await self.lines.get():
                pass


def test_what_is_deployed_before_it_is_installed_answers_without_memory_and_says_why(
    pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so does what is running when an older version is installed again."""
    monkeypatch.setattr(setup, "TELL_EVERY_S", 0.05)
    monkeypatch.setattr("plimsoll.changes.poller.TEND_EVERY_S", 0.1)
    dsn = pair.plain.dsn
    settings = Settings(
        dsn=SecretStr(as_role(dsn, APP)), token_secret=SecretStr(SECRET), files=tmp_path, pool_size=1, cache="on"
    )

    async def story(log: Log) -> None:
        await watch(dsn, without="place-of-project:")
        async with caching_of(settings) as caching:
            assert caching is not None

            async def fetched(value: str) -> str:
                async def fill() -> str:
                    return value

                return str(await caching.cache.fetch("k", fill, tags=["place-of-project:1"]))

            await log.until("nothing writes place-of-project:{id} when organization_id of public.projects")
            assert [await fetched("one"), await fetched("two")] == ["one", "two"]
            await watch(dsn)
            await log.until("from memory again")
            assert [await fetched("three"), await fetched("four")] == ["three", "three"]
            await watch(dsn, without="place-of-project:")
            await log.until("nothing writes place-of-project:{id}")

    async def go() -> None:
        log = Log()
        logger = logging.getLogger("fluentscribe.caching")
        logger.addHandler(log)
        try:
            await story(log)
        finally:
            logger.removeHandler(log)
            await watch(dsn)

    asyncio.run(go())
