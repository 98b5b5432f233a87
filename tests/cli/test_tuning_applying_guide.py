"""The commands of docs/guides/tuning-applying.md, typed one after another by a reader who has a database."""

import asyncio
import re
import shlex
from pathlib import Path

import asyncpg
import pytest
from typer.testing import CliRunner

from plimsoll.cli.app import app
from plimsoll.core.tuning.advice import Advised
from plimsoll.core.tuning.change import Change
from plimsoll.core.tuning.index import Index, IndexKey
from plimsoll.core.tuning.named import Named
from plimsoll.postgres.tuning_facts import read_facts
from plimsoll.tune.migrating.steps import create_steps
from plimsoll.workflows.tuning.keeping import keep
from tests.core.tuning.tunings import ORDERS, made

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "tuning-applying.md"
COMMANDS = re.findall(
    r"^plimsoll ([^#\n]*)", "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)), re.MULTILINE
)
# What each says, and how many of the three indexes are there then.
SAID = [
    (0, "3 of 3 changes would be done on ", 0),
    (0, "1. Create by_id: done in ", 3),
    (0, "1. Create by_id: was done already\n3. Create by_both: was done already", 3),
    (0, "1. Create by_id: was done already", 3),
    (5, "It cannot be told yet: ", 3),
    (5, "It cannot be told yet: ", 3),
    (0, "3 of 3 changes would be taken back on ", 3),
    (0, "3. Take back: Create by_both: done in ", 2),
    (0, "2. Take back: Create by_customer_id: done in ", 0),
]
PROD = "[environments.prod]\ndatabase = {dsn!r}\nprotected = true\n"
COUNT = "SELECT count(*) FROM pg_index WHERE indrelid = 'orders'::regclass"


async def kept_in(dsn: str, here: Path, prod: Path) -> None:
    """A tuning of a database that a variable names, and the same of a protected environment."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("CREATE TABLE orders (id int, customer_id int)")
    facts = await read_facts(connection)
    await connection.close()
    advised = [
        Advised(
            Change("create-index", "orders", f"Create by_{name}", "", index=one, steps=create_steps(one, facts)),
            "explained",
            "low",
        )
        for name, columns in (("id", ("id",)), ("customer_id", ("customer_id",)), ("both", ("id", "customer_id")))
        for one in [Index(ORDERS, tuple(map(IndexKey.of, columns)))]
    ]
    keep(made(*advised, database=facts.database, named=Named(dsn="env:DATABASE_URL")), here / ".plimsoll" / "tunings")
    keep(
        made(*advised, database=facts.database, named=Named("prod", allowed=("prod",))), prod / ".plimsoll" / "tunings"
    )
    (prod / "plimsoll.toml").write_text(PROD.format(dsn=dsn))


async def count(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval(COUNT))
    finally:
        await connection.close()


def answered(command: str) -> list[str]:
    """With yes as an option, where a person would be asked."""
    asks = re.match("tune (apply|undo)", command) and not re.search("--(yes|dry-run)", command)
    return [*shlex.split(command), *(["--yes"] if asks else [])]


def test_every_command_of_the_guide_does_what_it_says(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, prod = tmp_path / "here", tmp_path / "prod"
    for one in (here, prod):
        one.mkdir()
    asyncio.run(kept_in(database, here, prod))
    monkeypatch.setenv("DATABASE_URL", database)
    for command, (code, said, there) in zip(COMMANDS, SAID, strict=True):
        monkeypatch.chdir(prod if "--env prod" in command else here)
        result = CliRunner().invoke(app, answered(command), catch_exceptions=False)
        assert (result.exit_code, result.stdout[: len(said)]) == (code, said), (command, result.output)
        assert asyncio.run(count(database)) == there, command
    monkeypatch.chdir(prod)
    refused = CliRunner().invoke(app, ["tune", "apply", "--yes"])
    assert "the target is protected: it is environment 'prod'" in str(refused.exception)
