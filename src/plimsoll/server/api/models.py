"""The answers of the API, as OpenAPI describes them. Moments are seconds since 1970 (UTC)."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Word = Literal["healthy", "warning", "failing", "lost", "stale", "starting", "blind", "not watching"]


class CollectorBody(BaseModel):
    """How a collector fares: `why` says what it cannot see, `notes` what it sees only in part."""

    name: str
    status: Literal["starting", "ok", "slow", "lost", "off"]
    since_s: float
    seen_s: float | None
    period_s: float
    pass_ms: float | None
    why: str
    notes: list[str]


class AlertCounts(BaseModel):
    """Alerts by what they are. Silenced ones are counted apart."""

    critical: int
    warning: int
    pending: int
    no_data: int
    silenced: int


class StatusBody(BaseModel):
    """Is it healthy, and if not, what is wrong and since when."""

    health: Word
    sentence: str
    remedy: str
    since_s: float | None
    at_s: float
    target: str
    version: str
    started_s: float
    uptime_s: float
    series: int
    alerts: AlertCounts
    collectors: list[CollectorBody]
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "health": "lost",
                "sentence": "Lost since 14:03 (2 h 5 min): The database cannot be seen: no answer within 2 s.",
                "remedy": "check that the server runs and that the address and the role are right",
                "since_s": 1767276180.0,
                "at_s": 1767283680.0,
                "target": "shop on db.example.org:5432",
                "version": "0.1.0",
                "started_s": 1767200000.0,
                "uptime_s": 83680.0,
                "series": 212,
                "alerts": {"critical": 0, "warning": 1, "pending": 0, "no_data": 0, "silenced": 0},
                "collectors": [
                    {
                        "name": "host",
                        "status": "ok",
                        "since_s": 1767200001.0,
                        "seen_s": 1767283679.0,
                        "period_s": 2.0,
                        "pass_ms": 1.2,
                        "why": "",
                        "notes": [],
                    }
                ],
            }
        }
    )


class CurrentValue(BaseModel):
    """The newest value of a series. `stale`: three periods passed without a newer one,
    or its collector is lost."""

    series: str
    name: str
    labels: dict[str, str]
    value: float | None
    unit: str
    layer: str
    at_s: float
    age_s: float
    stale: bool


class CurrentBody(BaseModel):
    """The newest values."""

    at_s: float
    values: list[CurrentValue]
    left_out: int = Field(description="how many more fit than one answer holds")
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "at_s": 1767283680.0,
                "left_out": 0,
                "values": [
                    {
                        "series": 'host_disk_reads_per_s{device="sda"}',
                        "name": "host_disk_reads_per_s",
                        "labels": {"device": "sda"},
                        "value": 17.5,
                        "unit": "1/s",
                        "layer": "host",
                        "at_s": 1767283679.0,
                        "age_s": 1.0,
                        "stale": False,
                    }
                ],
            }
        }
    )


class SeriesBody(BaseModel):
    """Points of a series in the order of time; a gap is seen by the distance of two times.

    `resolution_s` 0: points as measured. Otherwise each stands for so many seconds from its time on, and `low` and
    `high` are there.
    """

    series: str
    unit: str
    layer: str
    meaning: str
    resolution_s: float
    times: list[float]
    mean: list[float | None]
    low: list[float | None] | None = None
    high: list[float | None] | None = None


class WindowsBody(BaseModel):
    """A stretch of time of some series."""

    start_s: float
    end_s: float
    series: list[SeriesBody]
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "start_s": 1767283080.0,
                "end_s": 1767283680.0,
                "series": [
                    {
                        "series": "host_cpu_busy_percent",
                        "unit": "percent",
                        "layer": "host",
                        "meaning": "CPU time of all cores that was not idle, nor waiting for I/O",
                        "resolution_s": 300.0,
                        "times": [1767283080.0, 1767283380.0],
                        "mean": [31.5, 44.0],
                        "low": [3.0, 12.5],
                        "high": [88.0, 97.5],
                    }
                ],
            }
        }
    )


class KnownSeries(BaseModel):
    """A series there is, and what is known of it."""

    series: str
    unit: str
    layer: str
    meaning: str


class NamesBody(BaseModel):
    """The series that are known."""

    series: list[KnownSeries]
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "series": [
                    {
                        "series": "database_deadlocks_per_s",
                        "unit": "1/s",
                        "layer": "database",
                        "meaning": "deadlocks",
                    }
                ]
            }
        }
    )


class DetailBody(BaseModel):
    """A document: rows with the weightiest first, how many more there are, and its age. `stale`: as of a value."""

    model_config = ConfigDict(extra="allow")

    seen_s: float
    age_s: float
    stale: bool
    rows: list[dict[str, Any]] = []
    left_out: int = 0


class DatabaseBody(BaseModel):
    """What is known beside the series. A kind that was not seen (yet) is left out."""

    at_s: float
    target: str
    kinds: dict[str, DetailBody]
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "at_s": 1767283680.0,
                "target": "shop on db.example.org:5432",
                "kinds": {
                    "locks": {
                        "seen_s": 1767283675.0,
                        "age_s": 5.0,
                        "stale": False,
                        "left_out": 0,
                        "rows": [
                            {
                                "pid": 4711,
                                "depth": 0,
                                "waits_for": None,
                                "lock": "",
                                "wait_s": None,
                                "user": "shop",
                                "application": "worker",
                                "state": "idle in transaction",
                                "transaction_s": 312.0,
                                "blocks": 3,
                                "query": "UPDATE accounts SET balance = balance - 1 WHERE id = 7",
                            }
                        ],
                    }
                },
            }
        }
    )
