"""Who may load a target at the same time: everybody, unless one run is to be alone with it."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plimsoll.core.errors import RefusedError
from plimsoll.core.units import format_duration
from plimsoll.runs.target_lock import TargetLock
from plimsoll.settings.environment import dsn_identities
from plimsoll.settings.web import web_identities
from plimsoll.workflows.target import TargetRequest, choose, embedded_data

LOOK_S = 0.5  # how often a target that is held is tried again


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a run stands to others on the same target. `wait_s`: for how long it may wait for them."""

    alone: bool = False
    wait_s: float = 0.0


BESIDE_OTHERS: Final = Sharing()


def target_keys(request: TargetRequest) -> frozenset[str]:
    """What a run on this target holds: its database and its application, by whatever names they go."""
    return frozenset(_keys(request))


def _keys(request: TargetRequest) -> Iterator[str]:
    environment = choose(request)
    if request.dsn is not None:
        yield from map(repr, dsn_identities(request.dsn.reveal(), request.environ))
    elif not environment.is_embedded:
        yield from map(repr, environment.identities(request.environ))
    elif request.project is not None:
        yield f"embedded {embedded_data(request.project).resolve()}"
    yield from map(repr, web_identities(environment.url))


@asynccontextmanager
async def holding(request: TargetRequest, sharing: Sharing) -> AsyncIterator[None]:
    """Holds the target meanwhile. Raises RefusedError where another run is in the way for too long."""
    lock = TargetLock()
    try:
        await _take(lock, target_keys(request), sharing)
        yield
    finally:
        lock.release()


async def _take(lock: TargetLock, keys: frozenset[str], sharing: Sharing) -> None:
    said = f"process {os.getpid()} in {Path.cwd()}"
    deadline = asyncio.get_running_loop().time() + sharing.wait_s
    while True:
        try:
            if lock.taken(keys, alone=sharing.alone, said=said):
                return
        except OSError as error:
            if not sharing.alone:
                return  # nobody can be seen; a run that does not ask for more goes on as it always did
            raise _cannot_lock(error) from error
        if asyncio.get_running_loop().time() >= deadline:
            raise _in_use(lock.holder, sharing)
        await asyncio.sleep(LOOK_S)


def _cannot_lock(error: OSError) -> RefusedError:
    return RefusedError(
        "cannot see whether another run loads the same target",
        why=f"locks cannot be made: {error.strerror or error}",
        remedy="set TMPDIR to a directory that can be written to, or leave out --alone",
    )


def _in_use(holder: str, sharing: Sharing) -> RefusedError:
    waited = f" after {format_duration(sharing.wait_s)}" if sharing.wait_s else ""
    who = f" ({holder})" if holder else ""
    why = "this one is to be alone with it" if sharing.alone else "that one is to be alone with it"
    return RefusedError(
        f"another run loads the same target{waited}{who}",
        why=why,
        remedy="wait for its end with --wait 10m, or stop it",
    )
