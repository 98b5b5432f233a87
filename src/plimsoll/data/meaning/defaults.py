"""What a column's DEFAULT says, where that is a constant. Pure."""

import re
from typing import Final

from plimsoll.core.schema import Column

_CAST: Final = r"(?:::[\w\s\".\[\](),]+?)?"
_QUOTED: Final = re.compile(rf"\(?'((?:[^'\\]|'')*)'{_CAST}\)?{_CAST}")
_BARE: Final = re.compile(rf"\(?(true|false|-?\d+(?:\.\d+)?)\)?{_CAST}")
_EMPTY_ARRAY: Final = re.compile(r"ARRAY\[\]::.*")


def constant_default(column: Column) -> str | None:
    """The text of a DEFAULT that is the same for all rows; None for none, NULL and what is reckoned."""
    sql = column.default
    if sql is None or column.sequence or column.identity or column.generated:
        return None
    if _EMPTY_ARRAY.fullmatch(sql):
        return "{}"
    quoted = _QUOTED.fullmatch(sql)
    if quoted:
        return quoted[1].replace("''", "'")
    bare = _BARE.fullmatch(sql)
    return bare[1] if bare else None
