"""Files that no upload has any more: those of deleted projects, and of transactions that came to nothing."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import asyncpg

from fluentscribe.uploads.store import Store

SEES_ALL = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
HAS = "SELECT sha256 FROM file_uploads WHERE organization_id = $1 AND status = 'done'"
# As those who hand files in or delete them: nobody is about to use the file.
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1::uuid || '/' || $2, 0))"
CLAIMED = f"SELECT EXISTS ({HAS} AND sha256 = $2)"


class NotAllowed(Exception):
    """Whoever does not see all uploads would take every file for one that nobody has."""


async def sweep(dsn: str, store: Store, *, remove: bool) -> list[Path]:
    """The files that no upload has; with `remove`, those that were removed. Raises NotAllowed."""
    connection = await asyncpg.connect(dsn)
    try:
        if not await connection.fetchval(SEES_ALL):
            raise NotAllowed("whoever sweeps must see the uploads of all organizations")
        return [path for folder, of in _organizations(store) for path in await _swept(connection, folder, of, remove)]
    finally:
        await connection.close()


async def _swept(connection: asyncpg.Connection, folder: Path, organization: UUID, remove: bool) -> list[Path]:
    kept = await asyncio.to_thread(lambda: sorted(folder.glob("??/??/*")))
    claimed = {row[0] for row in await connection.fetch(HAS, organization)}
    idle = [path for path in kept if path.name not in claimed]
    return [path for path in idle if not remove or await _removed(connection, organization, path)]


async def _removed(connection: asyncpg.Connection, organization: UUID, path: Path) -> bool:
    async with connection.transaction():
        await connection.execute(LOCK, organization, path.name)
        if await connection.fetchval(CLAIMED, organization, path.name):
            return False
        await asyncio.to_thread(path.unlink, missing_ok=True)
    return True


def _organizations(store: Store) -> Iterator[tuple[Path, UUID]]:
    for folder in sorted(store.root.iterdir()) if store.root.is_dir() else ():
        try:
            yield folder, UUID(folder.name)
        except ValueError:
            continue
