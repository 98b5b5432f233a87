"""`plimsoll demo`, as far as it is the platform's: what is loaded, and how it is left half-way."""

import signal
from pathlib import Path

from fluentscribe.demo import demo
from plimsoll.embedded import PostgresServer
from plimsoll.load.scenario import load_scenario
from plimsoll.settings.loading import load_settings
from plimsoll.workflows.seed import plan_from
from tests.system.harness import INTERRUPTED, Project, until


def test_it_is_the_small_data_set_under_the_steady_profile() -> None:
    found = demo()
    assert plan_from(found.seed_plan).tables["qa_sessions"].rows == 1000
    steady = load_settings(found.scenario.with_name("plimsoll.toml")).profiles["steady"]
    assert [stage.level for stage in steady.stages] == [found.users]
    assert sum(journey.weight for journey in load_scenario(found.scenario).journeys) == 100


def test_interrupted_while_it_fills_it_leaves_without_a_word_too_many(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    with Project(tmp_path, postgres_server, "postgres").started("demo") as running:
        until(lambda: "filling" in running.err.read_text(), "the fill begun")
        running.tell(signal.SIGINT)
        outcome = running.ended()
    assert (outcome.code, outcome.stdout) == (INTERRUPTED, "")
    assert outcome.stderr.endswith("interrupted: the server and its data are gone\n")
