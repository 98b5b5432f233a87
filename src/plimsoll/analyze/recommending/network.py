"""What to do about the way between the load, the application and the database, and about replication."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.recommending.making import made
from plimsoll.core.finding import Finding, How, Recommendation


def recommend(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    give = _BY_KIND.get(finding.kind)
    if give is not None:
        yield from give(finding)


def _latency(finding: Finding) -> Iterator[Recommendation]:
    to_database = finding.details.get("where") == "database"
    if finding.confidence == "possible":
        yield _who_waits(finding)
    yield made(
        finding, "measure the way, hop by hop", "immediate", "minutes", "none",
        How("command", "pgbench -n -f <(echo 'SELECT 1') -c 1 -T 5 -h <host> <database>" if to_database else
            "curl -o /dev/null -s -w '%{time_connect} %{time_starttransfer}\\n' <url>",
            "once from the load's machine and once from the server itself"),
        How("command", "mtr --report <host>", "which hop adds it; a proxy does not show there"),
    )  # fmt: skip
    yield made(
        finding, "bring the two nearer to each other", "short-term", "days", "none but the move",
        How("setting", "the same zone and network; no proxy, balancer or tunnel on the way that is not needed", ""),
    )  # fmt: skip
    if to_database:
        yield made(
            finding, "make fewer round trips", "long-term", "days", "larger statements hold locks longer",
            How("code", "one statement for many rows (WHERE id = ANY($1), INSERT ... SELECT FROM unnest(...)), a join "
                "instead "
                "of a query a row, a pipeline for statements that need no answer of each other", ""),
        )  # fmt: skip
    else:
        yield _keep_alive(finding)


def _who_waits(finding: Finding) -> Recommendation:
    """Before a network is measured that may have no part in it."""
    return made(
        finding, "see whether it is the application itself that waits", "immediate", "minutes", "none",
        How("check", "what the application says that a request took: a log with durations, a trace, its metrics",
            "as long as seen from outside: then it waits itself, for a lock, a limit, a pause or another service"),
    )  # fmt: skip


def _keep_alive(finding: Finding) -> Recommendation:
    return made(
        finding, "keep connections open", "short-term", "hours", "more open sockets on the server",
        How("setting", "keep-alive on in server and balancer, with an idle timeout longer than the clients' pauses; "
            "HTTP/1.1 "
            "to the application behind nginx: proxy_http_version 1.1; proxy_set_header Connection \"\"; keepalive "
            "32;", ""),
    )  # fmt: skip


def _anew(finding: Finding) -> Iterator[Recommendation]:
    yield _keep_alive(finding)


def _throughput(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "send less", "short-term", "hours", "clients that used what is left out have to ask for it",
        How("sql", "SELECT only the columns that are used; LIMIT, or pages by key", "the statements named by the "
            "finding"),
    )  # fmt: skip


def _lag(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "find out what the standby waits for", "immediate", "hours", "none",
        How("sql", "SELECT application_name, state, pg_current_wal_lsn() - sent_lsn AS not_sent, sent_lsn - flush_lsn "
            "AS "
            "not_flushed, flush_lsn - replay_lsn AS not_replayed FROM pg_stat_replication;",
            "not sent: network; not flushed: its disk; not replayed: one core of it, or a query there"),
        How("sql", "SELECT pid, now() - query_start AS runs_for, query FROM pg_stat_activity WHERE state = 'active' "
            "ORDER BY 2 "
            "DESC LIMIT 5;", "on the standby: what holds the replay up (max_standby_streaming_delay)"),
    )  # fmt: skip
    yield made(
        finding, "write less log", "long-term", "days", "fewer indexes to read by; more to replay after a crash",
        How("setting", "wal_compression = on; checkpoints further apart (max_wal_size); fewer indexes on hot "
            "tables", ""),
    )  # fmt: skip


def _synchronous(finding: Finding) -> Iterator[Recommendation]:
    if finding.details.get("remote_apply"):
        yield made(
            finding, "let commits not wait for the replay", "immediate", "minutes",
            "what is read from the standby may be older than what was committed; nothing is lost",
            How("sql", "ALTER SYSTEM SET synchronous_commit = 'on'; SELECT pg_reload_conf();", "today remote_apply; "
                "on waits for the standby's disk only"),
            How("sql", "SELECT pg_is_wal_replay_paused();", "on the standby; SELECT pg_wal_replay_resume() goes on"),
        )  # fmt: skip
    yield made(
        finding, "let commits wait for less, where that is allowed", "short-term", "hours",
        "what was committed last may be lost when the primary is lost",
        How("sql", "ALTER ROLE <role> SET synchronous_commit = local;", "only for data that may be lost; remote_write "
            "waits "
            "for the standby's memory, not its disk"),
        How("setting", "synchronous_standby_names = 'ANY 1 (a, b)'", "the quicker of two confirms"),
    )  # fmt: skip
    yield made(
        finding, "commit less often", "long-term", "days", "a failure undoes more at once",
        How("code", "several changes in one transaction: each commit costs one wait", ""),
    )  # fmt: skip


def _slot(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "drop the slot, or bring its user back", "immediate", "minutes",
        "whoever used the slot has to be set up anew",
        How("sql", f"SELECT pg_drop_replication_slot('{finding.subject}');", "only if nobody is to use it again"),
        How("setting", "max_slot_wal_keep_size = '10GB'", "bounds what any slot may keep"),
    )  # fmt: skip


_BY_KIND: Final[Mapping[str, Callable[[Finding], Iterator[Recommendation]]]] = {
    "network-latency": _latency,
    "network-throughput": _throughput,
    "connections-made-anew": _anew,
    "replication-lag": _lag,
    "synchronous-replication": _synchronous,
    "slot-retention": _slot,
}
