"""The numbers of the first screen."""

from plimsoll.core.observation import CollectorState
from plimsoll.core.series.key import SeriesKey
from plimsoll.server.dashboard.figures import numbers_html
from plimsoll.server.reading.numbers import Number, numbers
from plimsoll.server.reading.reading import Limit, Reading

NOW = 1_800_000_000.0
CPU = "host_cpu_busy_percent"


def cpu(value: float, at_s: float = NOW - 1) -> Number:
    limits = [Limit(CPU, 80, "warning"), Limit(CPU, 95, "critical")]
    return numbers(Reading(NOW, newest={SeriesKey(CPU): (at_s, value)}, limits=limits))[0]


def test_a_number_has_its_unit_and_its_limit() -> None:
    assert cpu(41.23) == Number("CPU busy", "41.2 %", "limit 80 %")


def test_a_number_over_its_limit_says_so_in_a_word() -> None:
    assert (cpu(81).standing, cpu(81).word) == ("doubt", "over")
    assert (cpu(96).standing, cpu(96).word) == ("bad", "over")


def test_a_number_that_should_be_high_is_under_its_limit() -> None:
    hit = "database_cache_hit_percent"
    reading = Reading(
        NOW, watches_database=True, newest={SeriesKey(hit): (NOW, 91.0)}, limits=[Limit(hit, 95, "warning", False)]
    )
    assert next(one for one in numbers(reading) if one.title == "Cache hit").word == "under"


def test_an_old_value_is_not_said_as_if_it_were_so_now() -> None:
    assert cpu(41, NOW - 300) == Number("CPU busy", "–", "last seen 5 min ago")


def test_what_is_unknown_says_why_and_is_never_0() -> None:
    shown = numbers(Reading(NOW, watches_database=True))
    assert {one.said for one in shown} == {"–"}
    assert all(one.context for one in shown)


def test_what_the_role_may_not_see_says_so_and_what_would_show_it() -> None:
    notes = ("the role 'w' sees only its own sessions. As an administrator: GRANT pg_monitor TO w",)
    states = {"sessions": CollectorState("sessions", 10.0, "ok", NOW - 60, NOW, notes=notes)}
    said = {one.title: one.context for one in numbers(Reading(NOW, watches_database=True, states=states))}
    assert said["Blocked sessions"] == "hidden from this role: GRANT pg_monitor TO w"
    assert said["Cache hit"] == "not seen yet"


def test_a_database_that_is_lost_has_no_values_now() -> None:
    hit = SeriesKey("database_cache_hit_percent")
    states = {"sessions": CollectorState("sessions", 10.0, "lost", NOW - 4, NOW - 5, "refused")}
    reading = Reading(NOW, newest={hit: (NOW - 5, 99.0), SeriesKey("database_up"): (NOW, 0.0)}, states=states)
    assert (reading.value("database_cache_hit_percent"), reading.value("database_up")) == (None, 0.0)


def test_without_a_database_nothing_is_said_of_one() -> None:
    assert len(numbers(Reading(NOW))) == 4


def test_numbers_are_pairs_of_terms_and_words() -> None:
    assert '<dt>CPU busy</dt><dd class="value bad">96 %</dd>' in numbers_html([cpu(96)])
