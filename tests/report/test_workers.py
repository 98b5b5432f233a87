"""Workers of a served application beneath the load: panels, decisions in words, on a page and a terminal."""

from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from plimsoll.core.observation import Event
from plimsoll.core.recorded import Recorded
from plimsoll.core.scaled_run import FACT, ScaledRun, document_of
from plimsoll.core.scaling import (
    BalancerStatus,
    DecisionRecord,
    Happening,
    Otherwise,
    ScalingHistory,
    ScalingLimits,
    ScalingStatus,
    WorkerCapacity,
)
from plimsoll.report.html import render_report
from plimsoll.report.markup import joined
from plimsoll.report.terminal import summary_view
from plimsoll.report.timeline import Timeline
from plimsoll.report.watch_panels import slots_of, watch_marks
from plimsoll.report.workers import workers_panels, workers_section, workers_words
from tests.report import builders
from tests.report.made_recorded import BEGAN_S, after, recorded, window

COURSES = {
    "ready_workers": after(42, 3.0, 1.0), "wanted_workers": after(40, 3.0, 1.0), "rate_per_s": after(38, 90.0, 20.0),
    "capacity_per_s": after(42, 120.0, 40.0), "refused_per_s": after(0, 0.0), "queue": after(38, 7.0),
}  # fmt: skip
STATUS = ScalingStatus(
    "shop", BEGAN_S + 120, "http://127.0.0.1:8000", 7, "hybrid", ScalingLimits(1, 4), False, 3, 3, 1, None, (),
    BalancerStatus("least-connections"), None, None, WorkerCapacity(40.0, False), None,
)  # fmt: skip
OTHERWISE = (Otherwise("rate", 90.0, 70.0, 2, "70 requests/s instead of 90: 2 workers"),)


def decision(
    at_s: float, before: int, wanted: int, because: str = "90 requests/s are more", **more: Any
) -> DecisionRecord:
    return DecisionRecord(BEGAN_S + at_s, "hybrid", before, wanted, wanted, "burst", because, {}, OTHERWISE, **more)


def told(
    decisions: Sequence[DecisionRecord] = (decision(40, 1, 3),),
    happenings: Sequence[Happening] = (Happening(BEGAN_S + 42, "w2", "ready after 0.4 s"),),
) -> Recorded:
    windows = [window(f'scaling_{name}{{served="shop"}}', course, every_s=2) for name, course in COURSES.items()]
    history = ScalingHistory(tuple(decisions), tuple(happenings))
    return recorded(
        windows={**recorded().windows, **{one.key: one for one in windows}},
        facts={FACT: document_of(STATUS, history)},
    )


def section(known: Recorded) -> str:
    return str(joined(*workers_section(known)))


def test_workers_lie_beneath_the_load_on_its_axis() -> None:
    summary, intervals, facts = builders.healthy()
    timeline = Timeline.of(intervals)
    made = replace(told(), events=[Event(BEGAN_S + 40, "scaling", "shop: 1 → 3 workers: 90 requests/s: more", "shop")])
    assert [mark.word for mark in watch_marks(timeline, made)] == ["shop: 1 → 3 workers"]
    found = workers_panels(slots_of(timeline, told()), told())
    assert [panel.title.partition(",")[0] for panel in found] == [
        "Workers", "Requests at the balancer", "Requests that wait for a worker",
    ]  # fmt: skip
    ready, wanted = found[0].lines
    assert (ready.values[20], ready.values[60], wanted.values[60]) == (1.0, 3.0, 3.0)
    assert [line.word for line in found[1].lines] == ["arrived", "what ready workers carry"], "nothing was refused"
    assert len(ready.values) == len(timeline.points())
    assert workers_panels(slots_of(timeline, recorded()), recorded()) == []
    page = render_report(summary, builders.healthy()[1], facts, told())
    assert page.index("Load, journeys per second") < page.index("<b>Workers</b>") < page.index("Latency, log axis")


def test_a_worker_that_was_lost_is_a_mark_and_one_that_was_stopped_is_none() -> None:
    killed = "ended: killed by SIGKILL; started again at once"
    happened = [
        Happening(BEGAN_S + at, worker, text)
        for at, worker, text in [
            (-3, "w1", killed), (40.1, "w2", killed), (40.6, "w3", killed), (41, "w2", "ready after 0.4 s"),
            (60, "w3", "gone: exit code 0"), (61, "", "HAProxy ended: killed by SIGKILL; started again at once"),
        ]
    ]  # fmt: skip
    made = replace(
        told((), happened), events=[Event(BEGAN_S + 40, "scaling", "shop: 1 → 3 workers: 90 requests/s: more", "shop")]
    )
    assert [(mark.at_s, mark.word) for mark in watch_marks(Timeline.of(builders.intervals(90)), made)] == [
        (40, "shop: 1 → 3 workers"),
        (pytest.approx(40.1), f"shop: w2 {killed}, w3 {killed}"),
    ]


def test_each_decision_is_told_with_its_reason_and_what_would_have_changed_it() -> None:
    page = section(told([decision(40, 1, 3), decision(60, 3, 2, "less comes", done=False)]))
    assert "shop: 1 to 4 workers by hybrid, each carries 40 requests/s." in page
    assert "0:40" in page
    assert "1 → 3" in page
    assert "70 requests/s instead of 90: 2 workers" in page
    assert "paused, nothing was changed: less comes" in page
    assert "ready after 0.4 s" in page
    assert "Nothing was decided that changed their number." in section(told((), ()))
    many = section(told([decision(at, 1, 2) for at in range(60)], [Happening(BEGAN_S, "", "x")] * 50))
    assert "20 more are in the run directory." in many
    assert "10 more are in the run directory." in many
    assert section(recorded()) == ""


def test_what_an_application_says_of_itself_is_text() -> None:
    bad = told([decision(40, 1, 3, builders.INJECTION)], [Happening(BEGAN_S, "w1", builders.INJECTION)])
    page = render_report(*builders.healthy(), bad)
    assert builders.INJECTION not in page


def test_the_terminal_tells_how_many_there_were_and_each_change() -> None:
    rows = workers_words(told([decision(40, 1, 3), decision(60, 3, 3, "the maximum")]))
    assert rows == [
        ("workers", "1 to 3 ready; 1 to 4 workers by hybrid, each carries 40 requests/s"),
        ("0:40", "1 → 3 workers: 90 requests/s are more"),
    ]
    many = workers_words(told([decision(at, at, at + 1) for at in range(1, 12)]))
    assert many[-1] == ("", "3 more decisions in the report")
    assert workers_words(recorded()) == []
    said = StringIO()
    summary, _, facts = builders.healthy()
    Console(width=80, file=said, color_system=None).print(summary_view(summary, facts, None, told()))
    assert "1 → 3 workers" in said.getvalue()


def test_a_document_that_another_version_wrote_is_left_out() -> None:
    broken: list[dict[str, Any] | None] = [
        None,
        {},
        {"status": 1, "history": 2},
        {"status": STATUS.to_json(), "history": {}},
    ]
    assert [ScaledRun.of_document(one) for one in broken] == [None] * 4
