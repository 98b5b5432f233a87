"""What statements count for where one takes nearly all of the workload."""

import pytest

from plimsoll.core.query_plan import PlanNode
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.planned import Planned
from plimsoll.core.tuning.query import Query
from plimsoll.core.tuning.tempering import replaced_by, tempered, tempered_loads


def asked(name: str, calls: float, cost: float, total_ms: float = 0.0) -> Planned:
    return Planned(Query(name, "SELECT 1", calls, total_ms), (PlanNode("Seq Scan", 1.0, 8, cost),))


def test_one_that_exceeds_all_others_counts_for_no_more_than_they_do_together() -> None:
    assert tempered({"huge": 1e6, "a": 30.0, "b": 20.0}, {"a", "b", "huge"}) == {"huge": 50.0, "a": 30.0, "b": 20.0}
    even = {"a": 40.0, "b": 30.0, "c": 20.0}
    assert tempered(even, even) == even


def test_several_giants_are_held_back_like_one() -> None:
    whole = {"one": 4900.0, "other": 4800.0, "a": 60.0, "b": 40.0}
    assert tempered(whole, whole) == {"one": 100.0, "other": 100.0, "a": 60.0, "b": 40.0}
    assert tempered(whole, {"one", "other"})["one"] == 4800.0
    heavy = {"one": 50.0, "other": 40.0, "a": 10.0}
    assert tempered(heavy, heavy) == heavy
    many = {str(number): 10.0 for number in range(10)} | {"small": 0.01}
    assert tempered(many, many) == many


def test_what_nobody_waits_for_holds_nothing_back() -> None:
    whole = {"huge": 1e6, "trivial": 1.0}
    assert tempered(whole, {"huge"}) == whole
    planned = [asked("huge", 1000, 50_000.0), asked("quick", 1000, 8.0), asked("rare", 1, 5_000.0)]
    assert tempered_loads(planned) == {"huge": 5e7, "quick": 8_000.0, "rare": 5_000.0}
    assert tempered_loads([*planned, asked("felt", 1000, 200.0)])["huge"] == 200_000.0
    timed = [asked("huge", 10, 1.0, 1e6), asked("felt", 10, 1.0, 200.0), asked("quick", 10, 1.0, 5.0)]
    assert {name: round(load, 3) for name, load in tempered_loads(timed).items()} == {
        "huge": 200.0,
        "felt": 200.0,
        "quick": 0.002,
    }


def test_what_is_asked_once_gets_no_larger_a_part_because_a_giant_is_held_back() -> None:
    whole = {"huge": 2000.0, "felt": 50.0, "once": 4.0}
    counting = tempered(whole, {"huge", "felt"})
    assert counting["felt"] == counting["huge"] == 50.0
    assert counting["once"] / sum(counting.values()) == pytest.approx(4.0 / sum(whole.values()))


def test_those_that_will_be_written_differently_do_not_hide_what_is_left() -> None:
    whole = {"one": 1e6, "other": 2e6, "a": 30.0, "b": 20.0}
    assert tempered(whole, whole, {"one", "other"}) == {"one": 20.0, "other": 20.0, "a": 20.0, "b": 20.0}
    assert tempered({"one": 5.0}, {"one"}, {"one"}) == {"one": 5.0}


def test_only_a_certain_rewrite_replaces_a_statement() -> None:
    made = Change("rewrite", "q", "", "", ("q",), after="SELECT 2")
    sketch = Change("rewrite", "r", "", "", ("r",))
    advised = [Advised(made, "explained", "high"), Advised(sketch, "explained", "high")]
    assert replaced_by(advised) == {"q"}
    assert replaced_by([Advised(made, "explained", "medium")]) == frozenset()
