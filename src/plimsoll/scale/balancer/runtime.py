"""Speaking to a running HAProxy over its statistics socket: one connection an order, bounded in bytes and time."""

import asyncio
from pathlib import Path
from typing import Final

from plimsoll.core.errors import ServiceError

ANSWER_BYTES_MAX: Final = 8 * 1024 * 1024  # statistics have some 300 bytes a server and backend
ANSWER_SECONDS_MAX: Final = 5.0
_FINE: Final = frozenset({"", "New server registered.", "Server deleted."})


class UnreachableError(ServiceError):
    """HAProxy is not there, or does not answer: it ended, starts, or hangs. To be asked again once it is back."""


class OrderRefusedError(ServiceError):
    """HAProxy answered that it does not do it; `why` has its words."""


class Runtime:
    """The socket at `path`. Nothing is kept open, so that a restarted HAProxy is the same to us."""

    def __init__(self, path: Path, *, within_s: float = ANSWER_SECONDS_MAX) -> None:
        self.path = path
        self._within_s = within_s

    async def ask(self, question: str, more: str = "", *, within_s: float | None = None) -> str:
        """The whole answer. `more`: lines that come with it, none of them empty. Raises UnreachableError."""
        within_s = within_s or self._within_s
        assert "\n" not in question
        assert ";" not in question  # would be two
        assert "\n\n" not in more
        try:
            async with asyncio.timeout(within_s):
                return (await self._exchange(f"{question} <<\n{more}\n" if more else question)).strip("\n")
        except TimeoutError as error:
            raise self._unreachable(f"it did not answer in {within_s:g} s") from error
        except OSError as error:
            raise self._unreachable(error.strerror or str(error)) from error

    async def order(self, order: str) -> None:
        """Have it done. Raises OrderRefusedError where HAProxy says anything but yes, UnreachableError."""
        answer = await self.ask(order)
        if answer not in _FINE:
            raise OrderRefusedError(f"HAProxy does not do {order[:200]!r}", why=answer.splitlines()[0][:200])

    async def certify(self, file: str, text: str) -> None:
        """Show this certificate to who connects from now on. Raises OrderRefusedError, UnreachableError."""
        said = await self.ask(f"set ssl cert {file}", text)
        if said.startswith("Transaction"):
            said = await self.ask(f"commit ssl cert {file}")
            if "Success!" in said:
                return
            await self.ask(f"abort ssl cert {file}")
        raise OrderRefusedError("HAProxy does not take the certificate", why=said.partition("\n")[0][:200])

    async def _exchange(self, question: str) -> str:
        reader, writer = await asyncio.open_unix_connection(str(self.path))
        try:
            writer.write(question.encode("ascii") + b"\n")
            await writer.drain()
            said = bytearray()
            while more := await reader.read(65536):
                said += more
                if len(said) > ANSWER_BYTES_MAX:
                    raise OSError(f"its answer has more than {ANSWER_BYTES_MAX} bytes")
            return said.decode("utf-8", errors="replace")
        finally:
            writer.close()

    def _unreachable(self, why: str) -> UnreachableError:
        return UnreachableError(
            "HAProxy cannot be spoken to", where=str(self.path), why=why, remedy="see what its log says"
        )
