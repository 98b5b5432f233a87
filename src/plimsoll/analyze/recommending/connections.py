"""What to do about connections and pools that run out."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.recommending.making import made
from plimsoll.core.finding import Finding, How, Recommendation

CORES_FACTOR: Final = 4  # sessions for each core of the server: more of them crowd rather than work


def recommend(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    give = _BY_KIND.get(finding.kind)
    if give is not None:
        yield from give(finding, evidence)


def _exhausted(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    by_state = finding.details.get("by_state", {})
    idle, whole = by_state.get("idle", 0.0), sum(by_state.values())
    if whole and idle >= 0.5 * whole:
        yield made(
            finding, "end sessions that nobody uses", "immediate", "minutes",
            "a client that wanted to use its connection again has to open a new one",
            How("sql", "SELECT application_name, usename, client_addr, count(*), max(now() - state_change) AS idle_for "
                "FROM pg_stat_activity WHERE state = 'idle' GROUP BY 1, 2, 3 ORDER BY 4 DESC;", "who keeps them"),
            How("sql", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle' AND "
                "application_name = "
                "'<application>' AND state_change < now() - interval '5 minutes';", "those of one application"),
            How("sql", "ALTER ROLE <role> SET idle_session_timeout = '10min';", "not for sessions behind a pool: the "
                "pool "
                "would find them dead"),
        )  # fmt: skip
    yield made(
        finding, "put a pool between the clients and the server", "short-term", "hours",
        "with pool_mode = transaction session state (SET, advisory locks, LISTEN, temporary tables) does not last",
        How("setting", "pgbouncer.ini: pool_mode = transaction, default_pool_size = "
            f"{_pool_size(evidence)}, max_client_conn = 1000", "about four sessions for each core of the server"),
        How("setting", "or make the application's own pools smaller: instances x pool size < max_connections", ""),
    )  # fmt: skip
    limit = finding.details.get("limit") or 100
    yield made(
        finding, "allow more connections", "short-term", "minutes",
        "needs a restart and memory for each session; more sessions at once than cores slow each other down",
        How("sql", f"ALTER SYSTEM SET max_connections = {int(2 * float(limit))};  -- then restart", "only where a "
            "pool cannot help"),
    )  # fmt: skip


def _pool_size(evidence: Evidence) -> int:
    cores = evidence.gauges.mean("host_cpu_cores")
    return round(CORES_FACTOR * cores) if cores and evidence.setting.target_is_here is not False else 20


def _pool(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    size = int(finding.details.get("size") or 1)
    if finding.details.get("whose") == "ours":
        yield made(
            finding, f"give the load more than {size} connections", "immediate", "minutes",
            "beyond a few for each core of the server they crowd it; the server has to have them free",
            How("command", f"plimsoll run SCENARIO --connections {2 * size}",
                "the application that it stands for: the same number in its pool"),
        )  # fmt: skip
    elif finding.details.get("whose") == "pooler":
        yield made(
            finding, "make the pooler's pool larger", "immediate", "minutes",
            "more sessions at once on the server; leave room below max_connections",
            How("setting", f"pgbouncer.ini: default_pool_size = {2 * size}", "RELOAD on its console; SHOW POOLS tells "
                "cl_waiting"),
        )  # fmt: skip
    else:
        yield made(
            finding, f"make the application's pool larger than {size}", "immediate", "minutes",
            "more sessions at once on the server, for each instance of the application; leave room below "
            "max_connections",
            How("setting", f"the pool's size: {2 * size} (pool_size and max_overflow, max_size, maximumPoolSize)",
                "and as many workers, where each has a connection of its own"),
        )  # fmt: skip
    yield made(
        finding, "hold connections for a shorter time", "long-term", "days", "none but the work",
        How("code", "take a connection from the pool when the first statement comes and give it back after the last; "
            "call no "
            "other service and render nothing in between", ""),
    )  # fmt: skip


_BY_KIND: Final[Mapping[str, Callable[[Finding, Evidence], Iterator[Recommendation]]]] = {
    "connection-exhaustion": _exhausted,
    "pool-exhaustion": _pool,
}
