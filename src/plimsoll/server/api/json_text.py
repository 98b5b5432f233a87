"""JSON as it is sent: what is not a number is null, and secrets in texts are masked."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import orjson
from fastapi.responses import Response

from plimsoll.monitor.postgres.statements.hiding import masked_sql, masked_words

_STATEMENTS_MAX: Final = 256  # remembered, of 10,000 characters at most: clients are told the same ones again and again
_MASKING: Final[Mapping[str, Callable[[str], str]]] = {  # what may hold words of somebody else
    "query": lru_cache(_STATEMENTS_MAX)(masked_sql),
    **dict.fromkeys(("why", "text", "detail", "error", "trouble", "shared_trouble"), masked_words),
}


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
