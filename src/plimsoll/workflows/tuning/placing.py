"""Where the copy of a database goes, and where it may not."""

from typing import Literal

from plimsoll.core.errors import RefusedError
from plimsoll.postgres.dsn import Target, read_target
from plimsoll.settings.environment import Environment
from plimsoll.settings.masking import Secret
from plimsoll.workflows.target import TargetRequest


def place_of_clone(clone_on: str, where: TargetRequest, source: Target) -> Literal["own", "beside"] | Target:
    """As a copy is wished for. Raises RefusedError for the server of a protected environment, whose databases it would
    take disk and time from; UsageError for a DSN that cannot be read."""
    if clone_on == "own":
        return "own"
    on = source if clone_on == "beside" else read_target(Secret(clone_on), where.environ, where="--clone-on")
    protected = next((one for one in where.settings.environments.values() if _is_on(one, on, where)), None)
    if protected is not None:
        raise RefusedError(
            f"a copy is not made on the server of a protected environment, {protected.name!r}",
            where=on.display,
            why="it would be written to",
            remedy="--clone-on own, which only reads the database",
        )
    return "beside" if clone_on == "beside" else on


def _is_on(one: Environment, target: Target, where: TargetRequest) -> bool:
    servers = {(host, port) for host, port, _ in one.identities(where.environ)}
    return one.protected and bool(servers & {(host, port) for host, port, _ in target.identities})
