"""What to do about locks, conflicts and transactions that stay open."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.recommending.making import made
from plimsoll.core.finding import Finding, How, Recommendation

_CHANGES: Final = re.compile(r"\s*(?:ALTER|CREATE|DROP|REINDEX|TRUNCATE|CLUSTER|VACUUM|REFRESH)\b", re.IGNORECASE)


def recommend(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    give = _BY_KIND.get(finding.kind)
    if give is not None:
        yield from give(finding)


def _locks(finding: Finding) -> Iterator[Recommendation]:
    if finding.details.get("held"):
        yield _end_holder(finding, finding.details.get("holder_pid"), finding.details.get("state", ""))
        if finding.details.get("queued_pid") is not None:
            yield _end_queued(finding, finding.details["queued_pid"])
        yield _lock_timeout(finding)
        if finding.details.get("queued_pid") is not None or _CHANGES.match(str(finding.details.get("query", ""))):
            yield _quiet_ddl(finding)
        if str(finding.details.get("state", "")).startswith("idle in transaction"):
            yield _idle_timeout(finding)
        return
    if "holder_pid" not in finding.details:
        yield _see_holders(finding)
        return
    event = finding.details.get("event")
    if event == "relation":
        yield _lock_timeout(finding)
        yield _quiet_ddl(finding)
        return
    if event == "advisory":
        yield _narrow_advisory(finding)
        return
    yield _shorten(finding)
    yield _spread(finding)


def _see_holders(finding: Finding) -> Recommendation:
    return made(
        finding, "see who holds the locks", "immediate", "minutes", "the log grows by a line for each wait",
        How("sql", "ALTER SYSTEM SET log_lock_waits = on;\nALTER SYSTEM SET deadlock_timeout = '100ms';\n"
            "SELECT pg_reload_conf();", "then run again; 100 ms is for looking only: each wait that long checks for a "
                "deadlock"),
        How("sql", "SELECT w.pid, w.query, b.pid AS held_by, b.application_name, b.state, b.xact_start, b.query FROM "
            "pg_stat_activity w, unnest(pg_blocking_pids(w.pid)) AS p JOIN pg_stat_activity b ON b.pid = p;",
            "while the load goes on, several times"),
    )  # fmt: skip


def _end_holder(finding: Finding, pid: object, state: object) -> Recommendation:
    if isinstance(pid, int) and pid <= 0:
        return made(
            finding, "end the prepared transaction that holds the locks", "immediate", "minutes",
            "what it has done is lost; whoever coordinates it may count on it",
            How("sql", "SELECT gid, prepared, owner FROM pg_prepared_xacts ORDER BY prepared;", "find it first"),
            How("sql", "ROLLBACK PREPARED '<gid>';  -- or COMMIT PREPARED", "as its owner or a superuser, same "
                "database"),
        )  # fmt: skip
    holds = "holds the lock" if finding.kind == "lock-contention" or finding.details.get("blocks") else "keeps it open"
    return made(
        finding, f"end the session that {holds} (pid {pid})", "immediate", "minutes",
        "its transaction is rolled back and its client loses the connection; pids are used again, so look first "
        "whether "
        "it is still the same one",
        How("sql", f"SELECT pid, usename, application_name, state, xact_start, query FROM pg_stat_activity "
                   f"WHERE pid = {pid};", "is it still the same session?"),
        How("sql", f"SELECT pg_terminate_backend({pid});", "as its role, pg_signal_backend or a superuser; "
            + ("pg_cancel_backend does nothing to an idle one" if str(state).startswith("idle") else
               f"SELECT pg_cancel_backend({pid}) ends only its statement")),
    )  # fmt: skip


def _end_queued(finding: Finding, pid: object) -> Recommendation:
    return made(
        finding, f"cancel the statement that the others queue behind (pid {pid})", "immediate", "minutes",
        "what it was to do is not done: do it again with a lock_timeout, when nobody holds the table for long",
        How("sql", f"SELECT pid, usename, application_name, state, query FROM pg_stat_activity WHERE pid = {pid};",
            "is it still the same session?"),
        How("sql", f"SELECT pg_cancel_backend({pid});", "as its role, pg_signal_backend or a superuser"),
    )  # fmt: skip


def _lock_timeout(finding: Finding) -> Recommendation:
    return made(
        finding, "let nobody wait for a lock without end", "short-term", "minutes",
        "statements that wait longer fail with 55P03, and the application has to make them again",
        How("sql", "ALTER ROLE <application role> SET lock_timeout = '2s';", "for new sessions; a second above what "
            "is normal"),
        How("setting", "log_lock_waits = on", "each wait beyond deadlock_timeout is then in the log, with its holder"),
    )  # fmt: skip


def _idle_timeout(finding: Finding) -> Recommendation:
    return made(
        finding, "end transactions that do nothing", "short-term", "minutes",
        "a client that thinks for longer within a transaction is disconnected (25P03)",
        How("sql", "ALTER ROLE <application role> SET idle_in_transaction_session_timeout = "
            "'30s';", "for new sessions"),
        How("sql", "ALTER DATABASE <database> SET idle_in_transaction_session_timeout = '5min';", "for whoever else "
            "comes"),
    )  # fmt: skip


def _quiet_ddl(finding: Finding) -> Recommendation:
    what = finding.subject if "." in finding.subject else "<table>"
    return made(
        finding, "change tables without holding everybody up", "short-term", "hours",
        "a change that does not get its lock in time fails and has to be tried again",
        How("sql", f"BEGIN; SET LOCAL lock_timeout = '500ms'; ALTER TABLE {what} ...; COMMIT;  -- again until it "
            f"succeeds",
            "in migrations"),
        How("sql", "CREATE INDEX CONCURRENTLY ...; REINDEX INDEX CONCURRENTLY ...; ALTER TABLE ... ADD CONSTRAINT ... "
            "NOT "
            "VALID; ALTER TABLE ... VALIDATE CONSTRAINT ...;", "forms that hold weaker locks"),
    )  # fmt: skip


def _narrow_advisory(finding: Finding) -> Recommendation:
    return made(
        finding, "guard less with the advisory lock, or for a shorter time", "short-term", "hours",
        "what it guards may then happen twice at once: only where that is safe",
        How("code", "one lock a thing (pg_try_advisory_xact_lock(hashtext('order'), order_id)) instead of one for all",
            "and pg_try_..., where others may go on without it"),
    )  # fmt: skip


def _shorten(finding: Finding) -> Recommendation:
    return made(
        finding, "hold the contended row for a shorter time", "short-term", "hours",
        "the order of statements within a transaction changes: what is read before the update may be older",
        How("code", "change the contended row last, just before COMMIT, and do nothing else in between: no call to "
            "another "
            "service, no further round trip", "the rate of one row is 1 / (time from its update to its commit)"),
        How("code", "one statement instead of a transaction: UPDATE ... RETURNING, or a function", "it spares round "
            "trips "
            "while the lock is held"),
    )  # fmt: skip


def _spread(finding: Finding) -> Recommendation:
    what = finding.subject if "." in finding.subject else "<table>"
    return made(
        finding, "let fewer transactions need the same row", "long-term", "days",
        "readers have to add up the parts; a job that is skipped is taken by another",
        How("sql", f"SELECT ... FROM {what} WHERE ... ORDER BY ... FOR UPDATE SKIP LOCKED LIMIT 1;",
            "a queue: everybody takes another row"),
        How("code", "split a counter into several rows (one at random is changed, reading adds them up), or append to "
            "a "
            "table of changes that is summed up later", "counters, balances, stock"),
    )  # fmt: skip


def _deadlocks(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "lock rows in the same order everywhere", "short-term", "hours", "none but the work",
        How("code", "sort the keys before a transaction changes them; or lock all at once: SELECT ... WHERE id = "
            "ANY($1) "
            "ORDER BY id FOR UPDATE", "in every transaction that changes more than one row"),
        How("setting", "log_lock_waits = on", "the log has both statements of every deadlock anyway"),
    )  # fmt: skip
    yield _again(finding, "40P01")


def _pauses(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "let nothing but statements stand between BEGIN and COMMIT", "short-term", "hours",
        "what was read before may have changed: lock it, or check it in the UPDATE's WHERE",
        How("code", "compute, wait and call others before the transaction begins or after it has ended; in a scenario, "
            "user.think() outside of user.transaction()", ""),
        How("setting", "idle_in_transaction_session_timeout", "ends who forgets a transaction altogether"),
    )  # fmt: skip


def _serialization(finding: Finding) -> Iterator[Recommendation]:
    yield _again(finding, "40001")
    yield made(
        finding, "ask for less isolation where it is not needed", "long-term", "days",
        "READ COMMITTED allows what the stricter level forbids: check each transaction",
        How("code", "READ COMMITTED with SELECT ... FOR UPDATE on the rows that matter, or a constraint", "instead of "
            "SERIALIZABLE for all"),
    )  # fmt: skip


def _again(finding: Finding, sqlstate: str) -> Recommendation:
    return made(
        finding, f"make transactions that end with {sqlstate} again", "short-term", "hours",
        "the whole transaction is made again, with what it does elsewhere: that must bear it",
        How("code", f"on {sqlstate}: roll back, wait a random few milliseconds, begin anew; at most three times",
            "around the whole transaction, not the statement"),
    )  # fmt: skip


def _idle(finding: Finding) -> Iterator[Recommendation]:
    pid = finding.details.get("pid")
    if pid is not None:
        yield _end_holder(finding, pid, finding.details.get("state", ""))
    yield _idle_timeout(finding)
    yield made(
        finding, "find where the application leaves transactions open", "long-term", "days", "none but the work",
        How("code", "commit or roll back in a finally; no call to another service, no waiting for a user within a "
            "transaction", "also: drivers that begin a transaction at the first statement (autocommit off)"),
        How("command", "plimsoll watch", "its dashboard and alerts tell of transactions that stay open"),
    )  # fmt: skip


def _long(finding: Finding) -> Iterator[Recommendation]:
    pid = finding.details.get("pid")
    yield _end_holder(finding, pid, "active")
    yield made(
        finding, "run long reports elsewhere, or in parts", "short-term", "hours", "a standby may be behind, or "
            "cancel them",
        How("code", "read from a standby, or in pieces with a transaction each", "reports, exports, backups"),
    )  # fmt: skip


def _internal(finding: Finding) -> Iterator[Recommendation]:
    event = str(finding.details.get("event", ""))
    yield made(
        finding, "let fewer sessions work at once", "short-term", "hours",
        "requests wait in the pool instead; that is shorter than to crowd",
        How("setting", "a pool of about two to four sessions for each core of the server", "in the application or in "
            "PgBouncer"),
        How("command", "plimsoll run SCENARIO --connections 8", "shows whether the rate holds with fewer"),
    )  # fmt: skip
    if event == "LockManager":
        yield made(
            finding, "touch fewer tables, partitions and indexes in a statement", "long-term", "days",
            "other statements may want the indexes that are dropped",
            How("code", "name the partition's key in WHERE, so that the others are left out when it is planned", ""),
            How("setting", "max_locks_per_transaction", "from PostgreSQL 18 on it also makes the fast path larger"),
        )  # fmt: skip
    if event.startswith("Subtrans"):
        yield made(
            finding, "do without subtransactions", "long-term", "days", "errors within them then end the whole "
                "transaction",
            How("code", "no SAVEPOINT and no EXCEPTION block in a loop; ON CONFLICT instead of catching 23505", ""),
        )  # fmt: skip


_BY_KIND: Final[Mapping[str, Callable[[Finding], Iterator[Recommendation]]]] = {
    "lock-contention": _locks,
    "deadlocks": _deadlocks,
    "serialization-failures": _serialization,
    "transaction-pauses": _pauses,
    "idle-transaction": _idle,
    "long-transaction": _long,
    "internal-locks": _internal,
}
