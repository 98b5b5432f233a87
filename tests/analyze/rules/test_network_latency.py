"""The way there and back: a constant that every request has, which work and queues are not."""

from dataclasses import replace
from typing import Any

import pytest

from plimsoll.analyze.evidence.load import StepLoad
from plimsoll.analyze.recommending.network import recommend
from plimsoll.analyze.rules import network_throughput
from plimsoll.analyze.rules.network_latency import examine
from plimsoll.core.details import WaitRow
from plimsoll.core.finding import Finding
from tests.analyze.building import SETTING, evidence, statement, step, the_one

SELECT = statement("SELECT 1", mean_ms=0.1)


def sql(low_ms: float, answer_ms: float | None = None, latency_ms: float = 20.0, **said: Any) -> list[Finding]:
    """Requests that take 20 ms, the quickest of them `low_ms`, of which the database works 0.1."""
    gauges = {'database_active_sessions{wait="CPU"}': 0.01}
    if answer_ms is not None:
        gauges["database_answer_ms"] = answer_ms
    steps = [step(latency_ms=latency_ms, service_low_ms=low_ms)]
    return list(examine(evidence(steps=steps, gauges=gauges, statements=[SELECT], cpu_share=0.02, **said)))


def http(*low_ms: float, **gauges: Any) -> list[Finding]:
    """Steps of 20 ms, by what their quickest requests take."""
    steps = [
        step(f"get {at}", kind="http", count=3_000, latency_ms=20.0, service_low_ms=low)
        for at, low in enumerate(low_ms)
    ]
    watched = {'database_active_sessions{wait="CPU"}': 0.01, 'process_cpu_percent{tree="port:8000"}': 10.0}
    return list(examine(evidence(steps=steps, gauges=watched | gauges, cpu_share=0.02)))


def test_a_delay_that_the_quickest_requests_have_too_is_the_way_to_the_database() -> None:
    finding = the_one(sql(12.0))
    assert finding.layer == "network"
    assert finding.details["round_trip_ms"] == pytest.approx(12.0 - 0.1 - 0.2, abs=0.01)
    assert finding.share is not None
    assert finding.share.value == pytest.approx(11.7 / 20, abs=0.01)
    assert finding.confidence == "likely"


def test_the_watchs_own_question_confirms_it_where_it_goes_the_same_way() -> None:
    assert the_one(sql(12.0, answer_ms=11.9)).confidence == "confirmed"
    assert the_one(sql(12.0, answer_ms=0.2)).confidence == "likely", "it may be watched from nearer"


def test_requests_that_are_slow_though_the_quickest_are_quick_are_not_far_away() -> None:
    assert sql(0.4, latency_ms=200.0) == []


def test_a_millisecond_in_long_requests_is_no_finding() -> None:
    assert sql(2.0, latency_ms=100.0) == []


def test_time_in_which_the_database_works_is_not_the_way() -> None:
    steps = [step(latency_ms=20.0, service_low_ms=12.0)]
    gauges = {'database_active_sessions{wait="CPU"}': 1.95}
    assert list(examine(evidence(steps=steps, gauges=gauges, statements=[SELECT]))) == []


def test_what_opens_a_transaction_is_not_what_the_quickest_request_is_held_against() -> None:
    steps = [step(latency_ms=20.0, service_low_ms=10.4)]
    known = [statement("SELECT pg_sleep($1)", mean_ms=10.4), statement("BEGIN", mean_ms=0.0)]
    gauges = {'database_active_sessions{wait="CPU"}': 0.1}
    assert list(examine(evidence(steps=steps, gauges=gauges, statements=known))) == []


def test_a_generator_that_is_busy_keeps_its_own_requests_waiting() -> None:
    """Two requests under way a process, each of which takes 9 ms of its CPU."""
    steps = [step(latency_ms=20.0, service_low_ms=12.0)]
    gauges = {'database_active_sessions{wait="CPU"}': 0.01}
    assert list(examine(evidence(steps=steps, gauges=gauges, statements=[SELECT], cpu_share=0.9))) == []


def test_without_a_watch_nothing_is_said() -> None:
    assert list(examine(evidence(steps=[step(service_low_ms=12.0)], gauges={}))) == []


def test_a_delay_before_an_application_is_what_no_cpu_explains_in_any_step() -> None:
    finding = the_one(http(12.0, 13.0))
    assert finding.subject == "site"
    assert finding.details["round_trip_ms"] == pytest.approx(12.0 - 1.0 - 0.1 - 0.2, abs=0.01)
    assert finding.confidence == "likely"


def test_constants_that_differ_from_step_to_step_are_rather_behind_the_application() -> None:
    finding = the_one(http(12.0, 22.0, 45.0))
    assert (finding.subject, finding.confidence) == ("behind the application", "possible")


def test_an_application_that_computes_so_long_is_not_far_away() -> None:
    assert http(12.0, 13.0, **{'process_cpu_percent{tree="port:8000"}': 110.0}) == []


def test_one_quick_step_shows_that_the_way_is_short() -> None:
    assert http(1.2, 13.0, 14.0) == []


