"""Where the time went: parts of what requests took, each from a gauge of its own."""

from dataclasses import replace

import pytest

from plimsoll.analyze.accounting import (
    APPLICATION,
    APPLICATION_CPU,
    APPLICATION_RUN_DELAY,
    BETWEEN,
    NETWORK,
    POOL_WAIT,
    RUN_DELAY,
    account,
    by_second,
)
from tests.analyze.building import evidence, step

SQL = [step(count=6_000, latency_ms=20.0)]  # 2 request-seconds each second


def test_the_database_s_part_is_counted_by_sessions_and_the_rest_is_the_network_s() -> None:
    found = evidence(steps=SQL, gauges={'database_active_sessions{wait="CPU"}': 0.5}).accounting

    assert found.request_seconds == pytest.approx(120.0)
    assert found.share("CPU") == pytest.approx(0.25)
    assert found.share(NETWORK) == pytest.approx(0.75)


def test_wait_classes_are_parts_of_their_own_the_largest_first() -> None:
    sessions = {'database_active_sessions{wait="Lock"}': 1.5, 'database_active_sessions{wait="CPU"}': 0.2}

    parts = [one.part for one in evidence(steps=SQL, gauges=sessions).accounting.slices]

    assert parts == ["Lock", NETWORK, "CPU"]


def test_waiting_for_a_connection_is_no_part_of_the_service() -> None:
    waited = [step(count=6_000, latency_ms=20.0, service_ms=5.0)]

    found = evidence(steps=waited, wait_ms=15.0, gauges={'database_active_sessions{wait="CPU"}': 0.5}).accounting

    assert found.share(POOL_WAIT) == pytest.approx(0.75)
    assert found.share(NETWORK) == pytest.approx(0.0)


def test_over_http_what_the_database_does_not_explain_is_the_application_s() -> None:
    requests = [step(kind="http", count=6_000, latency_ms=20.0)]
    sessions = {'database_active_sessions{wait="CPU"}': 0.5}
    tree = {'process_cpu_percent{tree="app"}': 60.0, 'process_run_delay_percent{tree="app"}': 0.0}

    unwatched = evidence(steps=requests, gauges=sessions).accounting
    watched = evidence(steps=requests, gauges={**sessions, **tree}).accounting

    assert unwatched.share(APPLICATION) == pytest.approx(0.75)
    assert watched.share(APPLICATION_CPU) == pytest.approx(0.30)
    assert watched.share(APPLICATION) == pytest.approx(0.45)


def test_a_process_tree_uses_no_more_than_there_is_to_explain() -> None:
    requests = [step(kind="http", count=6_000, latency_ms=20.0)]
    gauges = {'database_active_sessions{wait="CPU"}': 1.9, 'process_cpu_percent{tree="app"}': 90.0}

    found = evidence(steps=requests, gauges=gauges).accounting

    assert found.share(APPLICATION_CPU) == pytest.approx(0.05)
    assert sum(one.share.value for one in found.slices) == pytest.approx(1.0, abs=0.001)


def test_sessions_that_want_a_core_are_split_as_their_processes_are() -> None:
    tree = {'process_cpu_percent{tree="database"}': 50.0, 'process_run_delay_percent{tree="database"}': 150.0}

    found = evidence(steps=SQL, gauges={'database_active_sessions{wait="CPU"}': 2.0, **tree}).accounting

    assert found.share("CPU") == pytest.approx(0.25)
    assert found.share(RUN_DELAY) == pytest.approx(0.75)


def clocks(cpu: float, delay: float) -> dict[str, float]:
    return {"database_sessions_cpu_percent": cpu, "database_sessions_run_delay_percent": delay}


def test_a_session_without_a_core_looks_idle_and_its_own_clock_tells_that_it_waits() -> None:
    found = evidence(steps=SQL, gauges={'database_active_sessions{wait="CPU"}': 0.2, **clocks(20.0, 120.0)}).accounting

    assert found.share("CPU") == pytest.approx(0.10)
    assert found.share(RUN_DELAY) == pytest.approx(0.60)
    assert found.share(NETWORK) == pytest.approx(0.30)


def test_what_clocks_do_not_explain_of_sessions_that_wait_for_nothing_stays_with_them() -> None:
    """They stand still without waiting for a core, as by page faults."""
    found = evidence(steps=SQL, gauges={'database_active_sessions{wait="CPU"}': 1.5, **clocks(40.0, 10.0)}).accounting

    assert found.share("CPU") == pytest.approx(0.70)
    assert found.share(RUN_DELAY) == pytest.approx(0.05)


