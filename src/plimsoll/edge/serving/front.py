"""What is decided of a request before it is looked up: whether it is one, over what it came, and for whom."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

from plimsoll.core.errors import UsageError
from plimsoll.edge.http.message import Fields, first, values
from plimsoll.edge.keys import host_of
from plimsoll.edge.serving.asgi import Application, Message, Receive, Scope, Send, refuse
from plimsoll.edge.serving.origin.failing import ClientGone
from plimsoll.edge.serving.origin.forwarding import FORWARDED_FOR, client_of
from plimsoll.edge.serving.problem import problem

NETWORKS_MAX: Final = 64
WHOLE_BYTES_MAX: Final = 2**20  # of a body that is collected for who speaks HTTP/1.0
ADDRESSES_MAX: Final = 20  # in the line of addresses; of a longer one the last count
_ALLOW: Final = (b"allow", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
# TRACE shows fields that others added (RFC 9110, 9.3.8), CONNECT is for proxies of another kind, and what other caches
# take as an order to drop what is stored nobody may give here.
_REFUSED: Final = frozenset({"CONNECT", "TRACE", "PURGE", "BAN", "REFRESH"})


class Trust:
    """Peers whose X-Forwarded-For and X-Forwarded-Proto are true. Raises UsageError for what is no network."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks: list[IPv4Network | IPv6Network] = []
        for text in networks:
            try:
                self._networks.append(ip_network(text))
            except ValueError as error:
                raise UsageError("not a network to trust", why=str(error), remedy="write it as 10.0.0.0/8") from None
        if len(self._networks) > NETWORKS_MAX:
            raise UsageError("too many networks to trust", remedy=f"at most {NETWORKS_MAX}")

    def has(self, address: str) -> bool:
        if not self._networks:
            return False
        try:
            told = ip_address(address)
        except ValueError:
            return False  # a Unix socket has none
        return any(told in network for network in self._networks)


class Front:
    """In front of an edge that stands alone."""

    def __init__(self, application: Application, trust: Trust | None = None) -> None:
        self._application = application
        self._trust = trust or Trust()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "no lifespan and no WebSockets here"
        if scope["method"] in _REFUSED:
            await refuse(send, problem(405, None, _ALLOW))
            return
        fields = scope["headers"]
        peer = scope.get("client")
        if peer is not None and self._trust.has(peer[0]):
            _believe(scope, fields)
        hosts = values(fields, b"host")
        if len(hosts) != 1 or host_of(scope["scheme"].encode("ascii"), hosts[0]) is None:
            why = "it names no host" if not hosts else "it names more than one host, or what is none"
            await refuse(send, problem(400, f"The request cannot be answered: {why}."), method=scope["method"])
            return
        codings = [value.lower() for value in values(fields, b"transfer-encoding")]
        if codings and codings != [b"chunked"]:  # RFC 9112, 6.1
            await refuse(send, problem(501), method=scope["method"])
            return
        if scope["http_version"] == "1.0":
            send = Sized(send, scope["method"])
        await self._application(scope, receive, send)


class Sized:
    """`send` for clients of HTTP/1.0, who know no chunks (RFC 9112, 6.1), although our server would send them: a body
    without a length is collected, and told with one; a larger one than WHOLE_BYTES_MAX is refused."""

    def __init__(self, send: Send, method: str) -> None:
        self._send = send
        self._method = method
        self._start: Message | None = None
        self._pieces: list[bytes] = []
        self._size = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and first(message["headers"], b"content-length") is None:
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._pieces.append(message.get("body", b""))
            self._size += len(self._pieces[-1])
            if self._size > WHOLE_BYTES_MAX:
                await refuse(self._send, problem(505), method=self._method)
                raise ClientGone("too large a body without a length for HTTP/1.0")
            if not message.get("more_body", False):
                await self._whole(self._start)

    async def _whole(self, start: Message) -> None:
        fields = list(start["headers"])
        if self._method != "HEAD" and start["status"] not in (204, 304):
            fields.append((b"content-length", b"%d" % self._size))
        await self._send({**start, "headers": fields})
        await self._send({"type": "http.response.body", "body": b"".join(self._pieces), "more_body": False})


def _believe(scope: Scope, fields: Fields) -> None:
    """What a trusted peer says of who asked it, and over what. Its own address ends the line, as a proxy's does."""
    scheme = (first(fields, b"x-forwarded-proto") or b"").strip().lower()
    if scheme in (b"http", b"https"):
        scope["scheme"] = scheme.decode("ascii")
    line = [part.strip() for value in values(fields, b"x-forwarded-for") for part in value.split(b",")]
    told = [address for address in line if _is_address(address)][-ADDRESSES_MAX:]
    scope[FORWARDED_FOR] = b", ".join([*told, client_of(scope)])


def _is_address(text: bytes) -> bool:
    try:
        ip_address(text.decode("ascii"))
    except ValueError:  # UnicodeDecodeError, too
        return False
    return True
