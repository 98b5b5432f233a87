"""The same questions answered through cashews, used as its documentation says: tags, which writers delete after their
commit, a Redis backend, and what it recommends against stampedes. Runs in an environment of its own.

Options: `client_side` keeps values in the process, too; `early` refreshes before expiry instead of locking.
"""

from contextvars import ContextVar
from typing import Any, Protocol

from cashews import Cache  # type: ignore[import-not-found,unused-ignore]

from tests.prove.caching.adapters import DATABASE, Source
from tests.prove.caching.committing import Done
from tests.prove.caching.world import Asked, Kind, Rows

_RAN: ContextVar[list[bool]] = ContextVar("ran")


class Settings(Protocol):
    shared: str | None
    options: dict[str, Any]


class OnCashews:
    def __init__(self, config: Settings, source: Source) -> None:
        assert config.shared is not None
        self._source = source
        self._cache = Cache()
        url = config.shared.replace("valkey://", "redis://")
        self._cache.setup(url, client_side=bool(config.options.get("client_side")), socket_connect_timeout=1.0)
        naming: dict[str, Any] = {"key": "{kind}:{number}", "tags": ["{tag}"]}
        if config.options.get("early"):
            caching = self._cache.early(ttl="1h", early_ttl="40m", **naming)
        else:
            caching = self._cache(ttl="1h", lock=True, **naming)

        @caching  # type: ignore[untyped-decorator,unused-ignore]
        async def ask(kind: Kind, number: int, tag: str) -> Rows:
            _RAN.get().append(True)
            async with source.connection() as connection:
                return await source.answer(connection, Asked(kind, number))

        self._ask = ask

    async def read(self, asked: Asked, after: int | None = None) -> tuple[Rows, str]:
        ran: list[bool] = []
        _RAN.set(ran)
        rows = await self._ask(asked.kind, asked.number, asked.tag)
        return rows, DATABASE if ran else "cache"

    def read_in_thread(self, asked: Asked) -> tuple[Rows, str]:
        raise NotImplementedError

    async def wrote(self, done: Done) -> None:
        await self._cache.delete_tags(*done.tags)

    def told(self) -> dict[str, Any]:
        return {"fills": self._source.fills}

    async def close(self) -> None:
        await self._cache.close()
        await self._source.close()


async def make(config: Settings, source: Source) -> OnCashews:
    made = OnCashews(config, source)
    await made._cache.init()
    return made
