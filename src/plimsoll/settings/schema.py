"""The shape of plimsoll.toml: what keys there may be and of what kind. Meaning is given to them elsewhere."""

from collections.abc import Callable
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from plimsoll.core.errors import UsageError
from plimsoll.core.units import format_duration, parse_bytes, parse_duration
from plimsoll.settings.reset import Reset


def _seconds(value: Any) -> float:
    try:
        return parse_duration(value)
    except UsageError as error:
        raise ValueError(f"{error}; {error.remedy}" if error.remedy else str(error)) from None


def _between(least_s: float, most_s: float) -> Callable[[float], float]:
    def checked(seconds: float) -> float:
        if not least_s <= seconds <= most_s:
            raise ValueError(f"it must be from {format_duration(least_s)} to {format_duration(most_s)}")
        return seconds

    return checked


def _bytes(value: Any) -> int:
    try:
        return parse_bytes(value)
    except UsageError as error:
        raise ValueError(f"{error}; {error.remedy}" if error.remedy else str(error)) from None


def one_or_more(value: Any) -> Any:
    """A single text where a list may stand."""
    return (value,) if isinstance(value, str) else value


def _journeys(value: Any) -> Any:
    """A list of names, or a table of names and weights, as pairs."""
    named = dict.fromkeys(value) if isinstance(value, list) else value
    if not isinstance(named, dict) or not named or not all(isinstance(name, str) for name in named):
        raise ValueError('it must be a list of journeys, ["look up"], or a table with weights, {"look up" = 3}')
    weights = [weight for weight in named.values() if weight is not None]
    if not all(isinstance(weight, int | float) and 0 < weight < float("inf") for weight in weights):
        raise ValueError("a weight must be a number above 0")
    return tuple(named.items())


def _reset(value: Any) -> Any:
    try:
        if isinstance(value, str):
            Reset.read(value)
    except UsageError as error:
        raise ValueError(f"{error.why}; {error.remedy}") from None
    return value


def _thresholds(value: Any) -> Any:
    """A number, or a table of severities and numbers, as pairs; the number alone goes with the rule's severity."""
    stated = value if isinstance(value, dict) else {"": value}
    numbers = [isinstance(one, int | float) and not isinstance(one, bool) and isfinite(one) for one in stated.values()]
    if not all(numbers) or not stated or not set(stated) <= {"", "warning", "critical"}:
        raise ValueError("it must be a number, or a table as {warning = 75, critical = 90}")
    return tuple((severity, float(one)) for severity, one in stated.items())


def _seconds_or_ignore(value: Any) -> Any:
    return value if value == "ignore" else _seconds(value)


Seconds = Annotated[float, BeforeValidator(_seconds)]
Thresholds = tuple[tuple[str, float], ...]
PositiveSeconds = Annotated[Seconds, Field(gt=0)]
PositiveInt = Annotated[int, Field(gt=0, strict=True)]
PositiveNumber = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Table(BaseModel):
    """A table of the file: immutable, and a key it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class HttpTable(Table):
    """`[environments.NAME.http]`; what is not stated keeps the default of `plimsoll.settings.web`."""

    connections: Literal["per-user"] | PositiveInt = "per-user"
    connect_timeout: PositiveSeconds | None = None
    first_byte_timeout: PositiveSeconds | None = None
    timeout: PositiveSeconds | None = None
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    verify: Annotated[bool, Field(strict=True)] = True

    @model_validator(mode="after")
    def _key_of_a_certificate(self) -> "HttpTable":
        if self.key is not None and self.certificate is None:
            raise ValueError("a key without a certificate is shown to nobody")
        return self


class EnvironmentTable(Table):
    """`[environments.NAME]`"""

    database: str | None = None
    watch_database: str | None = None
    url: str | None = None
    serve: str | None = None
    connections: Literal["per-user"] | PositiveInt = "per-user"
    protected: Annotated[bool, Field(strict=True)] = False
    max_users: PositiveInt | None = None
    max_rate: PositiveNumber | None = None
    max_duration: PositiveSeconds | None = None
    statement_timeout: PositiveSeconds = 30.0
    prepared: Annotated[bool, Field(strict=True)] | None = None
    reset: Annotated[str, BeforeValidator(_reset)] | None = None
    http: HttpTable = HttpTable()


class StageTable(Table):
    """One item of a profile's `stages`: a level of users or of arrivals per second, held for a time."""

    users: Annotated[int, Field(ge=0, strict=True)] | None = None
    rate: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    for_s: PositiveSeconds = Field(alias="for")
    ramp_s: Seconds = Field(default=0.0, alias="ramp")
    journeys: Annotated[tuple[tuple[str, float | None], ...], BeforeValidator(_journeys)] = ()


