"""Transactions that the server ends because they stand against each other: deadlocks and serialization failures."""

from collections.abc import Iterator
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.failing import FAILED_MIN, RISK, Failing, failing, figures_of
from plimsoll.analyze.evidence.families import DEADLOCK, SERIALIZATION
from plimsoll.analyze.evidence.waiting import class_share, scaled
from plimsoll.core.finding import Figure, Finding, Share
from plimsoll.core.units import format_duration, format_rate, format_share

DEADLOCKS: Final = "deadlocks"
SERIALIZATIONS: Final = "serialization-failures"
DEADLOCK_TIMEOUT_S: Final = 1.0  # PostgreSQL's default
HIDDEN_RISK: Final = 0.15  # of deadlocks that the application makes good, for each waits deadlock_timeout at least


def examine(evidence: Evidence) -> Iterator[Finding]:
    deadlocks = failing(evidence, lambda name: name == DEADLOCK)
    if deadlocks is not None:
        yield _deadlocks(evidence, deadlocks)
    else:
        yield from _hidden(evidence)
    failures = failing(evidence, lambda name: name == SERIALIZATION)
    if failures is not None:
        yield _serialization(failures)


def _deadlocks(evidence: Evidence, found: Failing) -> Finding:
    timeout_s = deadlock_timeout_s(evidence)
    return Finding(
        kind=DEADLOCKS,
        layer="database",
        subject="transactions",
        title=f"{format_share(found.share)} of the requests fail by a deadlock",
        explanation="Transactions lock the same rows in different orders; where two wait for each other the server "
        "ends "
        f"one of them (40P01), after both have waited for deadlock_timeout ({format_duration(timeout_s)}), and all "
        f"that queue "
        f"behind them as well. Where: {found.where}; {found.since}.",
        confidence="confirmed",
        confirm_by="the server's log names both statements of each deadlock; lock rows in one order and run again",
        share=_waited_for(evidence, max(found.count / evidence.load.duration_s, _rate(evidence)) * timeout_s),
        failed=found.share,
        risk=RISK,
        figures=figures_of(found),
        chart=found.chart,
        steps=found.steps,
        details={"classes": dict(found.classes), "since_s": found.first_s},
    )


def _waited_for(evidence: Evidence, pending: float) -> Share | None:
    """The waits for locks of the time in which a deadlock was about to be found: `pending` at once, on average."""
    locks = class_share(evidence, "Lock")
    return None if locks is None or not locks.value else scaled(locks, min(1.0, pending))


def _rate(evidence: Evidence) -> float:
    """Deadlocks a second, as the server counts them."""
    return evidence.gauges.mean("database_deadlocks_per_s") or 0.0


def deadlock_timeout_s(evidence: Evidence) -> float:
    told = evidence.database.settings.get("deadlock_timeout")
    try:
        return float(told["value"]) / (1000 if told["unit"] == "ms" else 1) if told else DEADLOCK_TIMEOUT_S
    except (KeyError, TypeError, ValueError):
        return DEADLOCK_TIMEOUT_S


def _hidden(evidence: Evidence) -> Iterator[Finding]:
    """Those that no request of ours was told of: the application makes them again, or they are others'."""
    rate = _rate(evidence)
    share = rate / evidence.load.rate_per_s if evidence.load.rate_per_s else 0.0
    if share < FAILED_MIN:
        return
    waited = _waited_for(evidence, rate * deadlock_timeout_s(evidence))
    cost = f"{format_share(waited.value)} of the request time is waited for them: " if waited is not None else ""
    yield Finding(
        kind=DEADLOCKS,
        layer="database",
        subject="transactions",
        title=f"{cost}{format_rate(rate)} deadlocks in the database, for which no request failed",
        explanation="Transactions lock the same rows in different orders, and the server ends one of two that wait for "
        f"each other, after both have waited for deadlock_timeout ({format_duration(deadlock_timeout_s(evidence))}), "
        "and all that queue behind them as well. Who sent them makes them again, as a scenario does by retries=…; or "
        "they are not the load's.",
        confidence="likely",
        confirm_by="the server's log names both statements of each deadlock; lock rows in one order and run again",
        share=waited,
        risk=HIDDEN_RISK,
        figures=(Figure("deadlocks for each request", round(share, 4), "share", FAILED_MIN),),
        chart=evidence.gauges.chart("deadlocks", "1/s", "database_deadlocks_per_s"),
    )


def _serialization(found: Failing) -> Finding:
    return Finding(
        kind=SERIALIZATIONS,
        layer="database",
        subject="transactions",
        title=f"{format_share(found.share)} of the requests fail because they cannot be serialized",
        explanation="Under REPEATABLE READ or SERIALIZABLE a transaction fails (40001) where another has changed what "
        "it "
        f"read or is about to change; it has to be made again from its beginning. Where: {found.where}; {found.since}.",
        confidence="confirmed",
        confirm_by="run with fewer users: the share should fall with the number of transactions under way",
        failed=found.share,
        risk=RISK,
        figures=figures_of(found),
        chart=found.chart,
        steps=found.steps,
        details={"classes": dict(found.classes), "since_s": found.first_s},
    )
