"""What gives way next, of a platform that holds."""

from dataclasses import replace

import pytest

from plimsoll.analyze.next_limit import next_limit, used_up
from plimsoll.analyze.verdicts import judge
from tests.analyze.building import SETTING, Course, evidence, step

SQL = [step(count=6_000, latency_ms=20.0)]  # 100/s


def gauges(cpu: float, cores: float = 2.0, **more: float) -> dict[str, float]:
    return {
        "host_cpu_cores": cores, 'process_cpu_percent{tree="database"}': cpu, 'process_count{tree="database"}': 9.0,
        'database_active_sessions{wait="CPU"}': 0.1, **more,
    }  # fmt: skip


def test_what_is_used_most_is_used_up_first_in_proportion() -> None:
    found = next_limit(evidence(steps=SQL, gauges=gauges(80.0), cpu_share=0.1))
    assert found is not None
    assert (found.resource, found.layer) == ("the database's cores", "database")
    assert (found.used, found.rate_per_s) == (0.4, 100.0)
    assert found.at_rate_per_s == pytest.approx(250.0)
    assert found.basis.startswith("40 % of it is in use now")


def test_its_interval_is_as_wide_as_the_seconds_differ() -> None:
    watched: dict[str, Course] = {**gauges(0.0), 'process_cpu_percent{tree="database"}': [40.0] * 30 + [120.0] * 30}
    found = next_limit(evidence(steps=SQL, gauges=watched, cpu_share=0.1))
    assert found is not None
    assert found.low_per_s is not None
    assert found.high_per_s is not None
    assert found.low_per_s < 250.0 < found.high_per_s


def test_a_pool_is_used_up_by_the_time_that_requests_hold_its_connections() -> None:
    pooled = replace(SETTING, pool=4)
    found = next_limit(evidence(steps=SQL, gauges=gauges(20.0), setting=pooled, cpu_share=0.1))
    assert found is not None
    assert found.resource == "the load's connection pool"
    assert found.at_rate_per_s == pytest.approx(200.0)


def test_one_process_of_an_application_has_one_core_of_many() -> None:
    tree = '{tree="port:8000"}'
    watched = {"host_cpu_cores": 8.0, f"process_cpu_percent{tree}": 50.0, f"process_count{tree}": 1.0}
    steps = [step("GET /", kind="http", count=6_000, latency_ms=20.0)]
    found = next_limit(evidence(steps=steps, gauges=watched, cpu_share=0.1))
    assert found is not None
    assert found.resource == "the one core that the application's process can use"
    assert found.at_rate_per_s == pytest.approx(200.0)


def test_that_the_load_generator_would_be_first_is_said() -> None:
    found = next_limit(evidence(steps=SQL, gauges=gauges(20.0), cpu_share=0.5))
    assert found is not None
    assert found.layer == "generator"
    assert found.at_rate_per_s == pytest.approx(200.0)


def test_what_is_hardly_in_use_is_not_extrapolated() -> None:
    assert next_limit(evidence(steps=SQL, gauges=gauges(1.0), cpu_share=0.01)) is None


def test_far_beyond_what_was_measured_is_said() -> None:
    found = next_limit(evidence(steps=SQL, gauges=gauges(20.0), cpu_share=0.05))
    assert found is not None
    assert "10 times what was measured" in found.basis


def test_a_resource_that_is_used_up_is_no_more_than_used_up_and_not_before_the_rate_of_now() -> None:
    full = evidence(steps=SQL, gauges=gauges(205.0), cpu_share=0.1)
    found = next_limit(full)
    assert found is not None
    assert (found.used, found.at_rate_per_s, found.low_per_s) == (1.0, 100.0, 100.0)
    assert used_up(full) == "the database's cores"
    assert used_up(evidence(steps=SQL, gauges=gauges(150.0), cpu_share=0.1)) == ""
    assert judge(full, []).verdict == "at-capacity"
    assert judge(full, []).because.startswith("the database's cores are used up at 100/s")