def test_clocks_of_sessions_that_serve_others_too_explain_no_more_than_there_is() -> None:
    sessions = {'database_active_sessions{wait="Lock"}': 1.0, 'database_active_sessions{wait="CPU"}': 0.0}

    found = evidence(steps=SQL, gauges={**sessions, **clocks(300.0, 100.0)}).accounting

    assert sum(one.share.value for one in found.slices) == pytest.approx(1.0, abs=0.001)
    assert found.share("CPU") == pytest.approx(0.375)


def test_where_a_look_is_late_its_neighbour_stands_for_it() -> None:
    seconds = evidence(seconds=4).load.seconds

    assert by_second(seconds, [(0.0, 1.0), (2.0, 3.0), (3.0, 4.0)]) == [1.0, 3.0, 3.0, 4.0]
    assert by_second(seconds, [(0.0, 8.0)])[3] == 0.0


def test_over_http_alone_the_process_that_listens_tells_its_part() -> None:
    requests = [step(kind="http", count=6_000, latency_ms=20.0)]
    tree = {'process_cpu_percent{tree="port:80"}': 60.0, 'process_run_delay_percent{tree="port:80"}': 40.0}

    found = evidence(steps=requests, gauges=tree).accounting

    assert found.share(APPLICATION_CPU) == pytest.approx(0.30)
    assert found.share(APPLICATION_RUN_DELAY) == pytest.approx(0.20)
    assert found.unaccounted is None


def test_a_steady_share_has_a_narrow_interval_and_a_varying_one_a_wide_one() -> None:
    steady = evidence(steps=SQL, gauges={'database_active_sessions{wait="CPU"}': 1.0}).accounting.slices[0].share
    bursts = [0.0] * 20 + [2.0] * 10 + [0.0] * 20 + [1.5] * 10
    varying = evidence(steps=SQL, gauges={'database_active_sessions{wait="CPU"}': bursts}).accounting.slice("CPU")

    assert varying is not None
    assert steady.high - steady.low < 0.01 < 0.2 < varying.share.high - varying.share.low


def test_without_a_watched_database_its_part_is_unknown() -> None:
    found = evidence(steps=SQL, gauges={"host_cpu_busy_percent": 50.0}).accounting

    assert found.unaccounted is not None
    assert found.unaccounted.value == pytest.approx(1.0)
    assert found.notes == ("the database was not watched: its part is not known",)


def test_a_database_that_is_busier_than_the_load_waits_works_for_others_too() -> None:
    found = evidence(steps=SQL, gauges={'database_active_sessions{wait="CPU"}': 8.0}).accounting

    assert "others were served" in found.notes[0]
    few = evidence(steps=[step(count=600)], gauges={'database_active_sessions{wait="CPU"}': 0.3}).accounting
    assert few.notes == (), "0.2 sessions expected, and a sample more now and then"
    assert found.share(NETWORK) == 0.0


def test_no_part_is_more_than_the_whole_however_many_sessions_were_seen() -> None:
    sessions = {'database_active_sessions{wait="Lock"}': 2.1, 'database_active_sessions{wait="IO"}': 0.3}

    found = evidence(steps=SQL, gauges=sessions).accounting

    assert sum(part.seconds for part in found.slices) == pytest.approx(found.request_seconds)
    assert found.share("Lock") == pytest.approx(2.1 / 2.4, abs=0.001), "in the proportion in which they were seen"


def test_a_stretch_without_requests_has_no_parts() -> None:
    assert evidence(steps=[]).accounting.slices == ()


def test_arrivals_that_wait_though_users_are_idle_wait_for_a_connection() -> None:
    slow = [step(count=600, latency_ms=1_200.0, service_ms=200.0)]
    gauges = {'database_active_sessions{wait="IO"}': 2.0}
    waiting = evidence(seconds=60, steps=slow, gauges=gauges, wait_ms=1_000.0, users=10).accounting
    assert waiting.share(POOL_WAIT) == pytest.approx(1_000 / 1_200, abs=0.02)


def test_custom_steps_hold_pauses_which_are_nobody_s_fault() -> None:
    polled = [
        step(kind="http", count=3_000, latency_ms=20.0),
        step("until done", kind="custom", count=60, latency_ms=3_000.0),
    ]
    known = evidence(steps=polled, gauges={'database_active_sessions{wait="CPU"}': 0.5})
    seconds = [replace(one, custom_s=3.0, in_flight=2) for one in known.load.seconds]  # of 4 s in all

    found = account(replace(known.load, seconds=seconds), known.gauges)

    assert found.share(BETWEEN) == pytest.approx(0.5)
    assert found.share(APPLICATION) == pytest.approx(0.375)
