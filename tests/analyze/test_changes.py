"""What else was different while it was bad."""

from plimsoll.analyze.changes import changes
from plimsoll.core.analysis import Stretch
from tests.analyze.building import evidence

WHOLE, BAD = Stretch(0.0, 60.0, "all"), Stretch(40.0, 60.0, "bad")


def moved(**gauges: list[float]) -> list[str]:
    return [change.series for change in changes(evidence(gauges=gauges).gauges, WHOLE, BAD)]


def test_series_that_moved_come_first_that_moved_most() -> None:
    quiet = [1.0, 1.2] * 30
    assert moved(
        host_load1=quiet, host_disk_queue=[0.1] * 40 + [8.0] * 20, host_swap_used_percent=[10.0] * 40 + [15.0] * 20
    ) == ["host_disk_queue", "host_swap_used_percent"]


def test_a_series_within_its_own_spread_did_not_move() -> None:
    assert moved(host_load1=[1.0, 5.0] * 20 + [5.0] * 20) == []


def test_the_load_s_own_course_explains_nothing() -> None:
    assert moved(generator_latency_ms_p95=[1.0] * 40 + [90.0] * 20) == []


def test_of_a_whole_run_there_is_nothing_to_compare_with() -> None:
    assert changes(evidence(gauges={"host_load1": 1.0}).gauges, WHOLE, WHOLE) == ()
