"""What is answered of statements, as OpenAPI describes it. Moments are seconds since 1970 (UTC), times in ms."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict

_ROW: Final[dict[str, Any]] = {
    "query_id": "-7406829124563327",
    "user": "shop",
    "calls": 5321,
    "total_ms": 91827.0,
    "rows": 5321,
    "blocks_hit": 90211,
    "blocks_read": 312,
    "blocks_dirtied": 2,
    "temp_blocks": 0,
    "wal_bytes": 8192,
    "io_ms": 41.5,
    "top_level": True,
    "query": "SELECT * FROM orders WHERE customer_id = $1",
    "mean_ms": 17.3,
    "calls_per_s": 5.9,
    "share_percent": 48.0,
}
_FIGURES: Final[dict[str, Any]] = {
    name: value for name, value in _ROW.items() if name not in ("user", "top_level", "query", "query_id")
}


class FiguresBody(BaseModel):
    """What a statement did. `share_percent` is of the time that all statements took."""

    calls: int
    total_ms: float
    rows: int
    blocks_hit: int
    blocks_read: int
    blocks_dirtied: int
    temp_blocks: int
    wal_bytes: int
    io_ms: float
    mean_ms: float
    calls_per_s: float
    share_percent: float


class StatementBody(FiguresBody):
    """A statement of a role over a window."""

    query_id: str
    user: str
    top_level: bool
    query: str
    model_config = ConfigDict(json_schema_extra={"example": _ROW})


class StatementsBody(BaseModel):
    """What statements did over a window: from the first look in it to the last, `seconds` in all."""

    start_s: float | None
    end_s: float | None
    seconds: float
    looks: int
    total_ms: float
    rows: list[StatementBody]
    left_out: int
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "start_s": 1767282780.0,
                "end_s": 1767283680.0,
                "seconds": 900.0,
                "looks": 30,
                "total_ms": 191300.0,
                "rows": [_ROW],
                "left_out": 0,
            }
        }
    )


class StatementPoint(FiguresBody):
    """What a statement did at one look: in the `seconds` before `at_s`."""

    at_s: float
    seconds: float


class StatementDetail(BaseModel):
    """A statement with its whole text, as far as it is known, and its course."""

    query_id: str
    query: str | None
    points: list[StatementPoint]
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "query_id": _ROW["query_id"],
                "query": _ROW["query"],
                "points": [{"at_s": 1767283680.0, "seconds": 30.0, **_FIGURES}],
            }
        }
    )
