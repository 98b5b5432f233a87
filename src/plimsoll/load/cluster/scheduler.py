"""Talking to a Dask scheduler: one connection to it, and through it calls to the workers. Dask's errors become ours."""

import asyncio
import logging
import os
import re
import warnings
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import distributed
from distributed.comm import CommClosedError

from plimsoll.core.errors import PlimsollError, RefusedError, UsageError
from plimsoll.settings.masking import mask

CONNECT_S = 10.0
CALL_S = 15.0  # a machine that does not answer for so long is lost
_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:.]+\]|[^\[\]:/@?#\s]+):(\d{1,5})")
_LOOPBACK = re.compile(r"127\.[\d.]+|localhost|\[::1\]")


class MachineLostError(ConnectionError):
    """A machine, or the scheduler between it and us, can no longer be reached."""


class Scheduler:
    """An open connection."""

    def __init__(self, client: "distributed.Client", address: str) -> None:
        self._client = client
        self.address = address

    async def workers(self) -> Mapping[str, str]:
        """The state of every worker ("running", "paused", ...) by its address. Raises MachineLostError."""
        try:
            known = (await asyncio.wait_for(self._client.scheduler.identity(), CALL_S))["workers"]
        except (TimeoutError, OSError) as error:
            raise MachineLostError(_words(error)) from error
        return {address: str(known[address]["status"]) for address in sorted(known)}

    async def call(self, address: str, function: Callable[..., Any], *arguments: Any, within_s: float = CALL_S) -> Any:
        """What the function returned there. Raises MachineLostError, and our own errors as they are."""
        answers = await self.call_all([address], function, *arguments, within_s=within_s)
        return answers[address]

    async def call_all(
        self, addresses: Sequence[str], function: Callable[..., Any], *arguments: Any, within_s: float = CALL_S
    ) -> Mapping[str, Any]:
        """The same in several places, sent to the scheduler once."""
        call = self._client.run(function, *arguments, workers=list(addresses), on_error="raise")
        try:
            answers: Mapping[str, Any] = await asyncio.wait_for(call, within_s)
        except PlimsollError:
            raise
        except TimeoutError:
            raise MachineLostError(f"no answer for {within_s:.0f} s") from None
        except Exception as error:
            raise MachineLostError(_words(error)) from error
        return answers


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Scheduler]:
    """Raises UsageError for what is no address, RefusedError for what cannot be reached or is no scheduler."""
    await _knock(address, *check_address(address))
    _hush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of versions, which we compare ourselves
        client = await _connect(address)
    try:
        yield Scheduler(client, address)
    finally:
        await client.close()


async def _knock(address: str, host: str, port: int) -> None:
    """Dask would try again and again where nobody listens."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), CONNECT_S)
    except TimeoutError:
        raise _unreachable(address, f"no answer within {CONNECT_S:.0f} s") from None
    except OSError as error:
        number = error.errno or 0  # where there is one, asyncio's own text only repeats the address
        raise _unreachable(address, os.strerror(number) if number > 0 else error.strerror or str(error)) from None
    writer.close()


async def _connect(address: str) -> "distributed.Client":
    client = distributed.Client(
        address,
        asynchronous=True,
        set_as_default=False,
        direct_to_workers=False,  # who starts a run needs to reach the scheduler, and nothing else
        timeout=CONNECT_S,
        name="plimsoll",
    )
    try:
        async with asyncio.timeout(CONNECT_S + 1):  # what is no scheduler may accept and say nothing
            await client
    except Exception as error:
        await client.close(timeout=0)
        raise _unreachable(address, _words(error)) from error
    return client


def _unreachable(address: str, why: str) -> RefusedError:
    remedy = "start one: dask scheduler; see docs/guides/cluster.md"
    if address.startswith("tls"):
        remedy = "tell Dask its certificates (DASK_DISTRIBUTED__COMM__TLS__CA_FILE ...), see docs/guides/cluster.md"
    return RefusedError("cannot reach the cluster's scheduler", where=address, why=why, remedy=remedy)


def check_address(address: str) -> tuple[str, int]:
    """Host and port. Raises UsageError for what is not `tcp://HOST:PORT` or `tls://HOST:PORT`."""
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found[3]) < 65_536:
        raise UsageError(
            "wrong --cluster",
            why=f"{mask(address)!r} is not the address of a Dask scheduler",
            remedy="--cluster tcp://scheduler:8786, or tls://scheduler:8786",
        )
    return found[2].strip("[]"), int(found[3])


def in_the_clear(address: str) -> bool:
    """Whether what goes there can be read on the way."""
    found = _ADDRESS.fullmatch(address)
    return found is not None and found[1] == "tcp" and not _LOOPBACK.fullmatch(found[2])


def _words(error: BaseException) -> str:
    if isinstance(error, CommClosedError):  # which says it in terms of Dask's own objects
        return "its connection was closed"
    text = " ".join(str(error).split())[:300]
    return mask(text or type(error).__name__)


def _hush() -> None:
    """Dask writes to stderr what we are told by errors as well."""
    for name in ("distributed", "distributed.client", "distributed.core", "distributed.comm"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
