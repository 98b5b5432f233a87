"""Values of JDBC parameters as Python of the type that PostgreSQL wants."""

from __future__ import annotations

import csv
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


def split_arguments(text: str) -> list[str]:
    """The values between commas; a comma within quotes or a reference parts nothing."""
    if not text.strip():
        return []
    cover = covered(text.replace("\n", " "))
    return [cover.restore(value) for value in next(csv.reader([cover.text]), [])]


def parameter(context: Context, value: str, type_: str) -> Code | None:
    """The value as its type wants it; None for a type that has no place here, such as what a call gives back."""
    kind = type_.strip().upper().removeprefix("IN ").replace(" ", "_")
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


def _boolean(code: Code) -> Code:
    if code.known is not None:
        return Code(str(code.known.strip().lower() in ("true", "1", "t", "yes")), "any")
    return Code(f'{code.as_text}.lower() in ("true", "1", "t")', "any", code.uses)
