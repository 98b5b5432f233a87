"""The chapter of the demo that raises a load line: what it asks for, and what it says in the end."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from plimsoll.core.load_line import LoadLine
from plimsoll.workflows.demo import Acting, Demo
from plimsoll.workflows.demo_tuning import advice_request, line_request, raised

OWNER = "postgresql://postgres:x@127.0.0.1:1/postgres"
LINE = LoadLine(
    "find-1", "s.py", "demo", 1, "2026-01-01T00:00:00+00:00", 60.0, ["p95<500ms"], [], "found", "goal", "", 20.0, 24.0,
    [], [],
)  # fmt: skip


async def prepare(dsn: str) -> str:
    return dsn


async def acting(dsn: str) -> Acting:
    assert dsn == OWNER
    return Acting("application", {"app.tenant": "7"})


DEMO = Demo(Path("s.py"), prepare, Path("small.toml"), 20, (), acting=acting)


def test_advice_is_proved_as_the_application_would_ask() -> None:
    asked = asyncio.run(advice_request(DEMO, OWNER))
    assert (asked.prove, asked.role, dict(asked.session)) == (True, "application", {"app.tenant": "7"})
    assert asked.named.options == "--dsn DSN", "not the default environment, which is another database"


def test_the_load_line_is_that_of_the_application_and_watched_as_the_owner() -> None:
    asked = line_request(DEMO, "postgresql://application:y@127.0.0.1:1/postgres", OWNER)
    environment = asked.base.where.settings.environment("demo")
    assert (environment.database, environment.watch_database) != (None, None)
    assert environment.database != environment.watch_database


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (replace(LINE, rate_per_s=60.0, failed_per_s=70.0), "load line before 20/s to 24/s, after 60/s to 70/s: 3.0"),
        (replace(LINE, rate_per_s=60.0, failed_per_s=None), "after at least 60/s: 3.0 times"),
        (replace(LINE, rate_per_s=None, failed_per_s=None), "after not found"),
    ],
)
def test_both_load_lines_are_told_with_their_intervals(after: LoadLine, said: str) -> None:
    assert said in raised(LINE, after)
