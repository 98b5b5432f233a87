"""What was watched beside the load, in the report: on the load's own time axis, in tables, and what was not seen."""

from dataclasses import replace
from io import StringIO
from itertools import pairwise

import pytest
from rich.console import Console

from plimsoll.core.recorded import Recorded
from plimsoll.core.series.key import SeriesKey
from plimsoll.report.axes import tops_of
from plimsoll.report.figures import time_figure
from plimsoll.report.html import render_report
from plimsoll.report.meanwhile import meanwhile, top_statements
from plimsoll.report.on_time import Slots
from plimsoll.report.panels import Line
from plimsoll.report.terminal import summary_view
from plimsoll.report.timeline import Timeline
from plimsoll.report.watch_panels import EVENTS_MAX, database_panels, host_panels, uncounted_words, watch_marks
from plimsoll.report.watch_sections import setting_words
from tests.report import builders
from tests.report.made_recorded import BEGAN_S, after, recorded, window, windows


def slots(width_s: float = 1.0, count: int = 12) -> Slots:
    return Slots(BEGAN_S, [(at + 0.5) * width_s for at in range(count)], width_s)


def test_a_value_of_each_second_lies_on_its_second() -> None:
    assert slots().of(window("host_load1", float)) == [float(second) for second in range(1, 13)]


def test_a_value_of_ten_seconds_stands_for_the_ten_before_it() -> None:
    assert slots().of(window("host_load1", float, every_s=10)) == [*[10.0] * 10, 20.0, 20.0]


def test_where_nothing_was_seen_there_is_a_gap() -> None:
    whole = window("host_load1", float)
    kept = [at for at in range(len(whole.times)) if not 3 <= at < 9]
    torn = replace(whole, times=[whole.times[at] for at in kept], mean=[whole.mean[at] for at in kept])
    assert slots().of(torn) == [1.0, 2.0, 3.0, *[None] * 6, 10.0, 11.0, 12.0]


def test_points_wider_than_a_look_hold_the_mean() -> None:
    assert slots(4.0, 3).of(window("host_load1", float)) == [2.5, 6.5, 10.5]


def test_whole_numbers_are_shown_by_the_highest_of_each_point_and_a_peak_stays_one() -> None:
    blocked = window("database_blocked_sessions", lambda second: 9.0 if second == 6 else 1.0)
    assert slots(4.0, 3).highest(blocked) == [1.0, 9.0, 1.0]
    assert slots(0.5, 16).highest(blocked) == [*[1.0] * 10, 9.0, 9.0, *[1.0] * 4]
    assert slots(1.0, 3).highest(replace(blocked, times=[], mean=[], high=[])) == [None] * 3


def test_merged_points_begin_at_their_time() -> None:
    minutes = window("host_load1", float, every_s=60, resolution_s=60.0)
    assert slots(30.0, 6).of(minutes) == [None, None, 60.0, 60.0, 120.0, 120.0]


def test_stacked_lines_lie_one_on_the_other_and_gaps_stay_gaps() -> None:
    lines = [Line(word, "io", "solid", values) for word, values in (("a", [1.0, None, None]), ("b", [2.0, 3.0, None]))]
    assert tops_of(lines) == [[1.0, 0.0, None], [3.0, 3.0, None]]


@pytest.fixture(scope="module")
def page() -> str:
    return render_report(*builders.failing(), recorded(notes=["pressure: the kernel does not tell it"]))


def test_what_was_watched_shares_the_axis_of_the_load() -> None:
    summary, intervals, facts = builders.failing()
    timeline = Timeline.of(intervals)
    shown = [*database_panels(timeline, recorded()), *host_panels(timeline, recorded())]
    assert [panel.title.partition(",")[0] for panel in shown] == [
        "Active sessions by what they wait for",
        "Transactions of the database",
        "Cache misses",
        "Written by the database",
        "Waits for locks",
        "CPU of this machine",
        "Pressure",
        "Memory of this machine in use",
        "Disk await",
    ]
    times = [at for at, _ in timeline.points()]
    assert {len(line.values) for panel in shown for line in panel.lines} == {len(times)}
    sessions = shown[0]
    assert [line.word for line in sessions.lines] == ["on CPU", "I/O", "locks", "internal locks"], "the client: never"
    drawn = time_figure([shown[4]], times, (), 5.0, facts.started_at).plot["data"]
    assert {one["line"].get("shape") for one in drawn[1:]} == {"hvh"}, "half a session is never blocked"
    assert sessions.lines[2].values[60:72] == [*[0.0] * 9, 5.2, 5.2, 5.2]
    layout = time_figure(shown, times, watch_marks(timeline, recorded()), 5.0, facts.started_at).plot["layout"]
    domains = [layout[f"yaxis{number or ''}"]["domain"] for number in (0, *range(2, len(shown) + 1))]
    assert all(upper[0] > lower[1] for upper, lower in pairwise(domains))
    labelled = {name: axis["anchor"] for name, axis in layout.items() if name.startswith("xaxis")}
    assert labelled == {"xaxis": "y9", "xaxis4": "y4"}, "under the last, and every four panels above it"
    assert layout["xaxis4"]["matches"] == "x", "zoomed together"
    assert layout["yaxis"]["range"][1] > 8, "room for all that is stacked"
    assert summary.requests


