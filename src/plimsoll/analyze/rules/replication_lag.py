"""Replication: commits that wait for a standby, standbys that fall behind, slots that keep the log."""

from collections.abc import Iterator
from typing import Final

from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.gauges import chart_of
from plimsoll.analyze.evidence.waiting import event_share, slowest_steps, waiting_statements
from plimsoll.core.finding import Figure, Finding
from plimsoll.core.series.key import SeriesKey
from plimsoll.core.units import format_bytes, format_duration, format_share

LAG: Final = "replication-lag"
WAITS: Final = "synchronous-replication"
SLOT: Final = "slot-retention"
SHARE_MIN: Final = 0.05
SEEN_MIN_S: Final = 0.01
LAG_MIN_S: Final = 10.0
LAG_MIN_BYTES: Final = 256 * 2**20  # 16 segments of the log
RETAINED_MIN_BYTES: Final = 2**30
APPLIED: Final = (
    " It is remote_apply: a commit waits until the standby has replayed it, too, and so for whatever holds the replay "
    "up there (a long query, a pause)."
)
RISK_LAG: Final = 0.3
RISK_SLOT: Final = 0.3


def examine(evidence: Evidence) -> Iterator[Finding]:
    yield from _commits(evidence)
    for key in evidence.gauges.keys("database_replication_lag_bytes"):
        yield from _behind(evidence, key.label("standby") or "a standby")
    yield from _replay(evidence)
    for key in evidence.gauges.keys("database_slot_retained_bytes"):
        yield from _retained(evidence, key)


def _commits(evidence: Evidence) -> Iterator[Finding]:
    share = event_share(evidence, "IPC", ("SyncRep",))
    if share is None or share.value < SHARE_MIN:
        return
    wait_s = evidence.load.request_s * share.value / max(1, evidence.load.requests)
    applied = _value(evidence, "synchronous_commit") == "remote_apply"
    yield Finding(
        kind=WAITS,
        layer="database",
        subject="synchronous_standby_names",
        title=f"{format_share(share.value)} of the request time is spent waiting for a standby to confirm commits",
        explanation="Commits wait until a synchronous standby has the log, written, flushed or applied as "
        "synchronous_commit asks for (IPC:SyncRep): each commit costs a round trip to it and its disk, and where no "
        "standby is there, it waits for ever."
        + (APPLIED if applied else ""),
        confidence="confirmed",
        confirm_by="SET synchronous_commit = local for one session of the load: its commits should be quick",
        share=share,
        figures=(Figure("request time spent waiting for a standby", share.value, "share", SHARE_MIN),
                 Figure("wait for a standby, a request", round(1000 * wait_s, 2), "ms"), *_lags(evidence)),
        chart=evidence.gauges.chart("sessions that wait for other processes", "count", "database_active_sessions",
                                    wait="IPC"),
        steps=slowest_steps(evidence),
        statements=waiting_statements(evidence, "IPC", ("SyncRep",)),
        details={"remote_apply": applied},
    )  # fmt: skip


def _value(evidence: Evidence, name: str) -> str:
    return str((evidence.database.settings.get(name) or {}).get("value", ""))


def _lags(evidence: Evidence) -> Iterator[Figure]:
    for key in evidence.gauges.keys("database_replication_lag_s"):
        highest = max((value for _, value in evidence.gauges.points(key)), default=0.0)
        if highest >= SEEN_MIN_S:  # one that does not answer is not known to be behind
            yield Figure(f"{key.label('standby')} is behind by, at most", round(highest, 2), "s")


def _behind(evidence: Evidence, standby: str) -> Iterator[Finding]:
    lag_bytes = evidence.gauges.highest("database_replication_lag_bytes", standby=standby) or 0.0
    lag_s = evidence.gauges.highest("database_replication_lag_s", standby=standby) or 0.0
    if lag_bytes < LAG_MIN_BYTES and lag_s < LAG_MIN_S:
        return
    yield Finding(
        kind=LAG,
        layer="database",
        subject=standby,
        title=f"the standby {standby} falls behind: up to {format_bytes(lag_bytes)} and {format_duration(lag_s)}",
        explanation="The primary writes log faster than the standby receives or replays it: reads from the standby are "
        "old by so much, and a failover would lose or wait for it. A long query on the standby can hold the replay up.",
        confidence="confirmed",
        confirm_by="pg_stat_replication: sent_lsn, flush_lsn and replay_lsn say whether network, disk or replay is "
        "late",
        risk=RISK_LAG,
        figures=(
            Figure("log not replayed, at most", lag_bytes, "bytes", LAG_MIN_BYTES),
            Figure("behind in time, at most", round(lag_s, 1), "s", LAG_MIN_S),
            Figure("log written", round(evidence.gauges.mean("database_wal_bytes_per_s") or 0.0), "bytes/s"),
        ),
        chart=evidence.gauges.chart("log not replayed", "bytes", "database_replication_lag_bytes", standby=standby),
    )


def _replay(evidence: Evidence) -> Iterator[Finding]:
    """The target is a standby itself."""
    lag_s = evidence.gauges.highest("database_replay_lag_s") or 0.0
    if lag_s < LAG_MIN_S:
        return
    yield Finding(
        kind=LAG,
        layer="database",
        subject="this standby",
        title=f"the server is a standby and {format_duration(lag_s)} behind",
        explanation="It has log to replay that is older than that: what it answers is old by so much.",
        confidence="confirmed",
        confirm_by="pg_stat_wal_receiver and a look for long queries here: they can hold the replay up",
        risk=RISK_LAG,
        figures=(Figure("the last replayed transaction is old by, at most", round(lag_s, 1), "s", LAG_MIN_S),),
        chart=evidence.gauges.chart("replay lag", "s", "database_replay_lag_s", LAG_MIN_S),
    )


def _retained(evidence: Evidence, key: SeriesKey) -> Iterator[Finding]:
    points = evidence.gauges.points(key)
    highest = max((value for _, value in points), default=0.0)
    if highest < RETAINED_MIN_BYTES:
        return
    slot = key.label("slot") or "a slot"
    yield Finding(
        kind=SLOT,
        layer="database",
        subject=slot,
        title=f"the replication slot {slot} keeps {format_bytes(highest)} of log",
        explanation="The server keeps all log that whoever uses the slot has not confirmed; where nobody does, it "
        "keeps "
        "it until the disk is full, and then stops. A slot can hold vacuum back, too.",
        confidence="confirmed",
        confirm_by="SELECT slot_name, active, restart_lsn, wal_status FROM pg_replication_slots",
        risk=RISK_SLOT,
        figures=(Figure("log kept, at most", highest, "bytes", RETAINED_MIN_BYTES),),
        chart=chart_of("log kept", "bytes", points, RETAINED_MIN_BYTES),
    )
