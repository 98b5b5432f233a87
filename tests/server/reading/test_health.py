"""The first sentence of the dashboard."""

from dataclasses import replace

from plimsoll.core.observation import CollectorState
from plimsoll.server.reading.health import health
from plimsoll.server.reading.reading import AlertLine, Reading

NOW = 1_800_000_000.0


def state(name: str = "host", status: str = "ok", seen_s: float | None = NOW - 1, why: str = "") -> CollectorState:
    return CollectorState(name, 2.0, status, NOW - 100, seen_s, why)  # type: ignore[arg-type]  # one of the words


def alert(severity: str = "warning", state: str = "firing", remedy: str = "", silenced: str = "") -> AlertLine:
    return AlertLine("cpu", state, severity, "host_cpu_busy_percent", "CPU busy is 91 %", NOW - 252, remedy, silenced)


def reading(*states: CollectorState, alerts: tuple[AlertLine, ...] = ()) -> Reading:
    return Reading(NOW, states={one.name: one for one in states}, alerts=alerts)


def test_nothing_wrong_is_healthy() -> None:
    assert health(reading(state())).word == "Healthy"


def test_an_alert_says_what_is_wrong_since_when_and_what_to_do() -> None:
    found = health(reading(state(), alerts=(alert(remedy="see which process"),)))
    assert (found.word, found.sentence, found.since_s, found.remedy) == (
        "Warning",
        "CPU busy is 91 %",
        NOW - 252,
        "see which process",
    )


def test_what_is_critical_comes_before_what_only_warns_and_says_how_many_more() -> None:
    found = health(reading(state(), alerts=(alert(), alert("critical"), alert())))
    assert (found.word, found.sentence) == ("Failing", "CPU busy is 91 %; and 2 more alerts")


def test_where_series_are_not_stored_it_is_said_why() -> None:
    one = replace(alert(), rule="series_store", sentence="Series are not stored on disk")
    found = health(replace(reading(state(), alerts=(one,)), not_stored="no space is left on the disk"))
    assert (found.word, found.sentence) == ("Warning", "Series are not stored on disk: no space is left on the disk")


def test_a_silenced_alert_is_told_but_does_not_make_it_unhealthy() -> None:
    found = health(reading(state(), alerts=(alert("critical", silenced="until noon"),)))
    assert found.word == "Healthy"
    assert "1 alert is silenced" in found.sentence


def test_an_alert_without_data_is_not_passed_over() -> None:
    assert (
        "cpu cannot be judged for want of data" in health(reading(state(), alerts=(alert(state="no data"),))).sentence
    )


def test_a_lost_database_says_why() -> None:
    found = health(reading(state(), state("sessions", "lost", why="connection refused")))
    assert (found.word, found.standing) == ("Lost", "bad")
    assert found.sentence == "The database cannot be seen: connection refused"


def test_what_is_off_is_said_and_nothing_is_wrong() -> None:
    why = "the embedded PostgreSQL does not run"
    found = health(reading(state(), state("sessions", "off", None, why), state("waits", "off", None, why)))
    assert (found.standing, found.sentence) == ("good", f"Nothing is wrong that is watched for; {why}")


def test_what_the_loss_of_the_database_explains_is_not_counted_beside_it() -> None:
    lost = [state(name, "lost", why="refused") for name in ("sessions", "waits", "statements", "process x")]
    assert health(reading(state(), *lost)).sentence == "The database cannot be seen: refused; 1 more collector lost"


def test_what_mends_a_loss_is_what_its_collector_says() -> None:
    wrong = replace(state("sessions", "lost", why="the password is wrong"), remedy="correct the password")
    assert health(reading(state(), wrong)).remedy == "correct the password"


def test_what_a_role_may_not_see_is_mentioned_with_what_would_show_it() -> None:
    note = 'the role "w" sees only its own sessions. As an administrator: GRANT pg_monitor TO w'
    found = health(reading(state(), replace(state("sessions"), notes=(note,))))
    assert (found.word, found.remedy) == ("Healthy", "GRANT pg_monitor TO w")
    assert found.sentence.endswith("what other roles do in the database is hidden from this role")


def test_data_that_no_longer_come_are_stale_not_healthy() -> None:
    assert health(reading(state(seen_s=NOW - 300))).word == "Stale"
    slow = CollectorState("sizes", 900.0, "ok", NOW - 3600, NOW - 300)  # what is looked at rarely keeps nothing fresh
    assert health(reading(state(seen_s=NOW - 300), slow)).word == "Stale"


def test_the_first_looks_are_awaited_before_anything_is_said() -> None:
    begun = CollectorState("host", 2.0, "starting", NOW - 2)
    assert health(reading(begun)).word == "Starting"
    assert health(reading(state(seen_s=None))).word == "Blind"
