"""Looking at what is served here (`plimsoll serve`), for who watches: each through its control socket."""

import asyncio
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from plimsoll.core.errors import PlimsollError
from plimsoll.core.scaling import ScalingHistory, ScalingStatus
from plimsoll.monitor.scaling.remembering import ENTRIES_MAX, Seen
from plimsoll.scale.serving.control.client import ControlClient
from plimsoll.scale.supervisor.places import control_socket_of
from plimsoll.workflows.scaling import ROOT, known

ANSWER_S: Final = 2.0  # of one that is only looked at


class ServedHere:
    """Those with a state directory in `root`."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root

    async def look(self, since: Mapping[str, float]) -> Sequence[Seen]:
        """Every one that ever was, and of those who answer what is newer than `since` by name."""
        names = await asyncio.to_thread(known, self.root)
        return await asyncio.gather(*(self.seen(name, since.get(name, 0.0)) for name in names))

    async def seen(self, name: str, since: float) -> Seen:
        """One of them."""
        client = ControlClient(self.root / name)
        try:
            async with asyncio.timeout(ANSWER_S):
                status, history = await _asked(client, since)
        except TimeoutError:
            return Seen(name, None, why=f"no answer within {ANSWER_S:g} s")
        except PlimsollError as error:
            if not _has_socket(client.state):
                return Seen(name, None, why="it was ended", ended=True)
            return Seen(name, None, why=error.why or str(error))
        return Seen(name, status, history)


async def _asked(client: ControlClient, since: float) -> tuple[ScalingStatus, ScalingHistory]:
    return await client.status(), await client.history(since, ENTRIES_MAX)


def _has_socket(state: Path) -> bool:
    """Who ends in order takes it away; who is killed leaves it behind."""
    try:
        return stat.S_ISSOCK(control_socket_of(state).lstat().st_mode)
    except OSError:
        return False
