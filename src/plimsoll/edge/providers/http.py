"""One POST, bounded in time and bytes, and what its answer means for a purge. Redirects are not followed, certificates
are verified, and proxies are not used: credentials go where they are meant to, and nowhere else."""

import asyncio
import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpcore

from plimsoll import __version__
from plimsoll.core.errors import UsageError
from plimsoll.core.visible import visible
from plimsoll.edge.providers.provider import CALL_S, Acknowledged, Later, Outcome, Refused
from plimsoll.settings.masking import mask

POST_S: Final = CALL_S / 2  # of one of the posts of a call, if it makes several
ANSWER_BYTES_MAX: Final = 65_536
CONNECTIONS_MAX: Final = 8
WORDS_MAX: Final = 200
CREDENTIALS_S: Final = 60.0  # until credentials that were not taken are tried again: somebody has to mend them
_BUSY: Final = frozenset({408, 409, 425, 429})
_CREDENTIALS: Final = frozenset({401, 403, 404, 407, 421})  # 404: of the zone, the service, the place
OTHER_HOST: Final = "it answers for other hosts (--name, server_name) than its address names"
_SECONDS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 0 where there is none, and then `why`; `told` is the body as JSON, None where it is no object."""

    status: int
    why: str = ""
    after_s: float | None = None
    told: Mapping[str, Any] | None = None

    @property
    def is_fine(self) -> bool:
        return 200 <= self.status < 300


@dataclass(slots=True)
class Client:
    """Connections that are kept, `secrets` that no text of it holds."""

    secrets: tuple[str, ...] = field(default=(), repr=False)
    _pool: httpcore.AsyncConnectionPool | None = field(default=None, repr=False)

    async def post(self, url: str, fields: Mapping[str, str], body: Any = None) -> Answer:
        """Never raises for what the other side does."""
        content = b"" if body is None else json.dumps(body, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "User-Agent": f"plimsoll/{__version__}",
            "Content-Length": str(len(content)),
            **fields,
        }
        try:
            async with asyncio.timeout(POST_S):
                return await self._post(url, headers, content)
        except TimeoutError:
            return Answer(0, f"no answer within {POST_S:g} s")
        except ssl.SSLCertVerificationError as error:
            return Answer(0, f"its certificate is not trusted: {error.verify_message}")
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, OSError) as error:
            return Answer(0, self.shown(f"it cannot be reached: {error or type(error).__name__}"))

    def shown(self, text: str) -> str:
        """Words of the other side, on one line, without what must not be read."""
        for secret in self.secrets:
            text = text.replace(secret, "****")
        return visible(mask(" ".join(text.split())))[:WORDS_MAX]

    async def close(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.aclose()

    async def _post(self, url: str, headers: Mapping[str, str], content: bytes) -> Answer:
        if self._pool is None:
            self._pool = httpcore.AsyncConnectionPool(
                ssl.create_default_context(), max_connections=CONNECTIONS_MAX, keepalive_expiry=30.0
            )
        named = [(name.encode(), value.encode()) for name, value in headers.items()]
        async with self._pool.stream("POST", url, headers=named, content=content) as response:
            after_s = _after_s(dict(response.headers))
            read = bytearray()
            async for part in response.aiter_stream():
                read += part
                if len(read) > ANSWER_BYTES_MAX:
                    return Answer(response.status, f"its answer has more than {ANSWER_BYTES_MAX:,} bytes", after_s)
        return Answer(response.status, "", after_s, _object(bytes(read)))


def outcome_of(answer: Answer, said: str = "") -> Outcome:
    """For a provider's answer; `said` are its own words, as shown by the client.

    Credentials and places that are not taken are nobody's wish's fault, and may be mended: nothing is parked for them.
    A redirect is one of those: it leads elsewhere than where the credentials belong.
    """
    if answer.is_fine:
        return Acknowledged()
    words = f": {said.rstrip('.')}" if said else ""
    if answer.status == 0:
        return Later(answer.why)
    if answer.status in _CREDENTIALS or 300 <= answer.status < 400:
        mend = OTHER_HOST if answer.status == 421 else "look at its address and credentials"
        return Later(f"it answered {answer.status}{words}: {mend}", CREDENTIALS_S)
    if answer.status in _BUSY or answer.status >= 500 or answer.status < 200:
        return Later(f"it answered {answer.status}{words}", answer.after_s)
    return Refused(f"it answered {answer.status}{words}")


def checked_secret(name: str, text: str | None) -> str:
    """A credential out of the environment. Raises UsageError, without it, for one that is missing or cannot be sent."""
    if not text:
        raise UsageError(
            f"{name} is not set", remedy=f"export {name}=…; credentials are read from the environment only"
        )
    if not re.fullmatch(r"[!-~]{8,1000}", text):
        why = "it has blanks, line breaks or characters beyond ASCII, or is not of 8 to 1,000 characters"
        raise UsageError(f"{name} cannot be a credential", why=why, remedy="copy it again")
    return text


def _after_s(headers: Mapping[bytes, bytes]) -> float | None:
    """Retry-After, RFC 9110, 10.2.3: seconds, or a date."""
    text = next((value.decode("latin-1") for name, value in headers.items() if name.lower() == b"retry-after"), "")
    if _SECONDS.fullmatch(text.strip()):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