def test_the_slowest_of_several_disks_is_drawn() -> None:
    timeline = Timeline.of(builders.healthy()[1])
    disk = host_panels(timeline, recorded())[-1]
    writes = windows()[SeriesKey.of("host_disk_write_await_ms", device="sda")]
    assert disk.lines[1].values[40] == pytest.approx(max(0.4, writes.mean[40]))


def test_events_are_marks_as_many_as_can_be_told_apart() -> None:
    timeline = Timeline.of(builders.healthy()[1])
    known = recorded()
    assert [(mark.at_s, mark.word) for mark in watch_marks(timeline, known)] == [
        (33, "a checkpoint asked for by time"),
        (52, "autovacuum of public.accounts"),
    ]
    many = [replace(known.events[0], at_s=BEGAN_S + at / 2) for at in range(-10, 230)]
    assert len(watch_marks(timeline, recorded(events=many))) == EVENTS_MAX
    assert watch_marks(timeline, recorded(events=many[:9])) == [], "before the load"


def test_commits_far_below_what_the_load_counted_are_explained() -> None:
    summary = builders.healthy()[0]
    few = {SeriesKey("database_commits_per_s"): window("database_commits_per_s", after(0, 0.25))}
    said = uncounted_words(recorded(windows=few), summary)
    assert said.startswith("PostgreSQL counted 0.25/s transactions, the load ")
    assert uncounted_words(recorded(windows={}), summary) == "", "nothing is known of a database that was not watched"
    many = {SeriesKey("database_commits_per_s"): window("database_commits_per_s", after(0, 1e6))}
    assert uncounted_words(recorded(windows=many), summary) == ""


def test_settings_are_told_as_people_write_them() -> None:
    found = {one: setting_words(*one) for one in SETTINGS}
    assert found == SETTINGS


SETTINGS = {
    ("16384", "8kB"): "128 MB", ("65536", "kB"): "64 MB", ("100", "kB"): "100 kB", ("1024", "MB"): "1 GB",
    ("300", "s"): "5 min", ("200", "ms"): "200 ms", ("86400000", "ms"): "1 d", ("-1", "8kB"): "-1", ("0", "ms"): "0",
    ("on", ""): "on", ("0.9", ""): "0.9", ("100", ""): "100",
}  # fmt: skip


def test_statements_waits_locks_and_tables_are_told(page: str) -> None:
    for words in (
        "Database and application meanwhile",
        "1 min 55 s of measured time",
        "whose text is not known",
        "Lock:transactionid",
        "└ 4213 app (checkout)",
        "holds what the others want",
        "1:24 after the start",
        "autovacuum of public.accounts",
        "128 MB",
    ):
        assert words in page, words
    assert page.index("UPDATE accounts SET balance = 0") < page.index("SELECT * FROM accounts WHERE id = 1 FOR UPDATE")


def test_what_the_application_told_is_a_table_of_what_changed() -> None:
    told = [
        window('application_requests_per_s{route="/pay"}', after(60, 9.0, 3.0), every_s=10),
        window("application_workers", after(0, 4.0), every_s=10),
    ]
    known = recorded(windows={**windows(), **{one.key: one for one in told}})
    page = render_report(*builders.healthy(), known)
    assert "requests_per_s{route=&quot;/pay&quot;}" in page
    assert "workers" not in page[page.index("What the application told") :][:3000], "it stayed as it was"


def test_the_terminal_has_it_in_a_line_each() -> None:
    found = dict(meanwhile(recorded()))
    assert found["sessions"] == "4.9 active on average: locks 44.9 %, on CPU 42.9 %, I/O 12.2 %"
    assert "5 at most, 2 one behind the other" in found["locks"]
    assert found["host"].startswith("CPU 6")
    first = top_statements(recorded())[0]
    assert first[1:] == ("87.4 %", "52,000", "3.48 ms")
    summary, _, facts = builders.failing()
    said = StringIO()
    Console(width=80, file=said, color_system=None).print(summary_view(summary, facts, None, recorded()))
    told = said.getvalue()
    assert "Statements of the database" in told
    assert max(map(len, told.splitlines())) <= 80
    assert meanwhile(Recorded(BEGAN_S, BEGAN_S, BEGAN_S)) == []


def test_what_was_not_watched_is_said(page: str) -> None:
    assert "Not watched: </span>pressure: the kernel does not tell it" in page


def test_a_run_that_nothing_was_seen_of_has_the_report_it_always_had() -> None:
    nothing = Recorded(BEGAN_S, BEGAN_S, BEGAN_S + 120)
    assert render_report(*builders.healthy(), nothing) == render_report(*builders.healthy())


def test_hostile_names_of_what_was_watched_are_text() -> None:
    bad = builders.INJECTION
    known = recorded(notes=[bad])
    tree = [
        (at, {**found, "rows": [{**row, "user": bad, "query": bad} for row in found["rows"]]})
        for at, found in known.locks
    ]
    events = [replace(event, text=bad, kind=bad, source=bad) for event in known.events]
    page = render_report(*builders.healthy(), replace(known, locks=tree, events=events))
    assert "<img" not in page
