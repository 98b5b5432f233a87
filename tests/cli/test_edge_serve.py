"""`plimsoll edge serve` as a process: what it says, and how it ends."""

import asyncio
import re
import shlex
import signal
import sys
from pathlib import Path

import pytest

from plimsoll.cli.app import app
from plimsoll.core.errors import RefusedError, UsageError
from tests.edge.serving.town import FRESH, PATIENCE_S, Scripted, ask, ok, run, serving

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "edge.md").read_text("utf-8")
PLAIN, FOLLOWING = re.findall(r"^plimsoll (edge serve .*)$", GUIDE, re.MULTILINE)


def test_it_serves_until_it_is_told_to_end_and_says_what_was_wrong() -> None:
    async def story() -> None:
        async with serving(Scripted(ok(FRESH))) as port:
            command = PLAIN.replace("127.0.0.1:8000", f"127.0.0.1:{port}").replace("127.0.0.1:8080", "127.0.0.1:0")
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "plimsoll.cli.main", *shlex.split(command), stderr=asyncio.subprocess.PIPE
            )
            try:
                assert process.stderr is not None
                async with asyncio.timeout(PATIENCE_S):
                    line = (await process.stderr.readline()).decode()
                    found = re.search(rf"serving http://127.0.0.1:{port} at http://127.0.0.1:(\d+)$", line.strip())
                    assert found is not None, line
                    replies = [await ask(int(found[1]), "/a") for _ in range(2)]
                    process.send_signal(signal.SIGINT)
                    rest = (await process.stderr.read()).decode()
                    assert await process.wait() == 0
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        assert [reply.is_hit for reply in replies] == [False, True]
        assert "ended: 2 requests, 50% without asking the origin for a body, 0 without an answer" in rest
        assert "Traceback" not in rest

    run(story)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--origin", "localhost:8000"), "not an origin"),
        (("--origin", "http://a", "--bind", "8000"), "wrong --bind"),
        (("--origin", "http://a", "--memory", "much"), "not a --memory"),
        (("--origin", "http://a", "--host", "a b"), "wrong --host"),
        (("--origin", "http://a", "--status", "5xx"), "not a status code"),
        (("--origin", "http://a", "--timeout", "head=1s"), "wrong --timeout"),
        (("--origin", "http://a", "--wait", "0s"), "wrong --wait"),
        (("--origin", "http://a", "--trust", "10.0.0.1/8"), "not a network to trust"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_done(options: tuple[str, ...], words: str) -> None:
    with pytest.raises(UsageError) as raised:
        app(["edge", "serve", *options], standalone_mode=False)
    assert words in f"{raised.value} {raised.value.remedy}"


def test_the_database_that_is_followed_is_looked_for_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(RefusedError, match="DATABASE_URL"):
        app(shlex.split(FOLLOWING), standalone_mode=False)
