"""Whose connections a server's processor time went to: by what they call themselves, and between two moments."""

import asyncio
import threading
import time
from collections import defaultdict
from pathlib import Path

import asyncpg

EVERY_S = 2.0
OWN = "account"
_WHO = """
SELECT pid, CASE backend_type WHEN 'client backend' THEN application_name ELSE backend_type END AS who
FROM pg_stat_activity
"""


class Account:
    """Looks at a server of this machine, from a thread, for as long as its context. `dsn` is a superuser's.

    A process counts from when it was first seen: what one used that came and went between two looks is left out.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._end = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="account", daemon=True)
        self._looks: list[tuple[float, dict[int, tuple[str, float]]]] = []

    def __enter__(self) -> "Account":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def seconds(self, since_s: float, until_s: float) -> dict[str, float]:
        """Of processor time between the looks that are nearest to the two moments (time.time), by name."""
        first, last = (min(self._looks, key=lambda one: abs(one[0] - at_s))[1] for at_s in (since_s, until_s))
        found: defaultdict[str, float] = defaultdict(float)
        for pid, (who, used_s) in last.items():
            before, before_s = first.get(pid, (who, 0.0))
            found[who] += used_s - (before_s if before == who else 0.0)
        return dict(found)

    async def _run(self) -> None:
        connection = await asyncpg.connect(self._dsn, server_settings={"application_name": OWN})
        try:
            while True:
                rows = await connection.fetch(_WHO)
                self._looks.append((time.time(), {row["pid"]: (row["who"], _used_s(row["pid"])) for row in rows}))
                if await asyncio.to_thread(self._end.wait, EVERY_S):
                    return
        finally:
            await connection.close()


def _used_s(pid: int) -> float:
    """0.0 of a process that has just ended."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    except (OSError, IndexError):
        return 0.0
