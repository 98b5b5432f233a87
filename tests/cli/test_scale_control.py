"""`plimsoll scale …` of what is served: the guide's commands, each against a real `plimsoll serve`, and wrong words."""

import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from plimsoll.cli import app  # which brings the commands into the group
from plimsoll.cli.scale import group
from plimsoll.core.errors import ServiceError, UsageError
from plimsoll.scale.serving.load_log import LoadLog, Tick
from tests.cli.test_serve import serving, until

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "scale-control.md").read_text("utf-8")
COMMANDS = re.findall(r"^plimsoll (scale .*)$", GUIDE, re.MULTILINE)


ANSWERING = Path(__file__).parents[1] / "scale" / "supervisor" / "answering.py"
assert app


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where shop is served, by one `plimsoll serve` for all tests."""
    folder = tmp_path_factory.mktemp("served")
    command = (sys.executable, "-I", "-S", str(ANSWERING), "{fd}")  # starts in 20 ms
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        with serving("--name", "shop", "--capacity", "100", "--", *command) as (_, said):
            until(said, "serving at ")
            yield folder


@pytest.fixture
def there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)


def scale(*words: str) -> str:
    done = CliRunner().invoke(group, words, catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def told(*words: str) -> Any:
    return json.loads(scale(*words, "--json"))


@pytest.mark.usefixtures("there")
def test_every_command_of_the_guide_is_done() -> None:
    assert len(COMMANDS) >= 12
    for command in COMMANDS:
        if "simulate" in command:  # of which a second has nothing to tell yet
            continue
        assert scale(*shlex.split(command)[1:])
    config = told("config")
    assert (config["utilization"], config["connections_max"], config["connection_pool"]) == (0.5, 40, 5)
    status = told("status", "shop")
    assert (status["generation"], status["paused"], status["limits"]["workers_min"]) == (3, False, 1)
    assert status["balancer"]["weights"] == {"w1": 50}
    assert "1 → 2 workers: somebody asked for it: workers_min 2, workers_max 8" in scale("history")
    assert [one["rule"] for one in told("history", "--limit", "500")["decisions"]][:2] == ["told", "told"]


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("set many", '"many" is no number of workers'),
        ("set 9..2", "9 to 2 is no range"),
        ("set 999", "a whole number from 1 to 256"),
        ("balance random", "'random' is no way to spread requests"),
        ("balance round-robin --weight w1", '"w1" gives no worker a weight'),
        ("balance round-robin --weight w99=1", "there is no worker 'w99'"),
        ("reload --timeout 5m", "--timeout needs --wait"),
        ("reload --wait --timeout soon", "--timeout"),
        ("config --set utilization", '"utilization" sets nothing'),
        ("config --set utilization=much", '"much" is no value'),
        ("config --set utilization=900%", "9 is not within 10% and 100%"),
        ("config --set cpu_up=0.5", "the policy hybrid has"),
        ("config --set workers_max=2.5", "it is a whole number"),
        ("status ../shop", "is no name of a served application"),
        ("history --since ever", "ever"),
    ],
)
def test_what_cannot_be_told_is_said(words: str, why: str) -> None:
    with pytest.raises(UsageError) as raised:
        scale(*shlex.split(words))
    assert why in str(raised.value)


@pytest.mark.usefixtures("there")
def test_who_is_not_served_is_told_and_who_is() -> None:
    with pytest.raises(ServiceError, match=r"nobody serves shoe here .*: served are: shop"):
        scale("status", "shoe")


@pytest.mark.parametrize("command", [command for command in COMMANDS if "simulate" in command])
def test_what_if_is_played_on_the_load_that_was_recorded(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path(".plimsoll/serve/shop")
    folder.mkdir(parents=True)
    log = LoadLog(folder)
    for at in range(90):
        log.add(Tick(1_800_000_000.0 + 2 * at, 2.0, 30 + at, 2, 1, 4, 20.0))
    log.close()
    said = scale(*shlex.split(command)[1:])
    assert "really 0.10 worker-hours went" in said
    assert ("1 to 8 workers; one carries 30/s" if "--max" in command else "1 to 4 workers; one carries 20/s") in said


def test_where_nothing_is_served_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ServiceError, match="nothing is served here"):
        scale("status")
