"""What docs/guides/fluentscribe-caching.md says to type, typed, and what it says of names and limits."""

import asyncio
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fluentscribe.api.carrying import COOKIE, HEADER, LASTS_S
from fluentscribe.caching.setup import STALENESS_S
from fluentscribe.database.migrating import migrate
from fluentscribe.demo import watched
from plimsoll.cli.app import app

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "guides" / "fluentscribe-caching.md").read_text("utf-8")


def test_the_changelog_is_installed_as_the_guide_says(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(migrate(database))
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("FLUENTSCRIBE_ADMIN_DSN", database)
    found = re.search(r"^plimsoll (cache install .*?--yes)$", GUIDE, re.MULTILINE | re.DOTALL)
    assert found is not None
    words = shlex.split(found[1].replace("\\\n", " "))
    for told in (f"watch {watched()[0]}", "is watched already"):
        done = CliRunner().invoke(app, words, catch_exceptions=False)
        assert (done.exit_code, told in done.output) == (0, True), done.output


def test_its_names_and_limits_are_those_of_the_code() -> None:
    assert f"`{COOKIE}`" in GUIDE
    assert f"`{HEADER}`" in GUIDE
    assert f"**{STALENESS_S * 1000:.0f} milliseconds**" in GUIDE
    assert LASTS_S == 10, "for ten seconds, as it says"
