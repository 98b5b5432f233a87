"""A copy is made where it was asked for, never on the server of a protected environment."""

import pytest

from plimsoll.core.errors import RefusedError
from plimsoll.postgres.dsn import Target, read_target
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret
from plimsoll.settings.settings import Settings
from plimsoll.workflows.target import TargetRequest
from plimsoll.workflows.tuning.placing import place_of_clone

PROD = "postgresql://app:prod-password@db.example.com:5432/shop"
SOURCE = read_target("postgresql://app@127.0.0.1:5433/shop", {})


def asked(protected: bool = True) -> TargetRequest:
    prod = Environment("prod", database=Secret("env:PROD"), protected=protected)
    return TargetRequest(Settings({"prod": prod}), {"PROD": PROD})


def test_a_copy_is_made_where_it_was_asked_for() -> None:
    assert place_of_clone("own", asked(), read_target(PROD, {})) == "own"
    assert place_of_clone("beside", asked(), SOURCE) == "beside"
    on = place_of_clone("postgresql://me@scratch.example.com/postgres", asked(), SOURCE)
    assert isinstance(on, Target)
    assert on.endpoints == (("scratch.example.com", 5432),)
    assert place_of_clone("beside", asked(protected=False), read_target(PROD, {})) == "beside"


@pytest.mark.parametrize("clone_on", ["beside", "postgresql://other@DB.example.com:6432/scratch"])
def test_it_is_not_made_on_the_server_of_a_protected_environment(clone_on: str) -> None:
    with pytest.raises(RefusedError, match="'prod'") as refused:
        place_of_clone(clone_on, asked(), read_target(PROD, {}))
    assert "--clone-on own" in refused.value.remedy
    assert "password" not in str(refused.value)
