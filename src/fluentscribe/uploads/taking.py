"""What becomes of files that were received: a session each, an earlier one, or a record of why it was refused."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from fluentscribe.formats.values import Header, Refused
from fluentscribe.records import uploads
from fluentscribe.records.auditing import log
from fluentscribe.uploads.limits import FILE_BYTES_MAX
from fluentscribe.uploads.reading import Source
from fluentscribe.uploads.scanning import scan
from fluentscribe.uploads.sessions import further_session, make_session
from fluentscribe.uploads.spooling import Spool
from fluentscribe.uploads.store import Store

REASON_CHARACTERS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Taken:
    """`upload` may be an earlier one (`duplicate`). No session where the file was refused; it may be `new` or not.

    `record` is the upload as `uploads.FIND` shows it, where it was made here.
    """

    upload: UUID
    session: UUID | None
    duplicate: bool = False
    new: bool = True
    record: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes files into a project, in one transaction of somebody's, `db`."""

    db: Any
    store: Store
    organization: UUID
    person: UUID
    project: UUID
    address: str
    again: bool = False

    async def take(self, files: Sequence[Spool]) -> list[Taken]:
        row = await self.db.fetchrow(uploads.BEGIN, self.project, sorted({file.sha256 for file in files}))
        languages = row["source_language"], row["target_language"]
        return [await self._take(file, Source(file.path, file.name, *languages)) for file in files]

    async def _take(self, file: Spool, source: Source) -> Taken:
        """A file that came before is read again only when that is asked for."""
        known = await self.db.fetchrow(uploads.KNOWN, self.project, file.sha256)
        try:
            if known is not None:
                return await self._take_again(known["id"], known["session_id"], file, source)
            return await self._take_new(file, source)
        except Refused as refused:
            return await self._refuse(file, refused)

    async def _take_again(self, upload: UUID, session: UUID, file: Spool, source: Source) -> Taken:
        """Should the file have been lost, it is there again."""
        await asyncio.to_thread(self.store.keep, file.path, self.organization, file.sha256)
        if not self.again:
            return Taken(upload, session, duplicate=True, new=False)
        kept = replace(source, path=self.store.path(self.organization, file.sha256))
        made = await further_session(self.db, self.project, upload, kept)
        await log(self.db, "create", "session", made, self.address)
        return Taken(upload, made, duplicate=True)

    async def _take_new(self, file: Spool, source: Source) -> Taken:
        """The file is moved before the transaction ends: a file without a record does no harm, the reverse does."""
        if file.too_large:
            raise Refused("too-large", f"more than {FILE_BYTES_MAX:,} bytes; split the file")
        upload, session = uuid4(), uuid4()
        languages = source.source_language, source.target_language
        record: dict[str, Any] = {}

        async def create(header: Header, words: int) -> UUID:
            found = await asyncio.to_thread(scan, file.path)
            row = await self._recorded(uploads.TAKE, upload, file, header.format, found, session, *languages, words)
            record.update(row, status="done", format=header.format, session_id=session)
            return session

        await make_session(self.db, source, create)
        await asyncio.to_thread(self.store.keep, file.path, self.organization, file.sha256)
        return Taken(upload, session, record=record)

    async def _refuse(self, file: Spool, refused: Refused) -> Taken:
        upload, why = uuid4(), (refused.code, plain(refused.reason), refused.line)
        row = await self._recorded(uploads.REFUSE, upload, file, *why)
        told = dict(zip(("refusal", "reason", "line"), why, strict=True))
        return Taken(upload, None, new=False, record={**row, **told, "status": "failed"})

    async def _recorded(self, statement: str, upload: UUID, file: Spool, *more: Any) -> dict[str, Any]:
        """What is the same of every upload; of others there is nothing yet."""
        given = (upload, self.project, file.name, file.sha256, file.bytes)
        moments = await self.db.fetchrow(statement, *given, self.address, *more)
        known = dict(zip(("id", "project_id", "file_name", "sha256", "bytes"), given, strict=True))
        nothing = dict.fromkeys(("format", "refusal", "reason", "line", "session_id"))
        return {**nothing, **known, **moments, "uploaded_by": self.person}


def plain(reason: str) -> str:
    """What the database takes as text, whatever the file had."""
    return reason.replace("\0", "�").encode("utf-8", "replace").decode()[:REASON_CHARACTERS_MAX]
