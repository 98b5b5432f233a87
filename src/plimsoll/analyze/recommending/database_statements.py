"""What to do about statements and tables: the SQL or setting where it can be known, code where it cannot. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.recommending.statement_problems import of_problem
from plimsoll.analyze.recommending.tables import bloat, dead_rows, stale_statistics
from plimsoll.analyze.recommending.wording import at_most, qualified
from plimsoll.analyze.rules import (
    cache_misses,
    chatty_requests,
    missing_index,
    n_plus_one,
    slow_statement,
    temp_files,
    vacuum_bloat,
)
from plimsoll.core.check import counted
from plimsoll.core.finding import Finding, How, Recommendation
from plimsoll.core.units import format_bytes, format_share

Give = Callable[[Finding, Evidence], Iterator[Recommendation]]
COUNTED: Final = "the time of these statements, as the server counted it"


def recommend(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    give = _GIVEN.get(finding.kind)
    if give is not None:
        yield from give(finding, evidence)


MEASURED: Final = How(
    "command", "plimsoll tune --run latest --prove", "measures it on a copy beforehand, and what else would pay"
)


def _index(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    table = qualified(finding.details["table"])
    partitions = finding.details.get("partitions", ())
    indexes = finding.details["columns"]
    served = finding.details.get("serves") or [{}] * len(indexes)
    for number, (columns, serves) in enumerate(zip(indexes, served, strict=True), 1):
        known = How(
            "sql", f"ANALYZE {table};", f"once{', after all of these' * (len(indexes) > 1)}; then run again and compare"
        )
        yield Recommendation(
            finding=finding.id,
            what=f"create an index on {finding.subject} ({', '.join(columns)})",
            term="immediate",
            effort="minutes",
            effect=f"{_effect(finding, serves)}, and most of that: a look into the table reads a few pages, not all",
            basis=f"{COUNTED}, and the pages that a call reads now",
            risk="each INSERT, and each UPDATE of these columns, then writes the index, too; building it reads the "
            "whole table and leaves an invalid index behind where it fails: drop that and repeat",
            how=(
                *_created(table, partitions, ", ".join(columns)),
                *([known, MEASURED] if number == len(indexes) else []),
            ),
        )


def _effect(finding: Finding, serves: Mapping[str, float]) -> str:
    """What one of several indexes may win: the time of the statements that it serves."""
    if not serves or (serves["statements"] == 1 and len(finding.details["columns"]) == 1):
        return at_most(finding)
    number, share = round(serves["statements"]), format_share(serves["share"])
    takes = "it takes" if number == 1 else "they take"
    return f"serves {counted(number, 'statement')}: at most the {share} of the request time that {takes}"


def _created(table: str, partitions: Sequence[str], columns: str) -> Iterator[How]:
    """A partitioned table cannot be indexed without a lock as a whole, its partitions can."""
    if not partitions:
        yield How("sql", f"CREATE INDEX CONCURRENTLY ON {table} ({columns});", "outside a transaction")
        return
    of_each = "\n".join(f"CREATE INDEX CONCURRENTLY ON {qualified(one)} ({columns});" for one in partitions)
    yield How("sql", of_each, "of each partition, outside a transaction; nobody waits for these")
    whole = f"CREATE INDEX ON {table} ({columns});"
    yield How("sql", whole, "then of the whole: it takes those that are there, and new partitions get their own")


def _slow(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    for problem in finding.details["problems"][:2]:  # what is told after these is a consequence, more often than not
        yield from of_problem(finding, problem)


def _n_plus_one(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    times, trip_ms = finding.details["times"], finding.details["round_trip_ms"]
    yield Recommendation(
        finding=finding.id,
        what=f"ask for all {times:.0f} at once",
        term="short-term",
        effort="hours",
        effect=f"{at_most(finding)}: {times:.0f} round trips of about {trip_ms:g} ms become one",
        basis="calls for each request, what a call takes on the server, and what it takes outside it at most",
        risk="one statement returns more rows at once: bound how many are asked for",
        how=(
            How("code", "SELECT … WHERE key = ANY($1)", "with the list of keys, then sort the rows to their owners"),
            How("code", "eager loading", "of an object-relational mapper: select_related and prefetch_related in "
                "Django, joinedload and selectinload in SQLAlchemy, includes in Rails, JOIN FETCH in JPA"),
        ),
    )  # fmt: skip


def _chatty(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    yield Recommendation(
        finding=finding.id,
        what="send fewer statements for a request",
        term="long-term",
        effort="days",
        effect=f"{at_most(finding)}, in proportion to the statements that are spared",
        basis="statements for each request, and what each takes outside the server at most",
        risk="data that is kept for a while, instead of asked for, may be old",
        how=(
            How("code", "keep what rarely changes", "settings, permissions, the user: for the request at least"),
            How("code", "join, or send in one batch", "a pipeline takes one round trip for many statements"),
        ),
    )  # fmt: skip


def _temp_files(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    wanted = finding.details["wanted_bytes"]
    size = temp_files.megabytes(wanted)
    users = evidence.setting.users_max
    role = _role_of(finding, evidence)
    yield Recommendation(
        finding=finding.id,
        what=f"raise work_mem to {format_bytes(wanted)} for these statements",
        term="immediate",
        effort="minutes",
        effect=f"{at_most(finding)}: the writing and reading of temporary files falls away, the sorting stays",
        basis="temporary pages of a call; in memory rows take about two and a half times their size in a file",
        risk=f"each sort or hash of each session may take so much: with {users} users at once up to "
        f"{format_bytes(wanted * users)}, and more where a statement has several",
        how=(
            How("setting", f"SET LOCAL work_mem = {size};", "in the transaction of the statement alone"),
            How("sql", f"ALTER ROLE {role} SET work_mem = {size};", "for new sessions of the role"),
        ),
    )  # fmt: skip
    yield Recommendation(
        finding=finding.id,
        what="sort or group fewer rows",
        term="short-term",
        effort="hours",
        effect=f"{at_most(finding)}",
        basis=COUNTED,
        risk="none for the data; an index that gives the order costs writes",
        how=(
            How("code", "an index in the order of ORDER BY, or LIMIT before the join", "so that nothing is sorted"),
            How("code", "SELECT only the columns that are used", "wide rows are what does not fit"),
        ),
    )


def _role_of(finding: Finding, evidence: Evidence) -> str:
    named = {suspect.query_id for suspect in finding.statements}
    roles = [row.user for row in evidence.database.statements if row.query_id in named]
    return qualified(roles[0]) if roles else "…"


def _cache(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    shared = finding.details["shared_buffers_bytes"]
    yield Recommendation(
        finding=finding.id,
        what="give the cache more memory",
        term="short-term",
        effort="hours",
        effect=at_most(finding),
        basis="the time that statements waited for data files",
        risk="the server must be restarted; memory that shared_buffers take, the system's own cache does not have: "
        "leave it at a quarter to two fifths of the machine's memory",
        how=(
            How("sql", f"ALTER SYSTEM SET shared_buffers = {temp_files.megabytes(2 * shared)};", "then restart"),
        ),
    )  # fmt: skip
    yield Recommendation(
        finding=finding.id,
        what="read less: the statements that are named make most of the reads",
        term="short-term",
        effort="hours",
        effect=at_most(finding),
        basis="pages that they read, as the server counted them",
        risk="none for the data",
        how=(
            How("check", "EXPLAIN (ANALYZE, BUFFERS)", "which step reads how many pages, and for how many rows?"),
            How(
                "code",
                "fewer and smaller rows",
                "covering or partial indexes, old rows moved away",
            ),
        ),
    )


_GIVEN: Final[Mapping[str, Give]] = {
    missing_index.KIND: _index,
    slow_statement.KIND: _slow,
    n_plus_one.KIND: _n_plus_one,
    chatty_requests.KIND: _chatty,
    temp_files.KIND: _temp_files,
    cache_misses.KIND: _cache,
    vacuum_bloat.DEAD_ROWS: dead_rows,
    vacuum_bloat.BLOAT: bloat,
    vacuum_bloat.STALE: stale_statistics,
}
