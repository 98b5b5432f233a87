"""What may wait follows from the goal."""

from plimsoll.scale.serving.bounding import queue_bounds


def test_half_of_the_goal_may_be_waited_and_only_by_who_is_served_within_it() -> None:
    assert queue_bounds(None, 100.0) == (1000, 5.0)
    assert queue_bounds(0.5, None) == (1000, 0.25)
    assert queue_bounds(0.5, 100.0) == (25, 0.25)
    assert queue_bounds(0.5, 0.1) == (1, 0.25)
    assert queue_bounds(0.5, 100.0, queue=7) == (7, 0.25)
    assert queue_bounds(0.5, 100.0, wait_s=1.0) == (100, 1.0)
