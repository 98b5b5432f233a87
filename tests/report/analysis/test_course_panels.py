"""What was measured over time, as panels."""

from plimsoll.report.analysis.course_panels import Point, course_panels


def point(start_s: float, **values: float) -> Point:
    return {"start_s": start_s, "width_s": 1.0, "rate_per_s": 200.0, "p50_ms": 0.0, "error_rate": 0.0} | values


def test_a_splinter_at_the_end_is_left_out() -> None:
    points = [*(point(float(second)) for second in range(5)), point(5.0, rate_per_s=3.0)]
    times, panels = course_panels(points, 5.1)
    assert times == [0.5, 1.5, 2.5, 3.5, 4.5]
    assert panels[0].lines[0].values == [200.0] * 5
    narrow = {**point(5.0, concurrency=0.0), "width_s": 0.07}
    assert course_panels([*points[:5], narrow], 5.07)[0] == times, "an interval that was cut short, as a run ends with"
    assert len(course_panels(points[:5], 5.0)[0]) == 5


def test_errors_have_a_panel_only_where_there_are_any() -> None:
    whole = [point(float(second)) for second in range(5)]
    failing = [*whole[:4], point(4.0, error_rate=0.5)]
    assert [panel.title for panel in course_panels(whole, 5.0)[1]] == ["Requests per second", "Latency, log axis"]
    assert [panel.title for panel in course_panels(failing, 5.0)[1]][2] == "Errors"


def test_a_logarithmic_axis_is_given_no_zero() -> None:
    _, panels = course_panels([point(0.0), point(1.0)], 2.0)
    assert min(value for value in panels[1].lines[0].values if value is not None) > 0
