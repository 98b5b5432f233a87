"""Signed messages: a JSON document posted with the time, an id and a signature over both time and document.

Redirects are not followed, certificates are verified, proxies are not used; every attempt has a time limit.
"""

import asyncio
import hashlib
import hmac
import json
import os
import re
import ssl
from collections.abc import Mapping
from functools import cache
from socket import gaierror
from typing import Any, Final
from urllib.parse import urlsplit

from plimsoll import __version__

TIMEOUT_S: Final = 10.0
_LINE_BYTES_MAX: Final = 4_096
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |\r?\n)")
_FINAL: Final = frozenset({410})  # "gone": the place says itself that it is to be given up


class RefusedByHookError(Exception):
    """The place did not take it; `final` where another attempt is no use. The text holds no secret."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        self.final = final
        super().__init__(why)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What `X-Plimsoll-Signature` holds: sha256=HMAC-SHA256(secret, timestamp + "." + body), in hexadecimal."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def request_of(url: str, secret: str, notice: Mapping[str, Any], now_s: float) -> bytes:
    """The whole request. `url` has been looked at by `settings.alerts.refuse_target`."""
    parts = urlsplit(url)
    body = json.dumps(notice, separators=(",", ":")).encode()
    timestamp = str(int(now_s))
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    headers = {
        "Host": parts.netloc,
        "User-Agent": f"plimsoll/{__version__}",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
        "X-Plimsoll-Id": str(notice["id"]),
        "X-Plimsoll-Timestamp": timestamp,
        "X-Plimsoll-Signature": signature(secret, timestamp, body),
    }
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def post(url: str, secret: str, notice: Mapping[str, Any], now_s: float, timeout_s: float = TIMEOUT_S) -> None:
    """Posts once. Raises RefusedByHookError for everything but a status of 200 to 299."""
    try:
        async with asyncio.timeout(timeout_s):
            status = await _status(url, request_of(url, secret, notice, now_s))
    except TimeoutError:
        raise RefusedByHookError(f"no answer within {timeout_s:g} s") from None
    except ssl.SSLCertVerificationError as error:
        raise RefusedByHookError(f"its certificate is not trusted: {error.verify_message}") from None
    except (OSError, UnicodeError) as error:
        raise RefusedByHookError(f"it cannot be reached: {_why(error)}") from None
    if 300 <= status < 400:
        raise RefusedByHookError(f"it answered {status}, a redirect, which is not followed")
    if not 200 <= status < 300:
        raise RefusedByHookError(f"it answered {status}", final=status in _FINAL)


def _why(error: OSError | UnicodeError) -> str:
    """Without the address, which asyncio puts into its texts."""
    number = getattr(error, "errno", None)
    if isinstance(error, gaierror) or not number:
        return getattr(error, "strerror", None) or type(error).__name__
    return os.strerror(number)


async def _status(url: str, request: bytes) -> int:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    reader, writer = await asyncio.open_connection(
        parts.hostname,
        parts.port or (443 if secure else 80),
        ssl=_context() if secure else None,
        limit=_LINE_BYTES_MAX,
    )
    try:
        writer.write(request)
        await writer.drain()
        line = await reader.readline()
    except ValueError:
        raise RefusedByHookError("its answer is not HTTP") from None
    finally:
        writer.transport.abort()  # nothing more is read, and a place that does not close is not waited for
    match = _STATUS.match(line)
    if match is None:
        raise RefusedByHookError("its answer is not HTTP" if line else "it closed the connection without an answer")
    return int(match[1])


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
