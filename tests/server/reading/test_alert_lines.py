"""Alerts of the book as the pages say them."""

from dataclasses import replace

from plimsoll.core.observation import CollectorState, Observation
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.alerts.book import AlertBook
from plimsoll.monitor.alerts.reasons import with_reason
from plimsoll.monitor.alerts.silences import make_silence
from plimsoll.server.dashboard import alerts
from plimsoll.server.dashboard.place import Place
from plimsoll.server.reading.alert_lines import (
    alert_events,
    alert_lines,
    history_lines,
    limits_of,
    rule_lines,
    silence_lines,
)
from plimsoll.server.reading.reading import AlertLine, Limit, Reading
from plimsoll.server.reading.remedies import REMEDIES

NOW = 1_800_000_000.0
AWAY = "not in use: the server fails: invalid username-password pair"


def book() -> AlertBook:
    """One with a transaction that has been open for 10 minutes."""
    made = AlertBook()
    made.observe(Observation("sessions", NOW, {SeriesKey("database_longest_transaction_s"): 600.0}))
    return made


def page(reading: Reading) -> str:
    return "".join(slot.say(reading, Place(tab="alerts")) for slot in alerts.SLOTS if slot.say is not None)


def test_an_alert_is_a_sentence_with_what_to_do() -> None:
    made = book()
    (one,) = alert_lines(made.active(), ())
    made.observe(Observation("sessions", NOW + 10, {SeriesKey("database_longest_transaction_s"): 400.0}))
    assert "at worst 10 min" in page(Reading(NOW, alerts=alert_lines(made.active(), ())))
    assert (one.state, one.severity, one.sentence, one.at_worst) == (
        "firing",
        "warning",
        "A transaction has been open for 10 min",
        "",
    )
    assert one.remedy == REMEDIES["long_transaction"]


def test_that_the_database_is_down_is_told_with_the_reason_of_what_looked() -> None:
    made = AlertBook()
    for second in range(0, 30, 5):
        made.observe(Observation("sessions", NOW + second, {SeriesKey("database_up"): 0.0}))
    why = "user 'watcher' could not log in: the password is wrong"
    states = {"sessions": CollectorState("sessions", 10.0, "lost", NOW, None, why, remedy="correct the password")}
    (line,) = alert_lines(with_reason(made.active(), states), ())
    assert (line.sentence, line.remedy) == (f"The database cannot be seen: {why}", "correct the password")


def test_that_tier_2_is_passed_by_is_told_with_what_a_process_says_of_it() -> None:
    made, key = AlertBook(), SeriesKey.of("cache_shared_away_processes", cache="shop")
    for at in range(0, 70, 10):
        made.observe(Observation("caches", NOW + at, {key: 2.0}))
    rows = [{"cache": name, "shared_trouble": said} for name, said in (("users", "else"), ("shop", ""), ("shop", AWAY))]
    told = with_reason(made.active(), {}, lambda _: (NOW, {"rows": rows}))
    (line,) = alert_lines(told, ())
    assert line.sentence == "Processes of cache shop pass tier 2 by: 2 (invalid username-password pair)"
    assert line.remedy == "see user and password in the URL of tier 2"
    (line,) = alert_lines(with_reason(made.active(), {}, lambda _: (NOW, {"rows": rows[:2]})), ())
    assert line.remedy == REMEDIES["cache_shared_away"]


def test_the_history_says_how_long_each_fired() -> None:
    ended = AlertLine("cpu", "resolved", "warning", "host_cpu_busy_percent", "CPU", NOW - 90, ended_s=NOW - 60)
    assert '<td class="number">30 s</td>' in page(Reading(NOW, history=[ended]))


def test_an_alert_that_fires_is_marked_on_the_time_axis() -> None:
    (event,) = alert_events(alert_lines(book().active(), ()))
    assert (event.at_s, event.kind) == (NOW, "alert")


def test_a_silenced_alert_says_by_whom_until_when_and_why() -> None:
    made = book()
    made.silence(make_silence("s1", "long_*", now_s=NOW, for_s=3600, author="Ada", reason="the yearly report"))
    (one,) = alert_lines(made.active(), made.silences())
    assert one.silenced.startswith("by Ada until ")
    assert one.silenced.endswith(": the yearly report")
    shown = page(Reading(NOW, alerts=[one], silences=silence_lines(made.silences()), may_change=True))
    assert "Silenced: 1 alert" in shown
    assert "Nothing fires." in shown
    assert 'name="silence" value="s1"' in shown


def test_who_may_not_silence_gets_no_form() -> None:
    assert 'action="/silences"' in page(Reading(NOW, may_change=True))
    assert "<form" not in page(Reading(NOW, may_change=False))
    assert "admin_token" in page(Reading(NOW, may_change=None))


def test_a_rule_says_its_thresholds_how_long_and_what_it_is_now() -> None:
    rule = next(rule for rule in rule_lines(book().rules()) if rule.name == "long_transaction")
    assert (rule.condition, rule.state) == ("above warning 5 min, critical 1 h", "1 firing")


def test_a_rule_of_what_is_yes_or_no_says_which() -> None:
    rules = {rule.name: rule.condition for rule in rule_lines(book().rules())}
    assert rules["database_down"] == "is no: critical"


def test_the_history_has_what_still_fires_and_says_how_long_what_ended_lasted() -> None:
    made = book()
    lines = history_lines(made.active(), made.history(), ())
    assert [line.state for line in lines] == ["firing"]
    ended = replace(lines[0], state="resolved", ended_s=NOW + 90, worst="critical")
    shown = page(Reading(NOW, history=[ended]))
    assert "1 min 30 s" in shown
    assert "critical" in shown.partition("The newest first")[2]


def test_thresholds_of_rules_that_are_off_are_not_drawn() -> None:
    rules = book().rules()
    assert Limit("host_cpu_busy_percent", 80.0, "warning") in limits_of(rules)
    assert limits_of([replace(rule, enabled=False) for rule in rules]) == []


def test_every_rule_that_comes_with_plimsoll_says_what_to_do() -> None:
    assert {rule.name for rule in AlertBook().rules()} == set(REMEDIES)
