"""What alerts would have fired over a run: at seconds of the run, since a minute of the day tells nothing there."""

from plimsoll.report.alerts import replayed_lines

BEGAN_S = 1_790_000_000.0
ALERT = {
    "state": "ended", "severity": "warning", "rule": "cpu", "started_at": BEGAN_S + 42.3, "since": BEGAN_S,
    "ended_at": BEGAN_S + 60, "unit": "percent", "worst": None, "summary": "CPU is busy", "silenced_by": None,
    "held": False, "note": "",
}  # fmt: skip


def lines(run_began_s: float | None, **changes: object) -> list[str]:
    found = {"points": 9, "series": 1, "coarsest_s": 0.0, "messages": 1, "alerts": [ALERT | changes]}
    return replayed_lines(found, BEGAN_S - 60, BEGAN_S + 90, run_began_s)


def test_an_alert_of_a_run_is_told_at_its_second_of_the_run() -> None:
    head, line, _, total = lines(BEGAN_S)
    assert "of the run at" in head
    assert line.split()[3] == "0:42"
    assert total.endswith("9 points of 1 series of the run")
    assert lines(BEGAN_S, started_at=BEGAN_S - 3)[1].split()[3] == "-0:03", "before the load"


def test_otherwise_it_is_told_at_its_time_of_day() -> None:
    assert "began (UTC)" in lines(None)[0]
    assert lines(None)[1].split()[4] == "14:14"
