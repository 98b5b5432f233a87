from datetime import UTC, datetime

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.core.units import format_duration
from plimsoll.monitor.alerts.alert import Override
from plimsoll.monitor.alerts.changes import Changes
from plimsoll.monitor.alerts.notices import line_of, worst_of
from plimsoll.monitor.alerts.silences import make_silence
from tests.monitor.alerts.made import START_S, Watched

CPU_RULE = (
    '[alerts.rules.cpu]\nabove = {warning = 80, critical = 95}\nclear = {warning = 70, critical = 90}\nfor = "30s"'
)
DISK = 'host_filesystem_used_percent{mount="%s"}'


def test_an_alert_goes_from_ok_over_pending_to_firing_and_is_resolved() -> None:
    watched = Watched(CPU_RULE)
    watched.sees(50)
    assert watched.states_of() == []
    watched.sees(85, 85, 85)
    assert watched.states_of() == ["pending"]
    watched.sees(85)
    assert watched.states_of() == ["firing"]
    watched.sees(92, 75)  # below 80, not yet below 70
    assert watched.states_of() == ["firing"]
    watched.sees(65)
    assert watched.states_of() == []
    [ended] = watched.book.history()
    assert (ended.state, ended.severity, ended.value, ended.worst_value) == ("resolved", "warning", 92, 92)
    assert ended.ended_at == watched.now_s


def test_a_second_threshold_makes_an_alert_severer_and_not_two_of_it() -> None:
    watched = Watched(CPU_RULE)
    watched.sees(*[85] * 4)
    [first] = watched.book.active()
    watched.sees(*[97] * 4)
    [second] = watched.book.active()
    assert (first.severity, second.severity) == ("warning", "critical")
    assert first.id == second.id
    watched.sees(85)  # no longer critical; it still fires
    assert watched.severities() == ["warning"]
    watched.sees(50)
    assert len(watched.book.history()) == 1


def test_a_value_that_is_no_number_is_no_value() -> None:
    watched = Watched(CPU_RULE)
    watched.sees(*[85] * 4, float("nan"), float("-inf"))
    assert watched.states_of() == ["firing"]
    watched.sees(float("inf"))
    assert watched.severities() == ["warning"]


def test_each_series_that_fits_has_an_alert_of_its_own() -> None:
    watched = Watched()
    for _ in range(8):
        watched.sees(97, series=DISK % "/")
        watched.sees(91, series=DISK % "/data")
        watched.sees(20, series=DISK % "/home")
    alerts = [alert for alert in watched.book.active() if alert.rule == "disk_space"]
    assert [(alert.labels["mount"], alert.severity) for alert in alerts] == [("/", "critical"), ("/data", "warning")]
    assert alerts[0].summary == "97 % of / is in use"
    assert alerts[0].fingerprint != alerts[1].fingerprint


def test_a_series_that_vanishes_resolves_nothing_and_is_dropped_after_an_hour() -> None:
    watched = Watched(period_s=20)
    watched.sees(*[97] * 6, series=DISK % "/mnt")
    watched.waits(130)
    assert watched.states_of("disk_space") == ["no-data"]
    watched.waits(3_400)
    assert watched.states_of("disk_space") == ["no-data"]
    watched.waits(200)
    assert watched.states_of("disk_space") == []
    [ended] = watched.book.history()
    assert (ended.state, ended.note) == ("dropped", "its series was not seen for 1 h")


def test_a_lost_collector_leaves_its_series_without_data_for_as_long_as_it_is_lost() -> None:
    watched = Watched(CPU_RULE)
    watched.has("host", "ok")
    watched.sees(*[85] * 4)
    watched.has("host", "lost")
    assert watched.states_of() == ["firing"]
    watched.waits(20)
    assert watched.states_of() == ["no-data"]
    watched.waits(5)
    assert watched.states_of("collector_lost") == ["firing"]
    watched.waits(20_000)
    assert watched.states_of() == ["no-data"]
    watched.has("host", "ok")
    watched.sees(85)
    assert watched.states_of() == ["firing"]
    assert watched.states_of("collector_lost") == []


