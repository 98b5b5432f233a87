"""What is said of a tuning by what was counted before and since."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from plimsoll.core.tuning.advice import Advised, Tuning
from plimsoll.core.tuning.applied import Counted
from plimsoll.core.tuning.change import Change, Step
from plimsoll.core.tuning.proof import Interval95
from plimsoll.core.tuning.query import Query, QueryWorkload
from plimsoll.tune.verifying.comparing import Compared, compared, effect_of, outcome_of
from tests.core.tuning.tunings import ON_CUSTOMER, made, proof

CHANGE = Change("create-index", "orders", "Create it", "", ("q1",), ON_CUSTOMER, steps=(Step("CREATE"),))
DONE = [CHANGE.id]


def tuning(*others: str, writes: str = "", proved: bool = True) -> Tuning:
    """The first statement has the index; the proof has it fall from 5 ms to 1."""
    names = ("q1", *others)
    queries = tuple(Query(name, f"SELECT {name}", 1000, 1000.0, writes=name == writes) for name in names)
    advised = Advised(CHANGE, "proved", "high", 0.8, None, proof() if proved else None)
    return made(advised, workload=QueryWorkload(queries, "here"), together=proof() if proved else None)


def counts(calls: int = 1000, **ms: float) -> dict[str, Counted]:
    """Of each statement, with a spread of its mean's own size."""
    return {name: Counted(calls, calls * each, calls * each**2) for name, each in ms.items()}


def judged(whole: Tuning, before: Mapping[str, Counted], after: Mapping[str, Counted]) -> tuple[Compared, str, str]:
    found = compared(whole, DONE, before, after)
    return found, *outcome_of(found)


def test_a_promise_that_was_kept_is_better_by_what_was_saved() -> None:
    found, outcome, why = judged(tuning("q2"), counts(q1=5.0, q2=1.0), counts(q1=1.0, q2=1.0))
    assert outcome == "better"
    assert found.saved is not None
    assert found.saved.low < 4 / 6 < found.saved.high
    assert found.promised == pytest.approx(4 / 6)
    assert why == "the same calls take 66.7 % less time"
    assert [(one.query, one.effect, one.touched, one.promised) for one in found.queries] == [
        ("q1", "better", True, pytest.approx(0.2)), ("q2", "same", False, None),
    ]  # fmt: skip


def test_a_statement_that_takes_as_long_as_before_is_the_same_where_that_is_known_well() -> None:
    _, outcome, _ = judged(tuning(), counts(100_000, q1=5.0), counts(100_000, q1=5.0))
    assert outcome == "same"


def test_too_few_calls_are_said_to_be_too_few() -> None:
    found, outcome, why = judged(tuning(), counts(q1=5.0), counts(12, q1=1.0))
    assert outcome == "unclear"
    assert found.queries[0].why == "too few calls to tell: 12 since, 30 are the least"
    assert "30 times on either side" in why
    assert compared(tuning(), DONE, {}, {}).queries[0].why.startswith("too few calls to tell: 0 before")


def test_an_important_statement_that_became_slower_is_worse_whatever_else_was_saved() -> None:
    found, outcome, why = judged(tuning("q2"), counts(q1=5.0, q2=1.0), counts(q1=1.0, q2=2.0))
    assert (outcome, why) == ("worse", "1 of the important statements became slower")
    assert [one.effect for one in found.queries] == ["better", "worse"]


def test_a_light_statement_that_no_change_is_for_decides_nothing() -> None:
    found, outcome, _ = judged(tuning("q2"), counts(q1=5.0, q2=0.001), counts(q1=1.0, q2=0.002))
    assert outcome == "better"
    assert [one.important for one in found.queries] == [True, False]


def test_what_all_statements_do_is_not_the_changes_doing() -> None:
    names = ("q2", "q3", "q4", "q5")
    slower = counts(q1=10.0, q2=2.0, q3=2.1, q4=1.9, q5=2.0)
    found, outcome, _ = judged(tuning(*names), counts(q1=5.0, q2=1.0, q3=1.0, q4=1.0, q5=1.0), slower)
    assert found.others == pytest.approx(2.0)
    assert outcome == "unclear"
    assert found.queries[0].why == "slower, but so are statements that no change is for"


def test_no_statement_is_excused_by_itself() -> None:
    before = counts(q1=5.0, q2=1.0, q3=1.0, q4=1.0)
    after = counts(q1=1.0, q2=3.0, q3=1.0, q4=1.0)
    found, outcome, _ = judged(tuning("q2", "q3", "q4"), before, after)
    assert (found.queries[1].effect, outcome) == ("worse", "worse")


def test_writes_and_statements_with_a_promise_are_no_measure_of_other_load() -> None:
    whole = tuning("q2", "q4", writes="q4")
    before = counts(q1=5.0, q2=1.0, q4=1.0)
    assert compared(whole, DONE, before, before).others is None


def test_without_a_proof_nothing_was_promised() -> None:
    found = compared(tuning(proved=False), DONE, counts(q1=5.0), counts(q1=1.0))
    assert found.promised is None
    assert found.saved is not None


def test_of_a_part_of_the_changes_only_their_own_promises_count() -> None:
    other = Advised(replace(CHANGE, index=None, existing=None, form="other", queries=("q2",)), "proved", "high")
    whole = replace(tuning("q2"), advised=(*tuning().advised, other))
    slow = replace(proof().queries[0], query="q2")
    whole = replace(whole, together=replace(proof(), queries=(*proof().queries, slow)))
    found = compared(whole, DONE, counts(q1=5.0, q2=1.0), counts(q1=1.0, q2=1.0))
    assert [one.promised for one in found.queries] == [pytest.approx(0.2), None]


@pytest.mark.parametrize(
    ("low", "high", "others", "effect"),
    [
        (0.2, 0.3, None, "better"), (0.95, 1.05, None, "same"), (1.2, 1.4, None, "worse"), (0.8, 1.2, None, "unclear"),
        (0.85, 0.95, None, "unclear"), (1.2, 1.4, 1.15, "worse"), (1.2, 1.4, 1.3, "unclear"), (3.0, 4.0, 1.3, "worse"),
    ],
)  # fmt: skip
def test_a_ratio_is_judged_by_its_interval(low: float, high: float, others: float | None, effect: str) -> None:
    assert effect_of(Interval95((low + high) / 2, low, high), others)[0] == effect
