"""A process that is another one's affair ends with it, however that ends: standard input is a pipe from there."""

import os
import signal
import threading


def end_with_owner() -> None:
    """SIGTERM for ourselves at the end of standard input."""
    threading.Thread(target=_wait, name="owner", daemon=True).start()


def _wait() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
