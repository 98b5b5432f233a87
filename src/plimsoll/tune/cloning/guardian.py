"""The guardian of a copy on a server of others: a small program that drops it when whoever made it is gone.

It is started as `python -I -S guardian.py OWNER_PID`, in a session of its own, so Ctrl-C in the owner's terminal does
not reach it. Standard input is a pipe whose only write end the owner holds; its end means that the owner is gone,
however it went. Orders arrive on it as lines of JSON:

    {"argv": [...], "path": P, "input": text}     the program to run then, in place of what was said before
    {}                                            nothing is left to do

P are the places of Python's modules. Passwords come through the pipe and go into the program's input, never into its
arguments. Standard library only.
"""

import json
import os
import select
import signal
import subprocess
import sys
import time
from typing import Any

LOOK_SECONDS = 1.0  # how often the owner is looked for by its number, should its end of the pipe have leaked
PROGRAM_SECONDS_MAX = 120.0
ATTEMPTS = 3  # a server may be starting anew
BETWEEN_SECONDS = 2.0


def orders_until_the_owner_is_gone(owner: int) -> dict[str, Any]:
    """The last order that was given, be it by an owner who was gone before we came to read it."""
    heard = b""
    last: dict[str, Any] = {}
    while True:
        gone = os.getppid() != owner
        ready, _, _ = select.select([0], [], [], 0 if gone else LOOK_SECONDS)
        if not ready:
            if gone:
                break
            continue
        data = os.read(0, 65536)
        if not data:
            break
        *lines, heard = (heard + data).split(b"\n")
        if lines:
            last = json.loads(lines[-1])
    return last


def obey(order: dict[str, Any]) -> None:
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(BETWEEN_SECONDS)
        try:
            done = subprocess.run(
                order["argv"],
                input=order["input"].encode(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": order["path"]},
                cwd="/",
                timeout=PROGRAM_SECONDS_MAX,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return


def main() -> None:
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it ends with its owner, and not before the copy is gone
    order = orders_until_the_owner_is_gone(int(sys.argv[1]))
    if order:
        obey(order)


if __name__ == "__main__":
    main()
