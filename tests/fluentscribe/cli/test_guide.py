"""docs/guides/fluentscribe-running.md names every setting with its default, and no others."""

import re
from pathlib import Path

from pydantic import SecretStr

from fluentscribe.cli.main import app
from fluentscribe.settings import PREFIX, Settings

GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "fluentscribe-running.md"
ROW = re.compile(rf"^\| {PREFIX}(\w+) \| ([^|]+) \|", re.MULTILINE)
# Those that have no value unless somebody gives one.
UNSET = {
    "dsn": "needed",
    "token_secret": "needed by the server",
    "metrics_token": "none",
    "cache_url": "none",
    "proxies": "none",
}


def test_the_guide_has_every_setting_with_its_default() -> None:
    said = {name.lower(): default for name, default in ROW.findall(GUIDE.read_text(encoding="utf-8"))}
    true = {name: UNSET.get(name, str(field.default)) for name, field in Settings.model_fields.items()}
    assert said == true
    secret = {name for name, field in Settings.model_fields.items() if SecretStr.__name__ in str(field.annotation)}
    assert secret == set(UNSET) - {"proxies"}


def test_the_guide_has_every_command_and_no_others() -> None:
    named = set(re.findall(r"(?<![/\w])fluentscribe (\w+)", GUIDE.read_text(encoding="utf-8")))
    assert named == {command.name for command in app.registered_commands}
