"""Requests that fail in one way: credentials, rights, timeouts, connections, statements, wrong requests, our own side.

One finding a family; too many connections, deadlocks, rate limits and the application's errors have rules of their own.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from plimsoll.analyze.evidence import families
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.failing import RISK, Failing, failed_ms, failing, figures_of, told
from plimsoll.core.finding import Confidence, Finding, Layer
from plimsoll.core.units import format_ms, format_share


@dataclass(frozen=True, slots=True)
class Family:
    kind: str
    layer: Layer
    belongs: Callable[[str], bool]
    says: str  # after "12 % of the requests"
    means: str
    confirm_by: str
    confidence: Confidence = "confirmed"


FAMILIES: Final = (
    Family(
        "bad-credentials", "application", families.is_credentials, "are refused for their credentials",
        "The {who} does not accept who they say they are ({named}): a wrong or expired password or token, a role that "
        "may "
        "not log in, or a rule that does not let it in from here.",
        "log in by hand with the credentials that those users have",
    ),
    Family(
        "forbidden", "application", families.is_forbidden, "are refused for want of rights",
        "The {who} knows them, and they may not do what they ask for ({named}).",
        "make such a request by hand as such a user",
    ),
    Family(
        "connections-failing", "network", families.is_connection, "lose or never get their connection",
        "The connection itself fails ({named}). {known}",
        "look into the log of the server, and of what is between, at that time",
    ),
    Family(
        "server-out-of-resources", "database", families.is_resources, "fail because the server is out of a resource",
        "The server itself says so: 53100 is a full disk, 53200 no memory left, class 58 an error of its system "
        "({named}).",
        "look into the server's log, and at its disks and memory at that time",
    ),
    Family(
        "refused-requests", "application", families.is_refused_request, "are refused as wrong requests",
        "The application says that the request is wrong ({named}): a path, a parameter or a body that it does not "
        "take.",
        "make such a request by hand; the run's warnings hold the first message of each class",
    ),
    Family(
        "scenario-errors", "generator", families.is_own, "fail on the load's own side",
        "A check of the scenario did not hold, its code raised an exception, or the driver could not send a value "
        "({named}).",
        "run the scenario with one user; the run's warnings hold the first message of each class",
    ),
)  # fmt: skip
CONNECTION_MEANINGS: Final = {
    (
        "connection refused",
        "HttpHostConnectException",
        "ConnectException",
        "ConnectionRefusedError",
    ): "Refused: nobody listens there, or the queue of new connections is full.",
    ("connection reset", "connection lost"): "Reset or lost: an open connection was ended by the other side or on the "
    "way.",
    ("connection failed", "dns"): "Failed: there is no way to the host, or its name is not known.",
    ("tls", "timeout: tls"): "TLS: the two do not agree, or a certificate is not believed.",
    ("timeout: connect",): "Timeout: nobody answers, as behind a firewall or with a full queue of new connections.",
    ("57P01", "57P02", "57P03"): "57P01 to 57P03: the server was shut down, crashed, or is starting.",
}
TIMEOUTS: Final = "timeouts"
QUERY_MAX: Final = 200  # characters that are shown
SEEN_MIN: Final = 2  # looks at which sessions were in a statement
UNCOUNTED: Final = (
    " The server does not count statements that are cancelled: which of these steps' statements it is, and its time, "
    "are not among its figures."
)


def examine(evidence: Evidence) -> Iterator[Finding]:
    for family in FAMILIES:
        found = failing(evidence, family.belongs)
        if found is not None:
            yield _finding(evidence, family, found)
    late = failing(evidence, families.is_timeout)
    if late is not None:
        yield _timeouts(evidence, late)


def _finding(evidence: Evidence, family: Family, found: Failing) -> Finding:
    who = "database" if all(families.is_sqlstate(name) for name in found.classes) else "application"
    means = family.means.format(who=who, named=found.named, known=_known(found))
    return Finding(
        kind=family.kind,
        layer=_layer(family, found),
        subject=found.first,
        title=f"{format_share(found.share)} of the requests {family.says} ({', '.join(list(found.classes)[:3])})",
        explanation=f"{means} Where: {found.where}; {found.since}.{_part(found)}{told(evidence, found)}",
        confidence=family.confidence,
        confirm_by=family.confirm_by,
        failed=found.share,
        risk=RISK,
        figures=figures_of(found),
        chart=found.chart,
        steps=found.steps,
        details=found.details,
    )


def _known(found: Failing) -> str:
    """What the classes that were seen mean, each once."""
    return " ".join(text for names, text in CONNECTION_MEANINGS.items() if found.classes.keys() & set(names))


def _layer(family: Family, found: Failing) -> Layer:
    """Whoever ends connections by order or by a crash is the database itself."""
    told = sum(count for name, count in found.classes.items() if name in families.SHUTDOWN)
    return "database" if family.layer == "network" and told > 0.5 * found.count else family.layer


def _part(found: Failing) -> str:
    """A steady part of every step fails: then it is a part of the users or of the data, not a moment."""
    if not found.began_with or found.course != "steady" or max(found.by_step.values()) > 0.9:
        return ""
    return (
        f" It is the same part all the time, {format_share(found.share)}: some of the users or of the data, not a "
        f"moment."
    )


def _timeouts(evidence: Evidence, found: Failing) -> Finding:
    took = failed_ms(evidence, found)
    return Finding(
        kind=TIMEOUTS,
        layer="application",
        subject=found.first,
        title=f"{format_share(found.share)} of the requests take too long and are given up ({found.named})",
        explanation=f"They ran into {_whose(found)}{f', after {format_ms(took)}' if took else ''}. That says that they "
        f"were slow, not why: what took their time is told by the other findings. Where: {found.where}; {found.since}."
        + (f"{UNCOUNTED}{_seen_in(evidence)}" if found.first == "57014" else ""),
        confidence="confirmed",
        confirm_by="where the time went says what to look at; with a longer limit they would end, late",
        failed=found.share,
        risk=RISK,
        figures=figures_of(found, took),
        chart=found.chart,
        steps=found.steps,
        details=found.details,
    )


def _seen_in(evidence: Evidence) -> str:
    """The statement that sessions were seen in most often, and of which no call was counted."""
    counted = {row.query_id for row in evidence.database.statements}
    rows = [row for _, document in evidence.database.sessions for row in document["rows"]]
    active = (row for row in rows if row["state"] == "active" and row["query_id"])
    seen = Counter(row["query"] for row in active if row["query_id"] not in counted)
    query, times = next(iter(seen.most_common(1)), ("", 0))
    if times < SEEN_MIN:
        return ""
    return f" Sessions were seen {times} times in one of which no call was counted: {query[:QUERY_MAX].strip()}"


def _whose(found: Failing) -> str:
    if found.first == "57014":
        return "the server's statement_timeout, or were cancelled"
    return "a gateway's limit before the application" if found.first == "HTTP 504" else "the load's own limit"