def test_a_rule_with_a_condition_is_judged_only_while_the_condition_holds() -> None:
    watched = Watched('[alerts.rules.cache_hit]\nfor = "10s"')
    reads = "database_blocks_read_per_s"
    watched.sees(*[60] * 4, series="database_cache_hit_percent")
    assert watched.states_of("cache_hit") == []  # nothing is known of the traffic
    for _ in range(3):
        watched.sees(5_000, series=reads)
        watched.sees(60, series="database_cache_hit_percent")
    assert watched.states_of("cache_hit") == ["firing"]
    watched.waits(200)
    watched.sees(60, series="database_cache_hit_percent")
    assert watched.states_of("cache_hit") == ["firing"]  # the traffic is not known again: it stays as it was
    watched.sees(1, series=reads)
    watched.sees(60, series="database_cache_hit_percent")
    assert watched.states_of("cache_hit") == []


def test_a_database_that_is_down_is_told_once_and_not_by_each_of_its_collectors() -> None:
    watched = Watched()
    watched.sees(1, series="database_up", source="sessions")
    for collector in ("sessions", "waits", "safety"):
        watched.has(collector, "lost")
    watched.sees(*[0] * 5, series="database_up", source="sessions")
    assert [alert.rule for alert in watched.book.active()] == ["database_down"]
    watched.sees(1, series="database_up", source="sessions")
    watched.waits(30)
    assert watched.states_of("database_down") == []
    assert len(watched.states_of("collector_lost")) == 3


MAIL = """
[alerts.rules.mail]
series = "application_mails"
above = 3
no_data = "60s"
summary = "{value} mails wait"
"""


def test_what_cannot_be_seen_is_not_said_as_if_it_were_so_now() -> None:
    watched = Watched(MAIL)
    watched.has("application", "ok")
    watched.sees(2, 2, series="application_mails", source="application")
    seen_s = watched.now_s
    watched.has("application", "lost")
    watched.waits(50)
    assert watched.states_of("mail") == []  # the time that is stated holds, though its collector is lost
    watched.waits(20)
    [alert] = [one for one in watched.book.active() if one.rule == "mail"]
    assert alert.summary == f"no value since {datetime.fromtimestamp(seen_s, UTC):%H:%M:%S} UTC; last: 2 mails wait"
    began_s = alert.started_at
    assert began_s is not None
    watched.has("application", "ok")
    watched.sees(2, series="application_mails", source="application")
    [ended] = [one for one in watched.book.history() if one.rule == "mail"]
    assert (ended.state, ended.started_at, ended.ended_at) == ("resolved", began_s, watched.now_s)
    assert (ended.summary, ended.worst) == (alert.summary, None)
    assert f"ended after {format_duration(watched.now_s - began_s)}; from " in line_of(
        ended.to_json() | {"reminder": False}
    )


def test_an_incident_that_is_over_says_what_it_was_at_worst() -> None:
    watched = Watched(CPU_RULE)
    watched.sees(*[85] * 4, *[97] * 4, *[85] * 4)
    [now] = watched.book.active()
    assert (now.severity, now.worst, now.worst_value, now.summary) == (
        "warning",
        "critical",
        97,
        "the CPU is 85 % busy",
    )
    assert worst_of(now.to_json()) == "at worst 97 %, critical"
    watched.sees(50)
    [ended] = watched.book.history()
    assert (ended.severity, ended.worst, ended.value) == ("warning", "critical", 97)
    assert ended.summary == "the CPU is 97 % busy"
    line = line_of(ended.to_json() | {"reminder": False})
    assert "ended after 1 min 30 s; from " in line
    assert line.endswith("at worst 97 %, critical")


def test_what_an_incident_is_now_is_put_down_again_where_it_changed() -> None:
    watched = Watched(CPU_RULE)
    watched.sees(*[85] * 4)
    watched.book.changes = Changes()
    watched.sees(88)
    watched.book.note_values()
    [alert] = watched.book.changes.alerts.values()
    assert (alert.state, alert.summary) == ("firing", "the CPU is 88 % busy")
    watched.book.changes = Changes()
    watched.book.note_values()
    assert not watched.book.changes


