"""Puts the API together."""

from collections.abc import Mapping
from typing import Final

from fastapi import Depends, FastAPI

from plimsoll import __version__
from plimsoll.server import problems
from plimsoll.server.analyses.listing import Listing
from plimsoll.server.analyses.queue import AnalysisQueue
from plimsoll.server.api import reading
from plimsoll.server.api.routes import (
    alerts,
    analysis,
    autoscaling,
    cache,
    cdn,
    config,
    database,
    events,
    metrics,
    series,
    statements,
    status,
    tuning,
)
from plimsoll.server.api.routes.analysis import ANALYSIS_PREFIX
from plimsoll.server.api.routes.autoscaling import AUTOSCALING_PREFIX
from plimsoll.server.api.routes.cache import CACHE_PREFIX
from plimsoll.server.api.routes.cdn import CDN_PREFIX
from plimsoll.server.api.routes.tuning import TUNING_PREFIX
from plimsoll.server.api.strict import no_unknown_parameters
from plimsoll.server.api.unknown import unknown_router
from plimsoll.server.doorkeeper import Doorkeeper
from plimsoll.server.guard import Guard
from plimsoll.server.live import socket
from plimsoll.server.live.hub import Hub
from plimsoll.server.security import Access, make_access
from plimsoll.server.state import Served
from plimsoll.server.tunings.shelf import TuningShelf
from plimsoll.server.tunings.tuner import Tuner
from plimsoll.settings.monitor import MonitorSettings
from plimsoll.workflows.tuning.request import KEPT_ROOT
from plimsoll.workflows.watch import Watch

PREFIX: Final = "/api/v1/monitoring"
ROUTERS: Final = (
    status.router, series.router, events.router, database.router, statements.router, alerts.router, config.router,
    socket.router,
)  # fmt: skip


def create_app(
    watch: Watch, settings: MonitorSettings, environ: Mapping[str, str], *, dashboard: bool = False
) -> FastAPI:
    """With the pages at "/" where they are wanted: once in a process.

    Raises UsageError and RefusedError where the tokens are not fit for the address.
    """
    access = make_access(settings.server, environ)
    keeper = Doorkeeper(access)
    app = FastAPI(
        title="Plimsoll monitoring",
        version=__version__,
        summary="What a platform's host, database and application are doing, and what is wrong with them",
        openapi_url=f"{PREFIX}/openapi.json",
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        responses=problems.documented(),
    )
    app.state.served = _served(watch, settings, access)
    app.include_router(status.health_router)
    app.include_router(metrics.router)
    app.state.hub = Hub(app.state.served, settings.server.sockets_max)
    for router in ROUTERS:
        strict = [] if router is socket.router else [Depends(no_unknown_parameters)]
        app.include_router(router, prefix=PREFIX, dependencies=strict)
    others = [
        (ANALYSIS_PREFIX, analysis.router), (TUNING_PREFIX, tuning.router), (CACHE_PREFIX, cache.router),
        (AUTOSCALING_PREFIX, autoscaling.router), (CDN_PREFIX, cdn.router),
    ]  # fmt: skip
    for prefix, router in others:
        app.include_router(router, prefix=prefix, dependencies=[Depends(no_unknown_parameters)])
    known = [*((PREFIX, router) for router in ROUTERS), *others]
    app.include_router(unknown_router("/api", known))
    problems.install(app)
    problems.document_problems(app)
    app.add_middleware(Guard, keeper=keeper, pages=dashboard)
    if dashboard:
        from plimsoll.server.dashboard.mount import mount_dashboard  # late: without pages its 35 MB are not wanted

        mount_dashboard(app, watch, keeper, secure=settings.server.secure_cookies)
    return app


def _served(watch: Watch, settings: MonitorSettings, access: Access) -> Served:
    queue = AnalysisQueue(watch.request.runs_root)
    root = watch.request.runs_root.parent / KEPT_ROOT.name
    state = Served(watch, settings, access, queue, Listing(queue), Tuner(watch, root), TuningShelf(root))
    watch.board.observe(state.changes.put)
    watch.board.observe(state.tuner.note)
    watch.alerts.subscribe(lambda alert: state.changes.alert(reading.alert(alert)))
    return state
