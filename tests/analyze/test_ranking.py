"""How heavy a finding weighs."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.analyze.ranking import ranked, severity, weighed
from plimsoll.core.finding import Finding, Share

units = st.floats(0, 1)


def finding(kind: str = "missing-index", share: float | None = None, **changes: Any) -> Finding:
    known = {
        "layer": "database",
        "subject": "public.orders",
        "title": kind,
        "explanation": "",
        "confidence": "likely",
        "confirm_by": "",
    }
    of = None if share is None else Share(share, share, share)
    return Finding(kind=kind, share=of, **{**known, **changes})


def test_impact_is_ten_times_the_share_of_the_time_rounded_up() -> None:
    assert [weighed(finding(share=share), True).impact for share in (0.0, 0.05, 0.31, 0.5, 0.95, 1.0)] == [
        1,
        1,
        4,
        5,
        10,
        10,
    ]


def test_failing_and_slowing_add_up_as_chances_do() -> None:
    assert weighed(finding(share=0.5, failed=0.5), True).impact == 8


def test_what_endangers_weighs_at_least_its_risk() -> None:
    assert weighed(finding(share=0.05, risk=0.3), True).impact == 3
    assert weighed(finding(share=0.9, risk=0.3), True).impact == 9


def test_severity_is_a_step_lower_where_every_goal_is_met() -> None:
    assert [severity(impact, True) for impact in (10, 8, 5, 3, 2)] == ["critical", "critical", "high", "medium", "low"]
    assert [severity(impact, False) for impact in (10, 8, 5, 3, 2)] == ["high", "high", "medium", "low", "low"]


def test_the_surer_of_two_equal_findings_comes_first() -> None:
    unsure, sure = finding("a", 0.5, confidence="possible"), finding("b", 0.5)

    assert [one.kind for one in ranked([unsure, sure], True)] == ["b", "a"]


def test_of_two_failures_that_weigh_their_risk_the_one_that_fails_more_comes_first() -> None:
    less, more = finding("a", failed=0.010, risk=0.35), finding("b", failed=0.0115, risk=0.35)

    assert [one.kind for one in ranked([less, more], True)] == ["b", "a"]


def test_what_is_only_possible_comes_after_what_is_likely_unless_it_weighs_twice_as_much() -> None:
    unsure, sure = finding("a", 0.5, confidence="possible"), finding("b", 0.3)

    assert [one.kind for one in ranked([unsure, sure], True)] == ["b", "a"]
    assert [one.kind for one in ranked([finding("a", 0.7, confidence="possible"), sure], True)] == ["a", "b"]


@given(units, units, units)
def test_more_of_anything_never_weighs_less(share: float, failed: float, risk: float) -> None:
    heavy = weighed(finding(share=share, failed=failed, risk=risk), True).impact

    assert 1 <= weighed(finding(share=share / 2, failed=failed / 2, risk=risk / 2), True).impact <= heavy <= 10
