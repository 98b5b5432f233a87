"""What is asked and answered of applications that are served, as OpenAPI describes it."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from plimsoll.core.scaling import (
    BalancerStatus,
    DecisionRecord,
    Happening,
    ScalingConfig,
    ScalingStatus,
)

WORKERS_MOST = 10_000
_DECISION: dict[str, Any] = {
    "at": 1767283673.2, "policy": "hybrid", "before": 1, "wanted": 3, "asked": 3, "rule": "load",
    "because": "37.19 requests/s over 60 s are the work of 1.86 workers; with 48% to spare that is 3",
    "inputs": {"rate": 37.2, "served": 37.0, "queue": 0.0, "in_flight": 2.0},
    "would_change": [
        {"input": "rate", "was": 37.2, "value": 84.2, "wanted": 4,
         "text": "the rate of requests at 84.2 instead of 37.2: 4 workers"}
    ],
    "admit_per_s": None, "done": True,
}  # fmt: skip
_WORKER: dict[str, Any] = {
    "name": "w1", "state": "ready", "generation": 1, "pid": 4711, "age_s": 310.0, "cpu_share": 0.21,
    "memory_bytes": 32739328, "starts": 1, "outdated": "", "why": "", "health": "up", "in_flight": 1, "queued": 0,
    "weight": 100, "limit": 50, "requests": 1430, "errors": 0,
}  # fmt: skip
_BALANCER: dict[str, Any] = {
    "algorithm": "least-connections", "rate_per_s": 37.2, "served_per_s": 37.0, "refused_per_s": 0.0, "in_flight": 2,
    "queue": 0, "connections": 12, "latency_ms": 21.3,
    "totals": {"since": 1767283360.0, "requests": 4310, "errors": 0, "refused": 0, "retries": 1},
    "weights": {}, "trouble": "",
}  # fmt: skip
_STATUS: dict[str, Any] = {
    "name": "shop", "at": 1767283675.0, "address": "http://127.0.0.1:8000", "pid": 4700, "policy": "hybrid",
    "limits": {"workers_min": 1, "workers_max": 4, "fixed": False, "workers_connected": None}, "paused": False,
    "wanted": 3, "ready": 3, "generation": 1, "broken": None, "workers": [_WORKER], "balancer": _BALANCER,
    "database": None, "forecast": {"expected_per_s": None, "error": 1.0, "believed": False},
    "capacity": {"one_per_s": 20.0, "learned": False}, "decision": _DECISION,
    "figures": {"where": "http://127.0.0.1:8765/metrics", "readings": {"machine_memory": 0.41}, "trouble": ""},
    "reload": {"generation": 2, "state": "under way", "old": 1, "why": ""},
}  # fmt: skip
_CONFIG: dict[str, Any] = {
    "policy": "hybrid", "workers_min": 1, "workers_max": 4, "connections_max": None, "connection_pool": None,
    "capacity_per_s": 20.0, "start_s": 5.0, "utilization": 0.5, "seasonal": True, "up_cooldown_s": None,
    "down_cooldown_s": None, "cpu_up": None, "cpu_down": None, "cpu_target": None,
    "names": ["workers_min", "workers_max", "connections_max", "connection_pool", "capacity_per_s", "start_s",
              "utilization", "seasonal"],
    "told": ["utilization"],
}  # fmt: skip


def _like(example: dict[str, Any]) -> ConfigDict:
    return {"json_schema_extra": {"example": example}}


def _asked_like(example: dict[str, Any]) -> ConfigDict:
    return {"json_schema_extra": {"example": example}, "extra": "forbid", "strict": True}


class SilentApplication(BaseModel):
    """One whose supervisor does not answer."""

    application: str
    why: str


class ScalingStatusBody(BaseModel):
    """Every application that is served beside this watch's runs; `silent` are those whose supervisors do not answer.
    `missing`: why there is none, `remedy` what to do."""

    applications: list[ScalingStatus]
    silent: list[SilentApplication]
    missing: str
    remedy: str
    model_config = _like({"applications": [_STATUS], "silent": [], "missing": "", "remedy": ""})


class ScaledBody(BaseModel):
    """The application after something was told."""

    application: ScalingStatus
    model_config = _like({"application": _STATUS})


class ScalingConfigBody(BaseModel):
    """What can be changed while it serves."""

    application: str
    config: ScalingConfig
    model_config = _like({"application": "shop", "config": _CONFIG})


class ScalingHistoryBody(BaseModel):
    """What was decided and what happened, oldest first. `left_out`: older entries that were not asked for."""

    application: str
    decisions: list[DecisionRecord]
    happenings: list[Happening]
    left_out: int
    model_config = _like(
        {
            "application": "shop",
            "decisions": [_DECISION],
            "happenings": [{"at": 1767283674.0, "worker": "w2", "text": "ready after 0.3 s", "said": []}],
            "left_out": 0,
        }
    )


class LoadBalancingBody(BaseModel):
    """How requests are spread, what comes, and which algorithms there are."""

    application: str
    algorithms: list[str]
    balancer: BalancerStatus
    model_config = _like(
        {"application": "shop", "algorithms": ["round-robin", "least-connections"], "balancer": _BALANCER}
    )


_Workers = Annotated[int, Field(ge=1, le=WORKERS_MOST)]


class NewScale(BaseModel):
    """`workers`: a fixed number; or a minimum, a maximum or both; or `as_started`, the limits that it was started
    with."""

    workers: _Workers | None = None
    workers_min: _Workers | None = None
    workers_max: _Workers | None = None
    as_started: bool = False
    model_config = _asked_like({"workers_min": 2, "workers_max": 8})


class NewPause(BaseModel):
    """False: the policy acts again."""

    paused: bool
    model_config = _asked_like({"paused": True})


class NewLoadBalancing(BaseModel):
    """From the next request on. `weights` of workers, 1 to 256, count with weighted-round-robin."""

    algorithm: Annotated[str, Field(max_length=40)] | None = None
    weights: Annotated[dict[str, Annotated[int, Field(ge=1, le=256)]], Field(max_length=256)] = {}
    model_config = _asked_like({"algorithm": "weighted-round-robin", "weights": {"w1": 50}})


class NewConfig(BaseModel):
    """Settings by name, all of which are changed, or none. A `capacity_per_s` of null or "learned" is learned;
    `connections_max` of null caps nothing."""

    changes: Annotated[dict[str, float | bool | Literal["learned"] | None], Field(min_length=1, max_length=20)]
    model_config = _asked_like({"changes": {"utilization": 0.5, "workers_max": 12}})


class NewReset(BaseModel):
    """`learned`: the policy forgets what it has learned of the load, too."""

    learned: bool = False
    model_config = _asked_like({"learned": False})
