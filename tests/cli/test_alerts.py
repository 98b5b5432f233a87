"""`plimsoll alerts`, in this process."""

import json
from pathlib import Path
from typing import Any

import pytest

from plimsoll.cli.app import app
from plimsoll.core.errors import UsageError


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command prints."""
    code = app(["alerts", *words], standalone_mode=False)
    assert code in (None, 0)
    return capsys.readouterr().out


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    answer = json.loads(said(capsys, *words, "--json"))
    assert isinstance(answer, dict)
    return answer


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_rules_are_listed_where_nothing_was_ever_watched(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = said(capsys, "list")
    assert "disk_space" in out
    assert "> 90 %" in out
    assert "nothing fires" in out
    assert not list(tmp_path.iterdir())
    answer = answered(capsys, "list")
    assert answer["watching"] is False
    assert {"name", "series", "levels", "enabled", "builtin", "override", "states"} <= set(answer["rules"][0])


def test_a_silence_is_made_listed_and_ended(capsys: pytest.CaptureFixture[str]) -> None:
    made = answered(
        capsys, "silence", 'disk_*{mount="/data"}', "--for", "2h", "--reason", "a new disk", "--author", "me"
    )
    assert made["until"] - made["created_at"] == 7200
    assert 'disk_*{mount="/data"}' in said(capsys, "silences")
    said(capsys, "expire", made["id"])
    assert answered(capsys, "silences") == {"silences": []}
    with pytest.raises(UsageError, match="there is no silence"):
        app(["alerts", "expire", made["id"]], standalone_mode=False)


@pytest.mark.parametrize(
    "words",
    [
        ["silence", "cpu", "--for", "31d", "--reason", "r"],
        ["silence", "CPU!", "--for", "1h", "--reason", "r"],
        ["silence", "cpu", "--for", "1h", "--reason", " "],
        ["history", "--rule", "cpuu"],
        ["test", "--rule", "cpuu"],
        ["test", "--since", "soon"],
        ["notify-test"],
    ],
)
def test_what_is_wrong_is_said_as_an_error_of_ours(words: list[str]) -> None:
    with pytest.raises(UsageError):
        app(["alerts", *words], standalone_mode=False)


def test_a_silence_that_fits_no_rule_is_made_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert app(["alerts", "silence", "nix_*", "--for", "1h", "--reason", "r"], standalone_mode=False) in (None, 0)
    assert "there is no rule that 'nix_*' fits" in capsys.readouterr().err
    with pytest.raises(UsageError, match=r"this names no alerts: 'x\{'"):
        app(["alerts", "silence", "x{", "--for", "1h", "--reason", "r"], standalone_mode=False)


def test_what_keeps_people_from_being_told_is_listed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "plimsoll.toml").write_text(
        """
[alerts]
notify = "env:PLIMSOLL_TEST_NOBODY"
[alerts.webhooks.pager]
url = "env:PLIMSOLL_TEST_NOBODY"
secret = "0123456789abcdef"
[monitor.server]
admin_token = "env:PLIMSOLL_TEST_NOBODY"
"""
    )
    assert app(["alerts", "list"], standalone_mode=False) in (None, 0)
    warned = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert len(warned) == 3
    assert "webhook pager" in warned[1]
    assert "admin_token" in warned[2]


def test_a_test_message_that_is_not_accepted_is_told_and_its_address_is_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    hook = '[alerts.webhooks.pager]\nurl = "https://127.0.0.1:9/token-of-the-hook"\nsecret = "0123456789abcdef"\n'
    (tmp_path / "plimsoll.toml").write_text(hook)
    assert app(["alerts", "notify-test", "--json"], standalone_mode=False) == 3
    out = capsys.readouterr().out
    assert json.loads(out)["deliveries"][0]["target"] == "webhook:pager"
    assert "token-of-the-hook" not in out
