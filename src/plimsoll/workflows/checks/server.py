"""Whether a server fits what a run needs: each check decides from rows that were read of it. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from plimsoll.core.check import CheckResult, failed, ok, skipped, warning
from plimsoll.core.units import format_duration, format_ms
from plimsoll.postgres.versions import SUPPORTED, ServerVersion
from plimsoll.workflows.checks.needs import Needs

CLOCK_OFF_MAX_S: Final = 1.0  # beyond it, times in the server's log cannot be laid beside ours

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Clock:
    """How far the server's clock is ahead of ours, within plus or minus `error_s` (half of the round trip)."""

    ahead_s: float
    error_s: float


@dataclass(frozen=True, slots=True)
class ServerLook:
    """What was read of a server, by topic; `unread` has the reason for every topic that could not be.

    `settings` by name; `role`, `usage` and `statements` are one row each (see `plimsoll.workflows.looking`).
    """

    settings: Mapping[str, str] = field(default_factory=dict)
    role: Row = field(default_factory=dict)
    usage: Row = field(default_factory=dict)
    statements: Row = field(default_factory=dict)
    clock: Clock | None = None
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of the target without asking the server. `far`: not on this machine."""

    display: str
    pooled: bool = False
    prepared: bool = True
    protected: bool = False
    embedded: bool = False
    far: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that a check of the server may look at."""

    look: ServerLook
    place: Place
    needs: Needs


_Check = Callable[[str, Seen], CheckResult]


def judge_server(look: ServerLook, place: Place, needs: Needs) -> list[CheckResult]:
    """Every check of the server, in the order in which a reader wants them."""
    seen = Seen(look, place, needs)
    return [_judged(name, topic, check, seen) for name, (topic, check) in _CHECKS.items()]


def _judged(name: str, topic: str, check: _Check, seen: Seen) -> CheckResult:
    if topic in seen.look.unread:
        return skipped(name, f"could not be read: {seen.look.unread[topic]}")
    return check(name, seen)


def _version(name: str, seen: Seen) -> CheckResult:
    version = ServerVersion.parse(seen.look.settings["server_version"])
    if version.major < SUPPORTED[0]:
        return failed(name, version.note, f"upgrade the server: {SUPPORTED[0]} is the oldest that is supported")
    if version.note:
        return warning(name, version.note, "trust nothing that looks odd, and report it")
    return ok(name, f"PostgreSQL {version}")


def _pooler(name: str, seen: Seen) -> CheckResult:
    if not seen.place.pooled:
        return ok(name, "none: connections lead straight to the server")
    how = "prepared, as the environment says" if seen.place.prepared else "not prepared"
    return warning(
        name,
        f"a transaction pooler stands between: statements are {how}, each in a transaction of its own",
        "for the server's own figures connect directly; prepared = true if the pooler keeps prepared statements",
        figures=True,
    )


def _role(name: str, seen: Seen) -> CheckResult:
    role = seen.look.role["name"]
    if not seen.look.role["superuser"]:
        return ok(name, f"{role}, not a superuser")
    if not seen.place.far or seen.place.protected:
        return ok(name, f"{role}, a superuser{', read-only as the target is protected' * seen.place.protected}")
    return warning(
        name,
        f"{role} is a superuser on another machine that is not protected: no right and no row-level security holds it",
        "load as the application's own role, or state protected = true for the environment",
        figures=True,
    )


def _writes(name: str, seen: Seen) -> CheckResult:
    writing, reading = seen.needs.writing, seen.needs.reading
    if not writing:
        return ok(name, "no journey is labelled writes" if reading else "no scenario to look at")
    why = _read_only_because(seen)
    said = ", ".join(writing)
    if why is None:
        return ok(name, f"the server takes them ({said})")
    if seen.place.protected and not seen.look.role["in_recovery"] and reading:
        return warning(name, f"{why}: every write of {said} will fail", "leave these journeys out", figures=True)
    return failed(
        name,
        f"{why}, and journeys are labelled writes: {said}",
        "leave these journeys out, or choose a target that takes writes (target_session_attrs=read-write)",
    )


def _read_only_because(seen: Seen) -> str | None:
    if seen.look.role["in_recovery"]:
        return "the server is a standby in recovery, read-only"
    if seen.place.protected:
        return "the target is protected, so that statements run in BEGIN READ ONLY"
    if seen.look.role["read_only"]:
        return "default_transaction_read_only is on"
    return None


def spare_connections(look: ServerLook, place: Place, needs: Needs) -> int | None:
    """Connections that stay free while the run goes on; None where that is not known."""
    try:
        return None if place.pooled else _tightest(Seen(look, place, needs))[0] - needs.connections
    except (KeyError, ValueError):
        return None


