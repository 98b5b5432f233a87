"""The summary at the end of a run, as a terminal or a pipe gets it."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from plimsoll.core.summary import Summary
from plimsoll.report.terminal import ROWS_MAX, summary_view
from plimsoll.report.words import verdict
from plimsoll.runs.facts import RunFacts
from tests.report import builders


def shown(summary: Summary, facts: RunFacts, *, terminal: bool = False, width: int = 80) -> str:
    console = Console(
        file=io.StringIO(), width=width, force_terminal=terminal, color_system="truecolor" if terminal else None
    )
    console.print(summary_view(summary, facts, "runs/x/report.html"))
    written = console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue()


@pytest.mark.parametrize("name", ["healthy", "failing", "invalid", "empty", "hostile"])
def test_every_run_fits_80_columns(name: str) -> None:
    summary, _, facts = getattr(builders, name)()
    lines = shown(summary, facts).splitlines()
    assert max(len(line) for line in lines) <= 80


def test_the_verdict_is_the_first_line_and_the_report_the_last() -> None:
    summary, _, facts = builders.healthy()
    lines = shown(summary, facts).splitlines()
    assert lines[0] == verdict(summary).sentence
    assert lines[-1] == "report: runs/x/report.html"


def test_a_load_made_by_a_cluster_says_how_many_machines_made_it() -> None:
    summary, _, facts = builders.healthy()
    assert "machine" not in shown(summary, facts).splitlines()[1]
    made_by = replace(facts, machines=({"host": "alpha"}, {"host": "beta"}))
    assert shown(summary, made_by).splitlines()[1].endswith("· 2 machines")


def test_what_is_piped_is_plain_text_without_lines_or_colour() -> None:
    summary, _, facts = builders.failing()
    text = shown(summary, facts)
    assert "\x1b" not in text
    assert not re.search("[\u2500-\u257f]", text)
    assert "\x1b[" in shown(summary, facts, terminal=True)


def test_a_failing_run_says_what_failed_and_how_often() -> None:
    summary, _, facts = builders.failing()
    text = re.sub(r" +", " ", shown(summary, facts))
    for part in (
        "MISSED errors", "met p95", "640 errors (1.77 %), 240 dropped",
        "40001 serialization_failure 480 begin transfer",
        "timeout 160 begin transfer", "warning: the samples reached their limit", "31 retries",
    ):  # fmt: skip
        assert part in text


def test_every_reason_of_an_invalid_run_is_said() -> None:
    summary, _, facts = builders.invalid()
    text = " ".join(shown(summary, facts).split())
    assert all(reason in text for reason in summary.invalid_because)
    assert "short of CPU: 4 processes" in text


def test_names_are_neither_markup_nor_control_sequences() -> None:
    summary, _, facts = builders.hostile()
    for terminal in (False, True):
        text = shown(summary, facts, terminal=terminal)
        assert "\x1b[2J" not in text
        assert "\u202e" not in text
        assert "[bold red]x[/]" in text


def test_where_most_time_was_spent_is_shown_first_and_never_left_out() -> None:
    summary, _, facts = builders.hostile()
    slow = replace(summary.steps[-1], name="slowest of all", count=10**6)
    text = shown(replace(summary, steps=(*summary.steps[:-1], slow)), facts).partition("Steps")[2]
    assert text.splitlines()[1].startswith("slowest of all")


def test_what_is_left_out_is_counted() -> None:
    summary, _, facts = builders.hostile()
    assert f"{len(summary.steps) - ROWS_MAX} more steps in the report" in shown(summary, facts)


def test_unknown_figures_are_dashes_and_never_0() -> None:
    summary, _, facts = builders.empty()
    text = shown(summary, facts)
    assert "p50 –  p95 –  p99 –" in text
    assert "unknown: 1 process, whose use of the CPU is not known" in " ".join(text.split())
