"""The runs that go on, as they are told to clients. Pure."""

from collections.abc import Iterable
from typing import Any

from plimsoll.runs.follower import RunFollower
from plimsoll.settings.masking import mask


def runs_json(runs: Iterable[RunFollower]) -> list[dict[str, Any]]:
    return [_run(run) for run in runs]


def _run(run: RunFollower) -> dict[str, Any]:
    """`point` is its newest second; None before its load has begun."""
    facts = run.facts
    named = {} if facts is None else {"scenario": facts.scenario, "profile": facts.profile_name}
    target = {} if facts is None else {"target": mask(facts.target)}
    point = run.points[-1].to_json() if run.points else None
    return {"run_id": run.run_id, **named, **target, "began_s": run.began_s, "live": run.is_live, "point": point}
