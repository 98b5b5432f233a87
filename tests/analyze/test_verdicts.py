"""The verdict: a bottleneck, a capacity, health, and the courage to say "unknown"."""

from dataclasses import replace

from plimsoll.analyze.checks import too_few
from plimsoll.analyze.evidence.evidence import Evidence
from plimsoll.analyze.ranking import ranked, weighed
from plimsoll.analyze.relating import without_explained
from plimsoll.analyze.verdicts import DOUBT, believed, judge, seen_of_target, together
from plimsoll.core.finding import Finding, Suspect
from plimsoll.core.summary import GoalSummary
from tests.analyze.building import evidence, step, the_one
from tests.analyze.test_ranking import finding

FINE = evidence()
MISSED = replace(FINE, summary=replace(FINE.summary, goals=(GoalSummary("total", "p95<1s", 1_800.0, False),)))


def test_healthy_where_nothing_is_wrong_and_nothing_was_found() -> None:
    assert judge(FINE, []).verdict == "healthy"


def test_of_an_unwatched_run_it_says_that_it_saw_only_the_load() -> None:
    assert judge(evidence(gauges={}), []).because == "no request gives cause; host and database were not watched"


def test_a_missed_goal_that_nothing_explains_is_unknown_and_says_where_the_time_went() -> None:
    found = judge(MISSED, [])

    assert found.verdict == "unknown"
    assert found.because == (
        "a goal is missed (p95<1s), and nothing that was looked at explains it; "
        "the largest part of the time (50 %) is CPU"
    )


def test_findings_that_explain_too_little_of_the_trouble_leave_it_unknown() -> None:
    found = judge(MISSED, [finding(share=0.12)])

    assert found.verdict == "unknown"
    assert "explains only 12 % of it" in found.because


def test_a_finding_that_explains_the_trouble_is_the_bottleneck() -> None:
    assert judge(MISSED, [finding(share=0.7)]).verdict == "bottleneck"


def test_small_findings_of_a_run_without_trouble_stand() -> None:
    assert judge(FINE, [finding(share=0.12)]).verdict == "bottleneck"


def test_failing_requests_are_trouble_without_any_goal() -> None:
    failing = evidence(steps=[step(count=6_000, errors={"timeout": 600})])

    assert judge(failing, []).because.startswith("10 % of the requests failed, and nothing")


def test_few_requests_that_fail_are_explained_by_a_finding_that_explains_most_of_them() -> None:
    failing = evidence(steps=[step(count=6_000, errors={"28P01": 300})], goals=["errors<1%"])

    assert judge(failing, [finding("bad-credentials", failed=0.05)]).verdict == "bottleneck"
    assert judge(failing, [finding("bad-credentials", failed=0.02)]).verdict == "unknown"


def test_a_percentile_that_falls_among_the_failed_is_missed_by_failing_alone() -> None:
    failing = evidence(steps=[step(count=6_000, errors={"28P01": 600})])
    missed = [GoalSummary("total", "p95<1s", None, False), GoalSummary("total", "errors<1%", 10.0, False)]
    failing = replace(failing, summary=replace(failing.summary, goals=missed))

    assert judge(failing, [finding("bad-credentials", failed=0.1)]).verdict == "bottleneck"


def test_slowness_is_not_explained_by_what_makes_few_requests_fail() -> None:
    failing = evidence(steps=[step(count=6_000, errors={"28P01": 300})])
    missed = [GoalSummary("total", "p95<1ms", 20.0, False), GoalSummary("total", "errors<1%", 5.0, False)]
    failing = replace(failing, summary=replace(failing.summary, goals=missed))

    assert judge(failing, [finding("bad-credentials", failed=0.05)]).verdict == "unknown"


def test_a_stretch_that_was_worse_is_trouble() -> None:
    worse = replace(FINE, stretch_is_worse=True, stretch=replace(FINE.stretch, because="from 20 s to 35 s it was slow"))

    assert judge(worse, []).because.startswith("from 20 s to 35 s it was slow, and nothing")


def test_too_few_requests_are_unknown() -> None:
    assert judge(evidence(seconds=40, steps=[step(count=40)]), []).verdict == "unknown"


def test_requests_that_stand_still_are_not_too_few() -> None:
    held = evidence(steps=[step(count=0)])
    waiting = replace(held.load, seconds=[replace(one, in_flight=8) for one in held.load.seconds])
    assert too_few(waiting) == ""
    assert "only 0 requests" in too_few(held.load), "nobody waits"


def test_findings_of_too_few_requests_are_told_and_are_no_verdict() -> None:
    found = judge(evidence(seconds=40, steps=[step(count=40)]), [finding(failed=0.6)])

    assert found.verdict == "unknown"
    assert found.because.endswith("too little to tell; what was seen: missing-index")


def test_of_a_damaged_record_it_is_said_that_it_is_damaged() -> None:
    lost = replace(evidence(seconds=2), damaged="intervals.jsonl is damaged: 58 lines cannot be read")

    assert judge(lost, []).because == "intervals.jsonl is damaged: 58 lines cannot be read: too little is left to tell"


def test_what_is_only_possible_is_no_flat_verdict() -> None:
    assert judge(FINE, [finding(share=0.6, confidence="possible")]).because == "missing-index (possible, not sure)"
    may = finding(share=0.6, confidence="possible", title="it may be so")
    assert judge(FINE, [may]).because == "it may be so"


def test_at_capacity_is_a_verdict_of_its_own() -> None:
    assert judge(FINE, [finding("at-capacity", 0.6)]).verdict == "at-capacity"


