"""Results that crawl: the server waits until they are taken."""

from collections.abc import Iterator
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.headroom import generator_is_busy
from plimsoll.analyze.evidence.round_trips import retransmits
from plimsoll.analyze.evidence.waiting import event_share, slowest_steps, waiting_statements
from plimsoll.analyze.evidence.ways import SHARE_MIN
from plimsoll.core.finding import Figure, Finding
from plimsoll.core.units import format_share

KIND: Final = "network-throughput"


def examine(evidence: Evidence) -> Iterator[Finding]:
    share = event_share(evidence, "Client", ("ClientWrite",))
    if share is None or share.value < SHARE_MIN or generator_is_busy(evidence):
        return
    yield Finding(
        kind=KIND,
        layer="network",
        subject="results",
        title=f"{format_share(share.value)} of the request time the database waits for its results to be taken",
        explanation="Sessions wait in Client:ClientWrite: the result does not fit the socket's buffer, and the client "
            "or "
        "the network takes it slower than the server makes it. Large results, a narrow network, or a busy client.",
        confidence="likely",
        confirm_by="run the statement on the server itself with its result thrown away: it should be quick",
        share=share,
        figures=(
            Figure("request time spent waiting for the client to take results", share.value, "share", SHARE_MIN),
            *retransmits(evidence),
        ),
        chart=evidence.gauges.chart("sessions that wait for the client", "count", "database_active_sessions",
                                    wait="Client"),
        steps=slowest_steps(evidence),
        statements=waiting_statements(evidence, "Client", ("ClientWrite",)),
    )  # fmt: skip
