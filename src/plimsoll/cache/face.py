"""What an application asks of a cache, for the keys of one namespace.

Nothing is imported while a fetch runs: where a process forks meanwhile, the child would wait for that import for ever.
"""

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Protocol, TypeVar, overload

from plimsoll.cache.fill import in_loops, in_threads
from plimsoll.cache.fill.desk import Desk
from plimsoll.cache.fill.filling import filling_now
from plimsoll.cache.fill.naming import Names
from plimsoll.cache.fill.wish import FOREVER_S, WAIT_S, Wish, checked_key, checked_several
from plimsoll.cache.store.lookup import NOT_PLAIN
from plimsoll.cache.tokens import Token, brought
from plimsoll.core.errors import UsageError
from plimsoll.core.numbers import above, counts

if TYPE_CHECKING:
    from pathlib import Path

    from plimsoll.cache.fill.warming import Round, Warmed

LOGGED: Final = 1_000  # keys of a log, where nothing else is said

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Cached(Protocol[P, R_co]):
    """A function whose values are cached. `uncached` is itself; `invalidate` takes the value for these arguments out,
    here, and says whether there was one."""

    @property
    def uncached(self) -> Callable[P, R_co]: ...

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co: ...

    def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> bool: ...

    def __get__(self, instance: object, owner: type | None = None) -> Callable[..., R_co]: ...


