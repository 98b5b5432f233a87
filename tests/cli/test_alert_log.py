from plimsoll.cli.alert_log import AlertLog
from plimsoll.monitor.alerts.silences import make_silence
from tests.monitor.alerts.made import Watched

RULE = '[alerts.rules.cpu]\nabove = {warning = 80, critical = 95}\nfor = "20s"\n'


def test_the_log_has_a_line_for_each_alert_that_begins_changes_or_ends() -> None:
    watched, lines = Watched(RULE), list[str]()
    watched.book.subscribe(AlertLog(lines.append))
    watched.sees(85, 50)  # it was never more than pending
    assert lines == []
    watched.sees(85, 85, 85)
    watched.book.silence(make_silence("s", "cpu", now_s=watched.now_s, for_s=60, author="me", reason="planned"))
    watched.sees(97, 97, 97, 50)
    assert [line.partition(";")[0] for line in lines] == [
        "WARNING: cpu: the CPU is 85 % busy",
        "CRITICAL: cpu: the CPU is 97 % busy",
        "resolved: cpu: the CPU is 97 % busy",
    ]
    assert [line.endswith("(silenced)") for line in lines] == [False, True, True]
