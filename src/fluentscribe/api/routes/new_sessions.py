"""A further session of a file that was handed in before."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from fluentscribe.api.caller import Caller, May
from fluentscribe.api.idempotency import Created, Key, create
from fluentscribe.api.problems import conflict, not_found
from fluentscribe.api.sessions import Session, found
from fluentscribe.api.values import Body
from fluentscribe.formats.values import Refused
from fluentscribe.permissions.rules import Action
from fluentscribe.records import uploads
from fluentscribe.records.auditing import log
from fluentscribe.uploads.reading import Source
from fluentscribe.uploads.sessions import further_session

router = APIRouter(prefix="/projects/{project_id}", tags=["sessions"])


class NewSession(Body):
    """Of a file of the same project."""

    upload_id: UUID


@router.post(
    "/sessions",
    status_code=201,
    response_model=Session,
    summary="Begin a further session of a file, as it was handed in",
)
async def create_session(
    request: Request,
    project_id: UUID,
    given: NewSession,
    caller: Annotated[Caller, Depends(May(Action.CREATE_SESSION))],
    key: Key = None,
) -> Response:
    async def make(db: Any) -> Created:
        source = await _source(db, caller, project_id, given.upload_id)
        try:
            made = await further_session(db, project_id, given.upload_id, source)
        except Refused as refused:
            raise conflict(f"the file is not taken any more: {refused}", "mend the file, and hand it in") from None
        await log(db, "create", "session", made, caller.address)
        return Created(await found(db, made), f"/api/v1/sessions/{made}")

    async with caller.state.intake.reading():
        return await create(request, caller, key, make)


async def _source(db: Any, caller: Caller, project: UUID, upload: UUID) -> Source:
    """Raises Problem where there is no such file."""
    row = await db.fetchrow(uploads.FIND, upload)
    if row is None or row["project_id"] != project:
        raise not_found("upload in this project")
    if row["status"] != "done":
        raise conflict("this file was not taken", "mend it, and hand it in")
    assert caller.organization is not None
    path = caller.state.intake.store.path(caller.organization, row["sha256"])
    if not path.exists():
        raise conflict("this file is not kept", "hand it in again")
    return Source(path, row["file_name"], *await db.fetchrow(uploads.LANGUAGES, project))
