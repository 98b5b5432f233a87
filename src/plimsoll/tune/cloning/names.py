"""What copies on servers of others are called: their names say who made them, so that leftovers are known. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from plimsoll.core.identifiers import NAME_BYTES_MAX

PATTERN: Final = "_plimsoll_tune_[0-9a-f]{8}_[0-9]+_[0-9a-f]+_[0-9a-f]+$"  # for the server, too

_PARTS: Final = re.compile(r"_plimsoll_tune_([0-9a-f]{8})_([0-9]+)_([0-9a-f]+)_[0-9a-f]+$")


@dataclass(frozen=True, slots=True)
class Maker:
    """A process: its machine since that started, its number there, and when it began, so that no other is taken for
    it."""

    machine: str
    pid: int
    began: int


def clone_name(database: str, maker: Maker, number: int) -> str:
    """Within the server's length; the database's own name is cut where there is no room for it."""
    end = f"_plimsoll_tune_{maker.machine}_{maker.pid}_{maker.began:x}_{number:x}"
    kept = database.encode()[: NAME_BYTES_MAX - len(end)].decode(errors="ignore")
    return kept + end


def mark_of(name: str) -> str:
    """The part of a copy's name that is its own, in plain letters whatever the database's name is written in: what the
    session that makes it is called."""
    return name[name.rindex("plimsoll_tune_") :]


def maker_of(name: str) -> Maker | None:
    """Who made the copy of that name; None for a database that is no copy of ours."""
    found = _PARTS.search(name)
    return None if found is None else Maker(found[1], int(found[2]), int(found[3], 16))
