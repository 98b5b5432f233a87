"""What the options of `plimsoll seed` come to: which database, which plan, what to learn from."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plimsoll.data.plan.values import SeedPlan
    from plimsoll.workflows.learning import LearnRequest
    from plimsoll.workflows.target import TargetRequest


def where_of(config: Path | None, env: str | None, dsn: str | None, allowed: Sequence[str]) -> "TargetRequest":
    """Which database. Raises UsageError where none is named: a new embedded server would hold no table to fill."""
    from plimsoll.cli.options import dsn_of
    from plimsoll.core.errors import UsageError
    from plimsoll.settings.loading import load_settings
    from plimsoll.workflows.target import TargetRequest, embedded_data

    settings = load_settings(config)
    if env is None and dsn is None and not settings.environments and not embedded_data(Path()).exists():
        raise UsageError(
            "no database is named",
            why="no plimsoll.toml has an environment, and this directory's embedded server is not there yet",
            remedy="--dsn env:DATABASE_URL; --env embedded makes that server, which holds no table at first",
        )
    return TargetRequest(settings, os.environ, env, dsn_of(dsn), tuple(allowed))


def learning_of(
    where: "TargetRequest", profile_from: str | None, copied: Sequence[str], scale: float | None
) -> "LearnRequest | None":
    """Where to learn from. Raises UsageError for options that say nothing without --profile-from."""
    from dataclasses import replace

    from plimsoll.cli.options import dsn_of
    from plimsoll.core.errors import UsageError
    from plimsoll.workflows.learning import LearnRequest

    if profile_from is None:
        for option, given in (("--copy-values", bool(copied)), ("--scale", scale is not None)):
            if given:
                raise UsageError(f"{option} says nothing by itself", remedy="--profile-from DSN too")
        return None
    if profile_from == "target":
        return LearnRequest(None, tuple(copied))
    if "://" in profile_from or "=" in profile_from or profile_from.startswith("env:"):
        other = replace(where, environment=None, dsn=dsn_of(profile_from, where="--profile-from"))
    else:
        other = replace(where, environment=profile_from, dsn=None)
    return LearnRequest(other, tuple(copied))


def plan_of(path: Path | None, rows: int | None, seed: int | None) -> "SeedPlan":
    """Without a file, names and types decide, up to today. Raises UsageError for what cannot be read."""
    from dataclasses import replace

    from plimsoll.data.plan.values import SeedPlan
    from plimsoll.workflows.seed import plan_from

    if path is not None:
        found = plan_from(path)
    else:
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        found = SeedPlan(now=today)
    if rows is not None:
        found = replace(found, rows=rows)
    return found if seed is None else replace(found, seed=seed)
