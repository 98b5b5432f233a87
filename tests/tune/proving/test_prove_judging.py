"""What was measured is judged by whole intervals: what pays, what harms, what cannot be told."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.proof import Interval95, Proof
from plimsoll.core.tuning.query import Query
from plimsoll.tune.proving.execution import Execution
from plimsoll.tune.proving.figures import interval
from plimsoll.tune.proving.judging import Rounds, Workload, effect, judge, proof_of, saving, told, weighed
from plimsoll.tune.proving.left import left_with
from plimsoll.tune.proving.together import UNTOUCHED, untouched

NOISE = (1.0, 1.01, 0.99, 1.02, 0.98, 1.0)
TIMES = st.lists(st.floats(0.01, 1e4), min_size=2, max_size=12)


def query(name: str, calls: float = 100.0, total_ms: float = 0.0, *, writes: bool = False) -> Query:
    return Query(name, f"SELECT {name}", calls, total_ms, writes=writes)


def workload(*statements: tuple[Query, float]) -> Workload:
    return Workload({one.id: weighed(one, ms) for one, ms in statements})


def rounds(name: str, before_ms: float, after_ms: float, noise: Sequence[float] = NOISE) -> Rounds:
    """Times of both sides, with the noise of one against the other's in reverse."""
    before = [Execution(before_ms * one, plan="Seq Scan on t") for one in noise]
    after = [Execution(after_ms * one, plan="Index Scan using i") for one in reversed(noise)]
    return Rounds(name, before, after)


def test_a_change_that_saves_most_of_a_statement_pays() -> None:
    one = workload((query("read"), 10.0))
    verdict = judge(one, [rounds("read", 10.0, 1.0)])
    assert verdict.pays
    assert verdict.clear
    assert verdict.saved.value == pytest.approx(900.0, rel=0.05)


def test_what_saves_less_than_a_hundredth_of_the_workload_does_not() -> None:
    whole = workload((query("read", 1), 10.0), (query("other", 1000), 10.0))
    verdict = judge(whole, [rounds("read", 10.0, 1.0)])
    assert not verdict.pays
    assert "less than 1%" in verdict.why


def test_a_statement_that_takes_nearly_all_of_the_workload_does_not_drown_the_others() -> None:
    huge, often = (query("huge", 1), 1e7), (query("often", 1000), 25.0)
    assert judge(workload(huge, often), [rounds("often", 25.0, 0.1)]).pays
    assert judge(workload(huge, often), [rounds("huge", 1e7, 10.0)]).pays
    rare = (query("rare", 1), 25.0)
    assert not judge(workload(huge, rare, (query("other", 1000), 0.5)), [rounds("rare", 25.0, 0.1)]).pays
    two = workload((query("huge", 1000), 1e7), (query("second", 1000), 1e7), often)
    assert judge(two, [rounds("often", 25.0, 0.1)]).pays
    assert judge(replace(two, replaced=frozenset({"huge", "second"})), [rounds("often", 25.0, 0.1)]).pays


def test_what_an_accepted_change_takes_away_no_longer_hides_what_is_left() -> None:
    whole = workload((query("loop", 25_000), 25.0), (query("rare", 200), 22.0), (query("quick", 5_000), 0.9))
    rare, quick = rounds("rare", 22.0, 0.1), rounds("quick", 0.9, 0.1)
    assert "less than 1%" in judge(whole, [rare]).why
    after = replace(whole, left={"loop": 0.002})
    assert judge(after, [rare]).pays
    assert judge(replace(whole, replaced=frozenset({"loop"})), [rare]).pays
    assert not judge(after, [quick]).pays
    assert not judge(after, [rounds("rare", 22.0, 20.0)]).pays
    once = replace(workload((query("loop", 1000), 2.2), (query("once", 1), 16.0)), left=after.left)
    assert not judge(once, [rounds("once", 16.0, 0.1)]).pays
    seldom = replace(workload((query("loop", 25_000), 25.0), (query("rare", 20), 22.0)), left=after.left)
    assert not judge(seldom, [rare]).pays


def test_an_important_statement_that_becomes_slower_forbids_a_change_that_would_pay() -> None:
    whole = workload((query("read"), 10.0), (query("other"), 1.0))
    verdict = judge(whole, [rounds("read", 10.0, 1.0), rounds("other", 1.0, 1.5)])
    assert "makes an important statement slower: SELECT other, by 500 µs a call (50%)" in verdict.why
    light = workload((query("read", 1000), 10.0), (query("other", 1), 1.0))
    assert judge(light, [rounds("read", 10.0, 1.0), rounds("other", 1.0, 1.5)]).pays


def test_a_light_statement_that_becomes_a_heavy_one_forbids_it_too() -> None:
    whole = workload((query("read", 1000), 10.0), (query("search", 2), 100.0))
    verdict = judge(whole, [rounds("read", 10.0, 1.0), rounds("search", 100.0, 1400.0)])
    assert "makes an important statement slower: SELECT search" in verdict.why


