"""The cache: what an application makes once and asks everywhere."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from random import Random
from typing import TYPE_CHECKING, Any, Final, cast

from plimsoll.cache.face import Face
from plimsoll.cache.fill.desk import Desk
from plimsoll.cache.fill.wish import checked_several
from plimsoll.cache.processes import lives
from plimsoll.cache.store.entry import JITTER, Limits, Options
from plimsoll.cache.store.marks import BY_HAND
from plimsoll.cache.tier1 import Tier1
from plimsoll.cache.tokens import Token, checked_xid
from plimsoll.cache.watching.watching import Watching
from plimsoll.core.errors import UsageError
from plimsoll.core.numbers import at_least

if TYPE_CHECKING:
    from plimsoll.cache.following import Following
    from plimsoll.cache.shared.counts import SharedStatus
    from plimsoll.cache.shared.tier import SharedTier
    from plimsoll.cache.status import Status
    from plimsoll.cache.watching.audit import Audit
    from plimsoll.cache.writing import Place, Written
    from plimsoll.changes.poller import Sink
    from plimsoll.core.cache_report import CacheReport
    from plimsoll.settings.masking import Secret

STALENESS_S: Final = 0.25
EVERY_S: Final = 0.025
NAMESPACES_MAX: Final = 1_000  # of one cache: each has ways of its own that stay


class Namespace(Face):
    """Keys and hits of its own, in the store and within the limits of its cache. Tags are of the whole cache."""

    def __init__(self, desk: Desk, name: str) -> None:
        super().__init__(desk, f"\0{name}\0")
        self.name = name

    def clear(self) -> int:
        """Takes its keys out, here; how many. What is being filled for it is not kept. Looks at all of the cache.

        Of a shared cache all that is on the server is of no more use to any. What others hold themselves stays.
        """
        if self._desk.tier2 is not None:
            self._desk.tier2.clear()
        self._desk.flights.refuse(self.prefix, whole=True)
        return self._desk.tier1.delete_prefix(self.prefix)


class Cache(Face):
    """Values in this process that are never older than promised: see docs/guides/cache.md.

    `staleness_s` is the promise's Δ, in seconds: what carries tags is served only while the changes up to so long ago
    are known, so not before `follow`. None: no changes are followed; values go by their time, or by hand. `policy` is
    "lru", "sieve", "s3-fifo" or "2q". `shadow`: other policies and sizes are simulated beside it, while it follows.
    `audit`: the fill of this share of hits is run again and compared, 0.001 for one in 1,000, at most five a second;
    only of fills that are said to be `pure`.
    `shared`: the URL of a Valkey or Redis server through which processes share values, or a SharedTier with its limits.
    """

    def __init__(
        self,
        name: str = "cache",
        *,
        limits: Limits | None = None,
        policy: str = "s3-fifo",
        staleness_s: float | None = STALENESS_S,
        jitter: float = JITTER,
        random: Random | None = None,
        shadow: bool = False,
        audit: float | None = None,
        shared: "str | SharedTier | None" = None,
    ) -> None:
        if audit is not None and staleness_s is None:
            why = "it was made with staleness_s=None, so that it promises nothing that could be audited"
            raise UsageError("not an audit of a cache", why=why, remedy="make it with staleness_s=0.25")
        if limits is not None and not isinstance(limits, Limits):
            raise UsageError(
                "not limits of a cache", why=f"{limits!r:.60} is none", remedy="pass Limits(entries=10_000)"
            )
        self.name = name
        chance = random or Random()
        tier1 = Tier1(limits or Limits(), Options(policy, jitter, staleness_s), chance)
        super().__init__(Desk(tier1, staleness_s, chance))
        self._namespaces: dict[str, Namespace] = {}
        self._following: Following | None = None
        self._follow_again: Callable[[], object] | None = None
        self._watching = Watching(tier1, None if audit is None else _audit(audit, chance), shadow=shadow)
        self._desk.audit = self._watching.audit
        self._shared = None if shared is None else self._joined(shared)
        self._desk.tier2 = self._shared
        lives(self)

    @property
    def staleness_s(self) -> float | None:
        """The promise's Δ, in seconds; None: changes are not followed."""
        return self._desk.staleness_s

    @property
    def is_audited(self) -> bool:
        """Whether fills of some hits are run again."""
        return self._desk.audit is not None

    def namespace(self, name: str) -> Namespace:
        """That of this name, always the same."""
        known, given = self._namespaces.get(name), cast(object, name)
        if known is not None:
            return known
        if not isinstance(given, str) or not name or "\0" in name or len(self._namespaces) >= NAMESPACES_MAX:
            why = f"{name!r:.60} is no text, is empty or has a NUL in it, or there are {NAMESPACES_MAX} already"
            raise UsageError("not a namespace of a cache", why=why, remedy="use a few names, and keys for the rest")
        return self._namespaces.setdefault(name, Namespace(self._desk, name))

    # -- what was changed

    def invalidate(self, *tags: str) -> None:
        """What carries one of these tags is gone, here and out of tier 2: for an own write, after its commit."""
        self._drop(checked_several(tags), BY_HAND)

    def wrote(self, tags: Iterable[str], xid: int | str) -> None:
        """As `invalidate`, by the id of the transaction: a value stays that was read from a snapshot which sees it.

        The id as a number or its digits, which some drivers give. Raises UsageError for what is none.
        """
        self._drop(checked_several(tags), checked_xid(xid))

    def _drop(self, tags: tuple[str, ...], xid: int) -> None:
        """Out of tier 2 first: what is read there from now on was not, and what was read before, tier 1 refuses."""
        if self._shared is not None:
            self._shared.invalidate(tags, xid)
        self._desk.tier1.invalidate(tags, xid)
        self._watching.heard(tags)

    def clear(self) -> None:
        """Everything is gone, here and at once, and out of tier 2. What other processes hold themselves stays."""
        if self._shared is not None:
            self._shared.clear()
        self._desk.tier1.clear()

    def writing(self, connection: Any, *tags: str) -> "AbstractAsyncContextManager[Written]":
        """A transaction on a connection of asyncpg or psycopg's AsyncConnection: `async with … as written`.

        Once it has committed `written.token` is what others have to carry who must see it, and what carries one of
        `tags` is gone here. Within another transaction it is a savepoint, and the token is good once that commits.
        """
        from plimsoll.cache.writing import writing

        return writing(connection, checked_several(tags), self._place, self._drop)

    def writing_sync(self, connection: Any, *tags: str) -> "AbstractContextManager[Written]":
        """As `writing`, for a connection of psycopg: `with … as written`."""
        from plimsoll.cache.writing import writing_sync

        return writing_sync(connection, checked_several(tags), self._place, self._drop)

    async def token_of(self, connection: Any) -> Token | None:
        """The token of the transaction that the connection is in: asked after it wrote, good once it has committed.

        None, as long as it has written nothing.
        """
        from plimsoll.cache.writing import token_of

        return await token_of(connection, self._place())

    def token_of_sync(self, connection: Any) -> Token | None:
        """As `token_of`, for a connection of psycopg."""
        from plimsoll.cache.writing import token_of_sync

        return token_of_sync(connection, self._place())

    def _place(self) -> "Place":
        from plimsoll.cache.writing import Place

        return Place(self._desk.tier1.epoch, self._desk.tier1.database)

    def status(self) -> "Status":
        """What it holds and did, and how well it knows of changes."""
        from plimsoll.cache.status import status_of

        tier1 = self._desk.tier1
        namespaces = {name: one.hits for name, one in self._namespaces.items()}
        return status_of(
            self.name, tier1.store.limits, tier1.store.options.policy, self._desk, self._following, namespaces
        )

    def report(self) -> "CacheReport":
        """What is reported of it through the database that it follows; see docs/guides/cache-watching.md."""
        return self._watching.report(self.status(), None if self.shared is None else self.shared.away)

    def openmetrics(self) -> str:
        """The same as OpenMetrics text, for an endpoint of the application."""
        from plimsoll.cache.watching.openmetrics import exposition

        return exposition(self.name, self.report())

    @property
    def stale(self) -> int:
        """How many values were given so far though they had ended, or instead of an error, where that was asked for."""
        return sum(self._desk.counts.stale.values())

    # -- following

    def follow(
        self,
        where: "str | Secret | Callable[[], Awaitable[Any]]",
        *,
        pooled: bool | None = None,
        wait_s: float = 0.0,
        every_s: float = EVERY_S,
        busy_s: float | None = None,
        sinks: "Sequence[Sink]" = (),
        tables: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Learns of changes from now on: by the DSN of the primary, or what opens a connection of asyncpg to it.

        `wait_s`: for the first poll, at most; raises RefusedError with what hinders it. Without it nothing is waited
        for: until changes are known, reads go to the database. `pooled`: whether a transaction pooler is between; None
        finds it out. `every_s`: a poll so often where nothing changes, `busy_s` where something does (None: a fifth of
        `every_s`); each is a statement, and a change is known that much later, but soon where a token of it is brought.
        At most 0.1, and half of the promise's Δ. `sinks` hear of the same changes, after this cache. `tables`, as in
        [cache.tables] of plimsoll.toml, are what the application relies on: while the database does not write down all
        of that, the cache passes itself by. Raises UsageError for what is no DSN, or no tables.
        """
        from plimsoll.cache.following import Following, pace_of, target_of
        from plimsoll.changes.relying import watches_of

        if self._desk.staleness_s is None:
            why = "it was made with staleness_s=None, so that it promises nothing of changes"
            raise UsageError("this cache does not follow changes", why=why, remedy="make it with staleness_s=0.25")
        if self._following is not None:
            raise UsageError("changes are followed already", why="follow was called before", remedy="close() first")
        place = where if callable(where) else target_of(where)
        pace = pace_of(every_s, self._desk.staleness_s, busy_s)
        if not at_least(wait_s, 0):
            raise UsageError("not a time to wait", why=f"wait_s is {wait_s!r:.60}", remedy="set wait_s in seconds")
        relied = watches_of(tables or {})

        shared = self._shared
        if shared is not None:
            shared.open()
            sinks = (shared, *sinks)

        def start() -> Following:
            watching = self._watching
            besides = watching.besides(self.name, self.report)
            sunk = (watching, *sinks)
            self._following = Following(
                place, self._desk.tier1, sunk, pooled=pooled, pace=pace, besides=besides, relied=relied
            )
            if shared is not None:
                self._following.resume = shared.position
            self._desk.ask = self._following.ask
            self._following.start()
            return self._following

        self._follow_again = start
        following = start()
        if wait_s > 0:
            try:
                following.wait(wait_s)
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Ends following. What is held is still served for as long as the promise allows."""
        following, self._following, self._follow_again = self._following, None, None
        self._desk.tier1.on_use = self._desk.ask = None
        if following is not None:
            following.close()
        if self._shared is not None:
            self._shared.close()

    def _joined(self, shared: "str | SharedTier") -> "SharedTier":
        from plimsoll.cache.shared.tier import SharedTier

        if self.staleness_s is None:
            why = "what is shared is judged by the changes that are followed, and it was made with staleness_s=None"
            raise UsageError("this cache cannot be shared", why=why, remedy="make it with staleness_s=0.25")
        tier = SharedTier(self.name, shared) if isinstance(shared, str) else shared
        if tier.name != self.name:
            why = f"it is called {self.name!r} and its SharedTier {tier.name!r}: it would have that cache's values"
            raise UsageError("this cache cannot be shared", why=why, remedy="give both one name")
        return tier

    @property
    def shared(self) -> "SharedStatus | None":
        """How tier 2 stands; None without one."""
        return None if self._shared is None else self._shared.status()

    def __enter__(self) -> "Cache":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start_in_child(self) -> None:
        """After a fork: empty, and followed anew by whoever first needs it; a child may be there to exec only."""
        self._following = None
        self._desk.tier1.start_anew()
        self._desk.start_anew()
        self._watching.start_anew()
        if self._shared is not None:
            self._shared.start_anew()
        for face in (self, *self._namespaces.values()):
            face.start_anew()
        self._desk.tier1.on_use = self._follow_again


def _audit(share: float, random: Random) -> "Audit":
    import plimsoll.cache.watching.auditing  # noqa: F401  # now, and not in a fetch: see face.py
    from plimsoll.cache.watching.audit import Audit

    return Audit(share, random)
