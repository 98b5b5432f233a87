"""What a search may do: goals, limits of the environment, and what is refused before anything is sent."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.goal import parse_goal
from plimsoll.settings.environment import Environment
from plimsoll.settings.settings import Settings
from plimsoll.workflows.find import more_users
from plimsoll.workflows.finding.request import FindRequest, bounds_of
from plimsoll.workflows.finding.stepping import PLACEHOLDER
from plimsoll.workflows.run_request import RunRequest
from plimsoll.workflows.target import TargetRequest

URL = "http://127.0.0.1:8000"


def request_on(environment: Environment, *, url: str | None = None, **changes: Any) -> FindRequest:
    settings = Settings(environments={environment.name: environment})
    where = TargetRequest(settings, {}, None if url else environment.name, url=url, allow_protected=("prod",))
    return replace(FindRequest(RunRequest(Path("scenario.py"), PLACEHOLDER, where)), **changes)


def dev(**limits: Any) -> Environment:
    return Environment("dev", url=URL, **limits)


def test_without_goals_there_are_defaults_and_rates_are_left_out() -> None:
    found = bounds_of(request_on(dev()))
    assert [goal.expression for goal in found.goals] == ["p95<1s", "errors<1%", "dropped<1%"]
    given = [parse_goal("p95<50ms"), parse_goal("rate>100/s")]
    found = bounds_of(request_on(dev(), goals=given))
    assert [goal.expression for goal in found.goals] == ["p95<50ms"]
    assert [goal.expression for goal in found.left_out] == ["rate>100/s"]


def test_goals_that_only_name_rates_leave_nothing_to_hold_to() -> None:
    with pytest.raises(UsageError, match="no goal is left"):
        bounds_of(request_on(dev(), goals=[parse_goal("rate>100/s")]))


@pytest.mark.parametrize("url", [None, URL, "http://localhost:8000/"])
def test_a_protected_target_is_refused_whatever_it_is_called_and_nothing_lifts_that(url: str | None) -> None:
    prod = Environment("prod", url="http://localhost:8000" if url and "localhost" in url else URL, protected=True)
    with pytest.raises(RefusedError, match="the target is protected: it is environment 'prod'"):
        bounds_of(request_on(prod, url=url))


def test_the_environments_limits_bound_rates_users_and_steps() -> None:
    found = bounds_of(request_on(dev(max_rate=50, max_users=20, max_duration_s=30)))
    assert (found.ceiling, found.users, found.total_s_max) == (50, 20, 30)
    assert bounds_of(request_on(dev(max_rate=50), ceiling=40)).ceiling == 40
    with pytest.raises(RefusedError, match="max_users of environment 'dev' is 4"):
        bounds_of(request_on(dev(max_users=4), users=10))
    with pytest.raises(RefusedError, match="max_duration is 5 s, a step takes 10 s at least"):
        bounds_of(request_on(dev(max_duration_s=5)))
    with pytest.raises(RefusedError, match="the highest rate is 50/s, by max_rate of environment 'dev'"):
        bounds_of(request_on(dev(max_rate=50), start=60))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start": -1.0}, "wrong --from"),
        ({"ceiling": float("nan")}, "wrong --to"),
        ({"start": float("inf")}, "wrong --from"),
        ({"least_s": 0.0}, "wrong --step-duration"),
        ({"goals": [parse_goal("p95>1s")]}, "the goal p95>1s is of no use here"),
        ({"start": 50.0, "ceiling": 20.0}, "--from 50 is above --to 20"),
    ],
)
def test_rates_that_are_none_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        bounds_of(request_on(dev(), **changes))


def test_a_goal_over_some_seconds_makes_a_step_last_as_long() -> None:
    assert bounds_of(request_on(dev(), goals=[parse_goal("p95<1s for 15s")])).least_s == 15


def test_where_users_were_the_limit_it_is_said_who_can_let_more_in() -> None:
    assert more_users("goal", 4, dev()) == []
    assert more_users("users", 4, dev()) == ["4 users at once were allowed: --users-max allows more"]
    assert more_users("users", 4, dev(max_users=4)) == ["max_users of environment 'dev' allows no more than 4 users"]
