"""Which statements of a workload are worth a journey: the application's own, by time and by number of calls. Pure."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from plimsoll.core.sql.tokens import first_word
from plimsoll.core.statement import WorkloadStatement, is_ours
from plimsoll.load.importers.capture.parsing import Parsed

QUERIES: Final = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES", "TABLE"})
# Functions of the server itself that only look at or change the session, as connections and health checks call them.
_OF_SERVER: Final = ("pg_", "hypopg_")
_OF_SEQUENCE: Final = frozenset({"last_value", "log_cnt", "is_called"})
_NO_TABLE: Final = "that ask no table"
# What stands after FROM and JOIN, and whether it is called as a function.
_NAMED: Final = re.compile(
    r"(?<!DISTINCT )\b(?:FROM|JOIN)\s+(?:(?:LATERAL|ONLY)\s+)*([\w.\"$]++)(\s*\()?", re.IGNORECASE
)
_EXTRACTED: Final = re.compile(r"\bextract\s*\(\s*[\w$]+\s+FROM\b", re.IGNORECASE)
_OF_CATALOG: Final = re.compile(r"\bpg_\w+\s*\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A statement that becomes no journey."""

    statement: WorkloadStatement
    why: str


@dataclass(frozen=True, slots=True)
class Noise:
    """Statements that nobody would replay, of one kind: as "BEGIN, COMMIT" or "of the system catalog"."""

    what: str
    statements: int
    calls: int
    total_ms: float


def noise_of(query: str, parsed: Parsed | None, own_functions: Collection[str]) -> str | None:
    """Why nobody would replay it; None for a statement of the application."""
    if is_ours(query):
        return "of Plimsoll itself"
    word = first_word(query)
    if word not in QUERIES:
        return f"{word} (no query)" if word else "empty statements"
    if parsed is None:
        return "of the system catalog" if _asks_only_the_catalog(query) else None
    if any(not name.startswith(_OF_SERVER) for name in parsed.functions & frozenset(own_functions)):
        return None
    if not parsed.relations:
        return _NO_TABLE
    if _reads_sequence(parsed.tree):
        return "of sequences"
    return "of the system catalog" if all(relation.is_system for relation in parsed.relations) else None


def _reads_sequence(tree: exp.Expr) -> bool:
    """As a dump reads them."""
    names = [one.name for one in tree.expressions] if isinstance(tree, exp.Select) else []
    return "last_value" in names and set(names) <= _OF_SEQUENCE


def _asks_only_the_catalog(query: str) -> bool:
    """For what cannot be taken apart, as drivers ask for types: by the words after FROM and JOIN."""
    told = _EXTRACTED.sub("", query)
    named = {name.lower() for name, called in _NAMED.findall(told) if not called}
    own = {name.lower() for name in re.findall(r"([\w]+)\s*(?:\([^()]*\)\s*)?AS\s*\(", told, re.IGNORECASE)}
    asked = {name for name in named if name.strip('"') not in own}
    if not asked:
        return _OF_CATALOG.search(told) is not None
    return all(name.startswith(("pg_", "information_schema.")) for name in asked)


def noise(told: Sequence[tuple[WorkloadStatement, str]]) -> list[Noise]:
    """By kind, most time first."""
    found: dict[str, list[WorkloadStatement]] = {}
    for statement, what in told:
        found.setdefault(what, []).append(statement)
    kinds = [
        Noise(what, len(several), sum(one.calls for one in several), sum(one.total_ms for one in several))
        for what, several in found.items()
    ]
    return sorted(kinds, key=lambda one: (-one.total_ms, one.what))


def top(statements: Sequence[WorkloadStatement], count: int) -> list[WorkloadStatement]:
    """The `count` that took most time and the `count` called most often, most time first."""
    by_time = sorted(statements, key=lambda one: (-one.total_ms, one.query))
    by_calls = sorted(statements, key=lambda one: (-one.calls, one.query))
    chosen = {one.query for one in [*by_time[:count], *by_calls[:count]]}
    return [one for one in by_time if one.query in chosen]
