"""What is asked and answered of the settings, as OpenAPI describes it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class ServerBody(BaseModel):
    """Where the API listens; of tokens only whether there are any."""

    host: str
    hosts: list[str]
    sockets_max: int
    read_token: bool
    admin_token: bool


class ConfigBody(BaseModel):
    """How it is watched. Periods and times to keep are in seconds."""

    target: str
    host_period_s: float
    database_period_s: float
    process: str | None
    metrics: list[str]
    keeps: bool
    raw_for_s: float
    minutes_for_s: float
    quarters_for_s: float
    store_bytes_max: int
    store_problems: list[str]
    server: ServerBody
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "target": "shop on db.example.org:5432",
                "host_period_s": 2.0,
                "database_period_s": 10.0,
                "process": "port:8000",
                "metrics": ["http://127.0.0.1:8000/metrics"],
                "keeps": True,
                "raw_for_s": 86400.0,
                "minutes_for_s": 1209600.0,
                "quarters_for_s": 34560000.0,
                "store_bytes_max": 256000000,
                "store_problems": [],
                "server": {
                    "host": "127.0.0.1",
                    "hosts": [],
                    "sockets_max": 50,
                    "read_token": True,
                    "admin_token": True,
                },
            }
        }
    )


class NewPeriods(BaseModel):
    """Seconds between looks; what is not stated stays."""

    host_period_s: Annotated[float, Field(ge=1, le=300)] | None = None
    database_period_s: Annotated[float, Field(ge=1, le=3600)] | None = None
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"database_period_s": 30.0}})
