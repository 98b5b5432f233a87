import pytest

from plimsoll.monitor.alerts.saved import Saved
from plimsoll.monitor.alerts.silences import make_silence
from plimsoll.monitor.alerts.telling import FLAPS_MAX, Notice
from tests.monitor.alerts.made import Watched

CPU_RULE = '[alerts.rules.cpu]\nabove = {warning = 80, critical = 95}\nfor = "0s"\n'


class Told(Watched):
    """With what people were told."""

    def notices(self) -> list[Notice]:
        notices, self.book.changes.notices = self.book.changes.notices, []
        return notices

    def told(self) -> list[str]:
        """What the notices said since the last time, as "cpu warning"."""
        return [
            f"{alert.rule} {alert.severity if alert.state == 'firing' else alert.state}"
            for notice in self.notices()
            for alert in notice.alerts
        ]


def test_what_changes_within_seconds_is_told_in_one_message() -> None:
    watched = Told(CPU_RULE + '[alerts.rules.connections]\nfor = "0s"\n', period_s=1)
    watched.sees(85)
    watched.sees(99, series="database_connections_used_percent")
    watched.waits(10)
    [notice] = watched.notices()
    assert [alert.rule for alert in notice.alerts] == ["cpu", "connections"]


def test_a_severer_state_and_the_end_are_told_and_nothing_twice() -> None:
    watched = Told(CPU_RULE)
    watched.sees(85, 85, 85)
    assert watched.told() == ["cpu warning"]
    watched.sees(97, 97)
    assert watched.told() == ["cpu critical"]
    watched.sees(50, 50, 50)
    assert watched.told() == ["cpu resolved"]


def test_what_still_fires_is_told_again_after_four_hours() -> None:
    watched = Told(CPU_RULE, period_s=60)
    watched.sees(*[85] * 235)
    assert watched.told() == ["cpu warning"]
    watched.sees(*[85] * 10)
    [notice] = watched.notices()
    assert notice.reminders == {notice.alerts[0].id}


def test_an_alert_that_flaps_is_told_a_few_times_an_hour_and_in_the_end_as_it_is() -> None:
    watched = Told(CPU_RULE)
    for _ in range(30):
        watched.sees(85, 85, 50, 50)
    assert len(watched.told()) == FLAPS_MAX
    watched.sees(*[85] * 360)
    assert watched.told() in ([], ["cpu warning"])
    assert watched.states_of() == ["firing"]


def test_what_cannot_be_seen_is_told_only_where_the_rule_asks_for_it() -> None:
    asked = '[alerts.rules.app]\nseries = "application_queue"\nabove = 10\nno_data = "1m"\n'
    watched = Told(CPU_RULE + asked)
    watched.sees(85, 85)
    watched.sees(1, series="application_queue")
    watched.told()
    watched.waits(300)
    assert watched.told() == ["app no-data"]
    watched.sees(1, 1, series="application_queue")
    assert watched.told() == ["app resolved"]


def test_nobody_is_told_of_what_is_silenced_until_the_silence_ends() -> None:
    watched = Told(CPU_RULE)
    silence = make_silence("one", "cpu", now_s=watched.now_s, for_s=300, author="me", reason="planned")
    watched.book.silence(silence)
    watched.sees(*[85] * 20)
    assert watched.told() == []
    watched.sees(*[85] * 20)
    assert watched.told() == ["cpu warning"]


def test_what_came_and_went_while_it_was_silenced_is_never_told() -> None:
    watched = Told(CPU_RULE)
    watched.book.silence(make_silence("one", "*", now_s=watched.now_s, for_s=300, author="me", reason="planned"))
    watched.sees(85, 85, 50)
    watched.waits(600)
    assert watched.told() == []
    assert [alert.silenced_by for alert in watched.book.history()] == ["one"]


@pytest.mark.parametrize(("severity", "value"), [("warning", 85), ("critical", 97)])
def test_quiet_hours_hold_warnings_and_tell_in_one_message_what_still_fires(severity: str, value: float) -> None:
    # 1,800,000,000 is Friday, 2027-01-15, 08:00 UTC
    quiet = '[alerts.quiet]\nfrom = "07:00"\nto = "09:00"\n'
    watched = Told(CPU_RULE + quiet, period_s=60)
    watched.sees(value, value)
    watched.sees(91, 91, 91, 80, series='host_filesystem_used_percent{mount="/tmp"}')
    assert [alert.rule for alert in watched.book.history()] == ["disk_space"]
    assert watched.told() == (["cpu critical"] if severity == "critical" else [])
    held = {alert.rule: alert.held for alert in watched.book.active()}
    assert held["cpu"] == (severity == "warning")
    watched.sees(*[value] * 60)
    assert watched.told() == (["cpu warning"] if severity == "warning" else [])


def test_an_end_that_was_not_told_before_a_restart_is_told_after_it_and_only_the_last() -> None:
    before = Told(CPU_RULE)
    before.sees(85, 85, 50, 50, 85, 85, 50)
    told = list(before.book.changes.told.values())
    assert [one.what for one in told] == ["warning"]
    ended = before.book.history()[::-1]
    after = Told(CPU_RULE)
    after.book.restore(Saved(ended=ended, told=told), before.now_s)
    after.waits(10)
    [notice] = after.notices()
    assert [(alert.id, alert.state) for alert in notice.alerts] == [(ended[1].id, "resolved")]
