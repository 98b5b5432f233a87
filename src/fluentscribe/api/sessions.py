"""Sessions as they are shown, and what all routes that work on one begin with."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from fluentscribe.api.problems import conflict, not_found
from fluentscribe.permissions.transitions import Deed, Status, obstacle
from fluentscribe.records import sessions


class ListedSession(BaseModel):
    """`words` are those of the source, `score` is the latest; `assignee_id` is who is to work on it next."""

    id: UUID
    project_id: UUID
    upload_id: UUID | None
    file_name: str | None
    source_language: str
    target_language: str
    status: Status
    words: int
    score: float | None
    created_by: UUID | None
    assignee_id: UUID | None
    analyzed_at: datetime | None
    decided_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Analysis(BaseModel):
    """A job of the workers: how far it is, and why it failed."""

    id: int
    status: str
    attempts: int
    segments_done: int
    segments_total: int | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class Session(ListedSession):
    """`analysis` is the latest; null where none was asked for. `analysis_results` are what the checks counted."""

    analysis_results: dict[str, Any] | None
    analysis: Analysis | None


async def found(db: Any, session: UUID) -> Session:
    row = await db.fetchrow(sessions.FIND, session)
    if row is None:
        raise not_found("session")
    return Session(**row)


async def held(db: Any, key: UUID | int, deed: Deed, query: str = sessions.HOLD) -> Any:
    """The row of the session that `query` finds by the key, locked. Raises Problem where its state does not allow the
    deed."""
    row = await db.fetchrow(query, key)
    if row is None:
        raise not_found("session")
    why = obstacle(deed, row["status"])
    if why is not None:
        raise conflict(why)
    return row
