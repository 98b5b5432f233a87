"""`plimsoll analyze FILE`: what it prints, what it ends with, and that a run's own export says what the run said."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from plimsoll.cli.app import app
from plimsoll.core.analysis import Analysis
from plimsoll.core.errors import UsageError
from plimsoll.core.goal import parse_goal
from plimsoll.report.jtl import write_jtl
from plimsoll.workflows.analyzing.file_analysis import analyze_file, is_file_argument
from tests.analyze.reading.writing import DEFAULT, csv_text, row, rows
from tests.report import builders


def written(directory: Path, text: str, name: str = "given.jtl") -> Path:
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_printed_has_the_keys_of_a_run_and_findings(tmp_path: Path) -> None:
    path = written(tmp_path, csv_text(rows(400)) + "cut off\n")
    done = CliRunner().invoke(app, ["analyze", str(path), "--json", "--goal", "rate>10/s", "--apdex", "30ms,50ms"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["source"]["kind"] == "jtl-csv"
    assert (told["requests"], told["source"]["rows"], told["source"]["rows_left_out"]) == (400, 400, 1)
    assert told["latency_ms"]["p95"] == 40.0
    assert (told["metrics"]["total"]["apdex"], told["metrics"]["apdex_ms"]) == (0.5, [30.0, 50.0])
    assert told["findings"] == []
    assert json.loads(json.dumps(Analysis.from_json(told).to_json())) == told


def test_a_missed_goal_ends_with_4_and_what_cannot_be_believed_with_5(tmp_path: Path) -> None:
    slow = written(tmp_path, csv_text(rows(400)))
    assert CliRunner().invoke(app, ["analyze", str(slow), "--goal", "p95<10ms"]).exit_code == 4
    failing = written(tmp_path, csv_text(rows(400, success="false")))
    assert CliRunner().invoke(app, ["analyze", str(failing)]).exit_code == 5


def test_a_terminal_is_told_of_steps_goals_failures_and_rows_left_out(tmp_path: Path) -> None:
    some = [row(10 * at, label="pay", success="false", responseCode=503) for at in range(0, 300, 10)]
    path = written(tmp_path, csv_text([*(row(10 * at) for at in range(300)), *some]) + "cut off\n")
    said = CliRunner().invoke(app, ["analyze", str(path)]).stdout
    for words in ("look up", "HTTP 503", "goal < 1 %", "1 of 331 rows", "fewer fields than columns", "APDEX"):
        assert words in said


def test_secrets_in_labels_and_messages_are_masked(tmp_path: Path) -> None:
    secret = row(label="GET /a?password=hunter2", failureMessage="token=hunter2 refused", success="false")
    path = written(tmp_path, csv_text([*rows(300), secret]))
    assert "hunter2" not in json.dumps(analyze_file(path).to_json())
    assert "hunter2" not in CliRunner().invoke(app, ["analyze", str(path)]).stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--from", "3s"], "for runs"),
        (["--goal", "p95<"], "p95<"),
        (["--apdex", "2s,1s"], "apdex"),
        (["--apdex", "soon"], "apdex"),
    ],
)
def test_options_that_make_no_sense_are_refused(tmp_path: Path, given: list[str], said: str) -> None:
    path = written(tmp_path, csv_text(rows(3)))
    with pytest.raises(UsageError, match=said):
        CliRunner().invoke(app, ["analyze", str(path), *given], catch_exceptions=False)


def test_what_a_run_exports_says_what_the_run_said(tmp_path: Path) -> None:
    outcomes = ["40001", "HTTP 503", "check: one row", "timeout", *[None] * 300]
    samples = pl.DataFrame(
        {
            "journey": "buy", "step": "pay", "kind": "http" if error == "HTTP 503" else "sql", "user": at % 3,
            "scheduled_ns": at * 50_000_000, "ready_ns": at * 50_000_000, "started_ns": at * 50_000_000,
            "finished_ns": at * 50_000_000 + 20_000_000, "think_ns": 0, "error": error, "connect_ns": 0, "tls_ns": 0,
            "first_byte_ns": 0, "sent": 0, "received": 0,
        }
        for at, error in enumerate(outcomes)
    )  # fmt: skip
    write_jtl(samples.lazy(), tmp_path / "run.jtl", builders.facts(warmup_s=0.0))
    found = analyze_file(tmp_path / "run.jtl", [])
    (step,) = found.summary.steps
    assert (step.journey, step.name, step.count, step.latency_ms.p50) == ("buy", "pay", 304, 20.0)
    assert step.error_classes == {"40001": 1, "HTTP 503": 1, "check: one row": 1, "timeout": 1}


def test_what_is_a_file_and_what_a_run(tmp_path: Path) -> None:
    assert is_file_argument(str(written(tmp_path, "", "odd")))
    assert is_file_argument("missing.jtl")
    assert is_file_argument("missing.CSV")
    assert not is_file_argument("latest")
    assert not is_file_argument(str(tmp_path))
    assert not is_file_argument("x" * 300)


def test_goals_of_ones_own_replace_the_default_ones(tmp_path: Path) -> None:
    path = written(tmp_path, csv_text(rows(300)))
    assert [goal.expression for goal in analyze_file(path).summary.goals] == ["p95<1s", "errors<1%", "rate>=100/s"]
    mine = analyze_file(path, [parse_goal("max<2s")])
    assert [(goal.expression, goal.passed) for goal in mine.summary.goals] == [("max<2s", True)]


def test_a_part_of_the_time_that_was_worse_is_said(tmp_path: Path) -> None:
    given = [row(100 * at, elapsed=90 if 200 <= at < 400 else 5 + at % 3) for at in range(600)]
    notes = analyze_file(written(tmp_path, csv_text(given))).notes
    assert any(note.startswith("from 20 s to 40 s requests took") for note in notes), notes


def test_time_stamps_of_no_known_format_are_told_with_one_of_them_and_cost_no_request(tmp_path: Path) -> None:
    given = [row(timeStamp="Nov 14 2023", success=str(at % 2 > 0).lower(), responseCode=503) for at in range(400)]
    made = analyze_file(written(tmp_path, csv_text(given)))
    assert made.stretch is None
    assert (made.verdict, made.because) == ("bottleneck", "50 % of the requests are answered with 503")
    assert any("in no format that is known, as 'Nov 14 2023'" in note for note in made.notes)


def test_requests_without_times_and_without_failures_are_no_verdict(tmp_path: Path) -> None:
    made = analyze_file(written(tmp_path, csv_text(rows(400), [name for name in DEFAULT if name != "timeStamp"])))
    assert (made.verdict, made.summary.requests) == ("unknown", 400)
    assert "over how long the requests were made is not known" in made.because


def test_advice_on_a_file_speaks_of_no_scenario_and_no_run(tmp_path: Path) -> None:
    failed = [row(50 * at, success="false", failureMessage="Test failed", responseCode=200) for at in range(200)]
    wrong = [row(50 * at, success="false", responseCode=404) for at in range(200, 400)]
    made = analyze_file(written(tmp_path, csv_text([*failed, *wrong, *(row(50 * at) for at in range(400, 600))])))
    assert {"scenario-errors", "refused-requests"} <= {finding.kind for finding in made.findings}
    told = json.dumps([one["findings"] + one["recommendations"] for one in [made.to_json()]])
    assert "SCENARIO" not in told
    assert "the run's warnings" not in told
    assert "the failed rows hold their messages" in told