def test_a_write_may_become_slower_where_the_workload_gains_ten_times_what_it_loses() -> None:
    slower = [rounds("read", 10.0, 1.0), rounds("write", 1.0, 1.5)]
    assert judge(workload((query("read", 1000), 10.0), (query("write", 1000, writes=True), 1.0)), slower).pays
    verdict = judge(workload((query("read", 100), 10.0), (query("write", 1000, writes=True), 1.0)), slower)
    assert "slower: SELECT write" in verdict.why


def test_writes_that_lose_more_than_reads_gain_are_said_to() -> None:
    whole = workload((query("read", 10), 1.0), (query("write", 10000, writes=True), 0.2))
    verdict = judge(whole, [rounds("read", 1.0, 0.1), rounds("write", 0.2, 0.26, [1.0] * 6)])
    assert verdict.why.startswith("costs more than it saves")


def test_what_many_calls_of_a_short_statement_make_large_is_not_taken_for_a_gain() -> None:
    whole = workload((query("short", total_ms=900.0), 0.05), (query("other"), 1.0))
    verdict = judge(whole, [rounds("short", 0.05, 0.049, [1.0] * 6)])
    assert verdict.saved.value > 0.01 * whole.before_ms
    assert verdict.why == "no statement is faster by it beyond what varies"
    assert judge(whole, [rounds("short", 0.05, 0.04, [1.0] * 6)]).pays


def test_upkeep_measured_otherwise_is_taken_off() -> None:
    one = workload((query("read"), 10.0))
    assert judge(one, [rounds("read", 10.0, 1.0)], upkeep_ms=100.0).pays
    assert not judge(one, [rounds("read", 10.0, 1.0)], upkeep_ms=1000.0).pays
    assert saving(one, [], 5.0) == Interval95(-5.0, -5.0, -5.0)


def test_what_varies_more_than_it_saves_is_not_told() -> None:
    one = workload((query("read"), 10.0))
    verdict = judge(one, [rounds("read", 10.0, 8.0, (1.0, 2.0, 0.4, 1.3, 0.6, 1.0))])
    assert "does not stand out" in verdict.why
    assert not verdict.clear


def test_times_of_the_source_weigh_where_there_are_some() -> None:
    timed = weighed(query("read", 100, total_ms=5000.0), 10.0)
    assert timed.total_ms == pytest.approx(5000.0)
    assert weighed(query("read", 100), 10.0).total_ms == pytest.approx(1000.0)
    saved = saving(Workload({"read": timed}), [rounds("read", 10.0, 5.0)])
    assert saved.value == pytest.approx(2500.0, rel=0.05)


@pytest.mark.parametrize(
    ("saved", "expected"),
    [((0.2, 0.3), "better"), ((-0.3, -0.2), "worse"), ((-0.04, 0.04), "same"), ((-0.1, 0.3), "unclear")],
)
def test_an_effect_is_told_by_the_whole_interval(saved: tuple[float, float], expected: str) -> None:
    assert effect(1.0, Interval95(sum(saved) / 2, *saved)) == expected


def test_what_many_calls_of_a_short_statement_lose_is_told() -> None:
    short, other = rounds("short", 0.0324, 0.0398, [1.0] * 6), (query("other", 5_000), 50.0)
    often = workload((query("short", 500_000), 0.0324), other)
    assert proof_of(often, short).effect == "worse"
    assert "slower: SELECT short" in judge(often, [short, rounds("other", 50.0, 1.0)]).why
    writing = workload((query("short", 500_000, writes=True), 0.0324), other)
    assert proof_of(writing, short).effect == "worse"
    assert judge(writing, [short, rounds("other", 50.0, 1.0)]).pays
    assert proof_of(workload((query("short", 5_000), 0.0324), other), short).effect == "same"


def test_a_statement_that_ran_into_the_limit_says_so() -> None:
    one = workload((query("read"), 1000.0))
    ended = rounds("read", 1000.0, 1.0)
    ended = replace(ended, before=[replace(each, bound=True) for each in ended.before])
    proof = proof_of(one, ended)
    assert proof.effect == "better"
    assert "at least that long" in proof.why
    assert (proof.before.pages, proof.after.pages) == (None, 0.0)
    assert (proof.before.plan, proof.after.plan) == ("Seq Scan on t", "Index Scan using i")


@given(TIMES)
def test_an_interval_holds_its_median(values: list[float]) -> None:
    found = interval(values)
    assert found.low <= found.value <= found.high


@given(TIMES, st.floats(0.0, 100.0))
def test_more_upkeep_never_makes_a_change_pay(values: list[float], upkeep: float) -> None:
    one = workload((query("read"), values[0]))
    measured = Rounds("read", [Execution(each) for each in values], [Execution(each / 2) for each in values])
    assert judge(one, [measured]).pays or not judge(one, [measured], upkeep).pays


