"""What a writer gets, so that he reads what he wrote: a token, and his own tags dropped at once."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final, NamedTuple

from plimsoll.cache.drivers import row_of, row_of_sync, transaction_on
from plimsoll.cache.store.marks import BY_HAND
from plimsoll.cache.tokens import Token, short_epoch
from plimsoll.changes.database import DATABASE

XID: Final = f"SELECT pg_current_xact_id_if_assigned()::text AS xid, {DATABASE} AS database"
Wrote = Callable[[tuple[str, ...], int], None]


class Place(NamedTuple):
    """What is followed: the epoch's short name, and the database; "" as long as that is not known."""

    epoch: str
    database: str


class Written:
    """A transaction of `writing`. `token` is there once it has committed, and None if it has written nothing."""

    def __init__(self) -> None:
        self.token: Token | None = None


async def token_of(connection: Any, place: Place) -> Token | None:
    """That of the transaction which the connection is in; None, as long as it has written nothing."""
    return _token(place, *await row_of(connection, XID, "xid", "database"))


def token_of_sync(connection: Any, place: Place) -> Token | None:
    """As `token_of`, for psycopg."""
    return _token(place, *row_of_sync(connection, XID, "xid", "database"))


@asynccontextmanager
async def writing(
    connection: Any, tags: tuple[str, ...], place: Callable[[], Place], wrote: Wrote
) -> AsyncIterator[Written]:
    """A transaction on the connection; `wrote` is called once it has committed."""
    written = Written()
    async with transaction_on(connection):
        yield written
        followed = place()
        token = await token_of(connection, followed)
    _committed(written, token, tags, followed, wrote)


@contextmanager
def writing_sync(connection: Any, tags: tuple[str, ...], place: Callable[[], Place], wrote: Wrote) -> Iterator[Written]:
    """As `writing`, for psycopg."""
    written = Written()
    with transaction_on(connection):
        yield written
        followed = place()
        token = token_of_sync(connection, followed)
    _committed(written, token, tags, followed, wrote)


def _token(place: Place, xid: str | None, database: str) -> Token | None:
    """Of another database it has an epoch that is nobody's here: who carries it is answered by the database."""
    if xid is None:
        return None
    return Token(int(xid), place.epoch if place.database in ("", database) else short_epoch(database))


def _committed(written: Written, token: Token | None, tags: tuple[str, ...], place: Place, wrote: Wrote) -> None:
    written.token = token
    if token is not None:
        wrote(tags, token.xid if token.epoch == place.epoch else BY_HAND)
