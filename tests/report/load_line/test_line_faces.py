"""The load line on a terminal and as a page: the sentence first, everything in it, and nothing taken for markup."""

from dataclasses import replace
from io import StringIO

from rich.console import Console

from plimsoll.core.load_line import LoadLine
from plimsoll.report.load_line.curve import curve_figure
from plimsoll.report.load_line.html import render_line
from plimsoll.report.load_line.terminal import line_view
from tests.analyze.load_line.making import failed, held
from tests.report.builders import INJECTION
from tests.report.load_line.made_line import FOUND


def printed(line: LoadLine) -> list[str]:
    out = StringIO()
    Console(file=out, width=160).print(line_view(line, "find.html"))
    return [row.rstrip() for row in out.getvalue().splitlines()]


def test_the_sentence_comes_first_then_the_curve_by_rate() -> None:
    said = printed(FOUND)
    assert said[0] == FOUND.because
    rates = [row.split()[1] for row in said if row.strip().endswith(("holds", "fails", "nothing"))]
    assert rates == ["200/s", "400/s", "408/s", "600/s", "800/s"]


def test_each_step_tells_when_it_was_how_long_it_lasted_and_what_has_no_bound() -> None:
    steps = [held(200, number=2), failed(100, number=1, p95_ms=None, error_rate=0.07, seconds=4.0)]
    rows = [row.split() for row in printed(replace(FOUND, steps=steps)) if row.endswith(("holds", "fails"))]
    assert [row[0] for row in rows] == ["1", "2"]
    assert " ".join(rows[0][3:11]) == "100 % 10.0 ms no bound 30.0 ms"
    assert " 4 s " in " ".join(rows[0])


def test_bars_of_steps_that_are_alike_are_alike() -> None:
    alike = replace(FOUND, steps=[held(100, p95_ms=52.0), held(200, p95_ms=54.0)])
    assert [row.count("█") for row in printed(alike) if row.endswith("holds")] == [1, 1]
    assert max(row.count("█") for row in printed(FOUND)) == 20


def test_what_broke_first_why_and_what_was_left_out_is_said() -> None:
    said = "\n".join(printed(FOUND))
    assert "broke first: p95<200ms was missed at 408/s: 231 ms; it held up to 400/s" in said
    assert "then: 99 % of what is due was missed at 800/s: 53 % ended in time; it held up to 400/s" in said
    assert "then: step:pay: p99<1s was missed at 800/s: without bound" in said
    assert "why: a missing index holds it down (at 408/s)" in said
    assert "no index serves orders.customer_id" in said
    assert "left out, as a rate is what is looked for: rate>100/s" in said
    assert "peak 431/s (425/s to 440/s) at 44 in flight" in said


def test_the_page_holds_all_of_it_and_links_the_runs_that_have_a_report() -> None:
    page = render_line(FOUND, {"20260214-101700-000002": "../20260214-101700-000002/report.html"})
    for text in (FOUND.because, "p95&lt;200ms was missed at 408/s", "a missing index holds it down", FOUND.notes[0]):
        assert text in page
    assert 'href="../20260214-101700-000002/report.html"' in page
    assert page.count("<tr>") == 1 + len(FOUND.steps)
    assert 'id="figure-curve"' in page
    assert "http://" not in page.split("<script>")[0]


def test_on_a_narrow_screen_whether_a_step_held_is_beside_its_number() -> None:
    page = render_line(FOUND, {})
    assert page.count('</th><td class="met unbroken">holds</td>') == sum(step.outcome == "held" for step in FOUND.steps)
    axis = curve_figure(FOUND).plot["layout"]["xaxis"]
    assert axis["ticktext"][0] == "", "the axis of the panel says it"
    assert axis["tickangle"] == 0
    assert len(axis["ticktext"]) <= 5
    assert axis["tickvals"][-1] * 1.1 < axis["range"][1], "the last one's word has room"


def test_nothing_that_others_named_is_markup() -> None:
    page = render_line(replace(FOUND, scenario=INJECTION, notes=[INJECTION], goals=[INJECTION]), {})
    assert INJECTION not in page.split("<script>")[0]
    assert INJECTION in "\n".join(printed(replace(FOUND, notes=[INJECTION])))


def test_a_search_without_steps_draws_nothing() -> None:
    empty = replace(FOUND, steps=[], broke=[], diagnosis=None, rate_per_s=None, failed_per_s=None, verdict="unknown")
    assert "figure-curve" not in render_line(empty, {})
    assert printed(empty)[0] == FOUND.because