class ProfileTable(Table):
    """`[profiles.NAME]`; what is not stated keeps the default of `plimsoll.core.profile.Profile`.

    `shape`, with `peak` or `users` and `for`, makes the first stages, and says which executor it is.
    """

    executor: Literal["constant-users", "ramping-users", "constant-rate", "ramping-rate", "iterations"] | None = None
    shape: Literal["workday"] | None = None
    peak: PositiveNumber | None = None
    users: PositiveInt | None = None
    for_s: PositiveSeconds | None = Field(default=None, alias="for")
    stages: tuple[StageTable, ...] = ()
    arrivals: Literal["poisson", "even"] | None = None
    max_users: PositiveInt | None = None
    iterations: PositiveInt | None = None
    lateness_limit: PositiveSeconds | None = None
    queue_max: Annotated[int, Field(ge=0, strict=True)] | None = None
    graceful_stop: Seconds | None = None
    warmup: Seconds | None = None
    goals: tuple[str, ...] = ()


class AbortTable(Table):
    """`[abort]`"""

    when: tuple[str, ...] = ()


class ScheduleTable(Table):
    """`[schedules.NAME]`"""

    cron: str
    scenario: str
    timezone: str = "UTC"
    profile: str | None = None
    env: str | None = None
    goals: tuple[str, ...] = ()
    allow_protected: tuple[str, ...] = ()
    processes: PositiveInt = 1
    seed: Annotated[int, Field(ge=0, strict=True)] = 1
    missed: Literal["report", "run"] = "report"
    wait: Seconds = 3600.0
    timeout: PositiveSeconds | None = None
    notify: Annotated[tuple[str, ...], BeforeValidator(one_or_more)] = ()
    notify_on: Literal["failure", "always"] = "failure"
    enabled: Annotated[bool, Field(strict=True)] = True


class KeepTable(Table):
    """`[monitor.keep]`: how long points are kept: as measured, of a minute, of a quarter of an hour; and their size."""

    raw: PositiveSeconds | None = None
    minutes: PositiveSeconds | None = None
    quarters: PositiveSeconds | None = None
    size: Annotated[int, BeforeValidator(_bytes), Field(ge=1_000_000)] | None = None


class MonitorServerTable(Table):
    """`[monitor.server]`"""

    host: str | None = None
    port: Annotated[int, Field(ge=0, le=65_535, strict=True)] | None = None
    read_token: str | None = None
    admin_token: str | None = None
    hosts: Annotated[tuple[str, ...], BeforeValidator(one_or_more)] | None = None
    sockets_max: Annotated[int, Field(ge=1, le=1_000, strict=True)] | None = None
    secure_cookies: Annotated[bool, Field(strict=True)] | None = None


class MonitorTable(Table):
    """`[monitor]`; what is not stated keeps the default of `plimsoll.settings.monitor`."""

    host_period: Annotated[Seconds, AfterValidator(_between(1, 300))] | None = None
    database_period: Annotated[Seconds, AfterValidator(_between(1, 3600))] | None = None
    process: str | None = None
    metrics: Annotated[tuple[str, ...], BeforeValidator(one_or_more)] = ()
    edges: Annotated[tuple[str, ...], BeforeValidator(one_or_more)] = ()
    store: str | None = None
    keep: KeepTable = KeepTable()
    server: MonitorServerTable = MonitorServerTable()


class RuleTable(Table):
    """`[alerts.rules.NAME]`: a rule, or what differs of a built-in one."""

    series: str | None = None
    above: Annotated[Thresholds | None, BeforeValidator(_thresholds)] = None
    below: Annotated[Thresholds | None, BeforeValidator(_thresholds)] = None
    clear: Annotated[Thresholds | None, BeforeValidator(_thresholds)] = None
    severity: Literal["warning", "critical"] | None = None
    for_s: Seconds | None = Field(default=None, alias="for")
    keep: Seconds | None = None
    no_data: Annotated[float | Literal["ignore"] | None, BeforeValidator(_seconds_or_ignore)] = None
    when: str | None = None
    unless: str | None = None
    summary: Annotated[str, Field(max_length=500)] | None = None
    runbook: Annotated[str, Field(max_length=500)] | None = None
    enabled: Annotated[bool, Field(strict=True)] | None = None


class QuietTable(Table):
    """`[alerts.quiet]`: hours of the day in which people are told only of what may not wait."""

    from_time: str = Field(alias="from")
    to: str
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ()
    timezone: str = "UTC"
    let_through: tuple[Literal["warning", "critical"], ...] = ("critical",)


class WebhookTable(Table):
    """`[alerts.webhooks.NAME]`; both may be env:NAME."""

    url: str
    secret: str


class AlertsTable(Table):
    """`[alerts]`"""

    notify: Annotated[tuple[str, ...], BeforeValidator(one_or_more)] = ()
    remind: PositiveSeconds = 4 * 3600.0
    quiet: QuietTable | None = None
    webhooks: dict[str, WebhookTable] = {}
    rules: dict[str, RuleTable] = {}


class CacheTable(Table):
    """`[cache]`: `tables` are those whose changes caches are to know, each with the templates of its rows' tags."""

    tables: dict[str, Annotated[tuple[str, ...], BeforeValidator(one_or_more)]] = {}
