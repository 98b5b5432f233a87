"""Schedules in the forms of other schedulers: due at the same times, and honest where they cannot be."""

from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from plimsoll.core.cron import FIELDS, parse_cron
from plimsoll.core.errors import UsageError
from plimsoll.schedule.forms.form import Form, Wanted, cron_text
from plimsoll.schedule.forms.github import github
from plimsoll.schedule.forms.kubernetes import kubernetes
from plimsoll.schedule.forms.systemd import calendar, systemd
from plimsoll.settings.schedules import Schedule, read_zone

yaml: Any = import_module("yaml")


def wanted(cron: str = "0 3 * * 1-5", zone: str = "Europe/Berlin", **more: Any) -> Wanted:
    schedule = Schedule("nightly_run", parse_cron(cron), read_zone(zone), Path("a.py"), environment="staging")
    around = Wanted(
        schedule, 600, date(2026, 1, 1), program="/opt/plimsoll/bin/plimsoll", directory="/srv/100% load",
        image="example/plimsoll:1", variables=["STAGING_DSN", "CHAT"],
    )  # fmt: skip
    of_schedule = {key: more.pop(key) for key in ("missed", "enabled", "name") if key in more}
    return replace(around, schedule=replace(schedule, **of_schedule), **more)


def only(forms: list[Form]) -> str:
    (form,) = forms
    return form.text


@pytest.mark.parametrize(
    ("cron", "values"),
    [
        ("0 3 * * *", ["*-*-* 03:00:00 UTC"]),
        ("*/20 8-17 * * 1-5", ["Mon,Tue,Wed,Thu,Fri *-*-* 08..17:00,20,40:00 UTC"]),
        ("0 0 * * 0,6", ["Sat,Sun *-*-* 00:00:00 UTC"]),
        ("0 0 1,15 6-8 *", ["*-06..08-01,15 00:00:00 UTC"]),
        ("30 * 13 * 5", ["*-*-13 *:30:00 UTC", "Fri *-*-* *:30:00 UTC"]),
        ("* * * * *", ["*-*-* *:*:00 UTC"]),
    ],
)
def test_systemd_is_given_what_cron_means(cron: str, values: list[str]) -> None:
    assert calendar(parse_cron(cron), "UTC") == values


@pytest.mark.parametrize(
    ("cron", "text"),
    [
        ("0 3 * * MON-FRI", "0 3 * * 1-5"), ("*/15 */8 * * 7", "0,15,30,45 0,8,16 * * 0"), ("@monthly", "0 0 1 * *"),
        ("0 0 * * fri-sun", "0 0 * * 0,5,6"), ("0 0 1-31 * 1", "0 0 1-31 * 1"), ("5-7 3 2 jan 0-7", "5-7 3 2 1 0-6"),
    ],
)  # fmt: skip
def test_others_are_given_numbers_from_sunday_0_to_saturday_6(cron: str, text: str) -> None:
    assert cron_text(parse_cron(cron)) == text


def field(number: int) -> st.SearchStrategy[str]:
    low, high = FIELDS[number].low, FIELDS[number].high
    values = st.lists(st.integers(low, high), min_size=1, max_size=6).map(lambda found: ",".join(map(str, found)))
    return st.one_of(st.just("*"), values)


@given(st.tuples(*map(field, range(4)), field(4)).map(" ".join))
def test_what_others_are_given_means_the_same(text: str) -> None:
    try:
        cron = parse_cron(text)
    except UsageError:  # days that no month has
        reject()
    assert replace(parse_cron(cron_text(cron)), text="") == replace(cron, text="")


def test_units_of_systemd() -> None:
    service, timer = systemd(wanted(missed="run"))
    assert (service.path, timer.path) == ("plimsoll-nightly_run.service", "plimsoll-nightly_run.timer")
    assert "ExecStart=/opt/plimsoll/bin/plimsoll schedule now nightly_run\n" in service.text
    assert "WorkingDirectory=/srv/100%% load\n" in service.text
    assert "EnvironmentFile=/etc/plimsoll/plimsoll-nightly_run.env\n" in service.text
    assert "KillMode=mixed\n" in service.text
    assert "OnCalendar=Mon,Tue,Wed,Thu,Fri *-*-* 03:00:00 Europe/Berlin\nPersistent=true\n" in timer.text
    assert "Persistent=false" in systemd(wanted())[1].text


