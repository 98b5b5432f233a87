"""A program that owns a server, for tests that end the program: `python owner.py [DATA_DIR]`.

It says in one line of JSON what it started and then waits for its input to end. "fork" as a line of input leaves a
forked child behind, which holds copies of every descriptor; any other line is answered by the server.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

from plimsoll.embedded import PostgresBinaries, start_postgres

interrupts: list[int] = []


def say(**words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def fork_a_child() -> int:
    child = os.fork()
    if child == 0:
        os.close(0)
        os.close(1)
        time.sleep(600)
        os._exit(0)
    return child


def main() -> None:
    signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    data_dir = Path(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1] else None
    binaries = PostgresBinaries(Path(sys.argv[2])) if len(sys.argv) > 2 else None
    server = start_postgres(data_dir, binaries=binaries)
    say(
        pid=server.pid,
        guard=server.guard_pid,
        port=server.port,
        data_dir=str(server.data_dir),
        socket_dir=str(server.socket_dir),
    )
    for line in sys.stdin:
        if line.strip() == "fork":
            say(child=fork_a_child())
        else:
            say(answer=server.sql(line), interrupts=len(interrupts))
    server.stop()


if __name__ == "__main__":
    main()
