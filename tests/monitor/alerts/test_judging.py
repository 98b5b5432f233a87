from hypothesis import given
from hypothesis import strategies as st

from plimsoll.monitor.alerts.judging import Track, begun, missing, step
from tests.monitor.alerts.made import rule_of

RULE = rule_of('above = {warning = 80, critical = 95}\nclear = {warning = 70, critical = 90}\nfor = "30s"')

values = st.floats(0, 100)
gaps = st.floats(0.5, 100)


def tracks(looks: list[tuple[float, float]]) -> list[Track]:
    """The tracks after each look, as (gap, value)."""
    at_s, made = 0.0, [begun(RULE, 0.0, 0.0)]
    for gap, value in looks:
        at_s += gap
        made.append(step(RULE, made[-1], at_s, value))
    return made


@given(st.lists(st.tuples(gaps, values), max_size=30))
def test_nothing_fires_before_its_threshold_was_passed_for_as_long_as_the_rule_says(
    looks: list[tuple[float, float]],
) -> None:
    at_s, passed_since = 0.0, None
    for (gap, value), track in zip(looks, tracks(looks)[1:], strict=True):
        at_s += gap
        passed_since = None if value <= 80 else at_s if passed_since is None else passed_since
        if track.on < 0 and passed_since is not None:
            assert at_s - passed_since < 30
        if track.on >= 0 and track.started_s == at_s:
            assert passed_since is not None
            assert at_s - passed_since >= 30


@given(st.lists(st.tuples(gaps, st.floats(70.1, 100)), max_size=30))
def test_what_fires_goes_on_between_its_threshold_and_where_it_clears(looks: list[tuple[float, float]]) -> None:
    made = tracks([(10, 85)] * 4 + looks)
    assert all(track.on >= 0 for track in made[4:])
    assert len({track.started_s for track in made[4:]}) == 1


@given(st.lists(st.tuples(gaps, values), max_size=20), st.integers(0, 20), st.booleans())
def test_only_a_value_ends_what_fires_or_pends(looks: list[tuple[float, float]], cut: int, applies: bool) -> None:
    """Not its absence, and not that nothing is known of the rule's condition."""
    track = tracks(looks[:cut])[-1]
    gone = missing(track, 10_000.0)
    assert (gone.state, gone.under, gone.on) == ("no-data", track.under, track.on)
    assert step(RULE, track, 10_000.0, 0.0, None).under == track.under
    assert step(RULE, gone, 10_000.0, 0.0, applies).under == "ok"


@given(st.lists(st.tuples(gaps, values), max_size=30))
def test_the_severity_is_never_milder_than_what_has_held_for_long_enough(looks: list[tuple[float, float]]) -> None:
    for track in tracks(looks):
        held = [held is not None and held >= RULE.for_s for held in track.held_s]
        assert track.on >= max((level for level, long in enumerate(held) if long), default=-1)


def test_below_judges_the_other_way_round() -> None:
    rule = rule_of('series = "host_memory_available_bytes"\nbelow = 100\nclear = 200', "low")
    track = begun(rule, 0, 99)
    assert track.state == "firing"
    assert step(rule, track, 10, 150).state == "firing"
    assert step(rule, track, 10, 200).state == "ok"


def test_a_series_that_is_looked_at_every_five_minutes_can_hold_for_ten() -> None:
    rule = rule_of('series = "database_bloat_bytes"\nabove = 1\nfor = "10m"', "bloat")
    made = [begun(rule, 0, 2)]
    for n in range(1, 7):
        made.append(step(rule, made[-1], 300 * n, 2))
    assert made[-1].state == "firing"
