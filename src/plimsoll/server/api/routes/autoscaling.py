"""Applications that are served by `plimsoll serve` beside the runs of this watch: asked, and told what to do."""

from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from plimsoll.core.errors import ServiceError, UsageError
from plimsoll.core.scaling import ScalingStatus
from plimsoll.scale.balancer.algorithm import Algorithm
from plimsoll.scale.serving.control.client import ControlClient, NobodyServesError
from plimsoll.server.api.json_text import respond
from plimsoll.server.api.scaling_models import (
    LoadBalancingBody,
    NewConfig,
    NewLoadBalancing,
    NewPause,
    NewReset,
    NewScale,
    ScaledBody,
    ScalingConfigBody,
    ScalingHistoryBody,
    ScalingStatusBody,
)
from plimsoll.server.problems import Problem, not_found
from plimsoll.server.state import Served, State, admin
from plimsoll.workflows import scaling

AUTOSCALING_PREFIX: Final = "/api/v1/autoscaling"
ADMIN: Final = [Depends(admin)]
NAME_CHARACTERS_MAX: Final = 32
ENTRIES_MAX: Final = 500
router = APIRouter(tags=["autoscaling"])
T = TypeVar("T")
Named = Annotated[
    str | None,
    Query(
        alias="application", max_length=NAME_CHARACTERS_MAX, description="by its name; needed where several are served"
    ),
]


@router.get("/status", response_model=ScalingStatusBody)
async def status(state: State, name: Named = None) -> Response:
    """Workers, load, limits and the last decision with its reason, of each application that is served."""
    found: Sequence[ScalingStatus]
    silent: Mapping[str, str] = {}
    if name is not None:
        found = [await _done((await _client(state, name)).status())]
    else:
        found, silent = await scaling.statuses(served_root(state))
    there = bool(found or silent)
    told = {
        "applications": [one.to_json() for one in found],
        "silent": [{"application": one, "why": why} for one, why in silent.items()],
        "missing": "" if there else "nothing is served beside the runs of this watch",
        "remedy": "" if there else "plimsoll serve module:app, in the directory of plimsoll watch",
    }
    return respond(told)


@router.post("/scale", response_model=ScaledBody, dependencies=ADMIN)
async def scale(wanted: NewScale, state: State, name: Named = None) -> Response:
    """A fixed number of workers, or other limits, until told otherwise. What lies outside is changed at once."""
    return _scaled(await _done((await _client(state, name)).scale(**wanted.model_dump())))


@router.post("/pause", response_model=ScaledBody, dependencies=ADMIN)
async def pause(wanted: NewPause, state: State, name: Named = None) -> Response:
    """Paused, the policy goes on deciding, and nothing comes of it; who dies is still replaced."""
    return _scaled(await _done((await _client(state, name)).pause(wanted.paused)))


@router.post("/reload", response_model=ScaledBody, dependencies=ADMIN)
async def reload(state: State, name: Named = None) -> Response:
    """Replaces every worker, one after another, by one of the code that is there now; answers once that has begun."""
    return _scaled(await _done((await _client(state, name)).reload()))


@router.get("/config", response_model=ScalingConfigBody)
async def config(state: State, name: Named = None) -> Response:
    """What can be changed while it serves: limits, and what its policy has."""
    return await _config(await _client(state, name), {})


@router.patch("/config", response_model=ScalingConfigBody, dependencies=ADMIN)
async def change(wanted: NewConfig, state: State, name: Named = None) -> Response:
    """Changes all that is named, or nothing."""
    changes = {one: _meant(one, value) for one, value in wanted.changes.items()}
    return await _config(await _client(state, name), changes)


@router.get("/history", response_model=ScalingHistoryBody)
async def history(
    state: State,
    name: Named = None,
    since: Annotated[float, Query(ge=0, le=1e11, description="seconds since 1970")] = 0.0,
    limit: Annotated[int, Query(ge=1, le=ENTRIES_MAX, description="the newest so many")] = 100,
) -> Response:
    """What was decided, by which rule, from what, what would have changed it; and what happened to workers."""
    client = await _client(state, name)
    return respond({"application": client.state.name} | (await _done(client.history(since, limit))).to_json())


@router.get("/load-balancing", response_model=LoadBalancingBody)
async def load_balancing(state: State, name: Named = None) -> Response:
    """How requests are spread, and which algorithms there are."""
    return _spread(await _done((await _client(state, name)).status()))


@router.put("/load-balancing", response_model=LoadBalancingBody, dependencies=ADMIN)
async def balance(wanted: NewLoadBalancing, state: State, name: Named = None) -> Response:
    """Spreads requests by another algorithm, or weights, from the next one on; drops none."""
    return _spread(await _done((await _client(state, name)).balance(wanted.algorithm, wanted.weights)))


@router.post("/reset-metrics", response_model=ScaledBody, dependencies=ADMIN)
async def reset_metrics(wanted: NewReset, state: State, name: Named = None) -> Response:
    """Counts of requests, failures and retries begin at 0."""
    return _scaled(await _done((await _client(state, name)).reset_metrics(learned=wanted.learned)))


def served_root(state: Served) -> Path:
    """Where `plimsoll serve` has its state, if it was started in the same directory as this watch."""
    return state.watch.served.root


async def _client(state: Served, name: str | None) -> ControlClient:
    """Raises Problem: 404 where nobody serves it, 409 where it is not said which, or nothing is served."""
    try:
        return await scaling.find(name, served_root(state))
    except NobodyServesError as error:
        if name is not None:
            raise not_found(str(error), f"GET {AUTOSCALING_PREFIX}/status lists what is served") from None
        raise Problem(409, "nothing-served", str(error), error.remedy) from None
    except UsageError as error:
        if name is not None:
            raise not_found(str(error), f"GET {AUTOSCALING_PREFIX}/status lists what is served") from None
        raise Problem(409, "which-application", str(error), "add ?application=NAME") from None


async def _done(asking: Awaitable[T]) -> T:
    """Raises Problem 503 where who serves does not answer; what is told wrongly is 422, as everywhere."""
    try:
        return await asking
    except ServiceError as error:
        raise Problem(503, "not-answering", str(error), error.remedy or "plimsoll scale status") from None


async def _config(client: ControlClient, changes: Mapping[str, Any]) -> Response:
    found = await _done(client.config(changes))
    return respond({"application": client.state.name, "config": found.to_json()})


def _meant(name: str, value: float | bool | str | None) -> float | bool | str | None:
    """12.0 of JSON is 12, as 12 is. What else is wrong is told by who is asked."""
    if (name, value) == ("capacity_per_s", "learned"):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _scaled(found: ScalingStatus) -> Response:
    return respond({"application": found.to_json()})


def _spread(found: ScalingStatus) -> Response:
    told = {"application": found.name, "algorithms": [one.value for one in Algorithm]}
    return respond(told | {"balancer": found.balancer.to_json()})
