"""The commands of docs/guides/cache-changes.md, as a reader types them, and what else these commands refuse."""

import asyncio
import json
import re
import shlex
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from plimsoll.changes.poller import Poller
from plimsoll.cli.app import app
from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.embedded import PostgresServer
from plimsoll.testing.postgres import fresh_database

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "cache-changes.md"
COMMANDS = re.findall(
    r"^plimsoll (.*)", "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)), re.MULTILINE
)
SETTINGS = re.findall(r"```toml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
PROD = "[environments.prod]\ndatabase = 'env:DATABASE_URL'\nprotected = true\n"


def said(command: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, shlex.split(command))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.stdout


async def polled_as_the_guide_says(dsn: str) -> None:
    """Once, with the sink of the guide."""
    names: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)[0], names)  # noqa: S102  # our own guide
    poller = Poller(lambda: asyncpg.connect(dsn), [names["Printing"]()])
    await poller.poll()
    await poller.close()


def test_the_guide(
    postgres_server: PostgresServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with fresh_database(postgres_server) as name:

        def sql(*statements: str) -> str:
            return postgres_server.sql(*statements, database=name)

        monkeypatch.setenv("DATABASE_URL", postgres_server.dsn_of(name))
        sql(
            "CREATE TABLE orders (id int, organization_id int)", "CREATE TABLE settings (id int)",
            "CREATE TABLE people (id int, name text, email text)",
        )  # fmt: skip
        made = not sql("SELECT 1 FROM pg_roles WHERE rolname = 'app'")
        if made:  # else a pooler's fixture has
            sql("CREATE ROLE app")
        dry, wet, status, when = (f"{command} --dsn env:DATABASE_URL" for command in COMMANDS)
        assert "CREATE OR REPLACE TRIGGER" in said(dry)
        assert "CREATE OR REPLACE TRIGGER" in said(when)
        assert said(status, code=5).startswith("No changes are written down on ")
        assert "done on " in said(wet)
        assert "  public.orders=order:{id},org:{organization_id}" in said(status).splitlines()
        Path("plimsoll.toml").write_text(PROD + SETTINGS[0], encoding="utf-8")
        with pytest.raises(RefusedError, match="the target is protected"):
            said("cache install --env prod --yes")
        with pytest.raises(UsageError, match="nobody can be asked"):
            said("cache install --env prod --allow-protected prod")
        said("cache install --env prod --allow-protected prod --out more.sql")
        assert said("cache status --env prod").startswith("1 table watched on ")
        sql(Path("more.sql").read_text("utf-8"))
        again = json.loads(said("cache install --env prod --allow-protected prod --yes --json"))
        assert (again["done"], again["unchanged"]) == (False, ["public.orders", "public.people", "public.settings"])
        assert "  public.people=person:{id},name-of:{id} when name, email,gone:{id} when id" in said(
            "cache status --env prod"
        )
        asyncio.run(polled_as_the_guide_says(postgres_server.dsn_of(name)))
        assert capsys.readouterr().out.splitlines()[-1] == "everything start"
        sql("ALTER TABLE orders RENAME id TO number")
        found = json.loads(said("cache status --env prod --json", code=5))
        assert [one["drift"] for one in found["tables"]] == [
            ["column id was dropped, renamed or got another type"], [], []
        ]  # fmt: skip
        said("cache remove --table settings --dsn env:DATABASE_URL --allow-protected prod --yes")
        assert "done on " in said("cache remove --dsn env:DATABASE_URL --allow-protected prod --yes")
        assert sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'plimsoll_changes'") == "0"
        if made:
            sql("DROP ROLE app")


@pytest.mark.parametrize(
    ("command", "what"),
    [
        ("cache install --dsn postgresql://127.0.0.1/x --yes", "no table is named"),
        ("cache install --dsn postgresql://127.0.0.1/x --table orders=id", "not a template of tags"),
        ("cache install --dsn postgresql://127.0.0.1/x --table orders --retain 1s", "wrong --retain"),
        ("cache remove --dsn postgresql://127.0.0.1/x --table orders=order:{id}", "removed with all its templates"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_connected_to(
    command: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=what) as raised:
        said(command)
    assert raised.value.remedy
