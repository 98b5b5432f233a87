"""What a writer gets, so that he reads what he wrote: a token, and his own tags dropped at once."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from plimsoll.cache.drivers import row_of, row_of_sync
from plimsoll.cache.tokens import Token

XID: Final = "SELECT pg_current_xact_id_if_assigned()::text AS xid"
Wrote = Callable[[Iterable[str], int], None]


class Written:
    """A transaction of `writing`. `token` is there once it has committed, and None if it has written nothing."""

    def __init__(self) -> None:
        self.token: Token | None = None


async def token_of(connection: Any, epoch: str) -> Token | None:
    """That of the transaction which the connection is in; None, as long as it has written nothing."""
    return _token((await row_of(connection, XID, "xid"))[0], epoch)


def token_of_sync(connection: Any, epoch: str) -> Token | None:
    """As `token_of`, for psycopg."""
    return _token(row_of_sync(connection, XID, "xid")[0], epoch)


@asynccontextmanager
async def writing(
    connection: Any, tags: tuple[str, ...], epoch: Callable[[], str], wrote: Wrote
) -> AsyncIterator[Written]:
    """A transaction on the connection; `wrote` is called once it has committed."""
    written = Written()
    async with connection.transaction():
        yield written
        token = await token_of(connection, epoch())
    _committed(written, token, tags, wrote)


@contextmanager
def writing_sync(connection: Any, tags: tuple[str, ...], epoch: Callable[[], str], wrote: Wrote) -> Iterator[Written]:
    """As `writing`, for psycopg."""
    written = Written()
    with connection.transaction():
        yield written
        token = token_of_sync(connection, epoch())
    _committed(written, token, tags, wrote)


def _token(xid: str | None, epoch: str) -> Token | None:
    return None if xid is None else Token(int(xid), epoch)


def _committed(written: Written, token: Token | None, tags: tuple[str, ...], wrote: Wrote) -> None:
    written.token = token
    if token is not None:
        wrote(tags, token.xid)
