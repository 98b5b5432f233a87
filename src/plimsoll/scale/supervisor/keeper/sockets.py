"""Listening sockets that outlive whoever serves them.

A server that is given a Unix socket may remove its path when it ends (gunicorn does), and nobody could reach what is
held any more. So such a socket is bound at a name of its own, which whoever is given it sees, and reached at another, a
second link to the same socket, of which only we know.
"""

import os
import socket
import stat
from typing import Any

SOCKETS_MAX = 300


class Sockets:
    """Those that are held, by name. A descriptor keeps its number for as long as it is held, also in children."""

    def __init__(self) -> None:
        self.held: dict[str, socket.socket] = {}
        self.paths: dict[str, str] = {}

    def bind(self, name: str, order: dict[str, Any]) -> socket.socket:
        """Bind and listen at order["path"] (a Unix socket), or order["host"] and order["port"].

        Once: asked again, it is the same socket.
        """
        if name in self.held:
            return self.held[name]
        if len(self.held) >= SOCKETS_MAX:
            raise OSError(f"{SOCKETS_MAX} sockets are held already")
        path = order.get("path")
        made = self._unix(str(path)) if path is not None else self._tcp(str(order["host"]), int(order["port"]))
        try:
            made.listen(int(order["backlog"]))
        except OSError:
            made.close()
            raise
        self.held[name] = made
        if path is not None:
            self.paths[name] = str(path)
        return made

    def _unix(self, path: str) -> socket.socket:
        given = given_path(path)
        made = bound(given)
        try:
            unlink_socket(path)
            os.link(given, path)
        except BaseException:
            made.close()
            unlink_socket(given)
            raise
        return made

    def _tcp(self, host: str, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((host, port))
        except BaseException:
            made.close()
            raise
        return made

    def give(self, name: str) -> int:
        """Its descriptor, for a child. Raises KeyError if it is not held."""
        held = self.held[name]
        if (path := self.paths.get(name)) and not os.path.lexists(given_path(path)):
            os.link(path, given_path(path))
        return held.fileno()

    def release(self, name: str) -> None:
        """Let go of it; what waits in its queue is refused. A name that is not held is fine."""
        if path := self.paths.pop(name, None):
            unlink_socket(path)
            unlink_socket(given_path(path))
        if held := self.held.pop(name, None):
            held.close()

    def release_all(self) -> None:
        for name in list(self.held):
            self.release(name)

    def told(self) -> list[dict[str, Any]]:
        return [{"name": name, **self.told_of(name)} for name in self.held]

    def told_of(self, name: str) -> dict[str, Any]:
        """As {"fd": n, "path": p} or {"fd": n, "host": h, "port": p}."""
        held = self.held[name]
        if name in self.paths:
            return {"fd": held.fileno(), "path": self.paths[name]}
        address = held.getsockname()
        return {"fd": held.fileno(), "host": address[0], "port": address[1]}


def bound(path: str) -> socket.socket:
    """A Unix socket at `path`, for its owner alone. One that lies there is left over from a keeper that was killed: we
    hold the lock, so it is nobody's."""
    unlink_socket(path)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        made.bind(path)
    except BaseException:
        made.close()
        raise
    finally:
        os.umask(before)
    return made


def given_path(path: str) -> str:
    """w1.fd of w1.sock: no longer than it, for a socket's path is short."""
    return path.removesuffix(".sock") + ".fd"


def unlink_socket(path: str) -> None:
    """Remove a socket; anything else of that name stays."""
    try:
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            os.unlink(path)  # noqa: PTH108 -- pathlib would double the time to start
    except FileNotFoundError:
        return
