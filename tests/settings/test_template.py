"""What init writes is valid and complete, and never overwrites."""

import ast
import re
from pathlib import Path

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.settings.loading import load_settings, parse_settings
from plimsoll.settings.template import SCENARIO_TEXT, SETTINGS_TEXT, write_initial_files


def test_what_is_written_can_be_loaded(tmp_path: Path) -> None:
    settings_path, scenario_path = write_initial_files(tmp_path)
    settings = load_settings(settings_path)
    assert settings.environment().is_embedded
    assert set(settings.profiles) == {"smoke", "steady", "stress", "burst", "workday", "soak"}
    assert settings.goals_for("stress")
    assert settings.abort
    assert scenario_path == tmp_path / "scenarios" / "first.py"
    ast.parse(scenario_path.read_text())


def test_what_is_commented_out_is_valid_too() -> None:
    everything = re.sub(r'(?m)^# (?=\[|"?\w[^"=\n]*"? = )', "", SETTINGS_TEXT)
    settings = parse_settings(everything)
    assert set(settings.environments) == {"dev", "staging", "prod"}
    assert settings.environment("prod").statement_timeout_s == 2
    assert settings.environment("dev").url
    assert settings.environment("dev").reset == "template"
    assert settings.profile("workday").stages[-1].journeys == (("compute", None),)
    assert len(settings.goals) == 3
    assert [level.threshold for level in settings.alerts.rules["memory"].levels] == [90, 97]
    assert settings.alerts.quiet is not None


@pytest.mark.parametrize("present", ["plimsoll.toml", "scenarios/first.py"])
def test_nothing_is_overwritten_and_nothing_half_done(tmp_path: Path, present: str) -> None:
    path = tmp_path / present
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with pytest.raises(UsageError, match=re.escape(str(path))):
        write_initial_files(tmp_path)
    assert path.read_text() == "mine"
    assert [found for found in tmp_path.rglob("*") if found.is_file()] == [path]


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write"):
        write_initial_files(tmp_path / "file")


def test_the_scenario_names_its_steps() -> None:
    assert 'user.sql("read counter"' in SCENARIO_TEXT
