"""What all requests of one process share."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from fastapi import Request

from fluentscribe.accounts.lockout import Lockout
from fluentscribe.accounts.passwords import Passwords
from fluentscribe.caching.setup import Caching
from fluentscribe.settings import Settings
from fluentscribe.uploads.intake import Intake


@dataclass(slots=True)
class State:
    """`stopping` is set when the process is told to end: it is then not ready for new requests."""

    settings: Settings
    pool: asyncpg.Pool
    passwords: Passwords
    lockout: Lockout
    metrics: Any
    intake: Intake
    caching: Caching | None = None
    stopping: bool = False
    exports: asyncio.Semaphore = field(init=False)  # half of the connections

    def __post_init__(self) -> None:
        self.exports = asyncio.Semaphore(max(1, self.settings.pool_size // 2))


def state_of(request: Request) -> State:
    state = request.app.state.platform
    assert isinstance(state, State)
    return state
