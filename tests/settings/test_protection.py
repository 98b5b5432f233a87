"""A protected database is known again whatever name is used to reach it."""

import socket

import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.settings.environment import Environment
from plimsoll.settings.loading import parse_settings
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings, refuse_unallowed

SETTINGS = """\
[environments.prod]
database = "postgresql://app@DB.example.com.:5432/shop"
protected = true
max_users = 50
[environments.replica]
database = "env:REPLICA_DSN"
protected = true
max_users = 20
[environments.local]
database = "postgresql://app@localhost:5433/shop"
protected = true
[environments.open]
database = "postgresql://app@open.example.com/shop"
"""


def protection(
    dsn: str, text: str = SETTINGS, environ: dict[str, str] | None = None, via: str | None = None
) -> Environment | None:
    return parse_settings(text).protection_for(Secret(dsn), environ or {}, via=via)


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://app@db.example.com/shop",
        "postgres://other:secret@DB.EXAMPLE.COM:5432/shop?sslmode=require",
        "host=db.example.com. dbname=shop",
        "postgresql://db.example.com:6432/shop",  # a pooler on the same host
        "postgresql://elsewhere,db.example.com/shop",
        "postgresql:///shop?host=db.example.com",
        "host=db.example.com hostaddr=10.0.0.7 dbname=shop",
        "host=other dbname=other host=db.example.com dbname=shop",
    ],
)
def test_another_spelling_of_a_protected_target_is_known(dsn: str) -> None:
    found = protection(dsn)
    assert found is not None
    assert (found.name, found.max_users) == ("prod", 50)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "[::1]",
        "LOCALHOST",
        "127.0.1.1",
        "127.1",
        "2130706433",
        "%2Fvar%2Frun%2Fpostgresql",
        "%2Fsomewhere",
        socket.gethostname(),
    ],
)
def test_this_machine_has_many_names(host: str) -> None:
    found = protection(f"postgresql://{host}:5433/shop")
    assert found is not None
    assert found.name == "local"


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://open.example.com/shop",
        "postgresql://db.example.com/test",
        "postgresql://xdb.example.com/shop",
        "postgresql://localhost:5432/shop",  # another server of this machine
        "postgresql://%2Fsomewhere:5432/shop",
    ],
)
def test_another_database_is_not_protected(dsn: str) -> None:
    assert protection(dsn) is None


def test_what_variables_fill_in_counts() -> None:
    found = protection("postgresql:///", environ={"PGHOST": "db.example.com", "PGDATABASE": "shop"})
    assert found is not None
    assert found.name == "prod"


def test_several_protections_of_one_database_hold_at_their_strictest() -> None:
    environ = {"REPLICA_DSN": "postgresql://db.example.com/shop"}
    found = protection("postgresql://db.example.com/shop", environ=environ)
    via = protection("postgresql://db.example.com/shop", environ=environ, via="replica")
    assert found is not None
    assert via is not None
    assert (found.name, found.max_users) == ("prod", 20)
    assert (via.name, via.max_users) == ("replica", 20)


def test_an_unset_variable_of_a_protected_environment_breaks_nothing_and_is_told() -> None:
    settings = parse_settings(SETTINGS)
    assert settings.protection_for(Secret("postgresql://open.example.com/shop"), {}) is None
    assert settings.unknown_protected({}) == ("replica",)
    assert settings.unknown_protected({"REPLICA_DSN": "postgresql://r/shop"}) == ()


def test_direct_and_pooled_hosts_of_one_supabase_project_are_one() -> None:
    direct = "postgresql://postgres@db.abcdefghijklmnop.supabase.co/postgres"
    prod = f'[environments.prod]\ndatabase = "{direct}"\nprotected = true\n'
    pooled = "postgresql://postgres.abcdefghijklmnop:x1@aws-0-eu-west-1.pooler.supabase.com:6543/postgres"
    other = "postgresql://postgres.qrstuvwxyzabcdef:x1@aws-0-eu-west-1.pooler.supabase.com:6543/postgres"
    assert protection(pooled, prod) is not None
    assert protection(other, prod) is None


def test_direct_and_pooled_hosts_of_one_neon_endpoint_are_one() -> None:
    prod = '[environments.prod]\ndatabase = "postgresql://ep-a-b-1.eu.aws.neon.tech/shop"\nprotected = true\n'
    assert protection("postgresql://ep-a-b-1-pooler.eu.aws.neon.tech/shop", prod) is not None
    assert protection("postgresql://ep-a-b-2-pooler.eu.aws.neon.tech/shop", prod) is None


def test_a_protected_target_needs_its_name_said() -> None:
    prod = Environment("prod", protected=True)
    for allowed in ((), ("staging",)):
        with pytest.raises(RefusedError, match="'prod'") as raised:
            refuse_unallowed(prod, allowed)
        assert "--allow-protected prod" in raised.value.remedy
    refuse_unallowed(prod, ("prod",))
    refuse_unallowed(None, ())


def test_without_protected_environments_nothing_is_protected() -> None:
    assert Settings().protection_for(Secret("postgresql://db/shop"), {}) is None


def test_a_target_that_is_only_a_url_is_refused_without_speaking_of_databases() -> None:
    with pytest.raises(RefusedError) as refused:
        refuse_unallowed(Environment("web", url="http://127.0.0.1", protected=True), ())
    assert "database" not in str(refused.value)
    assert "only GET and HEAD" in refused.value.remedy
