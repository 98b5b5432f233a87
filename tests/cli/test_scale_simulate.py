"""`plimsoll scale simulate`, and the commands of docs/guides/scale-simulating.md as a reader types them."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from plimsoll.cli.app import app
from plimsoll.core.errors import UsageError
from plimsoll.scale.policy.making import POLICIES
from plimsoll.scale.simulating.shapes import make
from plimsoll.workflows.scale_simulate import write_trace

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "scale-simulating.md").read_text("utf-8")
COMMANDS = re.findall(r"^plimsoll (.*)$", "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)), re.MULTILINE)
PROGRAM = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("trace") / "requests.csv"
    write_trace(make("cloud", seconds=1_200), path)
    return path


@pytest.fixture(autouse=True)
def trace_files(trace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("requests.csv").symlink_to(trace)


def simulate(*words: str) -> str:
    done = CliRunner().invoke(app, ["scale", "simulate", *words], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def simulated(*words: str) -> Any:
    return json.loads(simulate(*words, "--json"))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_guide_works(command: str) -> None:
    shorter = re.sub(r"--duration \S+", "--duration 20m", command)  # the same in less time
    done = CliRunner().invoke(app, shlex.split(shorter), catch_exceptions=False)
    assert (done.exit_code, "hybrid" in done.stdout or "--write" in command) == (0, True)


def test_the_guide_has_commands_and_a_program_that_runs() -> None:
    assert len(COMMANDS) >= 5
    for program in PROGRAM:
        exec(program, {})  # noqa: S102  # the guide's own


def test_a_table_compares_the_first_with_the_others() -> None:
    said = simulate("requests.csv", "--capacity", "20", "--explain", "00:10")
    for line in (
        r"requests.csv: [\d,]+ requests in 20 min, read as csv; busiest minute [\d,]+/s",
        "policy +violations +refused +worker-hours +actions +workers at most +longest queue",
        "hybrid took .* than kpa, and .* requests waited too long",
    ):
        assert re.search(f"^{line}$", said, re.MULTILINE)
    assert "hybrid after 0:10:00:\n  " in said


def test_a_name_cannot_rewrite_the_terminal() -> None:
    Path("\x1b[31mred.txt").write_text("5\n5\n5\n")
    assert simulate("\x1b[31mred.txt", "--policy", "kpa").startswith(
        "\N{REPLACEMENT CHARACTER}[31mred.txt: 15 requests"
    )


def test_the_json_tells_how_it_was_reckoned() -> None:
    said = simulated("requests.csv", "--connections", "103", "--start", "3s", "--explain", "5m")
    assert [one["policy"] for one in said["policies"]] == list(POLICIES)
    assert said["conditions"] == {
        "capacity_per_s": said["trace"]["busiest_minute_per_s"] / 20, "capacity_assumed": True, "contention": 0,
        "coherency": 0, "workers_min": 1, "workers_max": 500, "connected_workers_max": 9, "start_s": 3, "delay_s": 1,
        "utilization": 0.7, "down_window_s": 0, "wait_s": 0.2, "patience_s": 10,
    }  # fmt: skip
    assert said["explained"][0]["second"] == 300
    assert said["trace"]["starts_at"] == "2026-01-05 00:00:00"


def test_a_window_has_few_workers_stay_when_they_are_too_many() -> None:
    words = ("--shape", "even", "--duration", "20m", "--policy", "hybrid", "--capacity", "70")
    without, kept = (simulated(*words, *more)["policies"][0] for more in ((), ("--down-window", "2m")))
    assert kept["actions"] < without["actions"]


def test_a_load_line_gives_the_capacity(tmp_path: Path) -> None:
    line = dict.fromkeys(("rate_per_s", "failed_per_s", "probe", "usl", "diagnosis")) | {
        "series_id": "s", "scenario": "a.py", "environment": "dev", "seed": 1, "started_at": "", "seconds": 1.0,
        "goals": [], "left_out": [], "verdict": "found", "limit": "goal", "because": "", "broke": [], "steps": [],
    }  # fmt: skip
    (tmp_path / "find.json").write_text(json.dumps(line | {"rate_per_s": 120.0}))
    words = ("requests.csv", "--policy", "kpa", "--load-line", "find.json", "--measured-with", "4")
    assert simulated(*words)["conditions"]["capacity_per_s"] == 30
    (tmp_path / "find.json").write_text(json.dumps(line))
    with pytest.raises(UsageError, match="no rate held in it"):
        simulate(*words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "what is to be simulated?"),
        (["requests.csv", "--shape", "even"], "what is to be simulated?"),
        (["--shape", "square"], '"square" is no shape'),
        (["none.csv"], "there is no such trace"),
        (["requests.csv", "--policy", "magic"], '"magic" is no policy'),
        (["requests.csv", "--capacity", "0"], "wrong capacity"),
        (["requests.csv", "--capacity", "1e300"], "wrong capacity"),
        (["requests.csv", "--start", "10d"], "a start takes 100,000 s at most"),
        (["requests.csv", "--step", "0s"], "wrong --step"),
        (["requests.csv", "--explain", "1"], "nothing was decided before that"),
        (["--history", "shop", "--format", "csv", "--step", "5s"], "only a file has --format and --step"),
        (["--shape", "even", "--count", "hits"], "only a file has --count"),
        (["requests.csv", "--coherency", "0.1"], "a curve needs a --capacity"),
        (["requests.csv", "--load-line", "none.json"], "cannot read the load line"),
        (["requests.csv", "--load-line", "requests.csv"], "this is no load line"),
        (["requests.csv", "--min", "5", "--max", "2"], "wrong limits"),
        (["requests.csv", "--connections", "5"], "no connections for a worker"),
        (["requests.csv", "--format", "xml"], "wrong --format"),
        (["requests.csv", "--format", "log", "--count", "requests"], "--count and --time name columns"),
        (["requests.csv", "--count", "hits"], "there is no column hits"),
        (["requests.csv", "--step", "2d"], "wrong --step"),
        (["requests.csv", "--explain", "23:59"], '"23:59" is no time within the trace'),
        (["requests.csv", "--write", "other.csv"], "--write needs a --shape"),
        (["requests.csv", "--wait", "20s"], "wrong model"),
        (["requests.csv", "--utilization", "5%"], "wrong --utilization"),
        (["requests.csv", "--down-window", "2h"], "wrong window for going down"),
    ],
)
def test_what_is_wrong_is_said_and_what_to_do(words: list[str], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        CliRunner().invoke(app, ["scale", "simulate", *words], catch_exceptions=False)
    assert said in str(refused.value)
    assert refused.value.remedy
