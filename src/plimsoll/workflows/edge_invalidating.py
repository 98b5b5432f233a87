"""Purges that who watches asks for: through the outbox of the watched database, or of the watched edges at once."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from plimsoll.core.errors import RefusedError
from plimsoll.edge.purge.wish import Wish, checked_wishes
from plimsoll.monitor.application.address import parse_address
from plimsoll.monitor.collecting.collector import CollectorLostError
from plimsoll.postgres.connecting import connect
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.settings.masking import mask
from plimsoll.workflows.edge_purging import Asked, NoOutboxError, asked_in, purge_edges
from plimsoll.workflows.watch_target import WatchedTarget
from plimsoll.workflows.watched import endpoints

CONNECT_S: Final = 4.0
WRITE_S: Final = 4.0
PURGE_PATH: Final = "/.plimsoll/purge"
_NOTHING: Final = "nothing was purged"


async def purge_watched(
    watched: WatchedTarget | None, edges: Sequence[str], environ: Mapping[str, str], wishes: Sequence[Wish]
) -> Asked:
    """Raises UsageError for what is no wish, RefusedError where it may not, or cannot, be done.

    What the outbox takes is sent until it is acknowledged; edges that are told at once may miss it. A protected
    environment is refused: there somebody has to say at a terminal that it is meant.
    """
    checked = checked_wishes(wishes)
    if watched is not None and watched.environment.protected:
        name = watched.environment.name
        remedy = f"plimsoll edge purge --env {name} --allow-protected {name}"
        raise RefusedError(_NOTHING, why=f"the environment {name!r} is protected", remedy=remedy)
    if watched is not None and watched.locate is not None:
        try:
            return await _asked(watched, checked)
        except NoOutboxError:
            if not edges:
                why = "the watched database has no outbox of purges, and no edge is watched"
                raise RefusedError(_NOTHING, why=why, remedy="plimsoll edge install, or watch --edge") from None
    if not edges:
        why = "neither a database nor an edge is watched"
        raise RefusedError(_NOTHING, why=why, remedy="plimsoll watch --dsn env:NAME --edge URL")
    return await purge_edges([_purge_url(one) for one in endpoints(edges, environ)], environ, checked)


async def _asked(watched: WatchedTarget, wishes: Sequence[Wish]) -> Asked:
    assert watched.locate is not None
    try:
        connection = await connect(watched.locate(), prepared=watched.prepared, timeout_s=CONNECT_S)
    except CollectorLostError as error:
        raise RefusedError(_NOTHING, why=str(error), remedy=error.remedy) from None
    try:
        async with asyncio.timeout(WRITE_S), connection.transaction():
            return await asked_in(connection, watched.display, wishes)
    except (*FOREIGN, TimeoutError) as error:
        why = mask(" ".join(str(error).split())) or f"no answer within {WRITE_S:g} s"
        raise RefusedError("it is not known whether a purge was asked for", why=why, remedy="try again") from None
    finally:
        connection.terminate()


def _purge_url(stated: str) -> str:
    address = parse_address(stated)
    return f"{address.scheme}://{address.origin}{PURGE_PATH}"