def test_a_program_with_blanks_is_quoted_for_systemd() -> None:
    service, _ = systemd(wanted(program="/opt/my tools/plimsoll", variables=[]))
    assert 'ExecStart="/opt/my tools/plimsoll" schedule now nightly_run\n' in service.text
    assert "EnvironmentFile" not in service.text


def test_a_workflow_of_github() -> None:
    workflow = yaml.safe_load(only(github(wanted())))
    assert workflow[True]["schedule"] == [{"cron": "0 3 * * 1-5", "timezone": "Europe/Berlin"}]  # YAML's "on" is true
    job = workflow["jobs"]["run"]
    (step,) = [step for step in job["steps"] if "schedule now" in step.get("run", "")]
    assert step["run"] == "plimsoll schedule now nightly_run"
    assert step["env"] == {name: f"${{{{ secrets.{name} }}}}" for name in ("STAGING_DSN", "CHAT")}
    assert job["timeout-minutes"] == 14
    assert workflow["concurrency"] == {"group": "plimsoll-staging", "cancel-in-progress": False}


def test_github_is_not_asked_for_a_zone_that_it_has_anyway() -> None:
    assert "timezone" not in only(github(wanted(zone="UTC")))
    assert "may not know timezone" in only(github(wanted()))


@pytest.mark.parametrize("cron", ["* * * * *", "*/4 * * * *", "58,0 * * * *", "0,3 3 1 1 *"])
def test_github_is_not_asked_for_more_than_every_five_minutes(cron: str) -> None:
    with pytest.raises(UsageError, match="as often as"):
        github(wanted(cron))
    assert github(wanted("*/5 * * * *"))


def test_a_cron_job_of_kubernetes() -> None:
    job = yaml.safe_load(only(kubernetes(wanted("0 3 13 * 7"))))
    assert job["metadata"]["name"] == "plimsoll-nightly-run"
    spec = job["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["suspend"]) == ("0 3 13 * 0", "Europe/Berlin", False)
    assert (spec["concurrencyPolicy"], spec["startingDeadlineSeconds"]) == ("Forbid", 90)
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == "example/plimsoll:1"
    assert container["command"] == ["plimsoll", "schedule", "now", "nightly_run"]
    assert container["env"][1] == {"name": "CHAT", "valueFrom": {"secretKeyRef": {"name": "plimsoll", "key": "CHAT"}}}
    assert yaml.safe_load(only(kubernetes(wanted(missed="run"))))["spec"]["startingDeadlineSeconds"] == 86400


def test_kubernetes_needs_an_image_and_a_short_name() -> None:
    with pytest.raises(UsageError, match="which container"):
        kubernetes(wanted(image=""))
    with pytest.raises(UsageError, match="longer than 52"):
        kubernetes(wanted(name="x" * 50))


def test_what_is_different_when_the_clock_jumps_is_said_with_the_day() -> None:
    skipped = wanted("30 2 * * *")
    assert (
        "systemd leaves out what the clock skips, and plimsoll schedule run does not. Next time: 2026-03-29 02:30"
        in (systemd(skipped)[1].text)
    )
    assert "Kubernetes may make a run twice at a time that comes twice. Next time: 2026-10-25 02:30" in (
        only(kubernetes(skipped))
    )
    assert "becomes the next that there is" in only(github(skipped))
    assert "systemd makes the runs once" in systemd(wanted("30 * * * *"))[1].text
    for quiet in (wanted("30 4 * * *"), wanted("30 2 * * *", "UTC")):
        assert "Next time" not in systemd(quiet)[1].text + only(kubernetes(quiet)) + only(github(quiet))


def test_what_cannot_be_translated_is_said() -> None:
    assert 'missed = "run" cannot be translated' in only(github(wanted(missed="run")))
    assert "do not enable the timer" in systemd(wanted(enabled=False))[1].text
    assert yaml.safe_load(only(kubernetes(wanted(enabled=False))))["spec"]["suspend"] is True
    assert "end a job after 360 minutes" in only(github(wanted(seconds=40_000.0)))
