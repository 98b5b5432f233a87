"""`plimsoll import har` as a user meets it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from plimsoll.cli.app import app
from plimsoll.cli.main import main
from plimsoll.core.errors import UsageError
from plimsoll.load.language.scenario import load_scenario
from tests.load.importers.har.making import entry, page, written


def import_har(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["import", "har", *map(str, arguments)])


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    login = entry("POST", "/login", at=3, json_body={"password": "hunter2-hunter2"})
    return written(tmp_path, page("/"), login, entry("GET", "/t.js", host="cdn.example.net"))


def test_it_writes_a_scenario_for_its_owner_only_and_says_what_was_left_out(
    recorded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario = tmp_path / "visit.py"
    result = import_har(recorded, "-o", scenario)
    assert result.exit_code == 0
    assert scenario.stat().st_mode & 0o777 == 0o600
    monkeypatch.delenv("PASSWORD", raising=False)
    with pytest.raises(UsageError, match="PASSWORD is not set in the environment"):
        load_scenario(scenario)
    monkeypatch.setenv("PASSWORD", "x")
    assert [journey.name for journey in load_scenario(scenario).journeys] == ["visit"]
    assert result.stdout.splitlines() == [
        f"wrote {scenario}",
        "2 steps to shop.example.com",
        "left out: requests to other hosts: 1, such as GET cdn.example.net",
        "other hosts (--host takes them in): cdn.example.net 1",
        "Everybody logs in as the one who was recorded: a feed of accounts gives each user one.",
        "give in the environment: PASSWORD",
        f"next: plimsoll run {scenario} --url http://127.0.0.1:8000 --iterations 1",
    ]
    with pytest.raises(UsageError, match="is already there"):
        raise import_har(recorded, "-o", scenario).exception or AssertionError


def test_a_scenario_is_a_python_file_and_its_name_is_quoted_for_the_shell(recorded: Path, tmp_path: Path) -> None:
    refused = import_har(recorded, "-o", tmp_path / "visit.txt").exception
    assert isinstance(refused, UsageError)
    assert "does not end with .py" in str(refused)
    named = tmp_path / "my visit.py"
    assert f"plimsoll run '{named}' --url" in import_har(recorded, "-o", named).stdout


def test_without_a_file_to_write_stdout_is_the_scenario_and_nothing_else(recorded: Path) -> None:
    result = import_har(recorded, "--no-think")
    compile(result.stdout, "visit.py", "exec")
    assert "think" not in result.stdout
    assert "2 steps to shop.example.com" in result.stderr


def test_a_wrong_option_is_answered_with_the_whole_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["plimsoll", "import", "har"])
    with pytest.raises(SystemExit, match="2"):
        main()
    assert capsys.readouterr().err.endswith("try: plimsoll import har --help\n")


def test_json_tells_the_same_to_machines(recorded: Path, tmp_path: Path) -> None:
    told = json.loads(import_har(recorded, "--json", "-o", tmp_path / "visit.py", "--host", "cdn.example.net").stdout)
    assert (told["steps"], told["static_files"], told["chosen_hosts"]) == (1, 0, ["cdn.example.net"])
    assert told["left_out"] == [
        {"reason": "requests to other hosts", "count": 2, "examples": ["GET shop.example.com", "POST shop.example.com"]}
    ]
    with pytest.raises(UsageError, match="--json needs a file"):
        raise import_har(recorded, "--json").exception or AssertionError
