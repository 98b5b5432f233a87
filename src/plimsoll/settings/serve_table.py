"""`[serve.NAME]`: the options of `plimsoll serve` for what is served by that name, each by the option's own name."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, model_validator

from plimsoll.core.errors import UsageError
from plimsoll.core.units import parse_bytes, parse_duration
from plimsoll.settings.masking import Secret
from plimsoll.settings.schema import PositiveInt, PositiveNumber, Table, one_or_more

SECRET: Final = ("database", "figures")  # they may hold passwords


def _duration(value: Any) -> str:
    """As on the command line, where a number needs its unit."""
    try:
        parse_duration(value)
    except UsageError as error:
        raise ValueError(f"{error}; {error.remedy}" if error.remedy else str(error)) from None
    return value if isinstance(value, str) else f"{value}s"


def _size(value: Any) -> str:
    try:
        return value if isinstance(value, str) and parse_bytes(value) else str(parse_bytes(value))
    except UsageError as error:
        raise ValueError(f"{error}; {error.remedy}" if error.remedy else str(error)) from None


def _number_or_text(value: Any) -> Any:
    """A whole number where also a text may stand: 4, or "2..8"."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _methods(value: Any) -> Any:
    return ",".join(value) if isinstance(value, list) and all(isinstance(one, str) for one in value) else value


Duration = Annotated[str, BeforeValidator(_duration)]
NumberOrText = Annotated[str, BeforeValidator(_number_or_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(one_or_more)]


class ServeTable(Table):
    """What is not stated is the option's default. `application` is module:app, `command` a program with its words."""

    application: str | None = None
    command: tuple[str, ...] | None = None
    workers: NumberOrText | None = None
    capacity: PositiveNumber | None = None
    policy: str | None = None
    start: Duration | None = None
    down_window: Duration | None = None
    health: str | None = None
    memory: Annotated[str, BeforeValidator(_size)] | None = None
    age: Duration | None = None
    hung_after: Duration | None = None
    drain: Duration | None = None
    grace: Duration | None = None
    database: str | None = None
    connections: PositiveInt | None = None
    pool: PositiveInt | None = None
    figures: str | None = None
    read: Texts | None = None
    figures_token_file: str | None = None
    balance: str | None = None
    cookie: str | None = None
    header: str | None = None
    slow_start: Duration | None = None
    retry: Annotated[str, BeforeValidator(_methods)] | None = None
    goal: str | None = None
    concurrency: NumberOrText | None = None
    queue: PositiveInt | None = None
    queue_timeout: Duration | None = None
    timeout: dict[str, Duration] | None = None
    clients: PositiveInt | None = None
    bind: str | None = None
    certificate: str | None = None
    key: str | None = None
    trust: Texts | None = None
    access_log: Annotated[bool, Field(strict=True)] | None = None

    @model_validator(mode="after")
    def _one_application(self) -> "ServeTable":
        if self.application is not None and self.command is not None:
            raise ValueError("application or command, not both: one name serves one of them")
        return self

    @property
    def stated(self) -> Mapping[str, Any]:
        """What the table says, by the names of options; `application` as words. What may be secret is a `Secret`."""
        told = self.model_dump(exclude_none=True, exclude={"application", "command", "timeout"})
        if self.timeout is not None:
            told["timeout"] = [f"{name}={time}" for name, time in self.timeout.items()]
        words = self.command or ((self.application,) if self.application is not None else None)
        told |= {} if words is None else {"application": words}
        return {name: Secret(value) if name in SECRET else value for name, value in told.items()}
