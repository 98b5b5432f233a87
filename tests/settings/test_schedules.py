"""`[schedules.NAME]`: what it means, and mistakes that would otherwise be found at night."""

from pathlib import Path

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.settings.loading import parse_settings
from plimsoll.settings.masking import Secret
from plimsoll.settings.schedules import Schedule

BEFORE = """
[environments.dev]
database = "embedded"
[profiles.smoke]
executor = "constant-users"
stages = [{users = 2, for = "10s"}]
[schedules.nightly]
"""
NEEDED = 'cron = "0 3 * * *"\nscenario = "a.py"\n'


def nightly(text: str) -> Schedule:
    return parse_settings(BEFORE + text).schedule("nightly")


def test_what_is_not_stated_has_a_default() -> None:
    schedule = nightly(NEEDED)
    assert (schedule.cron.text, schedule.timezone, schedule.scenario) == ("0 3 * * *", "UTC", Path("a.py"))
    assert (schedule.missed, schedule.wait_s, schedule.timeout_s, schedule.notify) == ("report", 3600, None, ())


def test_everything_stated_is_kept() -> None:
    schedule = nightly(
        NEEDED + 'timezone = "Europe/Berlin"\nprofile = "smoke"\nenv = "dev"\ngoals = ["p95<1s"]\nmissed = "run"\n'
        'wait = "5m"\ntimeout = "2h"\nnotify = "env:CHAT"\nnotify_on = "always"\nallow_protected = ["prod"]\n'
        "enabled = false"
    )
    assert (schedule.timezone, schedule.profile, schedule.environment) == ("Europe/Berlin", "smoke", "dev")
    assert (schedule.wait_s, schedule.timeout_s, schedule.missed, schedule.enabled) == (300, 7200, "run", False)
    assert (schedule.notify, schedule.goals, schedule.allow_protected) == (
        (Secret("env:CHAT"),),
        ("p95<1s",),
        ("prod",),
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('cron = "0 25 * * *"\nscenario = "a.py"', 8, 'field "hour": 25'),
        (NEEDED + 'timezone = "Europe/Berln"', 10, "unknown timezone"),
        (NEEDED + 'timezone = "../etc"', 10, "unknown timezone"),
        (NEEDED + 'profile = "smok"', 10, "unknown profile"),
        (NEEDED + 'env = "prod"', 10, "unknown environment"),
        (NEEDED + 'goals = ["p95<1s", "p95"]', 10, "a comparison is missing"),
        (NEEDED + 'mised = "run"', 10, "unknown key 'mised'"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(UsageError) as told:
        nightly(text)
    assert f"plimsoll.toml, line {line}, [schedules.nightly]" in str(told.value)
    assert words in str(told.value)
    assert told.value.where.count("plimsoll.toml") == 1


def test_a_city_alone_is_answered_with_its_zone() -> None:
    with pytest.raises(UsageError) as told:
        nightly(NEEDED + 'timezone = "Berlin"')
    assert told.value.remedy == "did you mean 'Europe/Berlin'?"


def test_a_name_that_no_unit_may_have_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be called"):
        parse_settings(f'[schedules."a b"]\n{NEEDED}')


def test_addresses_of_notifications_are_not_shown() -> None:
    assert "hunter2" not in repr(nightly(NEEDED + 'notify = ["json://me:hunter2@example.org", "env:CHAT"]'))
