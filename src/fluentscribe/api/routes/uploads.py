"""Uploads: files of translations handed in to a project."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from fluentscribe.api.answering import answer
from fluentscribe.api.caller import Caller, May
from fluentscribe.api.etags import require_unchanged
from fluentscribe.api.handed_in import BODY, HandedIn, Received, Scan, ScannedUpload, Status, Upload, answer_to
from fluentscribe.api.idempotency import Answer, Key, create
from fluentscribe.api.paging import Cursor, Limit, Page, after, page
from fluentscribe.api.problems import Problem, not_found
from fluentscribe.caching import tags
from fluentscribe.caching.topic import Topic
from fluentscribe.formats.limits import CHUNK_BYTES
from fluentscribe.permissions.rules import Action
from fluentscribe.records import uploads
from fluentscribe.records.activity import note
from fluentscribe.records.auditing import log
from fluentscribe.uploads.receiving import received
from fluentscribe.uploads.spooling import Spool
from fluentscribe.uploads.taking import Desk, Taken

router = APIRouter(tags=["uploads"])

_AGAIN = "A new session also of files that came before"
_FILE: dict[int | str, dict[str, Any]] = {200: {"description": "The file", "content": {"application/octet-stream": {}}}}


@router.get(
    "/projects/{project_id}/uploads",
    response_model=Page[Upload],
    summary="Files handed in to a project, newest first",
)
async def list_uploads(
    project_id: UUID,
    caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))],
    status: Status | None = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    since = after(cursor, datetime, UUID)

    async def read(db: Any) -> Page[Upload]:
        rows = await uploads.listed(db, project_id, status, since, limit)
        items, following = page(rows, limit, ("created_at", "id"))
        return Page(items=[Upload(**row) for row in items], next=following)

    def more(found: Page[Upload]) -> Iterator[str]:
        """Each has its session's id."""
        return (tags.sessions_of_upload(one.id) for one in found.items)

    on = (tags.uploads_of_project(project_id),)
    return await answer(caller, Topic("uploads", (project_id, status, since, limit), on, more=more), read)


@router.post(
    "/projects/{project_id}/uploads",
    status_code=201,
    response_model=Received,
    responses={200: {"description": "All files came before", "model": Received}},
    openapi_extra=BODY,
    summary="Hand in 1 to 10 files, each of which becomes a session",
)
async def hand_in(
    request: Request,
    project_id: UUID,
    caller: Annotated[Caller, Depends(May(Action.UPLOAD))],
    again: Annotated[bool, Query(description=_AGAIN)] = False,
    key: Key = None,
) -> Response:
    intake = caller.state.intake
    await caller.stand()  # whoever may not is told so before they have sent everything
    incoming = received(request.stream(), request.headers, intake.store.incoming)
    async with intake.receiving(), incoming as files, intake.reading():

        async def make(db: Any) -> Answer:
            assert caller.organization is not None  # of those who act for none, no project is seen
            people = caller.organization, caller.profile
            taken = await Desk(db, intake.store, *people, project_id, caller.address, again).take(files)
            told = [await _told(db, one) for one in taken]
            return answer_to(request, told, any(one.new for one in taken))

        return await create(request, caller, key, make, _content(files))


@router.get(
    "/uploads/{upload_id}",
    response_model=ScannedUpload,
    summary="A file that was handed in, and what a scanner said of it",
)
async def read_upload(upload_id: UUID, caller: Annotated[Caller, Depends(May(Action.READ_PROJECT))]) -> Response:
    on = tags.upload(upload_id), tags.scans_of_upload(upload_id), tags.sessions_of_upload(upload_id)
    return await answer(caller, Topic("upload", (upload_id,), on), lambda db: _found(db, upload_id))


@router.get(
    "/uploads/{upload_id}/content", response_class=StreamingResponse, responses=_FILE, summary="The file itself"
)
async def read_content(upload_id: UUID, caller: Annotated[Caller, Depends(May(Action.EXPORT))]) -> Response:
    async with caller.begin() as db:
        upload = await _found(db, upload_id)
        path = _path(caller, upload.sha256)
        if not path.exists():
            raise Problem(410, "gone", "Gone", "this file is not kept", "hand it in again")
        await log(db, "export", "upload", upload_id, caller.address)
        await note(db, "export", upload=upload_id)
    return StreamingResponse(_pieces(path), headers=_attached(upload), media_type="application/octet-stream")


@router.delete("/uploads/{upload_id}", status_code=204, summary="Delete a file; its sessions stay")
async def delete_upload(
    request: Request, upload_id: UUID, caller: Annotated[Caller, Depends(May(Action.DELETE_UPLOAD))]
) -> Response:
    async with caller.begin() as db:
        upload = await _found(db, upload_id, uploads.LOCK)
        require_unchanged(request.headers, upload)
        await log(db, "delete", "upload", upload_id, caller.address, {"file_name": [upload.file_name, None]})
        await db.execute(uploads.ONE_AT_A_TIME, [upload.sha256])
        await db.execute(uploads.DELETE, upload_id)
        if not await db.fetchval(uploads.STILL_KEPT, upload.sha256):
            await asyncio.to_thread(_path(caller, upload.sha256).unlink, missing_ok=True)
    return Response(status_code=204)


async def _found(db: Any, upload: UUID, query: str = uploads.FIND) -> ScannedUpload:
    row = await db.fetchrow(query, upload)
    if row is None:
        raise not_found("upload")
    scan = await db.fetchrow(uploads.SCAN, upload)
    return ScannedUpload(**row, scan=None if scan is None else Scan(**scan))


async def _told(db: Any, taken: Taken) -> HandedIn:
    row = taken.record or await db.fetchrow(uploads.FIND, taken.upload)
    return HandedIn(upload=Upload(**row), session_id=taken.session, duplicate=taken.duplicate)


def _content(files: Sequence[Spool]) -> str:
    """What an Idempotency-Key stands for."""
    return json.dumps([(file.name, file.sha256, file.bytes) for file in files])


def _path(caller: Caller, sha256: str) -> Path:
    assert caller.organization is not None
    return caller.state.intake.store.path(caller.organization, sha256)


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield piece


def _attached(upload: Upload) -> dict[str, str]:
    """Never shown in the browser, whatever it is."""
    return {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(upload.file_name, safe='')}",
        "Content-Length": str(upload.bytes),
        "ETag": f'"{upload.sha256}"',
    }
