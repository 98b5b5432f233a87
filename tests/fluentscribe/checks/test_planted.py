"""On a corpus with planted mistakes every check finds those of its kind and little else."""

from tests.fluentscribe.checks.planted import LANGUAGES, tallies

PRECISION_MIN = 0.95
RECALL_MIN = 0.95
FLAGS_PER_1000_MAX = 40


def test_every_check_finds_what_was_planted_and_little_else() -> None:
    by_type, clean = tallies(11, LANGUAGES, each=6)
    assert [type for type, tally in by_type.items() if not tally.planted] == []
    assert {type: t for type, t in by_type.items() if t.precision < PRECISION_MIN or t.recall < RECALL_MIN} == {}
    assert clean["units"] > 300
    assert clean["flags"] * 1_000 / clean["units"] < FLAGS_PER_1000_MAX
