"""What to do about a statement whose plan or text has a problem, by the problem. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.analyze.recommending.wording import at_most, qualified
from plimsoll.core.finding import Effort, Finding, How, Means, Recommendation, Term
from plimsoll.core.sql.shape import next_page

BASIS: Final = "the time of the statement, as the server counted it"
WRITES: Final = "an index costs each write of the table; building it reads the whole table"
NO_RISK: Final = "none for the data, where the rewritten statement returns the same: test that"


@dataclass(frozen=True, slots=True)
class _Advice:
    """Where there is SQL that mends it, `first` is executed before it, and it is called `exactly` so, if there is such
    a name: then `how` is not needed."""

    what: str
    term: Term
    effort: Effort
    risk: str
    how: tuple[tuple[Means, str, str], ...]
    first: str = ""
    exactly: str = ""


_ADVICE: Final[Mapping[str, _Advice]] = {
    "not-in": _Advice(
        "write NOT EXISTS instead of NOT IN",
        "immediate",
        "hours",
        "the two differ where the subquery holds a NULL: NOT IN then finds nothing",
        (("code", "WHERE NOT EXISTS (SELECT FROM other o WHERE o.key = t.key)", "an anti join, once for all rows"),),
    ),
    "correlated-subquery": _Advice(
        "join instead of a subquery for each row",
        "short-term",
        "hours",
        NO_RISK,
        (("code", "LEFT JOIN (SELECT key, … GROUP BY key) s USING (key)", "computed once for all rows"),),
    ),
    "nested-loop": _Advice(
        "let it join by a hash, or join fewer rows",
        "short-term",
        "hours",
        NO_RISK,
        (
            ("check", "SET LOCAL enable_nestloop = off;", "then EXPLAIN (ANALYZE, BUFFERS): is another join quicker?"),
            ("code", "choose before joining", "a condition or LIMIT on the side that comes first"),
        ),
    ),
    "cast-on-column": _Advice(
        "send the parameter with the column's type",
        "immediate",
        "hours",
        NO_RISK,
        (("code", "WHERE column = $1::type_of_the_column", "an integer held against a numeric converts every row"),),
    ),
    "function-on-column": _Advice(
        "hold the column itself against a value, or index the expression",
        "immediate",
        "minutes",
        WRITES,
        (("code", "WHERE placed >= $1 AND placed < $1 + interval '1 day'", "instead of date(placed) = $1"),),
        exactly="index the expression by which it is searched",
    ),
    "pattern": _Advice(
        "search patterns by a trigram index",
        "immediate",
        "minutes",
        "a trigram index is large, and slow to write",
        (("code", "an index (column text_pattern_ops)", "is enough for patterns without a leading wildcard"),),
        first="CREATE EXTENSION IF NOT EXISTS pg_trgm;",
    ),
    "contains": _Advice(
        "search what it contains by a GIN index",
        "immediate",
        "minutes",
        WRITES,
        (),
    ),
    "or": _Advice(
        "take the OR apart",
        "short-term",
        "hours",
        NO_RISK,
        (
            ("code", "SELECT … WHERE a = $1 UNION SELECT … WHERE b = $2", "each part with an index of its own"),
            ("code", "an index on each column of the OR", "the server then combines them"),
        ),
    ),
    "sort-for-few": _Advice(
        "read in order instead of sorting all",
        "immediate",
        "minutes",
        WRITES,
        (
            (
                "code",
                "an index on the columns held equal, then those of ORDER BY",
                "with LIMIT it stops after the first rows",
            ),
        ),
    ),
    "large-sort": _Advice(
        "sort fewer rows",
        "short-term",
        "hours",
        NO_RISK,
        (("code", "LIMIT, a narrower condition, or an index that gives the order", ""),),
    ),
    "large-hash": _Advice(
        "join fewer rows",
        "short-term",
        "hours",
        NO_RISK,
        (("code", "a condition on the large side, or totals that are kept", ""),),
    ),
    "bad-estimate": _Advice(
        "let the planner know better",
        "immediate",
        "minutes",
        "other plans may also be worse: compare a run before with one after it",
        (
            ("sql", "ANALYZE;", "first"),
            (
                "code",
                "CREATE STATISTICS on columns that depend on each other",
                "dependencies, ndistinct, mcv; then ANALYZE again",
            ),
        ),
    ),
    "unused-index": _Advice(
        "find out why the index is not used",
        "immediate",
        "hours",
        NO_RISK,
        (
            ("check", "SET LOCAL enable_seqscan = off;", "then EXPLAIN (ANALYZE, BUFFERS): is it quicker?"),
            ("sql", "ANALYZE;", "old statistics are the most frequent reason; the parameter's type the next"),
            ("setting", "random_page_cost = 1.1", "on flash storage: the default is that of a turning disk"),
        ),
    ),
    "offset": _Advice(
        "page by key instead of OFFSET",
        "short-term",
        "hours",
        "pages can no longer be jumped to by their number",
        (
            (
                "code",
                "WHERE (<columns of ORDER BY>, <primary key>) > (<those of the last row>) ORDER BY … LIMIT …",
                "the last row of the page before; the columns must be unique together: end with the primary key",
            ),
        ),
    ),
    "count-all": _Advice(
        "do not count all rows each time",
        "short-term",
        "hours",
        "an estimate or a kept count may be a little off",
        (
            (
                "sql",
                "SELECT reltuples::bigint FROM pg_class WHERE oid = 'schema.table'::regclass;",
                "where an estimate is enough",
            ),
            ("code", "ask only whether there is one more page", "or keep the number"),
        ),
    ),
}


def _exact(problem: Mapping[str, Any], first: str) -> Iterator[How]:
    """A partitioned table cannot be indexed without a lock as a whole, its partitions can."""
    sql, table, partitions = problem["sql"], problem["table"], problem.get("partitions", ())
    lines = [first] if first else []
    if "…" in sql:
        yield How("code", sql, "with the constant of the statement in place of …, which the server does not keep")
        return
    lines += [_on(sql, table, one) for one in partitions or [table]]
    if partitions:
        lines.append(_on(sql, table, table).replace(" CONCURRENTLY", ""))
    each = ", one by one: each partition without a lock, then the whole takes them" if partitions else ""
    yield How("sql", "\n".join(lines), f"outside a transaction{each}")
    yield How("sql", f"ANALYZE {qualified(table)};", "then the planner knows how many rows it finds")


def _on(sql: str, table: str, one: str) -> str:
    return sql.replace(f" ON {table} ", f" ON {qualified(one)} ", 1)


def _how(known: _Advice, finding: Finding, problem: Mapping[str, Any]) -> tuple[tuple[Means, str, str], ...]:
    """Of a statement that pages: by its own columns, where its text tells them."""
    query = finding.statements[0].query if finding.statements else ""
    code = next_page(query) if problem["name"] == "offset" else ""
    return (("code", code, known.how[0][2]),) if code else known.how


def of_problem(finding: Finding, problem: Mapping[str, Any]) -> Iterator[Recommendation]:
    known = _ADVICE.get(problem["name"])
    if known is None:
        return
    exact = list(_exact(problem, known.first)) if problem["sql"] else []
    general = [How(*one) for one in _how(known, finding, problem) if not exact or not known.exactly]
    about = f" ({problem['table']})" if problem["table"] else ""
    yield Recommendation(
        finding=finding.id,
        what=f"{known.exactly if exact and known.exactly else known.what}{about}",
        term=known.term,
        effort=known.effort,
        effect=at_most(finding),
        basis=BASIS,
        risk=known.risk,
        how=(*exact, *general),
    )
