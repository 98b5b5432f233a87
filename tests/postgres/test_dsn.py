"""Targets are what libpq would connect to, and print without their password."""

import pickle
from pathlib import Path

import pytest
from asyncpg.connect_utils import _parse_connect_arguments as arguments_of_driver
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.core.errors import UsageError
from plimsoll.postgres.dsn import Target, read_target
from plimsoll.settings.masking import Secret


def target(dsn: str, home: Path = Path("/nowhere"), **environ: str) -> Target:
    return read_target(dsn, environ, home=home, where="environment 'dev'")


def as_driver_sees(found: Target) -> tuple[object, object]:
    """Addresses and parameters that asyncpg makes of our arguments."""
    rest = dict.fromkeys(("passfile", "direct_tls", "service", "servicefile", "command_timeout"))
    caches = dict.fromkeys(("statement_cache_size", "max_cached_statement_lifetime", "max_cacheable_statement_size"), 0)
    given = {"ssl": None, "krbsrvname": None, "gsslib": None, **rest, **caches, **found.connect_arguments()}
    addresses, parameters, _ = arguments_of_driver(**given)
    return addresses, parameters


def test_everything_stated_reaches_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSSLMODE"):
        monkeypatch.setenv(name, "1234")
    found = target("postgresql://a%40b:p%2Fw@h1:5433,h2/shop?sslmode=disable&options=-c%20geqo%3Doff")
    addresses, parameters = as_driver_sees(found)
    assert addresses == [("h1", 5433), ("h2", 5432)]
    assert parameters.user == "a@b"  # type: ignore[attr-defined]  # a namedtuple of the driver's
    assert parameters.password == "p/w"  # type: ignore[attr-defined]  # as above
    assert parameters.database == "shop"  # type: ignore[attr-defined]  # as above
    assert parameters.ssl is False  # type: ignore[attr-defined]  # as above
    expected = {"application_name": "plimsoll", "options": "-c geqo=off"}
    assert parameters.server_settings == expected  # type: ignore[attr-defined]  # as above


def test_a_socket_directory_is_an_endpoint() -> None:
    found = target("postgresql:///shop?host=/run/pg&port=5433&user=app")
    assert found.endpoints == (("/run/pg", 5433),)
    assert as_driver_sees(found)[0] == ["/run/pg/.s.PGSQL.5433"]
    assert found.display == "postgresql://app@%2Frun%2Fpg:5433/shop"


def test_keywords_and_uri_give_the_same_target() -> None:
    uri = target("postgresql://app:a%20b@db:5433/shop?sslmode=require&connect_timeout=3")
    assert uri == target("host=db port=5433 user=app password='a b' dbname=shop sslmode=require connect_timeout=3")
    assert uri.connect_timeout_s == 3


def test_variables_fill_in_the_rest() -> None:
    found = target("postgresql://", PGHOST="db", PGUSER="app", PGPASSWORD="pw1", PGSSLMODE="disable", PGAPPNAME="me")
    assert (found.endpoints, found.user, found.database) == ((("db", 5432),), "app", "app")
    assert (found.password, found.sslmode, found.application_name) == (Secret("pw1"), "disable", "me")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).map(lambda text: f"Zq7{text}"))
def test_a_target_never_prints_its_password(password: str) -> None:
    quoted = password.replace("\\", "\\\\").replace("'", "\\'")
    found = target(f"host=db user=app password='{quoted}'")
    assert found.password == Secret(password)
    assert found.display == "postgresql://app:****@db:5432/app"
    assert "Zq7" not in f"{found} {found!r} {found.mask(f'it says {password}')}"
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 -- made here


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("postgresql://db/shop?sslmode=requre", "did you mean 'require'?"),
        ("postgresql://db/shop?sslmode=1", "one of disable"),
        ("postgresql://db/shop?sslrootcert=system&sslmode=require", "verify-full"),
        ("postgresql://db/shop?target_session_attrs=master", "one of any"),
        ("postgresql://db/shop?connect_timeout=soon", "whole number"),
        ("postgresql://db/shop?sslmode=verify-full", "sslrootcert"),
        ("postgresql://db/shop?sslrootcert=/none.crt", "/none.crt"),
        ("postgresql://db/shop?sslcert=/none.crt", "/none.crt"),
        ("postgresql://app:changeme@db/shop", "placeholder"),
    ],
)
def test_what_does_not_fit_is_refused_before_connecting(dsn: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        target(dsn)
    assert said in f"{raised.value} {raised.value.remedy}"
    assert "environment 'dev'" in raised.value.where


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    certificate, key = tmp_path / "client.crt", tmp_path / "client.key"
    certificate.write_text("")
    key.write_text("")
    key.chmod(0o644)
    with pytest.raises(UsageError, match="0644") as raised:
        target(f"postgresql://db/shop?sslcert={certificate}&sslkey={key}")
    assert raised.value.remedy == f"chmod 600 {key}"
    key.chmod(0o600)
    assert target(f"postgresql://db/shop?sslcert={certificate}&sslkey={key}").tls["sslkey"] == str(key)


def test_the_root_certificate_of_the_home_directory_is_found(tmp_path: Path) -> None:
    (tmp_path / ".postgresql").mkdir()
    (tmp_path / ".postgresql" / "root.crt").write_text("")
    found = target("postgresql://db/shop?sslmode=verify-ca", home=tmp_path)
    assert found.tls["sslrootcert"] == str(tmp_path / ".postgresql" / "root.crt")


def test_without_tls_no_file_is_looked_at() -> None:
    assert target("postgresql://db/shop?sslmode=disable&sslcert=/none.crt").sslmode == "disable"


def test_the_roots_of_the_system_are_trusted_for_the_right_name_only() -> None:
    arguments = target("postgresql://db/shop?sslrootcert=system").connect_arguments()
    assert arguments["ssl"].check_hostname


def test_what_the_driver_cannot_enforce_is_noted() -> None:
    assert "channel_binding" in target("postgresql://db/shop?channel_binding=require").notes[0]
    assert target("postgresql://db/shop?channel_binding=prefer").notes == ()


def test_a_dsn_may_speak_of_its_pooler() -> None:
    assert target("postgresql://db/shop?pgbouncer=true").pooler_hint
    assert not target("postgresql://db/shop?pgbouncer=false").pooler_hint
