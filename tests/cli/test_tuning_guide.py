"""The commands of docs/guides/tuning.md, as a reader types them, on a small shop."""

import asyncio
import re
import shlex
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from plimsoll.cli.app import app
from plimsoll.testing.postgres import in_memory

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "tuning.md"
COMMANDS = re.findall(
    r"^plimsoll ([^#\n]*)", "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)), re.MULTILINE
)
SHOP = """
CREATE TABLE "Orders" (id int PRIMARY KEY, customer_id int NOT NULL, note text NOT NULL);
INSERT INTO "Orders" SELECT n, n % 500, repeat('x', 200) FROM generate_series(1, 10000) AS n;
ANALYZE "Orders";
SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0);
"""
ASKED = 'SELECT note FROM "Orders" WHERE customer_id = $1'


async def open_shop(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(SHOP)
        for customer in range(40):
            await connection.fetch(ASKED, customer)
    finally:
        await connection.close()


def test_every_command_of_the_guide_works(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(open_shop(database))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database)
    for command in COMMANDS:
        with in_memory():  # the copy is
            done = CliRunner().invoke(app, shlex.split(command), catch_exceptions=False)
        told = '"proved"' if "--json" in command else "1 change save"
        assert (done.exit_code, told in done.stdout) == (0, True), (command, done.output)
        named = re.findall(r"--(?:out|undo-out|html|markdown) (\S+)", command)
        assert [name for name in named if not Path(name).is_file()] == []
    assert "CREATE INDEX CONCURRENTLY" in Path("migration.sql").read_text()


def test_the_guide_has_commands() -> None:
    assert len(COMMANDS) == 5
