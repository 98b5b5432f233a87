"""A case from its platform to its analysis: set up, loaded, analyzed, and taken down whatever happens."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

from plimsoll.core.analysis import Analysis
from plimsoll.core.goal_text import parse_goal
from plimsoll.core.interval import Interval
from plimsoll.core.profile import Profile
from plimsoll.core.profile import Stage as LoadStage
from plimsoll.runs.facts import RunFacts
from plimsoll.settings.environment import PER_USER, Environment
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.workflows.analyzing.run_analysis import analyze_run
from plimsoll.workflows.run import RunRequest, StopRequest, run
from plimsoll.workflows.target import TargetRequest
from tests.prove.faults.cases import Case, Load
from tests.prove.faults.ground import Ground
from tests.prove.faults.injecting import Stage, injected, staged
from tests.prove.faults.scribe import SCENARIO

SCENARIOS = Path(__file__).with_name("scenarios")
GOALS = ("p95 < 100 ms", "errors < 1 %")
NAME = "case"


@dataclass(frozen=True, slots=True)
class Played:
    case: Case
    analysis: Analysis
    run: Path


@dataclass(frozen=True, slots=True)
class _Following:
    stage: Stage

    def began(self, facts: RunFacts, profile: Profile) -> None:
        self.stage.at_load()

    def measured(self, interval: Interval) -> None: ...


def play(case: Case, ground: Ground, runs: Path) -> Played:
    """The run is kept in `runs`."""
    with staged(case, ground) as stage, injected(stage):
        done = asyncio.run(run(_request(stage, runs), _Following(stage), StopRequest()))
    return Played(case, analyze_run(runs, done.directory.run_id), done.directory.path)


def _request(stage: Stage, runs: Path) -> RunRequest:
    case = stage.case
    environment = Environment(
        NAME, database=Secret(stage.load_dsn), url=stage.url,
        watch_database=None if case.owned else Secret(stage.dsn),
        connections=case.load.connections or PER_USER,
    )  # fmt: skip
    return RunRequest(
        scenario=SCENARIO if case.platform == "scribe" else SCENARIOS / f"{case.platform}_shop.py",
        profile=_profile(case.load),
        where=TargetRequest(Settings({NAME: environment}), os.environ, NAME),
        goals=[parse_goal(goal) for goal in GOALS],
        connections=case.load.connections,
        connections_said=case.load.connections is not None,
        runs_root=runs,
        analyzed=False,
        reported=False,
    )


def _profile(load: Load) -> Profile:
    journeys = tuple((name, float(weight)) for name, weight in load.mix.items())
    if load.rate is None:
        stages = (LoadStage(load.users, load.seconds, journeys=journeys),)
        return Profile("case", "constant-users", stages, warmup_s=load.warmup_s, graceful_stop_s=3.0)
    stages = (LoadStage(load.rate, load.seconds, journeys=journeys),)
    return Profile("case", "constant-rate", stages, max_users=load.users, warmup_s=load.warmup_s, graceful_stop_s=3.0)
