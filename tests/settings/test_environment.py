"""What is refused before anything is done to a target."""

import pytest

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.profile import Profile, Stage
from plimsoll.settings.environment import Environment, check_limits, refuse_placeholder_url, strictest
from plimsoll.settings.masking import Secret


def environment(database: str, name: str = "prod") -> Environment:
    return Environment(name, database=Secret(database))


def test_a_dsn_in_the_file_is_used_as_it_is() -> None:
    assert environment("postgresql://app@db/shop").dsn({}).reveal() == "postgresql://app@db/shop"


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://app:[YOUR-PASSWORD]@db.abcdefghij.supabase.co:5432/postgres",
        "postgresql://app:changeme@db/shop",
        "postgresql://app:<password>@db/shop",
        "postgresql://app:$DB_PASSWORD@db/shop",
        "postgresql://app:${DB_PASSWORD}@db/shop",
        "postgresql://app:xxx@db/shop",
        "host=db user=app password=your-password",
    ],
)
def test_a_password_that_was_never_filled_in_is_refused_and_placed(dsn: str) -> None:
    with pytest.raises(RefusedError) as raised:
        environment("env:PROD_DSN").dsn({"PROD_DSN": dsn})
    assert raised.value.where == "environment 'prod', variable PROD_DSN"
    assert raised.value.why == "the password in the DSN is one"


@pytest.mark.parametrize(
    ("dsn", "part"),
    [
        ("postgresql://<user>:secret@db/shop", "the user in the DSN"),
        ("postgresql://app:secret@db.<ref>.supabase.co/shop", "the host in the DSN"),
        ("postgresql://app:secret@db/YOUR_DATABASE", "the database in the DSN"),
        ("YOUR_DATABASE_URL_HERE", "the whole value"),
        ("${DATABASE_URL}", "the whole value"),
    ],
)
def test_each_part_that_was_never_filled_in_is_named(dsn: str, part: str) -> None:
    with pytest.raises(RefusedError) as raised:
        environment(dsn).dsn({})
    assert raised.value.why == f"{part} is one"
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(("environ", "state"), [({}, "not set"), ({"PROD_DSN": " "}, "empty")])
def test_a_variable_without_value_is_refused(environ: dict[str, str], state: str) -> None:
    with pytest.raises(RefusedError, match=f"PROD_DSN.*{state}") as raised:
        environment("env:PROD_DSN").dsn(environ)
    assert "export PROD_DSN=" in raised.value.remedy


def test_an_embedded_database_has_no_dsn_of_its_own() -> None:
    with pytest.raises(UsageError, match="embedded"):
        environment("embedded").dsn({})
    with pytest.raises(UsageError, match="names no database"):
        Environment("web").dsn({})


@pytest.mark.parametrize("url", ["", "https://your-project.example.com", "https://<host>/"])
def test_a_url_that_was_never_filled_in_is_refused(url: str) -> None:
    with pytest.raises(RefusedError, match="placeholder"):
        refuse_placeholder_url(url, where="environment 'prod'")


LIMITED = Environment("prod", max_users=50, max_rate=100, max_duration_s=300)


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        (Profile("p", "constant-users", (Stage(51, 60),)), "max_users is 50, asked for 51"),
        (Profile("p", "ramping-users", (Stage(10, 60), Stage(60, 60, 30))), "max_users is 50, asked for 60"),
        (Profile("p", "constant-rate", (Stage(101, 60),), max_users=10), "max_rate is 100/s, asked for 101/s"),
        (Profile("p", "constant-rate", (Stage(100, 60),), max_users=51), "max_users is 50, asked for 51"),
        (Profile("p", "constant-users", (Stage(1, 300),), warmup_s=1), "max_duration is 5 min, asked for 5 min 1 s"),
        (Profile("p", "iterations", iterations=5), "max_duration is 5 min, asked for 1 h"),
    ],
)
def test_a_profile_beyond_a_limit_is_refused_with_both_values(profile: Profile, said: str) -> None:
    with pytest.raises(RefusedError, match=r"'p'.*'prod'") as raised:
        check_limits(LIMITED, profile)
    assert raised.value.why == said


def test_a_profile_at_the_limits_is_let_through() -> None:
    check_limits(LIMITED, Profile("p", "constant-users", (Stage(50, 300),)))
    check_limits(LIMITED, Profile("p", "ramping-rate", (Stage(100, 299, 10),), max_users=50, warmup_s=1))
    check_limits(Environment("dev"), Profile("p", "constant-users", (Stage(5000, 7200),)))


def test_the_strictest_of_each_limit_holds() -> None:
    other = Environment("b", protected=True, max_users=80, max_rate=20, statement_timeout_s=2)
    held = strictest(LIMITED, other)
    assert (held.name, held.max_users, held.max_rate, held.max_duration_s) == ("prod", 50, 20, 300)
    assert (held.statement_timeout_s, held.protected) == (2, True)
