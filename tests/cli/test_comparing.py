"""What `plimsoll run` compares at its end: options that contradict each other, and whose exit code wins."""

from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.cli.comparing import ComparingOptions, floor_of, named_baseline, question_of
from plimsoll.cli.exits import INTERRUPTED, INVALID, MISSED, OK, REFUSED
from plimsoll.core.comparison import Verdict
from plimsoll.core.errors import UsageError
from tests.report.test_comparison import WORSE

WITH_BASELINE = ComparingOptions("default")


@pytest.mark.parametrize(
    ("verdict", "own", "code"),
    [
        ("better", OK, OK),
        ("no difference shown", OK, OK),
        ("worse", OK, MISSED),
        ("cannot tell", OK, INVALID),
        ("better", MISSED, MISSED),
        ("worse", INVALID, INVALID),
        ("cannot tell", MISSED, INVALID),
        ("better", INTERRUPTED, INTERRUPTED),
        ("cannot tell", REFUSED, REFUSED),
    ],
)
def test_the_graver_of_run_and_comparison_is_the_exit_code(verdict: Verdict, own: int, code: int) -> None:
    assert WITH_BASELINE.code(replace(WORSE, verdict=verdict), own) == code


def test_an_exit_code_that_is_the_runs_own_is_explained_beside_another_verdict() -> None:
    same = replace(WORSE, verdict="no difference shown")
    assert WITH_BASELINE.why_code(same, INVALID) == (
        "exit code 5: a run is invalid; the comparison alone (no difference shown) would give 0"
    )
    assert WITH_BASELINE.why_code(same, REFUSED).startswith("exit code 3: a run was refused, and only those")
    for verdict, own in ((same, OK), (WORSE, OK), (WORSE, MISSED), (None, INVALID)):
        assert WITH_BASELINE.why_code(verdict, own) == ""
    assert ComparingOptions().why_code(None, INVALID) == ""


def test_a_comparison_that_could_not_be_made_cannot_tell_and_one_not_asked_for_says_nothing() -> None:
    assert WITH_BASELINE.code(None, OK) == INVALID
    assert ComparingOptions().code(None, OK) == OK
    assert ComparingOptions().to_json(None) == {}
    assert WITH_BASELINE.to_json(None) == {"comparison": None}


@pytest.mark.parametrize(
    ("options", "matrix", "said"),
    [
        (ComparingOptions("x", Path("b.toml")), (), "contradict"),
        (ComparingOptions("x"), ("users=1,2",), "--baseline and --matrix contradict"),
        (ComparingOptions(metric="p95"), (), "--metric needs"),
        (ComparingOptions("x", metric="p42"), (), "not a metric"),
        (ComparingOptions("x", floor="-1"), (), "wrong --floor"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: ComparingOptions, matrix: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        options.check(matrix)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["s.py", "--baseline"], ["s.py", "--baseline", "default"]),
        (["--baseline", "--json", "s.py"], ["--baseline", "default", "--json", "s.py"]),
        (["s.py", "--baseline", "release"], ["s.py", "--baseline", "release"]),
        (["s.py"], ["s.py"]),
        ([], []),
    ],
)
def test_a_baseline_without_a_name_is_the_one_called_default(words: list[str], meant: list[str]) -> None:
    assert named_baseline(words) == meant


def test_a_floor_is_a_share_in_percent_or_as_a_number() -> None:
    assert floor_of("5%") == floor_of(" 0.05 ") == 0.05
    for wrong in ("x", "nan", "101%", "-1%", ""):
        with pytest.raises(UsageError, match="wrong --floor"):
            floor_of(wrong)


@pytest.mark.parametrize(("text", "means", "remedy"), [("5", "500 %", "--floor 5%"), ("250%", "250 %", "--floor 5%")])
def test_a_floor_that_is_too_much_says_what_it_means(text: str, means: str, remedy: str) -> None:
    with pytest.raises(UsageError, match=f"it means {means}") as refused:
        floor_of(text)
    assert refused.value.remedy == remedy


def test_what_was_changed_on_purpose_is_one_of_the_aspects() -> None:
    assert question_of(None, "5%", ["settings,server", "data"]).changed == ("settings", "server", "data")
    with pytest.raises(UsageError, match="wrong --changed"):
        question_of(None, "5%", ["weather"])
