"""Which column says when that began whose end another one tells: by their names. Pure."""

import re
from typing import Final

from plimsoll.core.schema import Column, Table
from plimsoll.data.rows.timing import MOMENTS

# What an end is called, and what its beginning; the rest of the two names is the same.
_PAIRS: Final = (
    (r"end(ed)?|finish(ed)?|stop(ped)?|complet(ed|ion)", r"start(ed)?|begin|began|begun"),
    (r"to|until", r"from|since"),
    (r"clos(ed?|ing)", r"open(ed|ing)?"),
    (r"last|latest", r"first"),
    (r"return(ed)?", r"rent(al|ed)?|borrow(ed)?|lent|loan(ed)?|issued?|checkout"),
    (r"check_?out|left|depart(ed|ure)", r"check_?in|arriv(ed|al)"),
    (r"arriv(ed|al)", r"depart(ed|ure)"),
    (r"log(ged)?_?out|sign(ed)?_?out", r"log(ged)?_?in|sign(ed)?_?in"),
    (r"deliver(ed|y)", r"ship(ped|ping)?|dispatch(ed)?"),
    (r"read", r"sent"),
)
_ENDS: Final = tuple((re.compile(rf"(?<![a-z])({end})(?![a-z])"), begin) for end, begin in _PAIRS)
_CAPITALS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def beginning_of(table: Table, column: Column) -> str | None:
    """The column of what `column` is the end of: started_at of ended_at.

    None where a check compares the two, which is obeyed anyhow, or where the beginning can be NULL and the end cannot.
    """
    name = _parted(column.name)
    for end, begin in _ENDS:
        found = end.search(name)
        if found is None:
            continue
        sought = re.compile(f"{re.escape(name[: found.start()])}({begin}){re.escape(name[found.end() :])}")
        for other in table.columns:
            if sought.fullmatch(_parted(other.name)) and _may_follow(table, column, other):
                return other.name
    return None


def _parted(name: str) -> str:
    return _CAPITALS.sub("_", name).lower()


def _may_follow(table: Table, column: Column, other: Column) -> bool:
    of_moments = other.type.base in MOMENTS and other.type.kind == column.type.kind
    compared = any({column.name, other.name} <= set(check.columns) for check in table.checks)
    listed = [one.name for one in table.columns]
    turned = "arriv" in column.name.lower() and "depart" in other.name.lower()
    turned |= "depart" in column.name.lower() and "arriv" in other.name.lower()
    if turned and listed.index(other.name) > listed.index(column.name):  # a guest arrives first, a train departs
        return False
    return of_moments and not other.generated and not compared and (column.nullable or not other.nullable)
