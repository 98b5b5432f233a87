"""How a platform is watched, as `[monitor]` states it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from plimsoll.settings.masking import Secret
from plimsoll.settings.schema import MonitorTable

STORE = Path(".plimsoll") / "monitor.sqlite"


@dataclass(frozen=True, slots=True)
class MonitorServer:
    """Where the API listens. Tokens are texts or `env:NAME`; without a read token whoever reaches the port may read.

    `hosts` are names, besides localhost and addresses, under which browsers may reach it. `secure_cookies` is for a
    proxy with TLS before it: browsers then send the cookie over TLS only.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    read_token: Secret | None = None
    admin_token: Secret | None = None
    hosts: Sequence[str] = ()
    sockets_max: int = 50
    secure_cookies: bool = False


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """Periods and times to keep are in seconds. `process` names the application's process tree: "port:8000", "pid:42"
    or "command:gunicorn"; `metrics` are the URLs of its Prometheus endpoints, `edges` those of edges. `store` None
    keeps nothing on disk."""

    host_period_s: float = 2.0
    database_period_s: float = 10.0
    process: str | None = None
    metrics: Sequence[str] = ()
    edges: Sequence[str] = ()
    store: Path | None = STORE
    raw_for_s: float = 86_400.0
    minutes_for_s: float = 14 * 86_400.0
    quarters_for_s: float = 400 * 86_400.0
    store_bytes_max: int = 256_000_000
    server: MonitorServer = MonitorServer()


def make_monitor(table: MonitorTable) -> MonitorSettings:
    """The settings that the table states."""
    stated = {
        "host_period_s": table.host_period,
        "database_period_s": table.database_period,
        "process": table.process,
        "metrics": table.metrics or None,
        "edges": table.edges or None,
        "store": Path(table.store) if table.store else None,
        "raw_for_s": table.keep.raw,
        "minutes_for_s": table.keep.minutes,
        "quarters_for_s": table.keep.quarters,
        "store_bytes_max": table.keep.size,
    }
    server = table.server.model_dump(exclude_none=True)
    tokens = {name: Secret(server[name]) for name in ("read_token", "admin_token") if name in server}
    known = {name: value for name, value in stated.items() if value is not None}
    return MonitorSettings(**known, server=MonitorServer(**(server | tokens)))  # type: ignore[arg-type]  # checked by the table