def test_of_a_run_whose_generator_was_late_only_what_made_it_late_is_said() -> None:
    late = replace(FINE.summary, valid=False, invalid_because=("late",))
    late = replace(late, generator=replace(late.generator, saturated=True))
    hog, index = finding("cpu-saturation", 0.3, layer="system"), finding(share=0.6)

    assert believed(replace(FINE, summary=late), [hog, index]) == [hog]
    assert judge(replace(FINE, summary=late), [hog]).verdict == "invalid"


def starved(cause: str) -> tuple[Evidence, list[Finding]]:
    """A run that its generator's lateness made invalid, with what its rules found."""
    late = replace(FINE.summary, valid=False, invalid_because=("late",))
    late = replace(late, generator=replace(late.generator, saturated=True))
    generator = replace(finding("generator-saturated", 0.3, layer="generator"), details={"cause": cause})
    index, capacity = finding("missing-index", 0.6, subject="orders"), finding("at-capacity", 0.5, subject="CPU")
    return replace(FINE, summary=late), [generator, index, capacity]


def test_what_is_seen_of_a_target_that_starved_the_generator_is_told_as_possible() -> None:
    run, found = starved("target")
    seen = the_one(seen_of_target(run, found))
    assert (seen.kind, seen.confidence) == ("missing-index", "possible")
    assert seen.explanation.endswith(DOUBT)
    judged = judge(run, [found[0], seen])
    assert judged.verdict == "invalid"
    assert judged.because == f"late; what was seen of the target: {seen.title} (possible, not sure)"


def test_of_a_generator_that_others_starve_nothing_of_the_target_is_told() -> None:
    run, found = starved("starved")
    assert seen_of_target(run, found) == []
    assert judge(run, found[:1]).because == "late"
    assert seen_of_target(FINE, starved("target")[1]) == [], "a valid run has all of its findings anyway"


def test_of_a_run_that_failed_wholesale_what_made_it_fail_is_said() -> None:
    failed = replace(FINE.summary, valid=False, invalid_because=("every request failed",))
    refused, index = finding("bad-credentials", failed=1.0), finding(share=0.6)

    assert believed(replace(FINE, summary=failed), [refused, index]) == [refused]


def test_capacity_is_not_said_beside_a_fault_that_uses_it_up() -> None:
    capacity, index = finding("at-capacity", 0.9), finding(share=0.6)

    assert without_explained([capacity, index]) == [index]
    assert without_explained([capacity, replace(index, confidence="possible")])[0] == capacity
    assert capacity in without_explained([capacity, finding(share=0.1)])


def test_a_slow_statement_is_not_said_again_where_its_missing_index_is() -> None:
    one, other = Suspect("1", "SELECT 1", 10, 5.0), Suspect("2", "SELECT 2", 10, 5.0)
    index = finding(share=0.6, statements=(one,))
    same, another = (
        finding("slow-statement", 0.6, subject="1", statements=(one,)),
        finding("slow-statement", 0.2, subject="2", statements=(other,)),
    )

    assert without_explained([index, same, another]) == [index, another]


def test_a_generator_that_could_make_no_more_load_stands_below_what_is_wrong_with_the_platform() -> None:
    busy, failing = (
        finding("generator-saturated", 0.5, layer="generator"),
        finding("serialization-failures", failed=0.4),
    )

    first, muted = ranked(without_explained([busy, failing]), goals_missed=True)

    assert first == weighed(failing, goals_missed=True)
    assert muted.impact == 1
    assert "harms nobody; first: serialization-failures" in muted.explanation


def test_what_only_endangers_explains_no_trouble_and_is_no_bottleneck() -> None:
    risk = finding("idle-transaction", risk=0.4, title="pid 7 is idle within a transaction")

    assert judge(MISSED, [risk]).verdict == "unknown"
    fine = judge(FINE, [risk])
    assert (fine.verdict, fine.because) == (
        "healthy", "nothing holds it down now; what may: pid 7 is idle within a transaction",
    )  # fmt: skip


def test_where_only_failures_are_wrong_the_headline_is_what_explains_them() -> None:
    failing = evidence(steps=[step(count=6_000, errors={"28P01": 300})], goals=["errors<1%"])
    neighbour, wrong = finding("cpu-saturation", 0.6, title="a neighbour"), finding(failed=0.05, title="wrong password")

    assert judge(failing, [neighbour, wrong]).because == "wrong password"


def test_two_halves_explain_three_quarters() -> None:
    assert together([finding(share=0.5), finding(share=0.5)]) == 0.75


def test_where_no_request_ended_what_gauges_saw_is_told_all_the_same() -> None:
    stuck = replace(evidence(steps=[]), summary=replace(FINE.summary, valid=False, invalid_because=["no step ended"]))
    held = finding(share=1.0)

    assert believed(stuck, [held]) == [held]
    assert judge(stuck, [held]).verdict == "invalid"


def test_of_a_run_that_was_killed_the_reason_says_so() -> None:
    killed = replace(FINE, summary=replace(FINE.summary, stopped_by="killed", warmup_s=1.0, duration_s=4.0))

    assert judge(killed, [finding("at-capacity", 0.6)]).because.endswith(
        "; the run was killed after 5 s, so this is not all of it"
    )
    assert "killed" not in judge(FINE, [finding("at-capacity", 0.6)]).because


def test_of_an_application_that_is_not_on_a_core_it_is_said_what_it_may_wait_for() -> None:
    watched = {
        'process_cpu_percent{tree="port:8000"}': 20.0, 'process_run_delay_percent{tree="port:8000"}': 1.0,
        'process_count{tree="port:8000"}': 1, 'database_active_sessions{wait="CPU"}': 0.1,
    }  # fmt: skip
    idle = evidence(steps=[step("GET /", kind="http", count=6_000)], gauges=watched, goals=["p95<1ms"])
    because = judge(idle, []).because

    assert "is application, while it is not on a core: it waits for its own pool" in because
