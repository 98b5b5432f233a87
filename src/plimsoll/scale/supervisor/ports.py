"""A port for a command that binds it itself."""

import socket


def free_port() -> int:
    """Free on the loopback interface just now; a command that then finds it taken dies and is given another."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
