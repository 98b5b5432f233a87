"""Where a run's worker processes are to live: on this machine, or on those of a cluster."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.load.processes.local import LocalPlace
from plimsoll.load.processes.workplace import Workplace
from plimsoll.workflows.run_request import RunRequest


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
