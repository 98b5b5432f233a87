"""A slice of `tests/prove/test_edge_purges.py`: purgers are killed with SIGKILL, and nothing is left stale."""

from tests.edge.purge.killing import run


def test_a_purger_that_is_killed_loses_nothing(database: str) -> None:
    story = run([database], range(3))
    assert story.lost == []
    assert sum(story.deaths.values()) >= 3