class Face:
    """`get(key, default=None)` gives what tier 1 holds, and never waits. A hit is right within the promise."""

    get: Callable[..., Any]
    plain: Callable[[str], Any]  # by the key with the prefix: a value, or NOT_PLAIN, as always within a fill

    def __init__(self, desk: Desk, prefix: str = "") -> None:
        self._desk = desk
        self.prefix = prefix
        self.names = Names()
        self.start_anew()

    @property
    def hits(self) -> int:
        """Plain ones, of its keys."""
        return self._hits()

    @property
    def is_shared(self) -> bool:
        """Whether other processes have its values, too."""
        return self._desk.tier2 is not None

    def start_anew(self) -> None:
        """After a fork, which left another store."""
        self.get, self.plain, self._hits = self._desk.tier1.faces(self.prefix, filling_now)

    async def fetch(
        self,
        key: str,
        fill: Callable[..., Any],
        *,
        ttl: float | None = None,
        tags: Iterable[str] = (),
        after: Token | str | None = None,
        stale_s: float = 0.0,
        stale_if_error: bool = False,
        negative_ttl: float | None = None,
        wait_s: float = WAIT_S,
        tenant: str = "",
        pure: bool = False,
    ) -> Any:
        """The value of a key; filled by `fill()` or `fill(filling)`, awaited, where no right one is held.

        `ttl` in seconds; None: until something that it rests on changes. `tags`: what it rests on. `after`: a token of
        a commit that has to be in it. `stale_s`: for so long after its end it is given while it is filled again;
        `stale_if_error`: whatever is held is given where the fill fails, unless a token is carried whose commit may not
        be in it. `negative_ttl`: the time of None, 0 for not
        keeping it. `wait_s`: for another's fill of the same key, at most. `tenant`: whose quota it counts for,
        and no part of the key, which has to say whose the value is. `pure`: the fill only reads, and gives equal values
        for equal data: it may be run again for the audit.
        Raises what the fill raises, and UsageError.
        """
        if after is None and key.__class__ is str and (found := self.plain(self.prefix + key)) is not NOT_PLAIN:
            if pure:
                await self.audit_hit(self.prefix + key, tags, found, fill)
            return found
        wish = self._wish(key, ttl, tags, stale_s, stale_if_error, negative_ttl, wait_s, tenant, pure)
        with self.after(after):
            return await self.fetch_wish(wish, fill)

    def fetch_sync(
        self,
        key: str,
        fill: Callable[..., Any],
        *,
        ttl: float | None = None,
        tags: Iterable[str] = (),
        after: Token | str | None = None,
        stale_s: float = 0.0,
        stale_if_error: bool = False,
        negative_ttl: float | None = None,
        wait_s: float = WAIT_S,
        tenant: str = "",
        pure: bool = False,
    ) -> Any:
        """As `fetch`, for a thread; `fill` is a plain function."""
        if after is None and key.__class__ is str and (found := self.plain(self.prefix + key)) is not NOT_PLAIN:
            if pure:
                self.audit_hit_sync(self.prefix + key, tags, found, fill)
            return found
        wish = self._wish(key, ttl, tags, stale_s, stale_if_error, negative_ttl, wait_s, tenant, pure)
        with self.after(after):
            return self.fetch_wish_sync(wish, fill)

    @overload
    def cached(self, function: Callable[P, R]) -> Cached[P, R]: ...

    @overload
    def cached(
        self,
        *,
        ttl: float | None = None,
        key: str | Callable[..., str] | None = None,
        tags: Iterable[str] | Callable[..., Iterable[str]] = (),
        stale_s: float = 0.0,
        stale_if_error: bool = False,
        negative_ttl: float | None = None,
        wait_s: float = WAIT_S,
        tenant: str | Callable[..., str] = "",
        pure: bool = False,
    ) -> Callable[[Callable[P, R]], Cached[P, R]]: ...

    def cached(
        self,
        function: Callable[..., Any] | None = None,
        *,
        ttl: float | None = None,
        key: str | Callable[..., str] | None = None,
        tags: Iterable[str] | Callable[..., Iterable[str]] = (),
        stale_s: float = 0.0,
        stale_if_error: bool = False,
        negative_ttl: float | None = None,
        wait_s: float = WAIT_S,
        tenant: str | Callable[..., str] = "",
        pure: bool = False,
    ) -> Any:
        """Decorates a function, async or not: its value is fetched by its arguments. See `fill.cached`."""
        from plimsoll.cache.fill.cached import Recipe, decorated

        wish = self._wish("", ttl, (), stale_s, stale_if_error, negative_ttl, wait_s, "", pure)
        recipe = Recipe(wish, key, tags, tenant)
        if function is not None:
            return decorated(self, function, recipe)
        return lambda function: decorated(self, function, recipe)

    def key_log(self, path: "str | Path | None" = None, *, keys: int = LOGGED) -> list[str]:
        """Its keys that were hit most, by samples, the most first, and then others that are held: for `warm`, of the
        next process.

        Written to `path`, if there is one, for nobody else to read. Raises UsageError where that cannot be.
        """
        if not counts(keys):
            why = f"keys is {keys!r:.60}, and no whole number above 0"
            raise UsageError("not a log of keys", why=why, remedy="set how many keys it has at most")
        most = [key.removeprefix(self.prefix) for key in self._desk.tier1.most_used(self.prefix, keys)]
        if path is not None:
            from plimsoll.cache.fill.warming import write_keys

            write_keys(path, most)
        return most

    async def warm(
        self,
        keys: "str | Path | Iterable[str]",
        fetch: Callable[[str], Awaitable[Any]],
        *,
        at_once: int = 4,
        per_s: float = 200.0,
        within_s: float = 60.0,
    ) -> "Warmed":
        """Awaits `fetch(key)` for each key, or each of a file of `key_log`: the application's own way to fetch it.

        So many at once, so many a second, at most for so long; what fails is left out, and ten in a row end it.
        """
        from plimsoll.cache.fill.warming import warm

        return await warm(self._round(keys, at_once, per_s, within_s), fetch, at_once, within_s)

    def warm_sync(
        self,
        keys: "str | Path | Iterable[str]",
        fetch: Callable[[str], Any],
        *,
        per_s: float = 200.0,
        within_s: float = 60.0,
    ) -> "Warmed":
        """As `warm`, in this thread, one after another."""
        from plimsoll.cache.fill.warming import warm_sync

        return warm_sync(self._round(keys, 1, per_s, within_s), fetch, within_s)

    def _round(self, keys: "str | Path | Iterable[str]", at_once: int, per_s: float, within_s: float) -> "Round":
        from plimsoll.cache.fill.warming import Round, read_keys

        if not counts(at_once) or not above(per_s, 0) or not above(within_s, 0):
            why = f"{at_once!r:.60} at once, {per_s!r:.60} a second, for {within_s!r:.60} s"
            raise UsageError("not a pace to warm a cache by", why=why, remedy="take numbers above 0")
        is_path = isinstance(keys, str) or hasattr(keys, "__fspath__")
        return Round(read_keys(keys) if is_path else keys, per_s, within_s)  # type: ignore[arg-type]

    def after(self, token: Token | str | None) -> AbstractContextManager[None]:
        """Within it what is got and fetched has that commit in it: from the database, until it is known here.

        Of the whole cache, and in tasks that are begun within it too. Without effect for None, and for a text that is
        no token's, as a cookie may be. Raises UsageError for what is neither a token nor a text.
        """
        given = brought(token)
        return nullcontext() if given is None else self._desk.tier1.after(given)

    def delete(self, key: str) -> bool:
        """Takes a key out, here and out of tier 2; whether it was here. What other processes hold themselves stays.

        What is being filled for it is not kept.
        """
        return self.delete_full(self.prefix + checked_key(key))

    def delete_full(self, full: str) -> bool:
        """As `delete`, by the key with the prefix."""
        if self._desk.tier2 is not None:
            self._desk.tier2.take_out(full)
        self._desk.flights.refuse(full)
        return self._desk.tier1.delete(full)

    def _wish(
        self,
        key: str,
        ttl: float | None,
        tags: Iterable[str],
        stale_s: float,
        stale_if_error: bool,
        negative_ttl: float | None,
        wait_s: float,
        tenant: str,
        pure: bool,
    ) -> Wish:
        return Wish(
            self.prefix + checked_key(key),
            FOREVER_S if ttl is None else ttl,
            checked_several(tags),
            stale_s,
            stale_if_error,
            negative_ttl,
            wait_s,
            tenant,
            pure,
        )

    async def fetch_wish(self, wish: Wish, fill: Callable[..., Any]) -> Any:
        """As `fetch`, of a wish that is made: its key has the prefix."""
        return await in_loops.fetch(self._desk, wish, fill)

    def fetch_wish_sync(self, wish: Wish, fill: Callable[..., Any]) -> Any:
        """As `fetch_sync`, of a wish that is made: its key has the prefix."""
        return in_threads.fetch(self._desk, wish, fill)

    async def audit_hit(self, full: str, tags: Iterable[str], held: Any, fill: Callable[..., Any]) -> None:
        """Of a pure fill, by the key with the prefix: runs it again if this hit is to be audited. Raises nothing."""
        if self._desk.is_audited():
            from plimsoll.cache.watching.auditing import audited

            await audited(self._desk, full, tags, held, fill)

    def audit_hit_sync(self, full: str, tags: Iterable[str], held: Any, fill: Callable[..., Any]) -> None:
        """As `audit_hit`, in a thread."""
        if self._desk.is_audited():
            from plimsoll.cache.watching.auditing import audited_sync

            audited_sync(self._desk, full, tags, held, fill)