@given(TIMES)
def test_a_change_that_changes_nothing_is_never_advised(values: list[float]) -> None:
    one = workload((query("read"), values[0]))
    same = [Execution(each) for each in values]
    assert not judge(one, [Rounds("read", same, same)]).pays


def test_of_six_values_all_are_within_and_of_nine_the_outermost_are_not() -> None:
    assert interval([1.0, 2.0, 3.0, 4.0, 5.0, 60.0]) == Interval95(3.5, 1.0, 60.0)
    assert interval([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 90.0]) == Interval95(5.0, 2.0, 8.0)
    assert interval([1.0]).high == float("inf")


def accepted(name: str, *statements: tuple[str, float, float]) -> Advised:
    """A change whose proof has these statements, with what they took before and after."""
    proofs = [proof_of(workload((query(one), before)), rounds(one, before, after)) for one, before, after in statements]
    change = Change("create-index", name, name, "")
    return Advised(change, "proved", "high", proof=Proof(proofs, 1000.0, Interval95(1.0, 1.0, 1.0), 6))


def left_by(*made: Advised, without: str = "") -> dict[str, float]:
    return left_with(made, lambda change: change.subject != without)


def test_what_a_change_saves_on_top_of_others_is_of_what_they_left() -> None:
    left = left_by(accepted("first", ("read", 10.0, 0.2)))
    assert left == {"read": pytest.approx(0.02)}
    one = replace(workload((query("read"), 10.0)), left=left)
    assert judge(one, [rounds("read", 0.2, 0.1)]).saved.value == pytest.approx(10.0, rel=0.1)
    assert judge(one, [rounds("read", 0.02, 0.01)]).saved.value == pytest.approx(10.0, rel=0.1)


def test_what_was_measured_on_top_of_a_change_is_reckoned_from_what_both_leave() -> None:
    half, rest = accepted("half", ("union", 100.0, 50.0), ("other", 9.0, 3.0)), accepted("rest", ("union", 50.0, 1.0))
    left = left_by(half, rest)
    assert left == {"union": pytest.approx(0.01), "other": pytest.approx(1 / 3)}
    assert left_by(half, rest, without="rest") == {"union": pytest.approx(0.5), "other": pytest.approx(1 / 3)}
    one = replace(workload((query("union"), 100.0)), left=left, left_with_it=True)
    assert judge(one, [rounds("union", 50.0, 1.0)]).saved.value == pytest.approx(4900.0, rel=0.1)
    assert judge(one, [rounds("union", 500.0, 1.0)]).saved.value == pytest.approx(9980.0, rel=0.1)
    superfluous = judge(one, [rounds("union", 1.05, 1.0)])
    assert superfluous.saved.value == pytest.approx(5.0, rel=0.5)
    assert "less than 1%" in superfluous.why


def test_a_proof_that_two_share_counts_once() -> None:
    first, second = (replace(accepted(name, ("union", 100.0, 1.0))) for name in ("first", "second"))
    assert left_by(first, second) == {"union": pytest.approx(0.01)}


def test_of_three_rounds_on_a_busy_machine_what_is_hundreds_of_times_faster_stands_out() -> None:
    one = workload((query("read"), 310.0))
    found = rounds("read", 310.0, 0.47, (0.5, 1.0, 2.0))
    assert interval(found.differences).low < 0
    assert told(found) == "better"
    assert judge(one, [found]).pays
    assert told(rounds("read", 310.0, 300.0, (0.5, 1.0, 2.0))) == "unclear"
    assert told(rounds("read", 0.47, 310.0, (0.5, 1.0, 2.0))) == "worse"


def test_a_machine_that_became_faster_makes_no_saving_smaller() -> None:
    one = workload((query("read"), 10.0))
    assert judge(one, [rounds("read", 5.0, 1.0)]).saved.value == pytest.approx(800.0, rel=0.05)


def test_what_no_change_touches_is_never_called_better_or_worse() -> None:
    one = workload((query("other"), 121.0), (query("read"), 10.0))
    found = [proof_of(one, rounds(name, before, 0.8 * before)) for name, before in (("other", 121.0), ("read", 10.0))]
    whole = untouched(Proof(found, 1000.0, Interval95(1.0, 1.0, 1.0), 6), {"other"})
    assert [(each.effect, each.why) for each in whole.queries] == [("same", UNTOUCHED), ("better", "")]


def test_a_statement_that_is_slower_for_some_of_its_values_says_so() -> None:
    before = [Execution(5.0, each_ms=(9.0, 1.0))] * 6
    after = [Execution(2.0, each_ms=(1.0, 3.0))] * 6
    proof = proof_of(workload((query("read"), 5.0)), Rounds("read", before, after))
    assert proof.effect == "better"
    assert proof.why == "slower for 1 of its 2 values: 1.00 ms → 3.00 ms"
