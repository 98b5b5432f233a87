"""The word and the sentence."""

from plimsoll.core.observation import CollectorState
from plimsoll.server.health import Trouble, health_of, lost_collectors, moment_words
from tests.server.asking import NOW

FINE = {"host": CollectorState("host", 2.0, "ok", NOW - 60, NOW)}
STARTING = {"host": CollectorState("host", 2.0, "starting", NOW)}
HOST_LOST = {"host": CollectorState("host", 2.0, "lost", NOW - 5, NOW - 5)}
LOST = {"database": CollectorState("database", 10.0, "lost", NOW - 120, None, "connection refused")}


def test_the_worst_is_told_with_the_number_of_what_is_less() -> None:
    troubles = [
        Trouble("warning", NOW - 900, "memory is at 91 %"),
        Trouble("critical", NOW - 300, "connections are at 97 %."),
        Trouble("critical", NOW - 60, "the disk is full"),
    ]
    health = health_of(troubles, FINE, NOW)
    assert (health.word, health.since_s) == ("critical", NOW - 300)
    assert health.sentence == (
        "Critical since 07:55 UTC (5 min): connections are at 97 %; and 1 more that is critical and 1 more warning."
    )


def test_all_is_well_only_where_something_was_seen() -> None:
    assert health_of([], FINE, NOW).word == "healthy"
    assert health_of([], FINE, NOW).sentence == "All is well: 1 collector sees what is watched, no alert fires."
    assert health_of([], STARTING, NOW).word == health_of([], {}, NOW).word == "unknown"


def test_a_collector_that_is_lost_is_told_unless_an_alert_tells_of_it() -> None:
    assert [one.text for one in lost_collectors(FINE | LOST)] == [
        "the collector database sees nothing: connection refused"
    ]
    assert lost_collectors(FINE | LOST, told=["database"]) == []
    assert health_of(lost_collectors(LOST), LOST, NOW).word == "critical"
    assert health_of(lost_collectors(HOST_LOST), HOST_LOST, NOW).word == "warning"


def test_a_moment_of_another_day_has_its_day() -> None:
    assert moment_words(NOW - 90_000, NOW) == "14 Jan 07:00 UTC (1 d 1 h)"
