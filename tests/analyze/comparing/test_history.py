"""A metric over the history: runs like the newest, and where the level changed."""

from typing import Any

import pytest

from plimsoll.analyze.comparing.history import trend_of, what_changed
from plimsoll.analyze.comparing.metrics import Metric
from plimsoll.analyze.comparing.runs import ComparedRun
from tests.analyze.comparing.made_runs import a_run, drawn


def history(*levels: tuple[int, float], **changes: Any) -> list[ComparedRun]:
    """So many runs at each level."""
    values = [value for seed, (count, factor) in enumerate(levels) for value in drawn(seed, count, factor)]
    return [a_run(f"r{at:02}", value, **changes) for at, value in enumerate(values)]


def test_a_change_of_level_is_found_with_the_run_that_began_it() -> None:
    found = trend_of(history((12, 1.0), (8, 1.2)), None, 0.05)
    (change,) = found.changes
    assert (change.run_id, change.verdict) == ("r12", "worse")
    assert change.effect == pytest.approx(0.2, abs=0.05)
    assert change.before == pytest.approx(10.0, rel=0.03)
    assert change.after == pytest.approx(12.0, rel=0.03)
    assert found.metric == "p95"


def test_less_than_the_floor_and_chance_are_no_change() -> None:
    assert trend_of(history((15, 1.0), (15, 1.06)), None, 0.2).changes == []
    assert trend_of(history((30, 1.0)), None, 0.05).changes == []


def test_runs_unlike_the_newest_are_left_out_with_the_reason() -> None:
    odd = [
        a_run("late", valid=False, invalid_because=("the load generator was late",)),
        a_run("cut", stopped_by="interrupted"),
        a_run("elsewhere", environment="prod"),
        a_run("pooled", connections="pool of 4 in each process"),
        a_run("empty", None),
    ]
    found = trend_of([*odd, *history((5, 1.0))], None, 0.05)
    assert [point.run_id for point in found.points] == [f"r{at:02}" for at in range(5)]
    assert {one.run_id: one.why for one in found.left_out} == {
        "late": "is invalid: the load generator was late",
        "cut": "did not come to its end (interrupted)",
        "elsewhere": "another environment: prod",
        "pooled": "connections: pool of 4 in each process here, per-user in the newest",
        "empty": "nothing was measured of it",
    }


def test_a_newest_run_that_cannot_be_believed_is_left_out_and_still_says_what_is_alike() -> None:
    found = trend_of([*history((5, 1.0)), a_run("cut", stopped_by="killed")], None, 0.05)
    assert len(found.points) == 5
    assert [one.run_id for one in found.left_out] == ["cut"]


def test_failures_change_in_points() -> None:
    runs = [a_run(f"r{at:02}", errors=0 if at < 10 else 300 + at) for at in range(20)]
    (change,) = trend_of(runs, Metric("errors"), 0.05).changes
    assert change.run_id == "r10"
    assert change.effect == pytest.approx(0.05, abs=0.003)
    assert change.before == 0.0


def test_what_else_differs_beside_a_change_is_told() -> None:
    before = a_run("a", settings={"work_mem": "4MB"}, versions={"plimsoll": "0.1"})
    after = a_run("b", settings={"work_mem": "64MB"}, versions={"plimsoll": "0.2"})
    assert what_changed(before, after) == [
        "settings of the server: work_mem 4MB before, 64MB after",
        "Plimsoll: 0.1 before, 0.2 after",
    ]
