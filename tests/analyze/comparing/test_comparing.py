"""Runs are the replicates: what more than chance tells apart is found, what chance does is not."""

import json
from dataclasses import replace

import numpy as np
import pytest

from plimsoll.analyze.comparing.comparing import Question
from plimsoll.analyze.comparing.effects import effect_of_runs
from plimsoll.analyze.comparing.judging import FLOOR, judge
from plimsoll.analyze.comparing.metrics import Metric, read_metric
from plimsoll.analyze.comparing.runs import Group
from plimsoll.core.comparison import Comparison, Effect
from plimsoll.core.errors import UsageError
from plimsoll.report.comparison.words import change_words
from tests.analyze.comparing.made_runs import a_run, compared, drawn, group, rows


def flagged(seed: int, repeats: int, factor: float) -> bool:
    random = np.random.default_rng(seed)
    a, b = random.lognormal(0, 0.03, (2, repeats))
    effect = effect_of_runs(a.tolist(), (b * factor).tolist(), "ms", seed)
    return judge(effect, "ms", FLOOR, higher_is_better=False)[0] in ("better", "worse")


def test_of_identical_runs_few_are_flagged_and_a_tenth_slower_is_found() -> None:
    """The thousand pairs are in tests/prove; between-run variation is 3 %."""
    assert sum(flagged(seed, 5, 1.0) for seed in range(200)) <= 10
    assert sum(flagged(seed, 8, 1.1) for seed in range(50)) >= 45


def test_slower_runs_are_worse_and_quicker_ones_better() -> None:
    slower = compared(group("a", *drawn(1, 6)), group("b", *drawn(2, 6, 1.2)))
    assert slower.verdict == "worse"
    assert slower.primary is not None
    assert slower.primary.effect is not None
    assert slower.primary.name == "p95"
    assert slower.primary.effect.estimate == pytest.approx(0.2, abs=0.06)
    assert slower.primary.effect.method == "permutation"
    quicker = compared(group("a", *drawn(1, 6)), group("b", *drawn(2, 6, 0.8)))
    assert quicker.verdict == "better"


def test_no_difference_says_what_would_have_been_found() -> None:
    found = compared(group("a", *drawn(1, 6)), group("b", *drawn(2, 6)))
    assert found.verdict == "no difference shown"
    assert "would have been found 4 times in 5" in found.because


def test_a_certain_difference_below_the_floor_does_not_count() -> None:
    a, b = group("a", *drawn(1, 6, variation=0.002)), group("b", *drawn(2, 6, 1.03, variation=0.002))
    found = compared(a, b)
    assert found.verdict == "no difference shown"
    assert "less than the floor of 5 %" in found.because
    assert compared(a, b, Question(floor=0.02)).verdict == "worse"


def test_runs_that_scatter_widely_tell_nothing() -> None:
    found = compared(group("a", 10.0, 20.0, 40.0, 12.0), group("b", 11.0, 35.0, 18.0, 60.0))
    assert found.verdict == "cannot tell"
    assert "differ so much by themselves" in found.because


def test_a_closed_loop_is_judged_by_what_it_gets_done() -> None:
    a, b = (
        Group(name, [a_run(f"{name}{at}", open_loop=False, journeys_per_s=rate) for at, rate in enumerate(rates)])
        for name, rates in (("a", drawn(1, 5)), ("b", drawn(2, 5, 0.8)))
    )
    found = compared(a, b)
    assert found.primary is not None
    assert found.primary.name == "journeys"
    assert found.verdict == "worse"


def test_a_step_is_compared_when_asked_for() -> None:
    found = compared(group("a", *drawn(1, 5)), group("b", *drawn(2, 5, 1.3)), Question(read_metric("step:look up:p99")))
    assert found.primary is not None
    assert found.primary.name == "step:look up:p99"
    assert found.verdict == "worse"


def test_the_others_are_corrected_for_being_many() -> None:
    found = compared(group("a", *drawn(1, 5)), group("b", *drawn(2, 5, 1.3)))
    effects = [other.effect for other in found.others if other.effect is not None]
    assert found.primary is not None
    assert found.primary.effect is not None
    assert found.primary.effect.p_corrected is None
    assert all(one.p is not None and one.p_corrected is not None and one.p_corrected >= one.p for one in effects)
    p50 = next(other.effect for other in found.others if other.name == "p50")
    assert p50 is not None
    assert p50.p is not None
    assert p50.p_corrected is not None
    assert p50.p_corrected >= 2 * p50.p


def test_with_few_runs_no_second_figure_can_be_told_to_differ_and_that_is_said() -> None:
    few = compared(group("a", *drawn(1, 4)), group("b", *drawn(2, 4, 1.5)))
    assert few.verdict == "worse"
    p50 = next(other for other in few.others if other.name == "p50")
    assert p50.verdict == "cannot tell"
    assert any("4 and 4 runs are too few for a second figure" in text for text in few.warnings)
    assert any("5 and 5 would do" in text for text in few.warnings)
    more = compared(group("a", *drawn(1, 5)), group("b", *drawn(2, 5, 1.5)))
    assert next(other for other in more.others if other.name == "p50").verdict == "worse"
    assert not any("second figure" in text for text in more.warnings)


def test_the_row_of_failures_agrees_with_the_headline_that_they_decide() -> None:
    b = Group("b", [a_run(f"b{at}", p95, errors=180) for at, p95 in enumerate(drawn(2, 4))])
    found = compared(group("a", *drawn(1, 4)), b)
    assert found.verdict == "worse"
    (errors,) = [other for other in found.others if other.name == "errors"]
    assert errors.verdict == "worse"


