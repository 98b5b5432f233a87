"""What is written down of a run before it begins: who, what and where, without a secret."""

import hashlib
import os
import platform
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from plimsoll import __version__
from plimsoll.core.profile import Profile, Stage
from plimsoll.runs.facts import RunFacts
from plimsoll.workflows.run_request import RunRequest, pool_size
from plimsoll.workflows.target import OpenTarget


def run_facts(
    request: RunRequest,
    opened: OpenTarget,
    *,
    run_id: str,
    started: datetime,
    server: Mapping[str, str],
    machines: tuple[Mapping[str, str], ...] = (),
) -> RunFacts:
    """`server` holds the target's settings by name, `machines` are those of a cluster."""
    profile = request.profile
    pool = pool_size(request, opened)
    return RunFacts(
        run_id=run_id,
        scenario=request.scenario.stem,
        environment=opened.environment.name,
        target=opened.display,
        profile_name=profile.name,
        profile=_described(profile),
        open_loop=profile.open_loop,
        seed=request.seed,
        processes=request.processes,
        connections="per-user" if pool is None else f"pool of {pool} in each process",
        warmup_s=profile.warmup_s,
        started_at=started.isoformat(timespec="milliseconds"),
        goals=tuple((goal.scope, goal.expression) for goal in request.goals),
        versions={
            "plimsoll": __version__,
            "python": platform.python_version(),
            "asyncpg": asyncpg.__version__,
            "postgresql": server.get("server_version", ""),
        },
        server=server,
        series=request.series,
        scenario_digest=_digest(request.scenario),
        machine={"system": platform.platform(), "cpus": str(os.cpu_count()), "python": sys.implementation.name},
        machines=machines,
    )


def _digest(scenario: Path) -> str:
    """Of the file's content; empty where it has gone meanwhile."""
    try:
        return hashlib.sha256(scenario.read_bytes()).hexdigest()[:12]
    except OSError:
        return ""


def _described(profile: Profile) -> dict[str, Any]:
    return {
        "executor": profile.executor,
        "stages": [_stage(stage) for stage in profile.stages],
        "arrivals": profile.arrivals if profile.open_loop else None,
        "max_users": profile.users_max,
        "iterations": profile.iterations,
        "lateness_limit_s": profile.lateness_limit_s if profile.open_loop else None,
        "graceful_stop_s": profile.graceful_stop_s,
        "warmup_s": profile.warmup_s,
    }


def _stage(stage: Stage) -> dict[str, Any]:
    told: dict[str, Any] = {"level": stage.level, "for_s": stage.for_s, "ramp_s": stage.ramp_s}
    return told | ({"journeys": dict(stage.journeys)} if stage.journeys else {})
