"""The guide of the API tells of routes that there are, and of the rights as they are."""

import json
import re
from pathlib import Path

from fastapi.routing import APIRoute

from fluentscribe.accounts.passwords import WAITING_MAX
from fluentscribe.accounts.tokens import REPEAT_S
from fluentscribe.api.app import ROUTERS
from fluentscribe.api.problems import ProblemBody
from fluentscribe.api.routes.activity import DAYS_MAX
from fluentscribe.permissions.document import with_table
from fluentscribe.serving import GRACE_S
from fluentscribe.settings import Settings

GUIDE = (Path(__file__).parents[3] / "docs" / "guides" / "fluentscribe-api.md").read_text(encoding="utf-8")


def test_the_table_of_rights_is_that_of_the_rules() -> None:
    assert with_table(GUIDE) == GUIDE, "run `make docs`"
    assert "| assign | ✓ | ✓ |  |  | ✓ | ✓ |  |  |" in GUIDE


def test_every_route_that_is_named_is_there() -> None:
    all_routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    routes = {f"{method} {route.path}" for route in all_routes for method in route.methods or ()}
    named = set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`?]*)", GUIDE))
    assert len(named) > 20
    assert named - routes == set()


def test_the_problem_that_is_shown_is_one() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    assert set(json.loads(shown)) <= set(ProblemBody.model_fields)
    assert ProblemBody.model_validate(json.loads(shown)).status == 422


def test_the_bounds_that_are_told_are_those_of_the_platform() -> None:
    default = {name: field.default for name, field in Settings.model_fields.items()}
    text = " ".join(GUIDE.split())
    for said in (
        f"After {default['account_failures']} failures in {default['lockout_minutes']} minutes",
        f"after {default['address_failures']} an address",
        f"At most {default['password_hashes']} passwords are hashed at a time and {WAITING_MAX} wait",
        f"again for {REPEAT_S:.0f} seconds",
        f"at most {DAYS_MAX} days",
        f"({GRACE_S} seconds at most)",
    ):
        assert said in text
