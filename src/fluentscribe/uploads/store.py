"""Where files are kept: by what they hold, so that equal ones of an organization are kept once.

Not once for all organizations: whether somebody else has a file is nobody's business, nor who may delete it.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from fluentscribe.uploads.errors import on_disk
from fluentscribe.uploads.spooling import remove_abandoned

INCOMING = "incoming"


@dataclass(frozen=True, slots=True)
class Store:
    """`root/<organization>/<2 digits of the hash>/<2 more>/<hash>`; what is still being received is in `incoming`."""

    root: Path

    @property
    def incoming(self) -> Path:
        return self.root / INCOMING

    def prepare(self) -> int:
        """Makes the folders, and removes what processes that were killed have left. Returns how many files."""
        with on_disk():
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.incoming.mkdir(mode=0o700, exist_ok=True)
            return remove_abandoned(self.incoming)

    def path(self, organization: UUID, sha256: str) -> Path:
        return self.root / str(organization) / sha256[:2] / sha256[2:4] / sha256

    def keep(self, received: Path, organization: UUID, sha256: str) -> None:
        """Moves a file that is wholly on the disk to its place; one that is there already stays."""
        place = self.path(organization, sha256)
        with on_disk():
            if place.exists():
                return
            for folder in reversed(place.parents[:3]):
                folder.mkdir(mode=0o700, exist_ok=True)
            received.replace(place)
            for folder in place.parents[:4]:
                _sync(folder)


def _sync(folder: Path) -> None:
    """A name is as lasting as its folder."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
