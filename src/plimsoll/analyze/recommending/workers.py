"""What to do where requests wait for a worker of an application behind `plimsoll serve`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.recommending.making import made
from plimsoll.analyze.rules.workers_held import AT_MAXIMUM, BY_CONNECTIONS, LATE
from plimsoll.core.finding import Finding, How, Recommendation


def recommend(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    give = _BY_KIND.get(finding.kind)
    if give is not None:
        yield from give(finding)


def _more(finding: Finding) -> Iterator[Recommendation]:
    most = int(finding.details["most"])
    yield made(
        finding, "allow more workers", "immediate", "minutes",
        "a worker more takes memory, and its pool of the database",
        How("command", f"plimsoll serve … --workers 1..{2 * most}",
            "with --connections and --pool, so that the database is not asked for more than it has"),
    )  # fmt: skip
    yield made(
        finding, "let a worker carry more", "long-term", "days", "none but the work",
        How("command", "plimsoll find SCENARIO --url URL", "against a single worker: it says what holds that one down"),
    )  # fmt: skip


def _fewer_connections(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "give each worker fewer connections", "immediate", "minutes",
        "a pool that is too small makes requests wait within the worker",
        How("setting", "half the pool of the application, and plimsoll serve … --pool with the same number",
            "a request needs a connection only for as long as its statements take"),
    )  # fmt: skip
    yield made(
        finding, "put a pooler in transaction mode before the database", "short-term", "hours",
        "what a session keeps (prepared statements, SET, advisory locks) does not live beyond a transaction",
        How("setting", "pool_mode = transaction", "PgBouncer; workers' pools then count at the pooler"),
        How("sql", "ALTER SYSTEM SET max_connections = 200;", "without one: needs a restart, and memory for each"),
    )  # fmt: skip


def _sooner(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "keep more workers ready", "immediate", "minutes", "workers that wait take memory",
        How("command", "plimsoll serve … --workers 2..8", "a minimum that carries the first seconds of a burst"),
    )  # fmt: skip
    yield made(
        finding, "let a worker start sooner", "short-term", "hours", "none",
        How("command", "python -X importtime -c 'import shop.main' 2>&1 | sort -t'|' -k2 -n | tail",
            "what the application imports at its start; connect when first used, not before"),
    )  # fmt: skip


_BY_KIND: Final[Mapping[str, Callable[[Finding], Iterator[Recommendation]]]] = {
    AT_MAXIMUM: _more,
    BY_CONNECTIONS: _fewer_connections,
    LATE: _sooner,
}
