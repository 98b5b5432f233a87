"""What becomes of files that were received: a session each, an earlier one, or a record of why it was refused."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from fluentscribe.formats.values import Refused
from fluentscribe.records import uploads
from fluentscribe.records.activity import note
from fluentscribe.records.auditing import log
from fluentscribe.uploads.limits import FILE_BYTES_MAX
from fluentscribe.uploads.reading import Source
from fluentscribe.uploads.scanning import scan
from fluentscribe.uploads.sessions import Made, make_session
from fluentscribe.uploads.spooling import Spool
from fluentscribe.uploads.store import Store

REASON_CHARACTERS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Taken:
    """`upload` may be an earlier one (`duplicate`). No session where the file was refused; it may be `new` or not."""

    upload: UUID
    session: UUID | None
    duplicate: bool = False
    new: bool = True


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes files into a project, in one transaction of somebody's, `db`."""

    db: Any
    store: Store
    organization: UUID
    project: UUID
    address: str
    again: bool = False

    async def take(self, files: Sequence[Spool]) -> list[Taken]:
        await self.db.execute(uploads.ONE_AT_A_TIME, sorted({file.sha256 for file in files}))
        row = await self.db.fetchrow(uploads.LANGUAGES, self.project)
        return [await self._take(file, Source(file.path, file.name, *row)) for file in files]

    async def _take(self, file: Spool, source: Source) -> Taken:
        """A file that came before is read again only when that is asked for."""
        known = await self.db.fetchrow(uploads.KNOWN, self.project, file.sha256)
        upload = None if known is not None else await self._record(file)
        try:
            if upload is None:
                return await self._take_again(known["id"], known["session_id"], file, source)
            return Taken(upload, await self._read(upload, file, source))
        except Refused as refused:
            upload = upload or await self._record(file)
            await self.db.execute(uploads.FAIL, upload, refused.code, plain(refused.reason), refused.line)
            return Taken(upload, None, new=False)

    async def _record(self, file: Spool) -> UUID:
        upload: UUID = await self.db.fetchval(uploads.CREATE, self.project, file.name, file.sha256, file.bytes)
        await log(self.db, "create", "upload", upload, self.address, {"file_name": [None, file.name]})
        await note(self.db, "upload", upload=upload, bytes=file.bytes)
        return upload

    async def _take_again(self, upload: UUID, session: UUID, file: Spool, source: Source) -> Taken:
        """Should the file have been lost, it is there again."""
        await asyncio.to_thread(self.store.keep, file.path, self.organization, file.sha256)
        if not self.again:
            return Taken(upload, session, duplicate=True, new=False)
        kept = replace(source, path=self.store.path(self.organization, file.sha256))
        made = await make_session(self.db, self.project, upload, kept)
        await self._tell_session(made)
        return Taken(upload, made.session, duplicate=True)

    async def _read(self, upload: UUID, file: Spool, source: Source) -> UUID:
        """The file is moved before the transaction ends: a file without a record does no harm, the reverse does."""
        if file.too_large:
            raise Refused("too-large", f"more than {FILE_BYTES_MAX:,} bytes; split the file")
        made = await make_session(self.db, self.project, upload, source)
        await self.db.execute(uploads.ADD_SCAN, upload, await asyncio.to_thread(scan, file.path))
        await asyncio.to_thread(self.store.keep, file.path, self.organization, file.sha256)
        await self.db.execute(uploads.DONE, upload, made.format)
        await self._tell_session(made)
        return made.session

    async def _tell_session(self, made: Made) -> None:
        await log(self.db, "create", "session", made.session, self.address)


def plain(reason: str) -> str:
    """What the database takes as text, whatever the file had."""
    return reason.replace("\0", "�").encode("utf-8", "replace").decode()[:REASON_CHARACTERS_MAX]
