"""The order in which to do what is recommended."""

from dataclasses import replace

from plimsoll.analyze.priority import in_order
from tests.report.made_analysis import INDEX_ADVICE, LATER_ADVICE, LOCK, LOCK_ADVICE, MISSING_INDEX

FINDINGS = (MISSING_INDEX, LOCK)
UNWEIGHED = [replace(one, impact=0) for one in (LATER_ADVICE, LOCK_ADVICE, INDEX_ADVICE)]


def test_what_gives_most_for_the_least_work_comes_first() -> None:
    assert [one.effort for one in in_order(FINDINGS, UNWEIGHED)] == ["minutes", "hours", "days"]


def test_a_light_thing_of_minutes_is_done_before_a_heavy_one_of_days() -> None:
    rebuild = replace(INDEX_ADVICE, what="Partition the table", term="immediate", effort="days", impact=7)
    quick = replace(LOCK_ADVICE, term="immediate", effort="minutes", impact=2)
    assert [one.what for one in in_order(FINDINGS, [rebuild, quick])] == [quick.what, rebuild.what]


def test_what_can_be_done_at_once_comes_before_what_takes_planning() -> None:
    planned = replace(INDEX_ADVICE, what="Partition the table", term="long-term", impact=10)
    assert [one.what for one in in_order(FINDINGS, [planned, LOCK_ADVICE])] == [LOCK_ADVICE.what, planned.what]


def test_each_has_the_impact_of_its_finding() -> None:
    assert [one.impact for one in in_order(FINDINGS, UNWEIGHED)] == [7, 2, 2]


def test_what_two_findings_ask_for_is_said_once_for_the_heavier() -> None:
    same = [replace(INDEX_ADVICE, finding=LOCK.id, impact=0), replace(INDEX_ADVICE, impact=0)]
    (only,) = in_order(FINDINGS, same)
    assert (only.finding, only.impact) == (MISSING_INDEX.id, 7)


def test_of_what_is_worth_the_same_the_first_that_was_given_comes_first() -> None:
    alike = [replace(INDEX_ADVICE, what=what) for what in ("index the expression", "analyze", "rewrite")]
    assert [one.what for one in in_order(FINDINGS, alike)] == ["index the expression", "analyze", "rewrite"]
