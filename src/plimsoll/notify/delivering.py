"""Sending a message: bounded in time, never raising, each address with what became of it."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from plimsoll.notify.addresses import Address
from plimsoll.settings.masking import mask

TIMEOUT_S: Final = 30.0
BODY_CHARACTERS_MAX: Final = 4000  # chats cut off or refuse longer ones
_ANSWER_BYTES_MAX: Final = 100_000


@dataclass(frozen=True, slots=True)
class Message:
    """What is told. Made of masked texts; masked once more on the way out."""

    title: str
    body: str
    kind: Literal["info", "success", "warning", "failure"] = "info"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message at one address; `why` is empty where it was accepted."""

    address: Address
    why: str = ""

    @property
    def accepted(self) -> bool:
        return not self.why


async def deliver(message: Message, addresses: Sequence[Address], *, timeout_s: float = TIMEOUT_S) -> list[Delivery]:
    """Sends to all addresses at once; what is not accepted within the time counts as failed."""
    if not addresses:
        return []
    order = {
        "title": mask(message.title),
        "body": mask(message.body)[:BODY_CHARACTERS_MAX],
        "kind": message.kind,
        "addresses": [address.url.reveal() for address in addresses],
    }
    answers, why = await _asked(json.dumps(order).encode(), timeout_s)
    return [Delivery(address, _why(address, answers.get(n), why)) for n, address in enumerate(addresses)]


def _why(address: Address, answer: dict[str, Any] | None, otherwise: str) -> str:
    if answer is None:
        return otherwise
    return "" if answer["ok"] else address.hide(str(answer["why"])) or "it was not accepted"


async def _asked(order: bytes, timeout_s: float) -> tuple[dict[int, dict[str, Any]], str]:
    """The sender's answers by address, and what is to be said of an address without one."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-P", "-m", "plimsoll.notify.sender")  # -P: no module of the directory we are in
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        return {}, f"the sender could not be started: {error.strerror or error}"
    said: list[bytes] = []
    why = "the sender ended early"
    try:
        async with asyncio.timeout(timeout_s):
            await _talk(process, order, said)
    except TimeoutError:
        why = f"no answer within {timeout_s:g} s"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _read(b"".join(said)), why


async def _talk(process: asyncio.subprocess.Process, order: bytes, said: list[bytes]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(order)
    process.stdin.close()
    while (part := await process.stdout.read(65536)) and sum(map(len, said)) < _ANSWER_BYTES_MAX:
        said.append(part)
    await process.wait()


def _read(said: bytes) -> dict[int, dict[str, Any]]:
    lines = (json.loads(line) for line in said.splitlines(keepends=True) if line.endswith(b"\n"))
    return {line["address"]: line for line in lines}