@pytest.mark.parametrize(
    ("estimate", "said"), [(0.09865, "9.87 % higher"), (0.098649, "9.87 % higher"), (9.996, "1,000 %")]
)
def test_a_headline_and_the_table_say_the_same_number(estimate: float, said: str) -> None:
    effect = Effect(estimate, 0.0, 20.0, 0.01, 0.05, "permutation")
    _, because = judge(effect, "ms", FLOOR, higher_is_better=False)
    assert because.startswith(said)
    assert f"+{because.split()[0]} %" == change_words(effect, "ms")


def test_quick_refusals_are_no_improvement() -> None:
    b = Group("b", [a_run(f"b{at}", p95, errors=900) for at, p95 in enumerate(drawn(2, 5, 0.5))])
    found = compared(group("a", *drawn(1, 5)), b)
    assert found.verdict == "worse"
    assert "15 % of what was asked of B failed, of A 0 %" in found.because


def test_a_few_failures_more_are_chance() -> None:
    b = Group("b", [a_run(f"b{at}", p95, errors=1, requests=60) for at, p95 in enumerate(drawn(2, 5))])
    a = group("a", *drawn(1, 5), requests=60)
    assert compared(a, b).verdict == "no difference shown"


def test_beside_runs_that_refuse_others_are_not_called_slower() -> None:
    a = Group("a", [a_run(f"a{at}", p95, errors=900) for at, p95 in enumerate(drawn(1, 5, 0.5))])
    found = compared(a, group("b", *drawn(2, 5)))
    assert found.verdict == "cannot tell"
    assert "A looks better than it is" in found.because
    same = compared(
        replace(a, runs=[a_run(f"s{at}", p95, errors=900) for at, p95 in enumerate(drawn(3, 5))]),
        group("b", *drawn(2, 5)),
    )
    assert same.verdict == "no difference shown"
    assert "15 % of what was asked of A failed" in same.because


def test_two_and_two_runs_are_taken_to_vary_normally_and_called_weaker() -> None:
    found = compared(group("a", 10.0, 10.2), group("b", 13.0, 13.2))
    assert found.verdict == "worse"
    assert any("weaker" in warning for warning in found.warnings)


def test_a_single_pair_is_judged_by_its_seconds_and_called_weaker() -> None:
    seconds = [rows(1)], [rows(2, median_ms=13.0)]
    found = compared(group("a", 16.0), group("b", 20.8), seconds=seconds)
    assert found.verdict == "worse"
    assert found.primary is not None
    assert found.primary.effect is not None
    assert found.primary.effect.method == "blocks"
    assert any("4 % is assumed" in warning for warning in found.warnings)


def test_a_run_that_is_too_short_tells_nothing() -> None:
    sides = group("a", 10.0, duration_s=5.0), group("b", 20.0, duration_s=5.0)
    found = compared(*sides, seconds=([rows(1, seconds=5)], [rows(2, seconds=5)]))
    assert found.verdict == "cannot tell"
    assert any("too little was measured" in text for text in found.warnings)


def test_a_run_whose_seconds_are_damaged_is_not_called_too_short() -> None:
    found = compared(group("a", 10.0), group("b", 20.0), seconds=([rows(1)], [[]]))
    assert found.verdict == "cannot tell"
    assert "the seconds of b0 could not be read: intervals.jsonl is damaged or empty" in found.warnings
    assert not any("too little" in text for text in (*found.warnings, found.because))


def test_a_run_without_a_value_tells_nothing() -> None:
    assert compared(group("a", None, 1.0, 1.0, 1.0), group("b", 1.0, 1.0, 1.0, 1.0)).verdict == "cannot tell"


def test_an_invalid_run_among_others_is_left_out_and_alone_refuses() -> None:
    bad = a_run("bad", 99.0, valid=False, invalid_because=("the load generator was late",))
    good = group("b", *drawn(2, 5))
    found = compared(group("a", *drawn(1, 5)), replace(good, runs=[*good.runs, bad]))
    assert found.verdict == "no difference shown"
    assert found.b.left_out == ("bad is invalid: the load generator was late",)
    alone = compared(group("a", 10.0), Group("b", [bad]), seconds=([], []))
    assert alone.verdict == "cannot tell"
    assert alone.not_comparable == ["bad is invalid: the load generator was late"]


def test_a_run_is_not_compared_with_itself() -> None:
    runs = group("a", 10.0, 11.0)
    with pytest.raises(UsageError, match="stands on both sides"):
        compared(runs, Group("b", runs.runs[:1]))


def test_a_comparison_survives_json() -> None:
    found = compared(group("a", *drawn(1, 5)), group("b", *drawn(2, 5)))
    text = json.dumps(found.to_json(), allow_nan=False)
    assert json.dumps(Comparison.from_json(json.loads(text)).to_json()) == text


@pytest.mark.parametrize("text", ["", "p42", "step:look up", "steps:x:p95", "step:look up:rate"])
def test_what_is_no_metric_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not a metric"):
        read_metric(text)


def test_metrics_have_other_spellings() -> None:
    assert read_metric("p999") == Metric("p99.9")
    assert read_metric("journeys_per_s") == Metric("journeys")
    assert read_metric("step:a:b:p50") == Metric("p50", "step:a:b")


def test_a_step_that_no_run_has_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError) as refused:
        compared(group("a", 1.0), group("b", 1.0), Question(read_metric("step:look ups:p95")))
    assert "step:look up:p95" in refused.value.remedy