def test_a_single_quick_request_shows_it_too_however_seldom_its_step_is() -> None:
    slow = step("log in", kind="http", count=600, latency_ms=900.0, service_low_ms=600.0)
    quick = step("ping", kind="http", count=1, latency_ms=0.9, service_low_ms=0.9)
    gauges = {'database_active_sessions{wait="CPU"}': 0.01, 'process_cpu_percent{tree="port:8000"}': 10.0}
    found = [list(examine(evidence(steps=steps, gauges=gauges))) for steps in ([slow], [slow, quick])]
    assert [len(findings) for findings in found] == [1, 0]


def test_an_application_that_tells_its_own_times_settles_it() -> None:
    labels = '{route="/",status="200"}'
    told = {
        f"application_http_request_duration_mean_ms{labels}": 19.5,
        f"application_http_request_duration_count_per_s{labels}": 100.0,
    }
    assert http(12.0, 13.0, **told) == []
    quick = told | {f"application_http_request_duration_mean_ms{labels}": 4.0}
    assert the_one(http(12.0, 13.0, **quick)).details["round_trip_ms"] == 12.0


def test_opening_connections_for_every_request_is_told_apart() -> None:
    anew = [step(kind="http", latency_ms=20.0, service_ms=14.0, service_low_ms=1.0, connects=6_000, connect_p50_ms=6.0)]
    found = list(examine(evidence(steps=anew, wait_ms=6.0)))
    assert [finding.kind for finding in found] == ["network-latency", "connections-made-anew"]
    kept = [step(kind="http", latency_ms=20.0, service_low_ms=1.0, connects=10, connect_p50_ms=0.2)]
    assert list(examine(evidence(steps=kept))) == []


def test_results_that_nobody_takes_are_a_matter_of_throughput() -> None:
    waits = [WaitRow("Client:ClientWrite", None, 0.9), WaitRow("Client:ClientRead", None, 0.1)]
    gauges = {'database_active_sessions{wait="Client"}': 1.0}
    finding = the_one(list(network_throughput.examine(evidence(gauges=gauges, waits=waits))))
    assert finding.kind == "network-throughput"
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.45)


def test_a_long_way_between_application_and_database_shows_between_statements() -> None:
    steps = [step(kind="http", count=6_000, latency_ms=100.0, service_low_ms=1.0)]
    gauges = {
        'database_active_sessions{wait="CPU"}': 0.05,
        'database_connections{state="idle in transaction"}': 8.0,
        'process_cpu_percent{tree="port:8000"}': 10.0,
    }
    finding = the_one(
        list(examine(evidence(steps=steps, gauges=gauges, statements=[statement("SELECT 1", calls=60_000)])))
    )
    assert (finding.subject, finding.confidence) == ("database", "possible")
    assert finding.share is not None
    assert finding.share.value == pytest.approx(0.8, abs=0.01), "8 of 10 requests under way are between two statements"


def on_loopback(*steps: StepLoad, tree: bool = True) -> list[Finding]:
    watched = {'database_active_sessions{wait="CPU"}': 0.01, "host_cpu_busy_percent": 10.0, "host_cpu_cores": 2.0}
    watched |= {'process_cpu_percent{tree="port:8000"}': 10.0} if tree else {}
    setting = replace(SETTING, loopback=True, target_is_here=True)
    return list(examine(evidence(steps=steps, gauges=watched, cpu_share=0.02, setting=setting)))


def get(name: str, low_ms: float, **said: Any) -> StepLoad:
    return step(name, kind="http", count=3_000, latency_ms=20.0, service_low_ms=low_ms, **said)


def test_through_no_network_an_idle_application_may_as_well_wait_itself() -> None:
    finding = the_one(on_loopback(get("a", 12.0), get("b", 13.0)))
    assert finding.confidence == "possible"
    assert "may be the way to the application and back" in finding.title
    assert "or the application waits so long at each" in finding.title
    first, *_ = recommend(finding, evidence())
    assert first.what == "see whether it is the application itself that waits"


def test_an_idle_machine_does_not_say_that_the_application_does_not_wait() -> None:
    assert on_loopback(get("a", 12.0), get("b", 13.0), tree=False) == []


def test_quick_refusals_are_answers_and_show_that_the_way_is_short() -> None:
    refused = get("a", 102.0, errors={"HTTP 503": 2_900}, failed_p50_ms=0.3)
    assert on_loopback(refused, get("b", 102.0)) == []
    unsent = get("a", 12.0, errors={"connection refused": 1_500}, failed_p50_ms=0.3)
    assert len(on_loopback(unsent, get("b", 12.0))) == 1, "what got no answer made no way there and back"


def test_without_statistics_of_statements_a_way_to_the_database_is_only_possible() -> None:
    gauges = {'database_active_sessions{wait="CPU"}': 0.01}
    steps = [step(latency_ms=20.0, service_low_ms=12.0)]
    finding = the_one(list(examine(evidence(steps=steps, gauges=gauges, cpu_share=0.02))))
    assert (finding.confidence, "may be the way to the database" in finding.title) == ("possible", True)
