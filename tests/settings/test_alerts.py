import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.core.series.catalogue import info_of
from plimsoll.core.series.saying import beyond_said, said
from plimsoll.core.units import format_duration
from plimsoll.settings.alert_rules import default_rules
from plimsoll.settings.alerts import AlertSettings, QuietHours
from plimsoll.settings.loading import parse_settings


def alerts_of(toml: str) -> AlertSettings:
    return parse_settings(toml).alerts


def test_the_rules_that_are_built_in_are_there_without_a_word() -> None:
    rules = alerts_of("").rules
    assert rules == default_rules()
    levels = [(level.severity, level.threshold) for level in rules["connections"].levels]
    assert levels == [("warning", 75), ("critical", 90)]
    assert all(rule.builtin and rule.enabled and rule.summary for rule in rules.values())


def test_a_built_in_rule_changes_only_in_what_is_stated() -> None:
    rule = alerts_of("[alerts.rules.memory]\nabove = {warning = 60, critical = 70}").rules["memory"]
    assert [(level.threshold, level.clear) for level in rule.levels] == [(60, 55), (70, 65)]
    assert (rule.for_s, rule.builtin) == (120, True)
    assert not alerts_of("[alerts.rules.memory]\nenabled = false").rules["memory"].enabled
    assert len(alerts_of("[alerts.rules.memory]\nabove = 60").rules["memory"].levels) == 1


