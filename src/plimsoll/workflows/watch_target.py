"""What is watched. It is only looked at: a protected target needs no leave, and one that is down is no obstacle."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from plimsoll.embedded import start_postgres
from plimsoll.postgres.connecting import SessionTraits
from plimsoll.postgres.dsn import read_target
from plimsoll.postgres.pooler import pooler_hint
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret
from plimsoll.workflows.target import OpenTarget, TargetRequest, choose, embedded_data, reach


@asynccontextmanager
async def open_watched(request: TargetRequest) -> AsyncIterator[OpenTarget]:
    """Resolves the target and starts the embedded server where that is meant; connects to nothing.

    Raises UsageError for what cannot be read, RefusedError for placeholders and variables that are not set.
    """
    environment = choose(request)
    dsn, environment = reach(_to_look_only(request), environment)
    async with AsyncExitStack() as stack:
        if request.dsn is None and environment.is_embedded:
            data = None if request.project is None else embedded_data(request.project)
            dsn = Secret(stack.enter_context(start_postgres(data)).dsn)
        yield _opened(request, environment, dsn)


def _to_look_only(request: TargetRequest) -> TargetRequest:
    protected = [name for name, one in request.settings.environments.items() if one.protected]
    return replace(request, allow_protected=protected)


def _opened(request: TargetRequest, environment: Environment, dsn: Secret | None) -> OpenTarget:
    if dsn is None:
        return OpenTarget(environment, None, SessionTraits(protected=True))
    target = read_target(dsn, request.environ, where=environment.where)
    pooled = pooler_hint(target)
    prepared = not pooled if environment.prepared is None else environment.prepared
    return OpenTarget(environment, target, SessionTraits(prepared=prepared, pooled=pooled, protected=True))
