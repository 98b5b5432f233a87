"""An analysis as a terminal or a pipe gets it."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from plimsoll.core.analysis import Analysis
from plimsoll.report.analysis.metrics_view import metrics_view
from plimsoll.report.analysis.terminal import analysis_view, brief_view
from tests.report import made_analysis


def printed(view: RenderableType, *, terminal: bool = False) -> str:
    console = Console(
        file=io.StringIO(), width=80, force_terminal=terminal, color_system="truecolor" if terminal else None
    )
    console.print(view)
    written = console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue()


def shown(analysis: Analysis, *, details: bool = False) -> str:
    return printed(analysis_view(analysis, details=details))


@pytest.mark.parametrize("name", made_analysis.NAMES)
@pytest.mark.parametrize("details", [False, True])
def test_every_analysis_fits_80_columns_and_none_writes_control_sequences(name: str, details: bool) -> None:
    text = shown(made_analysis.made(name), details=details)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text


def test_the_verdict_comes_first_and_says_why() -> None:
    text = shown(made_analysis.bottleneck())
    assert text.startswith("Bottleneck: Sequential scans of public.orders take 63.8 % (61 % to 67 %) of the")


def test_a_finding_says_what_how_one_knows_what_to_do_and_what_would_prove_it() -> None:
    text = " ".join(shown(made_analysis.bottleneck()).split())
    told = (
        "1. HIGH 63.8 % of the time of all requests goes into sequential scans",
        "impact 7 of 10 · database · likely",
        "explains 63.8 % (61 % to 67 %) of the time of all requests",
        "rows read for each row returned 26,500 limit 100",
        "4,931 calls, 38.4 ms each, 81 % of the database's time",
        "do: Create an index on public.orders",
        "what would confirm it: create the index and run again",
    )
    assert [said for said in told if said not in text] == []
    assert [text.index(said) for said in told] == sorted(text.index(said) for said in told)


def test_what_to_copy_stands_in_lines_of_its_own_and_keeps_its_indentation() -> None:
    text = shown(made_analysis.bottleneck())
    assert re.search(r"^ {5}async with user\.transaction\(\): *\n {9}await user\.execute", text, re.MULTILINE)


def test_every_way_to_do_it_is_told_without_being_asked_for() -> None:
    text = shown(made_analysis.bottleneck())
    assert "CREATE INDEX CONCURRENTLY" in text
    assert "maintenance_work_mem = '256MB'" in text


def test_details_add_every_figure_risks_priorities_and_checks_that_agree() -> None:
    short, whole = (" ".join(shown(made_analysis.bottleneck(), details=one).split()) for one in (False, True))
    only_whole = (
        "share of the database's time 81 %", "risk: the index takes 40 MiB", "impact 7 to 10 1 – –",
        "agree requests under way",
        "database_active_sessions{wait=IO} 0.4 before, 8.1 within", "blocks read a second: between",
    )  # fmt: skip
    assert [said for said in only_whole if said not in whole or said in short] == []
    differs = short.index("figures differ from an independent gauge: statements a second: 301 expected, 188 seen")
    assert differs < short.index("Where the time went"), "right below the verdict"


def test_where_the_time_went_says_what_is_not_accounted_for() -> None:
    text = shown(made_analysis.bottleneck())
    assert re.search(r"database: I/O +█{15} +63\.8 % +61 % to 67 %", text)
    assert re.search(r"not accounted for +█ +3\.5 % +0 % to 6 %", text)


def test_without_a_finding_it_says_what_is_next_to_its_limit() -> None:
    text = " ".join(shown(made_analysis.healthy()).split())
    assert "No bottleneck was found" in text
    assert "CPU of the database: 62 % in use at 300/s; used up at about 484/s (430/s to 560/s)" in text


def test_unknown_says_why_and_what_would_help() -> None:
    text = " ".join(shown(made_analysis.unknown()).split())
    assert "Unknown: Requests grew slower" in text
    assert "plimsoll doctor" not in text, "of a file nothing could be watched"
    of_a_run = replace(made_analysis.unknown(), source=made_analysis.bottleneck().source)
    assert "plimsoll doctor" in shown(of_a_run)
    assert "results.jtl · jtl-csv · 10,000 rows · 12 left out" in text


def test_a_run_ends_with_its_findings_in_short() -> None:
    lines = printed(brief_view(made_analysis.bottleneck())).splitlines()
    assert lines[1] == "Analysis"
    assert len(lines) <= 12
    assert any(line.startswith("   do: Create an index") for line in lines)


def test_a_title_that_is_the_verdict_is_not_said_twice() -> None:
    made = made_analysis.bottleneck()
    text = " ".join(printed(brief_view(replace(made, because=made.findings[0].title))).split())
    assert text.count("sequential scans of public.orders") == 1


def test_the_terminal_has_colours_and_the_pipe_has_none() -> None:
    view = analysis_view(made_analysis.bottleneck())
    assert "\x1b[" in printed(view, terminal=True)


def test_steps_with_long_names_can_be_told_apart() -> None:
    analysis = made_analysis.bottleneck()
    like = analysis.summary.steps[0]
    names = [f"list the products of customer by {way}" for way in ("price", "date")]
    summary = replace(analysis.summary, steps=[replace(like, journey="a long journey", name=name) for name in names])
    steps = printed(metrics_view(replace(analysis, summary=summary))).partition("Steps, most time")[2]
    assert max(map(len, steps.splitlines())) <= 80
    assert "…" not in steps.partition("\n\n")[0]
    assert "a long journey" not in steps.partition("\n\n")[0], "no two steps have the same name"
