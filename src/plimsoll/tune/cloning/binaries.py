"""Which of the PostgreSQL installations found here a copy is made with. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from plimsoll.core.errors import RefusedError


class Installed(Protocol):
    """As of PostgresBinaries."""

    @property
    def major(self) -> int: ...

    def extensions(self) -> frozenset[str]: ...


@dataclass(frozen=True, slots=True)
class Lacking:
    """Extensions that something depends on and that a server does not have."""

    names: tuple[str, ...]


def choose_server(found: Sequence[Installed], major: int, needed: frozenset[str], display: str) -> Installed:
    """Of a version no older than the source's, with the extensions that something depends on, the source's own version
    if there is one, else the next; in their order where they are alike. Raises RefusedError where there is none."""
    fit = [one for one in found if one.major >= major]
    if not fit:
        have = ", ".join(sorted({str(one.major) for one in found})) or "none"
        raise RefusedError(
            f"there is no PostgreSQL {major} or newer here to copy to",
            where=display,
            why=f"programs found here are of version: {have}",
            remedy=f"install PostgreSQL {major}'s server, or --clone-on the DSN of a server that has it",
        )
    return min(fit, key=lambda one: (len(needed - one.extensions()), one.major - major))
