"""Connection strings mean what they mean to libpq."""

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.settings.conninfo import parse_conninfo, resolve_conninfo

values = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(user=values, password=values, database=values)
def test_a_uri_gives_back_what_was_encoded_into_it(user: str, password: str, database: str) -> None:
    parts = [quote(part, safe="") for part in (user, password, database)]
    parsed = parse_conninfo("postgresql://{}:{}@db:5433/{}".format(*parts))
    assert parsed == {"user": user, "password": password, "host": "db", "port": "5433", "dbname": database}


@given(password=values, user=values)
def test_keywords_give_back_what_was_quoted_into_them(password: str, user: str) -> None:
    def quoted(text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    parsed = parse_conninfo(f"host = db password={quoted(password)} user={quoted(user)}")
    assert parsed == {"host": "db", "password": password, "user": user}


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("postgresql://", {}),
        ("postgres:///shop", {"dbname": "shop"}),
        ("postgresql+asyncpg://app@db", {"user": "app", "host": "db"}),
        ("postgresql://h1:5433,h2/shop", {"host": "h1,h2", "port": "5433,", "dbname": "shop"}),
        ("postgresql://[::1]:5433,[fe80::1]/shop", {"host": "::1,fe80::1", "port": "5433,", "dbname": "shop"}),
        ("postgresql://%2Fvar%2Frun/shop", {"host": "/var/run", "dbname": "shop"}),
        ("postgresql:///shop?host=/run/pg&port=5433", {"host": "/run/pg", "port": "5433", "dbname": "shop"}),
        ("postgresql://app@db/shop?ssl=true", {"user": "app", "host": "db", "dbname": "shop", "sslmode": "require"}),
        ("postgresql://db/shop?keepalives=1&connection_limit=1", {"host": "db", "dbname": "shop"}),
        (
            "postgresql://u:[YOUR-PASSWORD]@db/x",
            {"user": "u", "password": "[YOUR-PASSWORD]", "host": "db", "dbname": "x"},
        ),
        (r"password=a\ b\'c user=app", {"password": "a b'c", "user": "app"}),
        ("host=db  port = 5433 user=''", {"host": "db", "port": "5433"}),
    ],
)
def test_each_form_is_read(text: str, parsed: dict[str, str]) -> None:
    assert parse_conninfo(text) == parsed


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://app:sec/ret@db/shop",
        "postgresql://app:sec?ret@db/shop",
        "postgresql://app:secret@db:54x2/shop",
        "postgresql://app:secret@[::1/shop",
        "postgresql://app:secret@db/shop?sslmode",
        "mysql://app:secret@db/shop",
        "host=db password='secret",
        "host=db secret",
        "secret",
        "",
    ],
)
def test_what_cannot_be_read_is_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_conninfo(text, where="environment 'dev'")
    assert "environment 'dev'" in str(raised.value)
    assert raised.value.remedy
    assert "ret" not in f"{raised.value}"


def test_an_unknown_parameter_is_answered_with_the_nearest_right_one() -> None:
    with pytest.raises(UsageError, match="'sslmod'") as raised:
        parse_conninfo("postgresql://db/shop?sslmod=require")
    assert raised.value.remedy == "did you mean 'sslmode'?"


def test_variables_fill_in_what_the_text_leaves_open() -> None:
    environ = {"PGHOST": "elsewhere", "PGPORT": "5433", "PGUSER": "app", "PGDATABASE": "shop", "PGSSLMODE": "require"}
    resolved = resolve_conninfo("postgresql://db/", environ)
    assert resolved == {"host": "db", "port": "5433", "user": "app", "dbname": "shop", "sslmode": "require"}


def test_the_database_is_called_as_the_user_unless_stated() -> None:
    assert resolve_conninfo("postgresql://app@db", {})["dbname"] == "app"


def test_one_port_serves_all_hosts_and_a_missing_one_is_5432() -> None:
    assert resolve_conninfo("host=h1,h2 port=5433", {})["port"] == "5433,5433"
    assert resolve_conninfo("postgresql://h1:5433,h2", {})["port"] == "5433,5432"


@pytest.mark.parametrize("text", ["host=h1,h2,h3 port=1,2", "host=h1 port=0", "host=h1 port=70000", "host=h port=x"])
def test_ports_that_do_not_fit_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="port"):
        resolve_conninfo(text, {})


def test_a_service_stands_between_the_text_and_the_variables(tmp_path: Path) -> None:
    (tmp_path / ".pg_service.conf").write_text("[prod]\nhost=db.internal\ndbname=shop\nuser=service\npassword=a%b\n")
    resolved = resolve_conninfo("service=prod user=app", {"PGHOST": "other", "PGPORT": "5433"}, home=tmp_path)
    assert (resolved["host"], resolved["port"], resolved["user"]) == ("db.internal", "5433", "app")
    assert resolved["password"] == "a%b"


def test_an_unknown_service_is_answered_with_the_nearest_right_one(tmp_path: Path) -> None:
    (tmp_path / ".pg_service.conf").write_text("[production]\nhost=db\n")
    with pytest.raises(UsageError) as raised:
        resolve_conninfo("service=produktion", {}, home=tmp_path)
    assert raised.value.remedy == "did you mean 'production'?"


def test_a_missing_service_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.pg_service\.conf"):
        resolve_conninfo("postgresql://", {"PGSERVICE": "prod"}, home=tmp_path)
