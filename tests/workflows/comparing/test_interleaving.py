"""Two configurations are loaded in turns only if they differ in the target, and in nothing of the load."""

from pathlib import Path

import pytest

from plimsoll.core.errors import UsageError
from plimsoll.core.profile import Profile, Stage
from plimsoll.settings.loading import parse_settings
from plimsoll.workflows.comparing.interleaving import environment_of, interleaved
from plimsoll.workflows.run_request import RunRequest
from plimsoll.workflows.target import TargetRequest

A = parse_settings('[environments.dev]\ndatabase = "embedded"\n')
B = parse_settings('[environments.pooled]\ndatabase = "embedded"\nconnections = 4\n')
LOAD = Profile("100/s", "constant-rate", (Stage(100.0, 10.0),))


def request(text: str = "", *, environment: str | None = None, profile: Profile = LOAD) -> RunRequest:
    over = parse_settings(text)
    where = TargetRequest(A.overlaid(over), {}, environment_of(over, environment))
    return RunRequest(Path("s.py"), profile, where)


def test_both_are_cells_of_one_series_in_mirrored_turns() -> None:
    made = interleaved(request(), request('[environments.pooled]\ndatabase = "embedded"\nconnections = 4'), 8, None)
    assert list(made.cells) == [{"configuration": "A"}, {"configuration": "B"}]
    assert made.mirrored
    assert made.requests[1].where.environment == "pooled"


@pytest.mark.parametrize("text", ["", '[environments.same]\ndatabase = "embedded"', '[goals]\ntotal = ["p95<1s"]'])
def test_what_changes_nothing_of_the_target_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="B is the same as A"):
        interleaved(request(), request(text), 8, None)


def test_another_load_is_refused_before_it_is_made() -> None:
    other = request(profile=Profile("200/s", "constant-rate", (Stage(200.0, 10.0),)))
    with pytest.raises(UsageError, match="load differently"):
        interleaved(request(), other, 8, None)
    namesake = request(profile=Profile("100/s", "constant-rate", (Stage(200.0, 20.0),), warmup_s=5.0))
    with pytest.raises(UsageError) as refused:
        interleaved(request(), namesake, 8, None)
    assert refused.value.why == (
        "the profile 100/s is another load in B: stages 100 for 10 s in A, 200 for 20 s in B; warmup 0 in A, 5 in B"
    )


def test_bs_environment_is_the_one_named_else_its_own_else_as() -> None:
    assert environment_of(B, None) == "pooled"
    assert environment_of(B, "dev") == "dev"
    assert environment_of(parse_settings(""), None) is None
