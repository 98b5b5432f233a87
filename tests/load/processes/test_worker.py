"""A worker process does not outlive those that it works for."""

import socket
import subprocess
import sys

# A process whose main thread is held up for ever, as by a journey that blocks.
BLOCKED = """
import socket, sys, threading, time
from plimsoll.load.processes.worker import end_after

connection = socket.socket(fileno=int(sys.argv[1]))
threading.Thread(target=end_after, args=[connection, 0.0], daemon=True).start()
print("at work", flush=True)
time.sleep(600)
"""


def test_a_worker_whose_loop_is_blocked_ends_once_nobody_is_at_the_other_end() -> None:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-c", BLOCKED, str(theirs.fileno())]
    with subprocess.Popen(command, pass_fds=[theirs.fileno()], stdout=subprocess.PIPE) as process:
        theirs.close()
        assert process.stdout is not None
        assert process.stdout.readline() == b"at work\n"
        assert process.poll() is None
        ours.close()
        assert process.wait(30) == 1
