import pytest

from plimsoll.cli.alert_log import AlertLog
from plimsoll.cli.saying import say
from plimsoll.core.series.key import SeriesKey
from plimsoll.monitor.alerts.entry import summary_of
from plimsoll.monitor.alerts.silences import make_silence
from tests.monitor.alerts.made import Watched, rule_of

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


def test_no_words_of_others_rewrite_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "\x1b[2J\u202e\nforged"
    rule = rule_of('series = "host_filesystem_used_percent"\nabove = {warning = 80}\nsummary = "{mount} is full"')
    summary = summary_of(rule, SeriesKey.of("host_filesystem_used_percent", mount=evil), 90.0, "percent")
    silence = make_silence("s", "cpu", now_s=0, for_s=60, author=evil, reason=evil)
    say(evil)
    for text in (summary, silence.author, silence.reason, capsys.readouterr().err.removesuffix("\n")):
        assert "forged" in text
        assert text.isprintable()
