"""What fails on the copy costs the change that was tried, and nothing that was proved before it."""

from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from plimsoll.core.errors import RefusedError
from plimsoll.postgres.error_classes import FOREIGN
from plimsoll.settings.masking import mask
from plimsoll.tune.proving.state import Proving

LOST: Final = "the connection to the copy was lost"
T = TypeVar("T")


class CopyLost(Exception):
    """Nothing more can be measured."""


async def tried(proving: Proving, work: Coroutine[Any, Any, T]) -> T | str:
    """What comes of it, or what the server says against it; the copy then is as if nothing had been tried. Raises
    CopyLost."""
    try:
        return await work
    except (*FOREIGN, RefusedError) as error:
        if not _is_lost(proving):
            await proving.bench.switch.wake()
            return f"the copy refuses it: {mask(str(error).partition(chr(10))[0])}"
        raise CopyLost(LOST) from error


def _is_lost(proving: Proving) -> bool:
    switch = proving.bench.switch
    return any(one.is_closed() for one in (switch.connection, switch.builds.connection))
