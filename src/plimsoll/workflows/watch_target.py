"""What is watched. It is only looked at: a protected target needs no leave, and one that is down is no obstacle."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from plimsoll.core.errors import PlimsollError
from plimsoll.embedded import running_dsn
from plimsoll.monitor.collecting.collector import CollectorLostError, CollectorOffError
from plimsoll.postgres.dsn import Target, read_target
from plimsoll.postgres.pooler import pooler_hint
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret
from plimsoll.workflows.target import TargetRequest, choose, embedded_data, reach


@dataclass(frozen=True, slots=True)
class WatchedTarget:
    """`locate` gives the database's address now, and raises CollectorLostError while it has none; None: no database.

    `prepared` None: whether a pooler stands between is found out on connecting.
    """

    environment: Environment
    display: str
    locate: Callable[[], Target] | None
    prepared: bool | None = None


def find_watched(request: TargetRequest) -> WatchedTarget:
    """Resolves the target; connects to nothing, starts nothing.

    Raises UsageError for what cannot be read, RefusedError for placeholders and variables that are not set.
    """
    environment = choose(request)
    dsn, environment = reach(_to_look_only(request), environment)
    if request.dsn is None and environment.is_embedded:
        return WatchedTarget(environment, "the embedded PostgreSQL", lambda: _embedded(request))
    if dsn is None:
        return WatchedTarget(environment, environment.url or "this machine", None)
    target = read_target(dsn, request.environ, where=environment.where)
    return watched_database(environment, target, request.environ)


def watched_database(
    environment: Environment, target: Target, environ: Mapping[str, str], prepared: bool | None = None
) -> WatchedTarget:
    """A database as it is looked at: by the role that the environment has for that. Raises as `find_watched`."""
    dsn = environment.watch_dsn(environ)
    if dsn is None:
        hinted = False if environment.prepared is None and pooler_hint(target) else environment.prepared
        return WatchedTarget(environment, target.display, lambda: target, prepared if prepared is not None else hinted)
    watched = read_target(dsn, environ, where=f"environment {environment.name!r}, watch_database")
    return WatchedTarget(environment, watched.display, lambda: watched, False if pooler_hint(watched) else None)


def _to_look_only(request: TargetRequest) -> TargetRequest:
    protected = [name for name, one in request.settings.environments.items() if one.protected]
    return replace(request, allow_protected=protected)


def _embedded(request: TargetRequest) -> Target:
    """It runs as long as a run does, each time on another port; where its data are is settled by the first run."""
    try:
        dsn = running_dsn(embedded_data(request.project or Path()))
        if dsn is not None:
            return read_target(Secret(dsn), request.environ, where="the embedded PostgreSQL")
    except (PlimsollError, OSError) as error:
        raise CollectorLostError(str(error)) from None
    raise CollectorOffError("the embedded PostgreSQL does not run: it starts and ends with each plimsoll run")
