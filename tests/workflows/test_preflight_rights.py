"""What a scenario asks of the server is tried before the run: rights, tables, files. On real servers."""

from pathlib import Path

from plimsoll.embedded import PostgresServer
from tests.postgres.conftest import Pooler
from tests.workflows.preflighting import READING, as_role, checks, detail, failed

# -- what the scenario asks of the server ------------------------------------------------------------------------------

SHOP = """\
from plimsoll import feed, journey
buyers = feed.sql("SELECT id FROM buyers")
PAY = "UPDATE orders SET paid = true WHERE id = $1"

@journey(writes=True)
async def buy(user):
    await user.sql("look", "SELECT * FROM orders WHERE buyer = $1 LIMIT $2", buyers, 10)
    async for tx in user.transaction("pay"):
        async with tx:
            await tx.execute(PAY, 1)
"""
TABLES = (
    "CREATE TABLE buyers AS SELECT 1 AS id",
    "CREATE TABLE orders (id int, buyer int, paid boolean)",
)


def shop_as(server: PostgresServer, *statements: str) -> str:
    """The DSN of a role without rights of its own, in a database with a shop's tables; more is done as the owner."""
    server.drop_database("shop")
    dsn = as_role(server, "clerk").replace("/postgres", "/shop")
    server.create_database("shop")
    server.sql(*TABLES, *statements, database="shop")
    return dsn


def test_statements_are_planned_with_the_roles_rights_and_not_run(tmp_path: Path, bare_server: PostgresServer) -> None:
    dsn = shop_as(bare_server, "INSERT INTO orders VALUES (1, 1, false)", "GRANT ALL ON buyers, orders TO clerk")
    found = checks(tmp_path, dsn, scenario=SHOP)
    assert failed(found) == []
    assert detail(found, "rights", "ok").endswith("(2 looked at)")
    assert detail(found, "feeds", "ok") == "1 source can be read"
    assert bare_server.sql("SELECT paid FROM orders", database="shop") == "f"


def test_a_role_that_may_do_nothing_of_the_scenario_is_refused(tmp_path: Path, bare_server: PostgresServer) -> None:
    found = checks(tmp_path, shop_as(bare_server), scenario=SHOP)
    assert failed(found) == ["rights", "feeds"]
    assert "every statement would fail" in found["rights"].detail
    assert "shop.py, line 7: 42501: permission denied for table orders" in found["rights"].detail
    assert "42501: permission denied for table buyers" in found["feeds"].detail
    assert found["rights"].remedy.startswith("GRANT")


def test_some_statements_that_would_fail_are_told(tmp_path: Path, bare_server: PostgresServer) -> None:
    found = checks(tmp_path, shop_as(bare_server, "GRANT SELECT ON buyers, orders TO clerk"), scenario=SHOP)
    assert failed(found) == []
    assert "1 of 2 statements would fail" in detail(found, "rights", "warning")
    assert "line 10: 42501" in found["rights"].detail
    assert found["rights"].figures


def test_what_a_setup_may_make_is_not_held_against_a_scenario(tmp_path: Path, database: str) -> None:
    setup = "\nfrom plimsoll import setup\n@setup\nasync def make(run):\n    await run.sql('CREATE TABLE orders ()')\n"
    found = checks(tmp_path, database, scenario=SHOP + setup)
    assert failed(found) == []
    assert detail(found, "rights", "warning").endswith(
        '42P01: relation "orders" does not exist, unless @setup sees to it'
    )


def test_a_file_of_a_feed_that_is_not_there_is_refused(tmp_path: Path, postgres_server: PostgresServer) -> None:
    scenario = READING + "\nfrom plimsoll import feed\npeople = feed.csv('people.csv')\n"
    assert detail(checks(tmp_path, postgres_server.dsn, scenario=scenario), "feeds", "failed").endswith("/people.csv")


def test_rights_are_looked_at_behind_a_pooler_too(tmp_path: Path, pooled: Pooler) -> None:
    scenario = READING.replace("SELECT 1", "SELECT $1::int FROM pg_authid")
    for _ in range(3):
        assert "permission denied for table pg_authid" in detail(
            checks(tmp_path, pooled.dsn(), scenario=scenario), "rights", "failed"
        )
