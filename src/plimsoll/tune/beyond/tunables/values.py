"""Settings as the server writes them, as numbers, and what it takes to change one. Pure."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from plimsoll.core.identifiers import quote_identifier
from plimsoll.core.tuning.advice import Advised, Confidence
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.facts import DatabaseFacts

_UNITS: Final = {"": 1, "B": 1, "kB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
_SIZE: Final = re.compile(r"(\d+)\s*([kMGT]?B)?")
NEW_SESSIONS: Final = (
    "Holds for sessions that begin after it. If the database has a value of its own already, that is what takes it "
    "back."
)
Scope = Literal["database", "transaction", "server"]  # for whom it is set


def size_of(settings: Mapping[str, str], name: str) -> int | None:
    """Bytes of a setting as current_setting says it ("4MB"); None where it was not read."""
    found = _SIZE.fullmatch(settings.get(name, ""))
    return int(found[1]) * _UNITS[found[2] or ""] if found is not None else None


def number_of(settings: Mapping[str, str], name: str) -> float | None:
    """Of a setting without a unit; None where it was not read."""
    try:
        return float(settings[name])
    except (KeyError, ValueError):
        return None


def megabytes(size: float) -> str:
    """As a setting is written."""
    return f"{math.ceil(size / 2**20)}MB"


def setting(
    facts: DatabaseFacts, name: str, proposed: str, title: str, why: str, *, queries: Sequence[str] = (),
    risk: str = "", confidence: Confidence = "medium", scope: Scope = "database", note: str = "",
) -> Advised:  # fmt: skip
    """One that holds for a single transaction has no step: the application has to say it."""
    details = {"setting": name, "present": facts.settings.get(name, ""), "proposed": proposed, "note": note}
    details |= {"sketch": f"SET LOCAL {name} = '{proposed}'"} if scope == "transaction" else {}
    change = Change(
        "setting", name, title, why, queries=tuple(queries), form=name, risk=risk,
        steps=_steps(facts, name, proposed, scope), details={key: value for key, value in details.items() if value},
    )  # fmt: skip
    return Advised(change, "explained", confidence)


def _steps(facts: DatabaseFacts, name: str, proposed: str, scope: Scope) -> tuple[Step, ...]:
    if scope == "server":
        undo = f"ALTER SYSTEM RESET {name}"
        return Step(f"ALTER SYSTEM SET {name} = '{proposed}'", undo, alone=True), Step("SELECT pg_reload_conf()")
    if scope == "transaction" or not facts.database:
        return ()
    database = f"ALTER DATABASE {quote_identifier(facts.database)}"
    return (Step(f"{database} SET {name} = '{proposed}'", f"{database} RESET {name}", note=NEW_SESSIONS),)
