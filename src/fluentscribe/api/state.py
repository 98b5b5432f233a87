"""What all requests of one process share."""

from dataclasses import dataclass
from typing import Any

import asyncpg
from fastapi import Request

from fluentscribe.accounts.lockout import Lockout
from fluentscribe.accounts.passwords import Passwords
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
    stopping: bool = False


def state_of(request: Request) -> State:
    state = request.app.state.platform
    assert isinstance(state, State)
    return state
