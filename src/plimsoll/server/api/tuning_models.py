"""What is asked and answered of tunings, as OpenAPI describes it. `docs/reference/tuning.md` tells each key."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_ID = "20261127-031500-a1b2c3"
_ROW: dict[str, Any] = {
    "id": _ID,
    "database": "shop",
    "made_at": "2026-11-27T03:15:00+00:00",
    "applied_at": None,
    "advised": 4,
    "rejected": 12,
    "title": "Proved",
    "verdict": "3 changes save 89 % (84 % to 95 %) of the workload's database time.",
    "interrupted": False,
    "problem": "",
}
_JOB: dict[str, Any] = {
    "state": "running",
    "since_s": 1767283680.0,
    "said": ["shop: 1.20 GiB in 14 tables with 31 indexes"],
    "tuning": "",
    "error": "",
    "prove": True,
}


class NewTuning(BaseModel):
    """What to tune for: the last hour as it was watched, all since the server's counters began, or a window of
    `window_s` that begins now. With `prove` a copy of the database is made, and each change is measured there."""

    workload: Literal["hour", "counters", "window"] = "hour"
    window_s: Annotated[float, Field(ge=10, le=86_400)] = 600.0
    time_s: Annotated[float, Field(ge=10, le=7_200)] = 600.0
    budget_bytes: Annotated[int, Field(ge=1, le=2**50)] | None = None
    prove: bool = False
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"workload": "hour", "prove": True}})


class TuningJobBody(BaseModel):
    """The tuning that was asked for last: how it goes, line by line, what it gave (`tuning`), or why it failed."""

    state: Literal["none", "running", "failed", "done"]
    since_s: float | None
    said: list[str]
    tuning: str
    error: str
    prove: bool
    model_config = ConfigDict(json_schema_extra={"example": _JOB})


class TuningRow(BaseModel):
    """One that is kept. Of one that cannot be read there is `problem` and nothing else."""

    id: str
    database: str | None = None
    made_at: str | None = None
    applied_at: str | None = None
    advised: int | None = None
    rejected: int | None = None
    title: str | None = None
    verdict: str | None = None
    interrupted: bool | None = None
    problem: str


class TuningsBody(BaseModel):
    """The newest first; `left_out` older ones are not listed."""

    tunings: list[TuningRow]
    left_out: int
    model_config = ConfigDict(json_schema_extra={"example": {"tunings": [_ROW], "left_out": 0}})


class TuningBody(BaseModel):
    """What was advised, as tuning.json has it, and when it was applied."""

    id: str
    applied_at: str | None
    tuning: dict[str, Any]
    model_config = ConfigDict(
        json_schema_extra={
            "example": {"id": _ID, "applied_at": None, "tuning": {"id": _ID, "advised": [], "rejected": []}}
        }
    )
