"""`plimsoll import jmx`: files that are written once, what is said of them, and errors of one line."""

import json
from pathlib import Path

import pytest

from plimsoll.cli.import_jmx import import_jmx, run_line
from plimsoll.cli.main import main
from plimsoll.core.errors import UsageError
from plimsoll.load.language.scenario import load_scenario
from plimsoll.settings.loading import load_settings
from tests.load.importers.jmx.plans import element, group, http, imported, jdbc, plan


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.jmx"
    path.write_bytes(plan(group(http("look", "/a"), jdbc("count", "SELECT 1"), element("XPathAssertion", "x"))))
    return path


def test_scenario_and_profile_are_files_that_plimsoll_reads(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario, config = tmp_path / "made.py", tmp_path / "made.toml"
    import_jmx(file, scenario, config, as_json=False)
    assert [journey.name for journey in load_scenario(scenario).journeys] == ["users"]
    assert load_settings(config).profile("plan").executor == "constant-users"
    assert {path.stat().st_mode & 0o777 for path in (scenario, config)} == {0o600}
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == [f"wrote {scenario}", f"wrote {config}", "5 elements: 3 taken over, 1 in part, 1 left out"]
    assert "left out: XPathAssertion (line 14): no such assertion: nothing is checked" in said
    run = f"next: plimsoll run {scenario} --url http://127.0.0.1:8000 --dsn env:DATABASE_URL --profile plan"
    assert said[-1] == f"{run} --config {config}"


def test_without_a_file_the_scenario_is_all_of_stdout(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import_jmx(file, None, None, as_json=False)
    out, err = capsys.readouterr()
    compile(out, "stdout", "exec")
    assert "for plimsoll.toml:\n\n# the load of plan.jmx\n[profiles.plan]\n" in err


def test_json_tells_what_became_of_each_element(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import_jmx(file, tmp_path / "made.py", None, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert [(each["kind"], each["line"], each["fate"]) for each in told["elements"]] == [
        ("TestPlan", 4, "taken"),
        ("ThreadGroup", 6, "in part"),
        ("HTTPSamplerProxy", 8, "taken"),
        ("JDBCSampler", 11, "taken"),
        ("XPathAssertion", 14, "left out"),
    ]
    assert told["command"].endswith("--users 1 --duration 300s")


def test_nothing_is_overwritten_and_nothing_written_where_something_is_wrong(file: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.py"
    there.write_text("mine")
    new = tmp_path / "new.py"
    for output, config in ((there, None), (new, there), (tmp_path / "no" / "new.py", None), (new, new)):
        with pytest.raises(UsageError):
            import_jmx(file, output, config, as_json=False)
    with pytest.raises(UsageError, match="--json needs a file"):
        import_jmx(file, None, None, as_json=True)
    with pytest.raises(UsageError, match="cannot read"):
        import_jmx(tmp_path / "none.jmx", tmp_path / "new.py", None, as_json=False)
    file.write_text("<jmeterTestPlan>\n<oops></jmeterTestPlan>")
    with pytest.raises(UsageError, match="line 2"):
        import_jmx(file, tmp_path / "new.py", None, as_json=False)
    assert there.read_text() == "mine"
    assert not (tmp_path / "new.py").exists()


@pytest.mark.parametrize(
    ("child", "wanted"),
    [
        (http("a"), "plimsoll run scenario.py --url http://127.0.0.1:8000 --users 1 --duration 300s"),
        (jdbc("a", "SELECT 1"), "plimsoll run scenario.py --dsn env:DATABASE_URL --users 1 --duration 300s"),
    ],
)
def test_the_command_has_the_targets_that_the_scenario_needs(child: str, wanted: str) -> None:
    assert run_line(imported(group(child)), None, None) == wanted


def test_a_wrong_command_line_is_answered_with_the_help_of_that_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["plimsoll", "import", "jmx"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.endswith("try: plimsoll import jmx --help\n")
