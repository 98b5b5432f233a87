"""Keyset paging: a page says from where the next one goes on; an opaque cursor, never an offset."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from fluentscribe.api.problems import Problem

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]

_READERS: dict[type, Callable[[Any], Any]] = {
    datetime: datetime.fromisoformat,
    UUID: UUID,
    str: str,
    int: int,
}


class Page(BaseModel, Generic[T]):
    """`next` is the cursor of the page that follows; null on the last one."""

    items: list[T]
    next: str | None


def page(rows: Sequence[Mapping[str, Any]], limit: int, by: Sequence[str]) -> tuple[list[dict[str, Any]], str | None]:
    """Of `limit` + 1 rows: those of this page, and the cursor of the next. `by` are the columns of the order."""
    shown = [dict(row) for row in rows[:limit]]
    more = len(rows) > limit
    return shown, _written([shown[-1][name] for name in by]) if more else None


def after(cursor: str | None, *types: type) -> tuple[Any, ...] | None:
    """Values of the columns of the order at the end of the page before. Raises Problem for what is no cursor."""
    if cursor is None:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(types):
            raise ValueError("other columns")
        return tuple(_read(value, kind) for value, kind in zip(values, types, strict=True))
    except (ValueError, TypeError, binascii.Error, RecursionError, OverflowError):
        detail = "`cursor` is not the `next` of a page of this list"
        raise Problem(400, "bad-cursor", "Bad cursor", detail, "begin without a cursor") from None


def after_number(cursor: str | None) -> int | None:
    """Likewise, for lists in the order of one whole number."""
    found = after(cursor, int)
    return found[0] if found else None


def _read(value: Any, kind: type) -> Any:
    if kind is int and (not isinstance(value, int) or abs(value) >= 2**63):
        raise ValueError("not a number of 64 bits")
    if kind is str and "\0" in value:
        raise ValueError("not text")
    if kind is datetime and datetime.fromisoformat(value).tzinfo is None:
        raise ValueError("no zone")
    return _READERS[kind](value)


def _written(values: Sequence[Any]) -> str:
    plain = [
        value if isinstance(value, int) else value.isoformat() if isinstance(value, datetime) else str(value)
        for value in values
    ]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).rstrip(b"=").decode()
