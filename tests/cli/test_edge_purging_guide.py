"""The commands and code of docs/guides/edge-purging.md as a reader types them, and what else these commands refuse."""

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.embedded import PostgresServer
from plimsoll.settings.loading import load_settings
from plimsoll.settings.masking import Secret
from plimsoll.testing.postgres import fresh_database
from plimsoll.workflows.edge_purging import purging
from plimsoll.workflows.target import TargetRequest
from tests.cli.test_cache_install import said
from tests.edge.providers.servers import TOKEN, Asked, Reply, serving

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "edge-purging.md").read_text("utf-8")
COMMANDS = re.findall(r"^plimsoll (.*)", "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)), re.MULTILINE)


def test_the_guide(
    postgres_server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for code in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL):
        exec(code, {})  # noqa: S102  # our own guide
    with fresh_database(postgres_server) as name:
        dsn = postgres_server.dsn_of(name)
        monkeypatch.setenv("DATABASE_URL", dsn)
        postgres_server.sql("CREATE TABLE orders (id int PRIMARY KEY)", database=name)
        changelog, install, ask, ask_all, status, retry, remove = (f"{one} --dsn env:DATABASE_URL" for one in COMMANDS)
        assert said(status, code=5).startswith("No purges are kept on ")
        with pytest.raises(RefusedError, match="no changes are written down"):
            said(install)
        for command in (ask, retry, "edge purger --dsn env:DATABASE_URL"):
            with pytest.raises(RefusedError, match="there is no outbox"):
                said(command)
        said(changelog)
        assert "purge at local" in said(install).splitlines()
        assert said(install).startswith("There is nothing to do on ")
        assert said(ask).startswith("2 purges (soft) asked of local, in postgresql://")
        assert said(ask_all).startswith("1 purge (hard) asked of local, in ")
        assert "  local: 3 purges waiting, the oldest since " in said(status)
        assert said(retry).startswith("0 purges will be tried again, in ")
        heard = asyncio.run(purged_by_a_purger(dsn, postgres_server, name))
        assert {json.dumps(body, sort_keys=True) for body in heard} == {
            '{"reach": "soft", "tags": ["order:42"]}',
            '{"prefixes": ["https://example.com/news/"], "reach": "soft"}',
            '{"everything": true, "reach": "hard"}',
            '{"reach": "hard", "tags": ["order:*", "table:public.orders"]}',
        }
        told = json.loads(said(f"{status} --json"))
        assert (told["well"], told["parked"], told["providers"][0]["waiting"]) == (True, [], 0)
        assert said(remove).startswith("remove the outbox and all that belongs to it\ndone on ")
        assert TOKEN not in capsys.readouterr().err


async def purged_by_a_purger(dsn: str, server: PostgresServer, name: str) -> list[Any]:
    """What an edge heard until all was told that waits, and a TRUNCATE that came in between."""
    heard: list[Any] = []
    stop = asyncio.Event()

    async def edge(asked: Asked) -> Reply:
        heard.append(asked.body)
        if len(heard) == 3:
            await asyncio.to_thread(server.sql, "TRUNCATE orders", database=name)
        if any(body.get("reach") == "hard" and "tags" in body for body in heard):
            stop.set()
        return 200, {}, {}

    async with asyncio.timeout(60), serving(edge) as at:
        where = TargetRequest(load_settings(None), {**os.environ, "PLIMSOLL_EDGE_TOKEN": TOKEN}, dsn=Secret(dsn))
        await purging(where, (), [f"{at}/.plimsoll/purge"], stop, lambda line: None)
    return heard


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("edge purge", "what is to be purged"),
        ("edge purge --all", "is everything meant"),
        ("edge purge --tag 'a b'", "not a tag"),
        ("edge purge --url /news", "not a url"),
        ("edge purge --tag order:1 --edge http://127.0.0.1:1/ --dsn env:X", "--edge or a database"),
        ("edge purge --tag order:1 --edge http://127.0.0.1:1/", "PLIMSOLL_EDGE_TOKEN is not set"),
        (f"edge purge {' '.join(f'--tag o:{n}' for n in range(1001))} --edge http://127.0.0.1:1/", "too many purges"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_asked_for(
    command: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLIMSOLL_EDGE_TOKEN", raising=False)
    with pytest.raises(UsageError, match=words):
        said(command)


def test_edges_are_told_at_once_or_it_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLIMSOLL_EDGE_TOKEN", TOKEN)
    with pytest.raises(RefusedError, match="not all of it was purged"):
        said("edge purge --tag order:1 --edge http://127.0.0.1:1/.plimsoll/purge")

    async def edge(asked: Asked) -> Reply:
        assert asked.body == {"tags": ["order:1", "order:2"], "reach": "hard"}
        return 200, {}, {}

    async def story() -> None:
        async with serving(edge) as at:
            command = f"edge purge --tag order:1 --tag order:2 --hard --edge {at}/.plimsoll/purge --json"
            told = json.loads(await asyncio.to_thread(said, command))
            assert [one["what"] for one in told["purges"]] == ["order:1", "order:2"]

    asyncio.run(story())
