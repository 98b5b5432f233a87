"""One connection to the keeper: lines of JSON, both ways bounded."""

import json
import socket
import struct
import sys
from collections.abc import Iterator
from typing import Any

LINE_BYTES_MAX = 4 * 1024 * 1024  # an order holds an environment, and a kernel takes 2 MiB of it at most
SAY_SECONDS_MAX = 2.0  # for a supervisor that does not read; then it is taken for gone


class Caller:
    """Somebody who has connected. `gone` once the connection ended or what came over it was no order."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.connection.settimeout(SAY_SECONDS_MAX)
        self.heard = b""
        self.gone = False
        self.pid = 0

    def orders(self) -> Iterator[dict[str, Any]]:
        """What has come, order by order. To be called when there is something to read."""
        try:
            data = self.connection.recv(65536)
        except OSError:
            data = b""
        *lines, self.heard = (self.heard + data).split(b"\n")
        self.gone = not data or len(self.heard) > LINE_BYTES_MAX
        for line in lines:
            try:
                order = json.loads(line)
            except ValueError:
                order = None
            if not isinstance(order, dict):
                self.gone = True
                return
            yield order

    def say(self, words: dict[str, Any]) -> None:
        try:
            self.connection.sendall(json.dumps(words).encode() + b"\n")
        except OSError:
            self.gone = True


def peer_pid(connection: socket.socket) -> int:
    """Of whoever made the connection, as the kernel has it; 0 where it does not say."""
    if sys.platform != "linux":
        return 0
    size = struct.calcsize("3i")
    pid: int = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))[0]
    return pid
