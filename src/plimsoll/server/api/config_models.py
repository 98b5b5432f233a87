"""What is asked and answered of the settings, as OpenAPI describes it."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from plimsoll.core.errors import UsageError
from plimsoll.core.units import parse_duration


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


def _seconds(stated: Any) -> Any:
    """Of "30s" as of 30."""
    try:
        return parse_duration(stated, what="this")
    except UsageError as error:
        raise ValueError(str(error)) from None


def _shown(longest_s: int) -> WithJsonSchema:
    number = {"type": "number", "minimum": 1, "maximum": longest_s}
    return WithJsonSchema({"anyOf": [number, {"type": "string", "pattern": "^[1-9][0-9]?s$"}]})


_Host = Annotated[float, BeforeValidator(_seconds), Field(ge=1, le=300), _shown(300)]
_Database = Annotated[float, BeforeValidator(_seconds), Field(ge=1, le=3600), _shown(3600)]


class NewPeriods(BaseModel):
    """Time between looks, by the names of the settings: "30s", or a number of seconds. What is not stated stays."""

    host_period: _Host | None = None
    database_period: _Database | None = None
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"database_period": "30s"}})
