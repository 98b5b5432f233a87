"""A plan for tests that send one somewhere."""

from pathlib import Path

from plimsoll.core.profile import Profile, Stage
from plimsoll.load.processes.plan import LoadPlan
from plimsoll.postgres.dsn import read_target
from plimsoll.postgres.session import SessionTraits

PASSWORD = "correct horse"  # of nobody


def plan_of(scenario: Path) -> LoadPlan:
    return LoadPlan(
        scenario=scenario,
        profile=Profile("1 user", "constant-users", (Stage(1, 1.0),)),
        seed=1,
        processes=1,
        target=read_target(f"postgresql://nobody:{PASSWORD.replace(' ', '%20')}@127.0.0.1:1/nowhere", {}),
        traits=SessionTraits(),
        connections=None,
        users_max=1,
        samples_directory=scenario.parent,
        samples_bytes_max=0,
    )
