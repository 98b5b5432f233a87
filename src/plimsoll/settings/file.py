"""The tables of plimsoll.toml, all together."""

from pydantic import Field

from plimsoll.settings.schema import (
    AbortTable,
    AlertsTable,
    CacheTable,
    EnvironmentTable,
    MonitorTable,
    ProfileTable,
    ScheduleTable,
    Table,
)
from plimsoll.settings.serve_table import ServeTable


class File(Table):
    """The whole of plimsoll.toml."""

    environments: dict[str, EnvironmentTable] = Field(default_factory=dict)
    profiles: dict[str, ProfileTable] = Field(default_factory=dict)
    goals: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    abort: AbortTable = AbortTable()
    schedules: dict[str, ScheduleTable] = Field(default_factory=dict)
    monitor: MonitorTable = MonitorTable()
    alerts: AlertsTable = AlertsTable()
    cache: CacheTable = CacheTable()
    serve: dict[str, ServeTable] = Field(default_factory=dict)
