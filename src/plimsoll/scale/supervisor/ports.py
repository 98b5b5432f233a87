"""Ports for commands that bind them themselves."""

import socket


def a_port(preferred: int = 0) -> int:
    """`preferred` if nobody listens there, else one that is free on the loopback interface just now.

    A command that finds it taken all the same dies, and is started again.
    """
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            found: int = probe.getsockname()[1]
            return found
    raise OSError("no port of the loopback interface is free")
