"""Workers of parallel statements are told from sessions that are not the load's."""

from typing import Any

import pytest

from plimsoll.analyze.checks import check_gauges
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.evidence.parallel import parallel_workers
from plimsoll.core.details import WaitRow
from tests.analyze.building import evidence, node, plans, setting_facts, statement

ROW = statement("SELECT", calls=6_000, mean_ms=20.0)  # 2 sessions
GATHERED = node("Gather", node("Seq Scan", table="public.a"), Workers_Planned=2)


def seen(active: float = 6.0, plan: Any = GATHERED, **said: Any) -> Evidence:
    """6,000 requests of 20 ms in 60 s: the load waits for 2 at a time."""
    waits = [WaitRow("CPU", ROW.query_id, active)]
    gauges = {'database_active_sessions{wait="CPU"}': active}
    return evidence(statements=[ROW], gauges=gauges, plans=plans((ROW, plan)), **{"waits": waits, **said})


def test_what_a_parallel_statement_uses_beyond_its_own_time_are_workers() -> None:
    known = seen()
    assert parallel_workers(known.database) == pytest.approx(4.0)
    assert known.accounting.notes == ()
    assert {check.name: check.agrees for check in check_gauges(known.load, known.gauges, known.database)}[
        "active sessions"
    ] is None


def test_no_more_workers_than_a_statement_may_have() -> None:
    one = seen(settings=setting_facts(max_parallel_workers_per_gather="1"))
    assert parallel_workers(one.database) == pytest.approx(2.0)
    assert "others were served" in one.accounting.notes[0]


def test_without_a_parallel_plan_others_were_served_unless_a_leader_was_seen() -> None:
    alone = node("Seq Scan", table="public.a")
    assert "others were served" in seen(plan=alone).accounting.notes[0]
    led = [WaitRow("CPU", ROW.query_id, 5.9), WaitRow("IPC:BgWorkerShutdown", ROW.query_id, 0.1)]
    assert seen(plan=alone, waits=led).accounting.notes == ()
