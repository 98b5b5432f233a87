"""What to do about requests that fail in one way."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.recommending.making import made
from plimsoll.core.finding import Finding, How, Recommendation

_DENIED: Final = re.compile(r"permission denied for (table|view|sequence|schema|function) ([^\s.,;]+)")


def recommend(finding: Finding, evidence: Evidence) -> Iterator[Recommendation]:
    give = _BY_KIND.get(finding.kind)
    if give is not None:
        yield from give(finding)


def _credentials(finding: Finding) -> Iterator[Recommendation]:
    if finding.subject.startswith("HTTP"):
        yield made(
            finding, "give every user credentials that are valid", "immediate", "minutes", "none",
            How("code", "look which rows of the feed, or which accounts, get 401: the same part fails all the time",
                "in the scenario's data"),
            How("code", "log in again when a token has expired; see that tokens live longer than the run", ""),
        )  # fmt: skip
        return
    yield made(
        finding, "mend the password or the rule", "immediate", "minutes", "whoever uses the old password is locked out",
        How("sql", "ALTER ROLE <role> PASSWORD '<new>';", "28P01; or \\password in psql, which does not log it"),
        How("sql", "SELECT line_number, type, database, user_name, address, auth_method, error FROM pg_hba_file_rules;",
            "28000: no rule lets it in; then SELECT pg_reload_conf();"),
    )  # fmt: skip


def _grant(said: str) -> tuple[str, str]:
    """The least right on what the first message names."""
    denied = _DENIED.search(said)
    kind, name = denied.groups() if denied else ("table", "<table>")
    right = {"sequence": "USAGE", "schema": "USAGE", "function": "EXECUTE"}.get(kind, "SELECT")
    of = "" if kind in ("table", "view") else f"{kind.upper()} "
    writes = (
        "for a statement that reads; INSERT, UPDATE or DELETE instead for one that writes" if right == "SELECT" else ""
    )
    return f"GRANT {right} ON {of}{name} TO <role>;", writes or "42501"


def _forbidden(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "grant what the load is meant to do", "immediate", "minutes", "grant no more than that",
        How("sql", *_grant(finding.explanation))
        if finding.subject == "42501"
        else How("code", "give these users the role that the step needs", "403"),
    )  # fmt: skip


def _connections(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "find out who ends or refuses the connections", "immediate", "hours", "none",
        How("check", "the server's log from second "
            f"{float(finding.details.get('since_s') or 0.0):.0f} of the load on: shutdown, crash, out of memory", ""),
        How("check", "of what is between: limits on connections, idle timeouts shorter than the "
            "pool's", "balancer, pooler, firewall"),
        How("check", "ss -ltn: a full Recv-Q of the listening socket means that its backlog (somaxconn) "
            "overflows", "refused or timed out under load"),
    )  # fmt: skip


def _resources(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "give the server what it lacks", "immediate", "hours", "none",
        How("check", "df -h of the data directory; the log of the server names what failed", "53100 disk full, 53200 "
            "memory, 58030 I/O"),
    )  # fmt: skip


def _statements(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "mend the statement, the data or the schema", "immediate", "hours", "none",
        How("code", "the first message of each class is among the run's warnings: it names the table, column or "
            "constraint",
            "23505: keys that several users draw alike; 42P01: a table that is missing here"),
    )  # fmt: skip


def _requests(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "mend the requests of the scenario", "immediate", "hours", "none",
        How("code", "the first message of each class is among the run's warnings", "404: data that is not there; 422: "
            "a body that does not fit"),
    )  # fmt: skip


def _scenario(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "mend the scenario", "immediate", "hours", "none",
        How("command", "plimsoll run SCENARIO --users 1 --iterations 1", "its warnings name the line or the check"),
    )  # fmt: skip


def _timeouts(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "see to what takes the time first; then set limits in order", "short-term", "hours",
        "a longer limit alone only makes users wait longer",
        How("setting", "client > gateway > application > statement_timeout > lock_timeout", "each a little shorter "
            "than the one before it"),
    )  # fmt: skip


def _application(finding: Finding) -> Iterator[Recommendation]:
    yield made(
        finding, "find the exception in the application's log", "immediate", "hours", "none",
        How("check", f"the application's log from second {float(finding.details.get('since_s') or 0.0):.0f} of the "
            f"load on", ""),
        How("command", "plimsoll run SCENARIO --users 1", "does it fail without load, too?"),
    )  # fmt: skip


def _limited(finding: Finding) -> Iterator[Recommendation]:
    through = float(finding.details.get("through_per_s") or 0.0)
    below = How("command", f"plimsoll run SCENARIO --rate {max(1, int(0.9 * through))}", "to measure below the limit")
    yield made(
        finding, "lift the limit for the load, or load below it", "immediate", "minutes",
        "lift it for the load's addresses only",
        How("setting", "an exemption for the load's addresses or accounts in the gateway or the application", ""),
        *([below] if through else []),
    )  # fmt: skip
    yield made(
        finding, "let clients wait as they are told", "long-term", "hours", "none",
        How("code", "on 429 wait for Retry-After, then a random moment more", "in the application's clients"),
    )  # fmt: skip


def _shedding(finding: Finding) -> Iterator[Recommendation]:
    if served := finding.details.get("refused_by"):
        yield made(
            finding, f"set what the balancer of {served} refuses", "immediate", "minutes",
            "what waits longer is answered later, and what is too much all the time is refused all the same",
            How("setting", "plimsoll serve … --workers: a higher maximum, with --connections and --pool",
                "where workers are held at it: nothing is refused at the door while more may come"),
            How("setting", "plimsoll serve … --queue and --queue-timeout: longer", "for peaks, which may wait"),
            How("setting", "plimsoll serve … --concurrency: more", "where a worker waits for others more than it "
                "computes"),
        )  # fmt: skip
        return
    yield made(
        finding, "find who answers with 503, and its limit", "immediate", "hours",
        "a higher limit lets more work queue: it sheds load so as not to fall over",
        How("check", "the balancer's and the application's log: no healthy server, queue full, too many requests "
            "under way", ""),
        How("setting", "more instances of the application, or longer queues, in that order", ""),
    )  # fmt: skip


_BY_KIND: Final[Mapping[str, Callable[[Finding], Iterator[Recommendation]]]] = {
    "bad-credentials": _credentials,
    "forbidden": _forbidden,
    "connections-failing": _connections,
    "server-out-of-resources": _resources,
    "refused-requests": _requests,
    "scenario-errors": _scenario,
    "timeouts": _timeouts,
    "application-errors": _application,
    "statement-errors": _statements,
    "rate-limit": _limited,
    "load-shedding": _shedding,
}
