"""Where a run's worker processes are to live: on this machine, or on those of a cluster."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.load.processes.local import LocalPlace
from plimsoll.load.processes.workplace import Workplace
from plimsoll.workflows.run_request import RunRequest, StopRequest

AFTER_STOP_S = 30.0  # for samples to come, once somebody wanted the run to end


async def collect(place: Workplace, samples: Path, stop: StopRequest) -> list[str]:
    """Brings the samples here; returns a warning if that was broken off. A Ctrl-C meanwhile does that at once."""
    coming = asyncio.create_task(place.collect(samples))
    limit = asyncio.create_task(asyncio.sleep(AFTER_STOP_S) if stop.event.is_set() else stop.event.wait())
    await asyncio.wait({coming, limit}, return_when=asyncio.FIRST_COMPLETED)
    limit.cancel()
    if coming.done():
        coming.result()
        return []
    coming.cancel()
    await asyncio.wait({coming})
    return ["not all samples were brought here: the run was to end"]


@asynccontextmanager
async def open_workplace(request: RunRequest) -> AsyncIterator[Workplace]:
    """Raises UsageError and RefusedError for a cluster that cannot take the load."""
    if request.cluster is None:
        if request.send:
            raise UsageError("--send without --cluster", why="here the files are in their place", remedy="leave it out")
        yield LocalPlace(request.processes)
        return
    try:
        from plimsoll.load.cluster.cargo import find_beside
        from plimsoll.load.cluster.place import open_cluster  # half a second, and an extra that few have
    except ModuleNotFoundError as error:
        raise RefusedError(
            "--cluster needs Dask distributed",
            why=f"{error.name} is not installed here",
            remedy="pip install 'plimsoll-line[cluster]', here and on every machine",
        ) from error
    beside = find_beside(request.scenario, request.send)
    async with open_cluster(request.cluster, request.processes, beside) as place:
        yield place
