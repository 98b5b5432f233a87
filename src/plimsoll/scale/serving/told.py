"""What somebody told while it served, kept for a supervisor that goes on from there; forgotten at an end in order."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from plimsoll.core.errors import ServiceError
from plimsoll.scale.balancer.algorithm import Algorithm

FILE: Final = "told.json"
BYTES_MAX: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Told:
    """`changes` of the policy by name, as `policy/changing` takes them; `weights` of workers; None: as it was started
    with."""

    changes: Mapping[str, Any] = field(default_factory=dict)
    paused: bool = False
    algorithm: Algorithm | None = None
    weights: Mapping[str, int] = field(default_factory=dict)


def read(directory: Path) -> Told:
    """Nothing was told where there is no such file, or one that is not ours: what is in it is checked where it is
    used."""
    try:
        file = os.open(directory / FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(file, "rb") as whole:
            found = json.loads(whole.read(BYTES_MAX))
        return Told(
            {str(name): value for name, value in dict(found["changes"]).items()},
            found["paused"] is True,
            None if found["algorithm"] is None else Algorithm(found["algorithm"]),
            {str(name): int(weight) for name, weight in dict(found["weights"]).items()},
        )
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Told()


def write(directory: Path, told: Told) -> None:
    """Whole or not at all. Raises ServiceError."""
    fresh = directory / f".{FILE}.{os.getpid()}"
    try:
        file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as whole:
            json.dump(asdict(told), whole)
        fresh.replace(directory / FILE)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        why = error.strerror or str(error)
        raise ServiceError("what was told cannot be kept", where=str(directory / FILE), why=why) from error


def forget(directory: Path) -> None:
    with suppress(OSError):
        (directory / FILE).unlink()
