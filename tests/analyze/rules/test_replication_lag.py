"""Replication: commits that wait, standbys that fall behind, slots that keep the log."""

import pytest

from plimsoll.analyze.recommending.network import recommend
from plimsoll.analyze.rules.replication_lag import examine
from plimsoll.core.details import WaitRow
from tests.analyze.building import Course, evidence, the_one


def test_commits_that_wait_for_a_standby_are_told_with_their_share() -> None:
    waits = [WaitRow("IPC:SyncRep", "1", 0.9), WaitRow("IPC:ExecuteGather", "2", 0.1)]
    finding = the_one(list(examine(evidence(gauges={'database_active_sessions{wait="IPC"}': 1.0}, waits=waits))))
    assert finding.kind == "synchronous-replication"
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.45)


def test_commits_that_wait_for_the_replay_are_told_by_their_wait_with_the_milder_setting() -> None:
    """Its replay is paused: the standby has nothing to report, and is not said to be behind by nothing."""
    seen = evidence(
        gauges={'database_active_sessions{wait="IPC"}': 1.0, 'database_replication_lag_s{standby="east"}': 0.0},
        waits=[WaitRow("IPC:SyncRep", "1", 1.0)], settings={"synchronous_commit": {"value": "remote_apply"}},
    )  # fmt: skip
    finding = the_one(list(examine(seen)))
    assert "It is remote_apply" in finding.explanation
    assert [figure.label for figure in finding.figures][1:] == ["wait for a standby, a request"]
    assert finding.figures[1].value == pytest.approx(10.0), "half of what a request takes"
    assert "synchronous_commit = 'on'" in next(iter(recommend(finding, seen))).how[0].text


def test_parallel_queries_are_no_replication() -> None:
    waits = [WaitRow("IPC:ExecuteGather", "2", 1.0)]
    assert list(examine(evidence(gauges={'database_active_sessions{wait="IPC"}': 1.0}, waits=waits))) == []


def test_a_standby_that_falls_behind_is_a_risk_and_named() -> None:
    gauges: dict[str, Course] = {
        'database_replication_lag_s{standby="east"}': [float(second) for second in range(60)],
        'database_replication_lag_bytes{standby="east"}': 4e8,
        'database_replication_lag_bytes{standby="west"}': 1e5,
    }
    finding = the_one(list(examine(evidence(gauges=gauges))))
    assert finding.title == "the standby east falls behind: up to 381 MiB and 59 s"
    assert (finding.kind, finding.risk, finding.share) == ("replication-lag", 0.3, None)


def test_a_slot_that_keeps_much_log_is_a_risk() -> None:
    gauges = {'database_slot_retained_bytes{slot="old"}': 2.0 * 2**30, 'database_slot_retained_bytes{slot="new"}': 1e6}
    finding = the_one(list(examine(evidence(gauges=gauges))))
    assert (finding.kind, finding.subject) == ("slot-retention", "old")


def test_a_target_that_is_a_standby_itself_is_told_how_far_it_is_behind() -> None:
    assert the_one(list(examine(evidence(gauges={"database_replay_lag_s": 42.0})))).subject == "this standby"
