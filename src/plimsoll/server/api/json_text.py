"""JSON as it is sent: what is not a number is null, and secrets in texts are masked."""

from typing import Any, Final

import orjson
from fastapi.responses import Response

from plimsoll.monitor.postgres.statements.hiding import masked_sql, masked_words

_MASKING: Final = {"query": masked_sql} | dict.fromkeys(("why", "text", "detail", "error"), masked_words)  # of others


def to_text(value: Any) -> str:
    """Compact; NaN and infinities as null, which JSON has no words for."""
    return orjson.dumps(value).decode()


def respond(value: Any) -> Response:
    """An answer that is not checked against its model once more: it may be large, and is ours."""
    return Response(orjson.dumps(value), media_type="application/json")


def masked(value: Any) -> Any:
    """A document with the secrets in its statements and texts masked."""
    match value:
        case dict():
            return {
                key: _MASKING[key](one) if key in _MASKING and isinstance(one, str) else masked(one)
                for key, one in value.items()
            }
        case list() | tuple():
            return [masked(one) for one in value]
        case _:
            return value
