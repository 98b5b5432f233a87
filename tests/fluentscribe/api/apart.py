"""The platform in a process of its own, so that its memory can be told from that of the tests."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fluentscribe.database.migrating import APP, make_roles, migrate
from fluentscribe.serving import listening, server_of
from fluentscribe.settings import settings_from
from tests.fluentscribe.api.service import SECRET, TIMEOUT_S, Platform, as_role, populate

PATIENCE_S = 300.0  # for the largest of files on a machine that has other work to do


@dataclass(slots=True)
class Apart:
    """`platform` is called as any other; `pid` is its process."""

    platform: Platform
    pid: int

    def memory_mb(self, what: str = "VmRSS") -> float:
        """As Linux counts it; VmHWM is the most there was since `forget_peak`."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{what}:")) / 1024

    def forget_peak(self) -> None:
        Path(f"/proc/{self.pid}/clear_refs").write_text("5", encoding="ascii")


@contextmanager
def serving_apart(dsn: str, files: Path, **settings: str) -> Iterator[Apart]:
    """As `serving`, with the platform's own settings and these, as the environment has them."""
    asyncio.run(migrate(dsn))
    asyncio.run(make_roles(dsn, "of tests"))
    with serving_there_apart(dsn, files, **settings) as apart:
        asyncio.run(populate(apart.platform))
        yield apart


@contextmanager
def serving_there_apart(dsn: str, files: Path, **settings: str) -> Iterator[Apart]:
    """On a database that is migrated."""
    given = {"DSN": as_role(dsn, APP), "TOKEN_SECRET": SECRET, "FILES": str(files), **settings}
    environ = os.environ | {f"FLUENTSCRIBE_{name}": value for name, value in given.items()}
    with subprocess.Popen([sys.executable, "-m", __name__], env=environ, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            platform = Platform("127.0.0.1", int(process.stdout.readline()), dsn, files, timeout_s=PATIENCE_S)
            yield Apart(platform, process.pid)
        finally:
            process.terminate()
            process.wait(TIMEOUT_S)


def main() -> None:
    with listening("127.0.0.1", 0) as socket:
        server = server_of(settings_from())
        sys.stdout.write(f"{socket.getsockname()[1]}\n")
        sys.stdout.flush()
        asyncio.run(server.serve([socket]))


if __name__ == "__main__":
    main()
