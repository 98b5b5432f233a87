"""Helpers in processes of their own, that end with the block, with us, or after a time that nobody forgets."""

import signal
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from plimsoll.testing.faults.cores import pin

END_S = 5.0


@contextmanager
def child(
    arguments: Sequence[str],
    cores: Collection[int] = (),
    environ: Mapping[str, str] | None = None,
    *,
    own_session: bool = False,
) -> Iterator[subprocess.Popen[str]]:
    """`python` with these arguments. Its stdin stays open as long as we live, so that it can notice our end."""
    argv = [sys.executable, *arguments]
    process = subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environ,
        text=True,
        start_new_session=own_session,
    )
    try:
        if cores:
            pin(process.pid, cores)
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
