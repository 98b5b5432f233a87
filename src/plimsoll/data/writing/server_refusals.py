"""What the server says against rows, in words a user can act on. Pure."""

import re
from typing import Final

import asyncpg

from plimsoll.core.errors import RefusedError
from plimsoll.core.schema import Table
from plimsoll.postgres.error_classes import LOST, error_class
from plimsoll.settings.masking import mask

_PLAN: Final = "state in the seed plan what these columns hold"
_REMEDIES: Final = {
    "22001": "state shorter values for this column in the seed plan",
    "22003": "state a smaller range for this column in the seed plan",
    "23502": "state values for this column in the seed plan, without a share of NULLs",
    "23503": "state in the seed plan where these columns take their values from",
    "23505": "state more different values or fewer rows in the seed plan, or empty the tables first",
    "23514": _PLAN,
    "23P01": _PLAN,
    "25006": "fill the primary server, with a role whose sessions may write",
    "42501": "fill as the owner of the tables or a superuser, or grant what is missing",
    "40P01": "repeat it while nobody else writes to these tables",
    "53100": "make room on the server's disk or plan fewer rows",
    "55P03": "repeat it while nobody else uses these tables; another session holds a lock",
    "57014": "repeat it; somebody cancelled a statement of it on the server",
    "P0001": "state in the seed plan what the trigger demands, or disable the trigger meanwhile",
    LOST: "see the server's log, and repeat it",
}
# Their detail names a key. That of other errors (not null, check) is the whole row, which is nobody's business.
_WITH_DETAIL: Final = frozenset({"23505", "23503", "23P01"})
_IN_COLUMN: Final = re.compile(r"^COPY .*?, \w+ \d+, \w+ ([^:]+):")  # "COPY t, line 3, column a: …", in any language
_QUOTED_VALUE: Final = re.compile(r'["«“„].*["»”“]', re.DOTALL)


def server_refusal(error: BaseException, table: Table | None, during: str = "") -> RefusedError:
    """The error to show for what asyncpg raised while a table, or the whole (None), was filled."""
    kind = error_class(error)
    return RefusedError(
        f"cannot fill {table.name if table else 'the database'}",
        where=_place(error, table) or during,
        why=mask(_cause(error, kind)),
        remedy=_REMEDIES.get(kind, _PLAN if kind.startswith(("22", "23")) else "mend that and repeat it"),
    )


def _cause(error: BaseException, kind: str) -> str:
    if kind == LOST:
        return "the connection to the server was lost"
    message = str(error).partition("\n")[0] or type(error).__name__
    if not isinstance(error, asyncpg.PostgresError):
        return message
    message = error.message or message
    if kind.startswith("22"):
        message = _QUOTED_VALUE.sub('"…"', message)
    detail = f" ({error.detail})" if error.detail and kind in _WITH_DETAIL else ""
    return f"{kind}: {message}{detail}"


def _place(error: BaseException, table: Table | None) -> str:
    name = "" if table else _of(error, "table_name")
    column = _of(error, "column_name") or _copied_column(error) or _generated(error, table)
    constraint = _of(error, "constraint_name")
    parts = (name, column and f"column {column}", constraint and f"constraint {constraint}")
    return ", ".join(filter(None, parts))


def _generated(error: BaseException, table: Table | None) -> str:
    """What overflows in no column that was sent does so in one that the server makes of these."""
    if table is None or error_class(error) != "22003":
        return ""
    return " or ".join(column.name for column in table.columns if column.generated)


def _copied_column(error: BaseException) -> str:
    found = _IN_COLUMN.match(_of(error, "context"))
    return found[1] if found else ""


def _of(error: BaseException, attribute: str) -> str:
    return str(getattr(error, attribute, None) or "")
