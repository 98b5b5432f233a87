"""The policy as a build's manifest tells it today: read again when a deployment has changed it."""

from dataclasses import replace
from pathlib import Path
from threading import Lock

from plimsoll.core.errors import UsageError
from plimsoll.edge.static.manifest import MANIFEST_BYTES_MAX, USUAL, names_told
from plimsoll.edge.static.policy import Policy


class Hashes:
    """`manifest` is a file, None for the first there is of the usual ones in the folder. What is named must be one;
    what was only found, and what is something else by now, leaves names to speak for themselves."""

    def __init__(self, folder: Path, policy: Policy, manifest: Path | None, base: str) -> None:
        self._files = (manifest,) if manifest is not None else tuple(folder / one for one in USUAL)
        self._base = base
        self._lock = Lock()
        self._read: tuple[Path, int, int, int] | None = None
        self._policy = self._given = policy
        # With what was found at the last look, and is left alone: the whole, and names in it.
        self.trouble: UsageError | None = None
        self.vain: frozenset[str] = frozenset()
        if manifest is not None:
            self._policy = self._with(manifest)

    def policy(self) -> Policy:
        """As of now. From any thread."""
        with self._lock:
            there = next((seen for file in self._files if (seen := _seen(file)) is not None), None)
            if there != self._read:
                self._read, self.trouble, self.vain = there, None, frozenset()
                try:
                    self._policy = self._given if there is None else self._with(there[0])
                except UsageError as error:
                    self.trouble = error
                    self._policy = self._given
            return self._policy

    def _with(self, file: Path) -> Policy:
        try:
            with file.open("rb") as opened:
                text = opened.read(MANIFEST_BYTES_MAX + 1)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise UsageError("cannot read the build's manifest", where=str(file), why=why, remedy="name it") from None
        if len(text) > MANIFEST_BYTES_MAX:
            raise UsageError(
                "the build's manifest is too large",
                where=str(file),
                why="it has more than 16 MiB",
                remedy="name another",
            )
        told = names_told(text, where=str(file), base=self._base)
        self.vain = told.vain
        return replace(self._given, hashed=self._given.hashed | told.hashed)


def _seen(file: Path) -> tuple[Path, int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return file, found.st_ino, found.st_size, found.st_mtime_ns
