"""Values of JDBC parameters as Python of the type that PostgreSQL wants."""

from __future__ import annotations

import csv
import re
from typing import Final

from plimsoll.load.importers.jmx.code import Code
from plimsoll.load.importers.jmx.context import Context
from plimsoll.load.importers.jmx.texts import covered

NULL: Final = "]NULL["
_INTEGERS: Final = {"INTEGER", "BIGINT", "SMALLINT", "TINYINT"}
_CONVERSIONS: Final = {
    "NUMERIC": ("Decimal", "from decimal import Decimal"),
    "DECIMAL": ("Decimal", "from decimal import Decimal"),
    "DOUBLE": ("float", ""),
    "FLOAT": ("float", ""),
    "REAL": ("float", ""),
    "DATE": ("date.fromisoformat", "from datetime import date"),
    "TIME": ("time_of_day.fromisoformat", "from datetime import time as time_of_day"),
    "TIMESTAMP": ("datetime.fromisoformat", "from datetime import datetime"),
    "TIMESTAMP_WITH_TIMEZONE": ("datetime.fromisoformat", "from datetime import datetime"),
}
TEXTS: Final = frozenset(
    {"VARCHAR", "CHAR", "LONGVARCHAR", "NVARCHAR", "NCHAR", "CLOB", "SQLXML", "OTHER", "STRING", "UUID", "ENUM"}
)

# What a parameter is in SQL, and to which casts the driver takes the same Python value.
_SQL_TYPES: Final = {
    **dict.fromkeys(("NUMERIC", "DECIMAL"), "numeric"),
    **dict.fromkeys(("DOUBLE", "FLOAT", "REAL"), "float8"),
    **dict.fromkeys(("BIT", "BOOLEAN"), "boolean"),
    "INTEGER": "int", "BIGINT": "bigint", "SMALLINT": "smallint", "TINYINT": "smallint",
    "DATE": "date", "TIME": "time", "TIMESTAMP": "timestamp", "TIMESTAMP_WITH_TIMEZONE": "timestamptz",
}  # fmt: skip
_COUNTS: Final = r"(?:small|big)?int|integer|int[248]|numeric|decimal|float[48]?|real|double"
_SAME: Final = {
    "text": r"text|(?:var)?char|character|bpchar",
    "boolean": r"bool(?:ean)?",
    "time": r"time",
    **dict.fromkeys(("int", "bigint", "smallint"), _COUNTS),
    **dict.fromkeys(("numeric", "float8"), r"numeric|decimal|float[48]?|real|double"),
    **dict.fromkeys(("date", "timestamp", "timestamptz"), r"date|timestamp(?:tz)?"),
}
_CAST: Final = re.compile(r"\s*::\s*(?P<type>\w+)(?P<many>[^,;=]*?\[)?")
_AS: Final = re.compile(r"(?i)\s+as\s+(?P<type>\w+)(?P<many>[^,;=]*?\[)?")
_NO_TEXT: Final = re.compile(r"(?i)\b(limit|offset)\s*$")
_LIKE_OTHERS: Final = re.compile(
    r"-?\d{1,18}(\.\d+)?|\d{4}-\d\d-\d\d([ T][\d:.+Z-]*)?|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)


def split_arguments(text: str) -> list[str]:
    """The values between commas; a comma within quotes or a reference parts nothing."""
    if not text.strip():
        return []
    cover = covered(text.replace("\n", " "))
    return [cover.restore(value) for value in next(csv.reader([cover.text]), [])]


def parameter(context: Context, value: str, type_: str) -> Code | None:
    """The value as its type wants it; None for a type that has no place here, such as what a call gives back."""
    kind = _kind(type_)
    if kind.startswith(("OUT", "INOUT")):
        return None
    if value == NULL or kind == "NULL":
        return Code("None", "any")
    code = context.code(value)
    if kind in _INTEGERS:
        return Code(code.as_int, "int", code.uses)
    if kind in ("BIT", "BOOLEAN"):
        return _boolean(code)
    if kind in _CONVERSIONS:
        function, import_ = _CONVERSIONS[kind]
        context.imports.update({import_} - {""})
        return Code(f"{function}({code.as_text})", "any", code.uses)
    return Code(code.as_text, "text", code.uses, code.known) if kind in TEXTS or not kind else None


def _kind(type_: str) -> str:
    return type_.strip().upper().removeprefix("IN ").replace(" ", "_")


def sql_type(type_: str) -> str:
    """The type that a parameter has in SQL: JDBC says it to the server, where here the server would guess it."""
    return _SQL_TYPES.get(_kind(type_), "text")


def own_cast(type_: str, before: str, after: str) -> str:
    """The cast that a placeholder wants between these texts: `?::date` of a text is `$1::text::date`.

    Without it the server takes the type after it for that of the value, and the driver refuses the value.
    """
    if re.search(r"(?<!\w)\(\s*$", before) and re.match(r"\s*\)\s*::", after):
        after = after.lstrip().removeprefix(")")
    found = _CAST.match(after) or (_AS.match(after) if re.search(r"(?i)\bcast\s*\(\s*$", before) else None)
    if found is None:
        joins = before.rstrip().endswith("||") or after.lstrip().startswith("||")
        return f"::{type_}" if joins and type_ != "text" else ""
    return "" if not found["many"] and re.fullmatch(_SAME[type_], found["type"], re.IGNORECASE) else f"::{type_}"


def may_not_fit(type_: str, value: str | None, before: str) -> bool:
    """Whether a text without a cast stands where a number, a time or a UUID may be wanted."""
    return type_ == "text" and bool(_NO_TEXT.search(before) or _LIKE_OTHERS.fullmatch((value or "").strip()))


def _boolean(code: Code) -> Code:
    if code.known is not None:
        return Code(str(code.known.strip().lower() in ("true", "1", "t", "yes")), "any")
    return Code(f'{code.as_text}.lower() in ("true", "1", "t")', "any", code.uses)
