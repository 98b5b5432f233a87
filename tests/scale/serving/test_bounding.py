"""What may wait follows from the goal."""

from plimsoll.scale.serving.bounding import queue_bound, wait_s_of


def test_half_of_the_goal_may_be_waited_and_only_by_who_is_served_within_it() -> None:
    assert (wait_s_of(None), wait_s_of(0.5)) == (5.0, 0.25)
    assert (queue_bound(100.0, 0.25), queue_bound(0.1, 0.25)) == (25, 1)
