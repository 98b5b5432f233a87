"""How it is watched: what the settings say, with secrets left out; periods can be changed while watching."""

from typing import Any

from fastapi import APIRouter, Depends

from plimsoll.server.api.config_models import ConfigBody, NewPeriods
from plimsoll.server.state import Served, State, admin
from plimsoll.settings.masking import mask

router = APIRouter(tags=["config"])


@router.get("/config", response_model=ConfigBody)
async def config(state: State) -> dict[str, Any]:
    """How it is watched. Tokens are never told, only whether there are any."""
    return _config(state)


@router.patch("/config", response_model=ConfigBody, dependencies=[Depends(admin)])
async def change(wanted: NewPeriods, state: State) -> dict[str, Any]:
    """Looks at other periods, until the watch ends: plimsoll.toml stays as it is."""
    periods = state.watch.request.settings.monitor
    await state.watch.repace(
        periods.host_period_s if wanted.host_period is None else wanted.host_period,
        periods.database_period_s if wanted.database_period is None else wanted.database_period,
    )
    return _config(state)


def _config(state: Served) -> dict[str, Any]:
    settings = state.watch.request.settings.monitor
    server = state.settings.server
    return {
        "target": mask(state.watch.shown),
        "host_period_s": settings.host_period_s,
        "database_period_s": settings.database_period_s,
        "process": settings.process,
        "metrics": [mask(url) for url in settings.metrics],
        "keeps": settings.store is not None,
        "raw_for_s": settings.raw_for_s,
        "minutes_for_s": settings.minutes_for_s,
        "quarters_for_s": settings.quarters_for_s,
        "store_bytes_max": settings.store_bytes_max,
        "store_problems": [mask(problem) for problem in state.watch.history.problems],
        "server": {
            "host": server.host,
            "hosts": list(server.hosts),
            "sockets_max": server.sockets_max,
            "read_token": state.access.read is not None,
            "admin_token": state.access.admin is not None,
        },
    }
