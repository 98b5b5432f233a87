"""A captured statement as a tree: its tables, its functions, what it does. Pure.

Parameters become strings like 'plimsoll_3' for the parser, which takes `$1,$` for the beginning of a quotation; strings
may stand wherever constants did.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from plimsoll.core.sql.tokens import substituted, tokens

MARK: Final = re.compile(r"plimsoll_(\d+)")
MARKED: Final = re.compile(r"'plimsoll_(\d+)'")

_SYSTEM: Final = frozenset(
    {"pg_catalog", "information_schema", "pg_toast", "cron", "hdb_catalog", "azure_sys", "_timescaledb_catalog"}
    | {"_timescaledb_config", "supabase_migrations", "supabase_functions", "_realtime", "pgsodium", "vault", "net"}
)

Effect = Literal["reads", "writes"]


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view as the statement names it; `schema` is empty where the search path decides."""

    schema: str
    name: str

    @property
    def is_system(self) -> bool:
        """Of the server's own, of extensions that watch it, or of the platform that it runs on."""
        return self.schema in _SYSTEM or (
            self.name.startswith("pg_") and self.schema in ("", "public", "extensions", "monitoring")
        )


@dataclass(frozen=True)
class Parsed:
    """A statement's tree. `functions` are names that SQL does not know itself, lower case unless quoted."""

    tree: exp.Expr
    relations: tuple[Relation, ...]
    functions: frozenset[str]
    effect: Effect


def parsed(query: str) -> Parsed | None:
    """None where the statement is none of those that can be taken apart."""
    marked = substituted(_without_equality(query), lambda number: f"'plimsoll_{number}'")
    try:
        with _quiet():
            tree = sqlglot.parse_one(marked, dialect="postgres")
    except (SqlglotError, RecursionError, ValueError):
        return None
    if not isinstance(tree, exp.Query | exp.Insert | exp.Update | exp.Delete | exp.Merge | exp.Values):
        return None
    return Parsed(tree, tuple(_relations(tree)), _functions(tree), _effect(tree))


def _without_equality(query: str) -> str:
    """`<<=` and `>>=` of networks as `<<` and `>>`: the parser knows only those, and values come from the same rows."""
    kept: list[str] = []
    for token in tokens(query):
        if token.text != "=" or kept[-2:] not in (["<", "<"], [">", ">"]):
            kept.append(token.text)
    return "".join(kept)


@contextmanager
def _quiet() -> Iterator[None]:
    """The parser logs what it does not know; it is told to the user as a statement left out."""
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _relations(tree: exp.Expr) -> Iterator[Relation]:
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    seen = set()
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            continue  # a function
        relation = relation_of(table)
        if relation.name and (relation.schema or relation.name not in own) and relation not in seen:
            seen.add(relation)
            yield relation


def relation_of(table: exp.Table) -> Relation:
    """The table as it is named."""
    return Relation(_folded(table.args.get("db")), _folded(table.this))


def _folded(identifier: exp.Expr | None) -> str:
    """A name as the server sees it: lower case unless quoted."""
    if not isinstance(identifier, exp.Identifier):
        return ""
    return identifier.name if identifier.args.get("quoted") else identifier.name.lower()


def _functions(tree: exp.Expr) -> frozenset[str]:
    return frozenset(str(one.this).lower() for one in tree.find_all(exp.Anonymous))


def _effect(tree: exp.Expr) -> Effect:
    writing = tree.find(exp.Insert, exp.Update, exp.Delete, exp.Merge)
    locking = any(lock for lock in tree.find_all(exp.Lock))
    return "writes" if writing is not None or locking else "reads"


def sql(node: exp.Expr) -> str:
    """The node as PostgreSQL reads it, with marks for parameters; names of functions as they were written."""
    with _quiet():
        return node.sql(dialect="postgres", normalize_functions=False)


def marks(node: exp.Expr) -> set[int]:
    """The numbers of the parameters in a node."""
    return {int(number) for number in MARK.findall(sql(node))}