def _connections(name: str, seen: Seen) -> CheckResult:
    if seen.place.pooled:
        return skipped(name, "a pooler stands between, whose own limits cannot be seen")
    needed = seen.needs.connections
    free, said, remedy = _tightest(seen)
    if needed > free:
        return failed(
            name,
            f"too few connections: the run needs {needed}, there are {max(0, free)} free of {said}",
            f"fewer users, --connections N for a pool, or {remedy}",
        )
    return ok(name, f"{needed} needed, {free} free of {said}")


def _tightest(seen: Seen) -> tuple[int, str, str]:
    return min(_limits(seen), key=lambda limit: limit[0])


def _limits(seen: Seen) -> Iterator[tuple[int, str, str]]:
    """What is free under each limit that holds for the role, its name and how to raise it."""
    settings, role, usage = seen.look.settings, seen.look.role, seen.look.usage
    most = int(settings["max_connections"])
    reserved = sum(int(settings.get(key, 0)) for key in ("superuser_reserved_connections", "reserved_connections"))
    yield (
        most - reserved - usage["server"],
        f"max_connections {most} ({usage['server']} used, {reserved} reserved)",
        "a higher max_connections",
    )
    if role["superuser"]:
        return  # the other limits do not hold for it
    if role["role_limit"] >= 0:
        limit, user = role["role_limit"], role["login"]
        said = f"role {user}'s limit {limit} ({usage['role']} used)"
        yield limit - usage["role"], said, f'ALTER ROLE "{user}" CONNECTION LIMIT -1'
    if role["database_limit"] >= 0:
        limit, database = role["database_limit"], role["database"]
        said = f"database {database}'s limit {limit} ({usage['database']} used)"
        yield limit - usage["database"], said, f'ALTER DATABASE "{database}" CONNECTION LIMIT -1'


def _monitoring(name: str, seen: Seen) -> CheckResult:
    role = seen.look.role
    if role["monitor"]:
        return ok(name, f"{role['name']} sees every session and statement")
    return warning(
        name,
        f"{role['name']} is no member of pg_monitor: what other sessions do and wait for cannot be seen",
        f'as a superuser: GRANT pg_monitor TO "{role["name"]}"',
    )


def _statements(name: str, seen: Seen) -> CheckResult:
    loaded, installed = seen.look.statements["loaded"], seen.look.statements["installed"]
    database = seen.look.role.get("database", "")
    create = f'in database "{database}", as a superuser: CREATE EXTENSION pg_stat_statements'
    if loaded and installed:
        return ok(name, f"pg_stat_statements {installed}")
    if loaded:
        return warning(name, "pg_stat_statements is loaded, but not installed in this database", create)
    what = "installed, but not loaded" if installed else "neither loaded nor installed"
    return warning(
        name,
        f"pg_stat_statements is {what}: the server's own account of statements is missing",
        "add it to shared_preload_libraries and restart the server" + ("" if installed else f"; then, {create}"),
    )


def _io_timing(name: str, seen: Seen) -> CheckResult:
    if seen.look.settings.get("track_io_timing") == "on":
        return ok(name, "track_io_timing is on")
    return warning(
        name,
        "track_io_timing is off: time spent on reading and writing files cannot be told from the rest",
        "as a superuser: ALTER SYSTEM SET track_io_timing = on; SELECT pg_reload_conf()",
    )


def _clock(name: str, seen: Seen) -> CheckResult:
    clock = seen.look.clock
    assert clock is not None
    size = abs(clock.ahead_s)
    within = f"within {format_ms(clock.error_s * 1000)}"
    if size - clock.error_s <= CLOCK_OFF_MAX_S:
        return ok(name, f"the server's differs by {format_ms(size * 1000)}, {within}")
    side = "ahead of" if clock.ahead_s > 0 else "behind"
    return warning(
        name,
        f"the server's clock is {format_duration(size)} {side} ours ({within})",
        "set both by NTP; until then its log and our figures do not line up",
    )


# name -> (the topic without which there is nothing to decide, the decision)
_CHECKS: Final[Mapping[str, tuple[str, _Check]]] = {
    "version": ("settings", _version),
    "pooler": ("settings", _pooler),
    "role": ("role", _role),
    "writes": ("role", _writes),
    "connections": ("usage", _connections),
    "monitoring": ("role", _monitoring),
    "statements": ("statements", _statements),
    "io timing": ("settings", _io_timing),
    "clock": ("clock", _clock),
}
SERVER_CHECKS: Final = tuple(_CHECKS)
