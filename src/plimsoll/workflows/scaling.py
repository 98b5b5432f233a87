"""What is served below a directory, found by name: for the command line and the API, which ask and tell the same."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from plimsoll.core.errors import ServiceError, UsageError
from plimsoll.core.scaling import ReloadStatus, ScalingStatus
from plimsoll.scale.serving.control.client import ControlClient, NobodyServesError
from plimsoll.scale.supervisor import places

ROOT: Final = places.ROOT
SERVED_MAX: Final = 100  # directories that are looked at
LOOK_S: Final = 0.25  # between two looks at a reload
SILENT_S: Final = 30.0  # that a supervisor may not answer while it is waited for; another may take over meanwhile


def known(root: Path = ROOT) -> Sequence[str]:
    """Names of what is or was served here, in order."""
    try:
        found = sorted(one.name for one in root.iterdir() if places.is_name(one.name) and one.is_dir())
    except OSError:
        return ()
    return found[:SERVED_MAX]


async def served(root: Path = ROOT) -> Sequence[str]:
    """Names of what is served now."""
    names = known(root)
    there = await asyncio.gather(*(ControlClient(root / name).is_there() for name in names))
    return [name for name, is_there in zip(names, there, strict=True) if is_there]


async def find(name: str | None, root: Path = ROOT) -> ControlClient:
    """Of that name, or of the only one that is served. Raises UsageError, NobodyServesError."""
    if name is not None:
        if not places.is_name(name):
            raise UsageError(f"{name!r:.60} is no name of a served application", why=places.NAME_RULE)
        client = ControlClient(root / name)
        if not await client.is_there():
            there = await served(root)
            raise NobodyServesError(
                f"nobody serves {name} here", where=str(root),
                why=places.unheard(root / name)
                or (f"served are: {', '.join(there)}" if there else "nothing is served in this directory"),
                remedy=f"plimsoll serve APP --name {name}",
            )  # fmt: skip
        return client
    names = await served(root)
    if not names:
        going_on = [words for name in known(root) if (words := places.unheard(root / name))]
        why = "; ".join(going_on) or "nothing is, or it was started in another directory"
        remedy = "go to where plimsoll serve was started, or start it: plimsoll serve module:app"
        raise NobodyServesError("nothing is served here", where=str(root), why=why, remedy=remedy)
    if len(names) > 1:
        raise UsageError("which one?", why=f"served are: {', '.join(names)}", remedy="name one of them")
    return ControlClient(root / names[0])


async def statuses(root: Path = ROOT) -> tuple[Sequence[ScalingStatus], Mapping[str, str]]:
    """Of everything that is served now; and why by name, of those who do not answer. Who ends while we ask is left
    out."""
    names = await served(root)
    found = await asyncio.gather(*(_asked(ControlClient(root / name)) for name in names))
    silent = {name: one for name, one in zip(names, found, strict=True) if isinstance(one, str)}
    return [one for one in found if isinstance(one, ScalingStatus)], silent


async def reloaded(
    client: ControlClient, within_s: float, hear: Callable[[ReloadStatus], None]
) -> tuple[ScalingStatus, bool]:
    """Reload and wait until that is through: the status then, and False where it was not within that time.

    A supervisor that is killed meanwhile may be followed by another, for as long as workers serve without one. `hear`
    is told how far it is. Raises UsageError where the application cannot be imported, ServiceError where nobody
    answers.
    """
    loop = asyncio.get_running_loop()
    seen, heard = await client.reload(), None
    wanted, answered_at = seen.generation, loop.time()
    until = answered_at + within_s
    while seen.reload is None or seen.reload.state == "under way":
        if seen.reload is not None and seen.reload != heard:
            hear(seen.reload)
        heard = seen.reload
        if (left_s := until - loop.time()) <= 0:
            return seen, False
        await asyncio.sleep(min(LOOK_S, left_s))
        try:
            seen = await client.status()
            answered_at = loop.time()
        except ServiceError:
            if loop.time() - answered_at > SILENT_S:
                raise
        if seen.generation < wanted:
            why = "who was told of it ended before a first worker was replaced"
            raise ServiceError("the reload was lost", where=seen.name, why=why, remedy="plimsoll scale reload --wait")
    return seen, True


async def _asked(client: ControlClient) -> ScalingStatus | str | None:
    try:
        return await client.status()
    except NobodyServesError:
        return None
    except ServiceError as error:
        return str(error)