def test_a_rule_of_ones_own_has_a_series_and_a_threshold() -> None:
    toml = """
    [alerts.rules.queue]
    series = 'application_queue_length{queue="mail"}'
    above = 1000
    clear = 800
    severity = "critical"
    for = "1m"
    no_data = "5m"
    when = "database_up > 0"
    """
    rule = alerts_of(toml).rules["queue"]
    [level] = rule.levels
    assert (level.severity, level.threshold, level.clear) == ("critical", 1000, 800)
    assert (rule.for_s, rule.no_data_s, rule.tells_no_data, rule.builtin) == (60, 300, True, False)
    assert str(rule.series) == 'application_queue_length{queue="mail"}'


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("above = 1", "names no series"),
        ('series = "host_load1"', "either above or below"),
        ('series = "host_load1"\nabove = 1\nbelow = 0', "either above or below"),
        ('series = "host_load"\nabove = 1', "unknown series 'host_load'"),
        ("series = 'host_load1{cpu=\"0\"}'\nabove = 1", "has no label 'cpu'"),
        ('series = "host_load1"\nabove = 1\nclear = 2', "clear lies beyond"),
        ('series = "host_load1"\nabove = {warning = 3, critical = 2}', "critical comes before warning"),
        ('series = "host_load1"\nabove = "1"', "it must be a number, or a table"),
        ('series = "host_load1"\nabove = {mild = 1}', "it must be a number, or a table"),
        ('series = "host_load1"\nabove = inf', "it must be a number, or a table"),
        ('series = "host_load1"\nabove = 1\nwhen = "much traffic"', "not a condition"),
        ('series = "host_load1"\nabove = 1\nsummary = "{load} is high"', "its summary names {load}"),
        ('series = "host_load1"\nabove = 1\nsummary = "{value is high"', "a brace in its summary has no other"),
        ('series = "host_load1"\nabove = 1\nsevirity = "warning"', "unknown key 'sevirity'"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_place_in_the_file(rule: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        alerts_of(f"[alerts.rules.mine]\n{rule}")
    assert said in str(refused.value)
    assert "[alerts.rules.mine]" in refused.value.where
    assert "line" in refused.value.where


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://hooks.example.org/", "http is for this machine only"),
        ("https://user:word@example.org/", "has a user or a password in it"),
        ("ftp://example.org/", "it is not https"),
        ("https://", "it is not https"),
        ("https://example.org:x/", "cannot be read"),
        ("https://example.org/a b", "it is not https"),
    ],
)
def test_where_webhooks_may_not_go(url: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        alerts_of(f'[alerts.webhooks.hook]\nurl = "{url}"\nsecret = "0123456789abcdef"')


@pytest.mark.parametrize(
    "url", ["http://localhost:8080/", "http://127.0.0.1/", "http://[::1]:9/", "https://10.0.0.5/x"]
)
def test_where_webhooks_may_go(url: str) -> None:
    [hook] = alerts_of(f'[alerts.webhooks.hook]\nurl = "{url}"\nsecret = "0123456789abcdef"').webhooks
    assert hook.url.reveal() == url


def test_a_secret_that_can_be_guessed_is_refused_and_not_shown() -> None:
    with pytest.raises(UsageError, match="can be guessed") as refused:
        alerts_of('[alerts.webhooks.hook]\nurl = "https://example.org/"\nsecret = "hunter2"')
    assert "hunter2" not in str(refused.value)


BERLIN = ZoneInfo("Europe/Berlin")


def quiet_of(toml: str) -> QuietHours:
    quiet = alerts_of(f"[alerts.quiet]\n{toml}").quiet
    assert quiet is not None
    return quiet


def at(text: str, *, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold).timestamp()


def test_quiet_hours_go_over_midnight_and_belong_to_the_day_on_which_they_begin() -> None:
    quiet = quiet_of('from = "22:00"\nto = "06:00"\ndays = ["fri"]\ntimezone = "Europe/Berlin"')
    assert quiet.hold(at("2026-11-27T23:00"))  # a Friday
    assert quiet.hold(at("2026-11-28T05:59"))
    assert not quiet.hold(at("2026-11-28T06:00"))
    assert not quiet.hold(at("2026-11-27T05:00"))
    assert not quiet.hold(at("2026-11-28T23:00"))


def test_quiet_hours_follow_the_clock_on_the_wall_where_an_hour_is_skipped_or_comes_twice() -> None:
    quiet = quiet_of('from = "02:15"\nto = "02:45"\ntimezone = "Europe/Berlin"')
    night = at("2026-03-29T01:59:59")  # a second later it is 03:00
    assert not any(quiet.hold(night + minutes * 60) for minutes in range(90))
    assert quiet.hold(at("2026-10-25T02:30", fold=0))
    assert quiet.hold(at("2026-10-25T02:30", fold=1))
    assert not quiet.hold(at("2026-10-25T02:50", fold=0))
    assert at("2026-10-25T02:30", fold=1) - at("2026-10-25T02:30", fold=0) == 3600


@pytest.mark.parametrize(
    "toml", ['from = "25:00"\nto = "06:00"', 'from = "6"\nto = "07:00"', 'from = "06:00"\nto = "06:00"']
)
def test_quiet_hours_that_are_none_are_refused(toml: str) -> None:
    with pytest.raises(UsageError):
        quiet_of(toml)


GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "alerts.md"


def table_of_rules() -> str:
    """The built-in rules, as the guide shows them; PLIMSOLL_WRITE_DOCS=1 puts it there."""
    lines = ["| rule | series | warning | critical | clears at | for |", "|---|---|---|---|---|---|"]
    for rule in default_rules().values():
        unit = info_of(rule.series.name).unit
        by_severity = {level.severity: beyond_said(rule.direction, level.threshold, unit) for level in rule.levels}
        clear = ", ".join(said(level.clear, unit) for level in rule.levels)
        lasting = format_duration(rule.for_s) if rule.for_s else "at once"
        kept = f", kept {format_duration(rule.keep_s)}" if rule.keep_s else ""
        when = f" when `{rule.when}`" if rule.when else f" unless `{rule.unless}`" if rule.unless else ""
        lines.append(
            f"| `{rule.name}` | `{rule.series}`{when} | {by_severity.get('warning', '–')} "
            f"| {by_severity.get('critical', '–')} | {clear} | {lasting}{kept} |"
        )
    return "\n".join(lines)


def test_the_guide_shows_the_rules_that_are_built_in() -> None:
    begin, end = "<!-- rules -->\n", "<!-- end of rules -->"
    before, _, rest = GUIDE.read_text(encoding="utf-8").partition(begin)
    shown, _, after = rest.partition(end)
    if os.environ.get("PLIMSOLL_WRITE_DOCS"):
        GUIDE.write_text(f"{before}{begin}{table_of_rules()}\n{end}{after}", encoding="utf-8")
    else:
        assert shown.strip() == table_of_rules()


def test_the_settings_that_the_guide_shows_are_settings() -> None:
    _, _, rest = GUIDE.read_text(encoding="utf-8").partition("```toml\n")
    assert alerts_of(rest.partition("```")[0]).rules["mail_queue"].runbook


def test_a_period_out_of_bounds_is_refused_with_its_unit() -> None:
    with pytest.raises(UsageError) as refused:
        parse_settings('[monitor]\nhost_period = "10ms"')
    assert "it must be from 1 s to 5 min" in str(refused.value.why)


def test_what_is_missing_of_quiet_hours_is_told_with_its_table() -> None:
    with pytest.raises(UsageError) as refused:
        alerts_of('[alerts.quiet]\nfrom = "22:00"')
    assert refused.value.where == "plimsoll.toml, line 1, [alerts.quiet] to"
