"""What an edge tells of itself."""

import os
import secrets
import socket
import time
from typing import Final

from plimsoll.core.edge_report import CLASSES, OUTCOMES, EdgeReport
from plimsoll.edge.figures.traffic import Traffic
from plimsoll.edge.serving.edge import Edge

_STARTED_S: Final = time.time()
_MARK: Final = secrets.token_hex(4)  # a process id comes again, and a host's name may be everybody's


def report_of(edge: Edge, traffic: Traffic) -> EdgeReport:
    """Of now."""
    store, host = edge.store.statistics(), socket.gethostname()[:60]
    return EdgeReport(
        instance=f"{host}-{os.getpid()}-{_MARK}",
        host=host,
        pid=os.getpid(),
        started_s=_STARTED_S,
        told={
            kind: {outcome: count for outcome in OUTCOMES if (count := traffic.by[kind, outcome])} for kind in CLASSES
        },
        because=dict(traffic.because),
        passed=dict(edge.figures.passed),
        latency_ms=tuple(traffic.latency_ms),
        latency_s=traffic.latency_s,
        errors=traffic.errors,
        cut=traffic.cut,
        saved_bytes=traffic.saved_bytes,
        served_bytes=traffic.served_bytes,
        countries=dict(traffic.countries),
        entries=store.entries,
        bytes=store.bytes,
        bytes_max=edge.store.limits.bytes,
        tags=store.tags,
        evicted=store.evicted,
        overtaken=store.refused,
        purged=store.purged,
        behind=edge.is_behind,
    )