def test_a_crash_is_critical_and_kept_a_restart_is_a_warning() -> None:
    watched = Watched()
    watched.sees(1, 0, series="database_crashed")
    watched.sees(1, 0, series="database_restarted")
    assert watched.severities("database_crash") == ["critical"]
    assert watched.severities("database_restart") == ["warning"]
    watched.sees(*[0] * 61, series="database_crashed")
    assert watched.states_of("database_crash") == []


def test_what_happens_at_one_moment_is_kept_for_a_time() -> None:
    watched = Watched()
    watched.sees(0, 0.1, 0, 0, series="database_deadlocks_per_s")
    assert watched.states_of("deadlocks") == ["firing"]
    watched.sees(*[0] * 30, series="database_deadlocks_per_s")
    assert watched.states_of("deadlocks") == []


def test_a_silence_is_recorded_with_the_alert_and_ends_at_its_time() -> None:
    watched = Watched(CPU_RULE)
    silence = make_silence("one", "c*", now_s=watched.now_s, for_s=600, author="me", reason="a planned load test")
    watched.book.silence(silence)
    watched.sees(*[85] * 4)
    assert [alert.silenced_by for alert in watched.book.active()] == ["one"]
    watched.sees(*[85] * 60)
    assert watched.book.silences() == []
    assert [alert.silenced_by for alert in watched.book.active()] == [None]


@pytest.mark.parametrize(
    ("matcher", "for_s", "reason"),
    [
        ("", 60, "r"),
        ("cpu{", 60, "r"),
        ("cpu or memory", 60, "r"),
        ("cpu", 31 * 86_400, "r"),
        ("cpu", 0, "r"),
        ("cpu", 60, " "),
    ],
)
def test_a_silence_needs_a_matcher_an_end_within_a_month_and_a_reason(matcher: str, for_s: float, reason: str) -> None:
    with pytest.raises(UsageError):
        make_silence("one", matcher, now_s=START_S, for_s=for_s, author="me", reason=reason)


def test_a_rule_can_be_changed_while_running_and_brought_back() -> None:
    watched = Watched(CPU_RULE)
    watched.sees(*[60] * 4)
    view = watched.book.override(Override("cpu", thresholds={"warning": 50}, author="me"))
    assert view.levels[0] == {"severity": "warning", "threshold": 50, "clear": 40}
    watched.sees(*[60] * 4)
    assert watched.severities() == ["warning"]
    watched.book.override(Override("cpu", enabled=False))
    assert watched.states_of() == []
    assert watched.book.history()[0].note == "its rule was disabled"
    assert watched.book.override(Override("cpu")).override is None
    with pytest.raises(UsageError, match="unknown alert rule"):
        watched.book.override(Override("cpus", enabled=False))
    with pytest.raises(UsageError, match="critical comes before warning"):
        watched.book.override(Override("cpu", thresholds={"warning": 99}))


def test_a_step_of_the_clock_neither_fires_nor_loses_anything() -> None:
    watched = Watched(CPU_RULE)
    watched.sees(85)
    watched.now_s += 7_200
    watched.sees(85)
    assert watched.states_of() == ["pending"]
    watched.now_s -= 7_200
    watched.sees(85, 85)
    assert watched.states_of() == ["pending"]
    watched.sees(85, 85)
    assert watched.states_of() == ["firing"]


def test_a_subscriber_is_told_of_each_change_and_one_that_fails_costs_nothing() -> None:
    watched, told = Watched(CPU_RULE), []
    watched.book.subscribe(lambda alert: 1 / 0)  # type: ignore[arg-type]  # it fails on purpose
    watched.book.subscribe(lambda alert: told.append(alert.state))
    watched.sees(*[85] * 4, 50)
    assert told == ["pending", "firing", "resolved"]


def test_what_is_off_and_meant_to_be_alarms_nobody() -> None:
    watched = Watched()
    watched.sees(1.0, series="database_up", source="sessions")
    watched.sees(0.0, series="database_up", source="sessions")  # it went while we looked
    watched.has("sessions", "lost")
    assert watched.states_of("database_down") == ["pending"]
    watched.has("sessions", "off")
    watched.waits(300)
    assert watched.book.active() == []
