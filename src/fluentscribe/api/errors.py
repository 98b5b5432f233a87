"""Errors as they are shown and chosen."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, StringConstraints

from fluentscribe.api.problems import not_found
from fluentscribe.api.values import Body, Number, SentNumber, Text
from fluentscribe.checks.findings import Dimension, Severity
from fluentscribe.records import errors
from fluentscribe.records.errors import Filter

Status = Literal["open", "confirmed", "dismissed"]
Origin = Literal["auto", "human"]
Type = Annotated[Text, StringConstraints(min_length=1, max_length=100)]


class Error(BaseModel):
    """Characters [span_start, span_end) of the target of the segment, which is the `seq`th of its file.

    Where the target was changed since, the span may point behind it; another analysis puts that right.
    """

    id: int
    session_id: UUID
    segment_id: int
    seq: int
    dimension: Dimension
    type: str
    severity: Severity
    origin: Origin
    status: Status
    fingerprint: str
    span_start: int
    span_end: int
    message: str | None
    reported_by: UUID | None
    decided_at: datetime | None
    created_at: datetime


class Chosen(Body):
    """Which errors; what is left out is any."""

    status: Status | None = None
    severity: Severity | None = None
    dimension: Dimension | None = None
    origin: Origin | None = None
    type: Type | None = None
    segment_id: SentNumber | None = None

    @property
    def filter(self) -> Filter:
        return Filter(**self.model_dump())


def chosen(
    status: Status | None = None,
    severity: Severity | None = None,
    dimension: Dimension | None = None,
    origin: Origin | None = None,
    type: Type | None = None,
    segment_id: Number | None = None,
) -> Filter:
    """As query parameters."""
    return Filter(status, severity, dimension, origin, type, segment_id)


Which = Annotated[Filter, Depends(chosen)]


async def found(db: Any, error: int, query: str = errors.FIND) -> Error:
    row = await db.fetchrow(query, error)
    if row is None:
        raise not_found("error")
    return Error(**row)
