"""Bringing the samples home: each machine's Parquet parts, in pieces, within the run's limit in bytes."""

import re
from pathlib import Path

from plimsoll.core.units import format_bytes
from plimsoll.load.cluster import agent
from plimsoll.load.cluster.machines import Machine
from plimsoll.load.cluster.process import Ask

PIECE_BYTES = 4 << 20
_PART = re.compile(r"part-\d{3,6}-\d{6}\.parquet")


class Parts:
    """The directory that they come into, and how much may still come."""

    def __init__(self, directory: Path, bytes_max: int) -> None:
        self.directory = directory
        self.bytes_left = bytes_max


async def bring_samples(machine: Machine, ask: Ask, parts: Parts) -> None:
    """Each part arrives whole or not at all. Raises ConnectionError and OSError, saying how much has not come."""
    listed: list[tuple[str, int]] = await ask(machine, agent.plimsoll_parts)
    for at, (name, size) in enumerate(listed):
        try:
            await _bring(machine, ask, parts, name, size)
        except OSError as error:
            left = sum(size for _, size in listed[at:])
            raise OSError(f"{len(listed) - at} of {len(listed)} parts ({format_bytes(left)}): {error}") from error


async def _bring(machine: Machine, ask: Ask, parts: Parts, name: str, size: int) -> None:
    if not _PART.fullmatch(name) or not 0 <= size <= parts.bytes_left:
        raise OSError("there is more than the run's limit")
    path = parts.directory / name
    temporary = path.with_suffix(".tmp")
    try:
        with temporary.open("wb") as file:
            for start in range(0, size, PIECE_BYTES):
                piece = await ask(machine, agent.plimsoll_read_part, name, start, min(PIECE_BYTES, size - start))
                file.write(piece)
        if temporary.stat().st_size != size:
            raise OSError("it is shorter than it was said to be")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    parts.bytes_left -= size
