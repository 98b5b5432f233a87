"""Memory that runs out, and a load generator that is its own bottleneck."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from plimsoll.analyze.rules import generator_saturated, memory_pressure
from tests.analyze.building import SETTING, evidence, step, the_one

SQL = [step(count=6_000, latency_ms=20.0)]
CLOSED = replace(SETTING, open_loop=False)


def memory(psi: float, swap: float = 0.0, **more: float) -> Mapping[str, float]:
    return {
        'host_pressure_percent{kind="some",resource="memory"}': psi, "host_swap_in_bytes_per_s": swap / 2,
        "host_swap_out_bytes_per_s": swap / 2, "host_memory_used_percent": 97.0, **more,
    }  # fmt: skip


def test_swapping_under_pressure_is_told_with_what_sessions_waited_for_pages() -> None:
    sessions = {
        'database_active_sessions{wait="CPU"}': 1.5, "database_sessions_cpu_percent": 30.0,
        "database_sessions_run_delay_percent": 20.0,
    }  # fmt: skip
    found = the_one(list(memory_pressure.examine(evidence(steps=SQL, gauges=memory(35.0, 50e6, **sessions)))))
    assert found.subject == memory_pressure.SWAPPING
    assert found.share is not None
    assert found.share.value == pytest.approx(0.5, abs=0.01)  # 1.5 sessions wanted to compute, 0.5 did or queued
    assert found.risk == pytest.approx(0.35)


def test_full_memory_that_nobody_waits_for_is_no_finding() -> None:
    assert not list(memory_pressure.examine(evidence(steps=SQL, gauges=memory(0.5))))


def test_a_little_swapping_without_pressure_is_no_finding() -> None:
    assert not list(memory_pressure.examine(evidence(steps=SQL, gauges=memory(1.0, 30e6))))


def test_a_process_that_the_kernel_killed_is_certain() -> None:
    found = the_one(list(memory_pressure.examine(evidence(steps=SQL, gauges={"host_oom_kills_per_s": 1 / 60}))))
    assert found.title == "the kernel killed 1 process for want of memory during the load"
    assert (found.confidence, found.risk) == ("confirmed", memory_pressure.KILL_RISK)


def cause(**more: Any) -> str | None:
    found = list(generator_saturated.examine(evidence(steps=SQL, **more)))
    return the_one(found).details["cause"] if found else None


def test_a_generator_that_fills_its_core_is_the_bottleneck_of_a_closed_loop() -> None:
    assert cause(setting=CLOSED, cpu_share=0.97) == "work"


def test_a_generator_that_waits_for_a_core_is_starved_by_others_who_are_named() -> None:
    rows = [{"pid": 1, "name": "make", "cpu_percent": 120.0, "tree": "", "cores": ""}]
    seen = evidence(steps=SQL, run_delay_share=0.5, lag_ms=5.0, processes=[(3.0, {"rows": rows, "known": True})])
    found = the_one(list(generator_saturated.examine(seen)))
    assert found.details["cause"] == "starved"
    assert "make (120 % of a core)" in found.title
    assert found.layer == "generator"


def test_a_generator_that_the_target_starves_is_not_said_to_be_starved_by_other_programs() -> None:
    rows = [{"pid": 1, "name": "postgres", "cpu_percent": 78.4, "tree": "database", "cores": ""},
            {"pid": 2, "name": "make", "cpu_percent": 20.0, "tree": "", "cores": ""}]  # fmt: skip
    gauges = {"host_cpu_cores": 2.0, 'process_cpu_percent{tree="database"}': 184.0}
    looks = [(3.0, {"rows": rows, "known": True})]
    found = the_one(list(generator_saturated.examine(
        evidence(steps=SQL, run_delay_share=0.5, lag_ms=5.0, gauges=gauges, processes=looks)
    )))  # fmt: skip
    assert found.details["cause"] == "target"
    assert found.title.endswith("the target takes the cores that it runs on: the database (184 % of a core)")
    assert "Other programs took some, too: make (20 % of a core)." in found.explanation


def late(**more: Any) -> str:
    """The cause that is named of a run which is invalid for its lateness."""
    seen = evidence(steps=SQL, lag_ms=8.0, **more)
    judged = replace(seen.summary, valid=False, generator=replace(seen.summary.generator, saturated=True))
    found = the_one(list(generator_saturated.examine(replace(seen, summary=judged))))
    assert found.risk == generator_saturated.UNTRUSTED
    return str(found.details["cause"])


def test_lateness_has_the_cause_that_its_gauges_show_and_none_where_they_show_none() -> None:
    rows = [{"pid": 1, "name": "make", "cpu_percent": 120.0, "tree": "", "cores": ""}]
    crowd = {"processes": [(3.0, {"rows": rows, "known": True})], "gauges": {"host_cpu_busy_percent": 99.0}}
    assert late() == "late"
    assert late(**crowd) == "starved"
    assert late(cpu_share=0.93) == "work"


@pytest.mark.parametrize("more", [{"cpu_share": 0.7}, {"run_delay_share": 0.2}, {"cpu_share": 0.95}])
def test_a_busy_generator_that_is_in_time_is_well(more: Mapping[str, float]) -> None:
    """An open loop is at its limit only where it is late: that it is busy does not matter."""
    assert cause(**more) is None


def test_a_generator_that_takes_the_cores_it_measures_is_told() -> None:
    rows = [
        {"pid": 1, "name": "python", "cpu_percent": 90.0, "tree": "plimsoll", "cores": ""},
        {"pid": 2, "name": "postgres", "cpu_percent": 100.0, "tree": "database", "cores": ""},
    ]
    gauges = {
        "host_cpu_cores": 2.0, "host_cpu_busy_percent": 96.0, 'database_active_sessions{wait="CPU"}': 1.9,
        'process_cpu_percent{tree="database"}': 100.0, "database_sessions_cpu_percent": 100.0,
        "database_sessions_run_delay_percent": 90.0,
    }  # fmt: skip
    seen = evidence(steps=SQL, gauges=gauges, setting=CLOSED, processes=[(3.0, {"rows": rows, "known": True})])
    found = the_one(list(generator_saturated.examine(seen)))
    assert found.subject == generator_saturated.SHARING
    assert found.share is not None
    assert found.share.value == pytest.approx(0.45 * 0.9 / 1.9, abs=0.01)
