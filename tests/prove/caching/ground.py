"""The servers of one scenario, and the proxies that stand before them."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import valkey

from plimsoll.changes.installing import carry_out, plan_install
from plimsoll.changes.watch import Watch
from plimsoll.embedded import PostgresServer, start_postgres
from plimsoll.embedded.valkey import ValkeyServer, start_valkey
from plimsoll.testing.postgres import in_memory
from plimsoll.testing.proxy import FaultProxy
from tests.postgres.conftest import Pooler, running_pooler
from tests.prove.caching.scenario import Scenario
from tests.prove.caching.standby import Standby
from tests.prove.caching.world import SETUP, WATCHES

SETTINGS: Final[Mapping[str, str]] = {"fsync": "off", "max_prepared_transactions": "20", "max_connections": "100"}


class Ground:
    """Each process polls through a proxy of its own. `install` has SQL for after the triggers are there."""

    def __init__(self, scenario: Scenario, *, install: Sequence[str] = ()) -> None:
        self._stack = ExitStack()
        self._scenario = scenario
        self._install = install
        self.standby: Standby | None = None
        self.pooler: Pooler | None = None
        self.valkey: ValkeyServer | None = None

    def __enter__(self) -> Self:
        try:
            self._enter()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _enter(self) -> None:
        self._stack.enter_context(in_memory())
        self.place = Path(tempfile.mkdtemp(prefix="plimsoll-proof-"))
        self._stack.callback(shutil.rmtree, self.place, ignore_errors=True)
        self.place.chmod(0o755)  # the server's account has to come through
        self.server: PostgresServer = start_postgres(self.place / "data", settings=SETTINGS)
        self._stack.callback(self._stop)
        if self._scenario.pooled:
            self.pooler = self._stack.enter_context(running_pooler(self.server, self.place))
        self.write = self._stack.enter_context(FaultProxy(("127.0.0.1", self.server.port)))
        self.fill, *self.follow = [
            self._stack.enter_context(FaultProxy(("127.0.0.1", (self.pooler or self.server).port)))
            for _ in range(self._scenario.processes + 1)
        ]
        if self._scenario.shared:
            self._start_valkey()
        asyncio.run(self._set_up())
        if self._scenario.standby:
            self.standby = Standby(self.server, self.place)
            self._stack.callback(self.standby.stop)
            self.standby.start()

    async def _set_up(self) -> None:
        connection = await asyncpg.connect(self.server.dsn)
        try:
            await connection.execute(SETUP)
            watches = [Watch.parse(one) for one in WATCHES]
            readers = ["app"] if self.pooler else []
            plan = await plan_install(connection, watches, readers=readers, retain_s=self._scenario.retain_s)
            await carry_out(connection, plan)
            if self.pooler:
                await connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO app")
            for statement in self._install:
                await connection.execute(statement)
        finally:
            connection.terminate()

    def _start_valkey(self) -> None:
        self.valkey = start_valkey(self.place / "valkey")
        self.shared = self._stack.enter_context(FaultProxy(("127.0.0.1", self.valkey.port)))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def _stop(self) -> None:
        """Those that run now."""
        self.server.stop()
        if self.valkey is not None:
            self.valkey.stop()

    # -- addresses

    def by(self, proxy: FaultProxy) -> str:
        """The database's DSN, through a proxy, and where there is a pooler through that but for writes."""
        parts = urlsplit(self.pooler.dsn() if self.pooler and proxy is not self.write else self.server.dsn)
        host = f"{(parts.netloc.rpartition('@')[0])}@127.0.0.1:{proxy.port}"
        return urlunsplit(parts._replace(netloc=host))

    @property
    def shared_url(self) -> str | None:
        return None if self.valkey is None else self.valkey.url_at(self.shared.port)

    # -- what befalls them

    def sql(self, *statements: str) -> str:
        return self.server.sql(*statements)

    def restart(self, *, crash: bool = False) -> None:
        """The server ends (in a crash without a shutdown) and comes back on the same data, at another port."""
        if crash:
            os.kill(self.server.pid, signal.SIGQUIT)  # immediate shutdown: recovery at the next start
        self.server.stop()
        self.server = start_postgres(self.place / "data", settings=SETTINGS)
        for proxy in (self.write, self.fill, *self.follow):
            proxy.lead(("127.0.0.1", self.server.port))
            proxy.cut()

    def crash_backend(self) -> None:
        """One session is killed; the server then ends all others, and recovers."""
        pid = self.sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' LIMIT 1")
        os.kill(int(pid), signal.SIGKILL)

    def pause_standby(self) -> None:
        """Commits are in the log from now on, and neither visible nor acknowledged until `resume_standby`."""
        assert self.standby is not None
        self.standby.ask("SELECT pg_wal_replay_pause()")

    def resume_standby(self) -> None:
        assert self.standby is not None
        self.standby.ask("SELECT pg_wal_replay_resume()")

    def ask_valkey(self, *words: str) -> Any:
        """One command, by a connection of its own."""
        assert self.valkey is not None
        with valkey.Valkey.from_url(self.valkey.url.replace("valkey://", "redis://")) as client:
            return client.execute_command(*words)

    def restart_valkey(self) -> None:
        """Killed and started anew on what its last SAVE left."""
        assert self.valkey is not None
        os.kill(self.valkey.pid, signal.SIGKILL)
        self.valkey.stop()
        password = self.valkey.password
        self.valkey = start_valkey(self.place / "valkey")
        self.shared.lead(("127.0.0.1", self.valkey.port))
        self.ask_valkey("CONFIG", "SET", "requirepass", password)
        self.valkey.password = password
        self.shared.cut()
