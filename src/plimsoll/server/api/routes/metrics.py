"""For Prometheus."""

from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

from plimsoll.monitor.series.exposition import CONTENT_TYPE, render_metrics
from plimsoll.server.state import State

router = APIRouter(tags=["metrics"])

_EXAMPLE: Final = """# HELP plimsoll_host_cpu_cores cores that are online (cores)
# TYPE plimsoll_host_cpu_cores gauge
plimsoll_host_cpu_cores 8.0
"""
STALE_S: Final = 15.0  # or three of a series' own periods, where those are longer


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {"example": _EXAMPLE}}}})
async def metrics(state: State) -> Response:
    """The newest values in the text format of Prometheus; stale ones are left out."""
    return Response(render_metrics(state.watch.recent, state.wall(), STALE_S), media_type=CONTENT_TYPE)
