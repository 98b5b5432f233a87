"""Binaries where the server's account can run them.

Root's packages may lie where no other user comes (/root is 0700). Opening those directories is not ours to do: the
programs are copied once, into a directory that only root can write and everybody can read.
"""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from plimsoll.core.errors import ServiceError
from plimsoll.embedded.account import Account, barrier
from plimsoll.embedded.binaries import NEEDED, PostgresBinaries
from plimsoll.embedded.failures import disk_full
from plimsoll.embedded.places import room

# What a server never opens: a third of the wheel's 41 MB.
LEFT_BEHIND = ("include", "pgxs", "pkgconfig", "doc", "man", "__pycache__", "*.a")


def within_reach(binaries: PostgresBinaries, account: Account | None) -> PostgresBinaries:
    """The same programs, copied if the account could not run them where they are."""
    closed = _closed(binaries, account)
    if account is None or closed is None:
        return binaries
    if not (binaries.install_dir / "share").is_dir():
        raise ServiceError(
            f"the account {account.name} cannot reach PostgreSQL's programs",
            where=str(binaries.bin_dir),
            why=f"{closed} is closed to it, and an installation spread over the system cannot be copied",
            remedy="use programs in a place that everybody can read",
        )
    try:
        base = room(account)
        return _copy(binaries, base)
    except OSError as error:
        raise _cannot_copy(error) from error


def _closed(binaries: PostgresBinaries, account: Account | None) -> Path | None:
    programs = (binaries.program(name) for name in NEEDED)
    folders = (binaries.install_dir / name for name in ("lib", "share"))
    found = (barrier(path, account) for path in (*programs, *folders))
    return next((closed for closed in found if closed is not None), None)


def _cannot_copy(error: OSError) -> ServiceError:
    why = "no space is left there" if disk_full(error) else error.strerror or str(error)
    return ServiceError(
        "cannot copy PostgreSQL's programs to where its account can reach them",
        where=tempfile.gettempdir(),
        why=why,
        remedy="make some 40 MB of room there, or set TMPDIR to another place",
    )


def _copy(binaries: PostgresBinaries, base: Path) -> PostgresBinaries:
    parts = _parts(binaries.install_dir)
    files = {name: path for name, part in parts.items() for name, path in _files(part, name)}
    home = base / f"plimsoll-postgres-{binaries.version}-{_digest(files)}"
    if not _is_whole(home, files):
        _make(home, files)
    install = home / binaries.install_dir.parent.name / binaries.install_dir.name
    return PostgresBinaries(install / binaries.bin_dir.name)


def _parts(install: Path) -> dict[Path, Path]:
    """What belongs together, by its place in the copy. Wheels keep the libraries they bring beside (Linux: NAME.libs)
    or inside (macOS: .dylibs) the package, and the programs find them by that place."""
    package = install.parent
    places = {
        Path(package.name, install.name): install,
        Path(package.name, ".dylibs"): package / ".dylibs",
        Path(f"{package.name}.libs"): package.parent / f"{package.name}.libs",
    }
    return {name: path for name, path in places.items() if path.is_dir()}


def _files(part: Path, name: Path) -> Iterator[tuple[Path, Path]]:
    for folder, folders, files in os.walk(part):
        here = Path(folder)
        skipped = shutil.ignore_patterns(*LEFT_BEHIND)(folder, [*folders, *files])
        folders[:] = sorted(set(folders) - skipped)
        for file in sorted(set(files) - skipped):
            yield name / (here / file).relative_to(part), here / file


def _digest(files: dict[Path, Path]) -> str:
    total = hashlib.blake2b(digest_size=8)
    for name, path in files.items():
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "blake2b").digest()
        total.update(os.fsencode(name) + b"\0" + content)
    return total.hexdigest()


def _is_whole(home: Path, files: dict[Path, Path]) -> bool:
    """Whether the copy is there, complete (cleaners of /tmp take single files away) and ours (else ServiceError)."""
    try:
        found = home.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise ServiceError(
            "somebody else's file stands where PostgreSQL's programs are kept",
            where=str(home),
            why="it is a link, has another owner, or others may write in it",
            remedy="look at it and remove it",
        )
    return all(_same_size(home / name, path) for name, path in files.items())


def _same_size(copy: Path, original: Path) -> bool:
    try:
        return copy.stat().st_size == original.stat().st_size
    except OSError:
        return False


def _make(home: Path, files: dict[Path, Path]) -> None:
    """Copy into a directory beside it and rename: nobody ever sees half of it. Another process may be first."""
    fresh = Path(tempfile.mkdtemp(prefix="plimsoll-postgres-", dir=home.parent))
    try:
        for name, path in files.items():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, fresh / name)
            (fresh / name).chmod(0o755 if os.access(path, os.X_OK) else 0o644)
        for folder, _, _ in os.walk(fresh):
            Path(folder).chmod(0o755)
        _put(fresh, home, files)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _put(fresh: Path, home: Path, files: dict[Path, Path]) -> None:
    if home.exists() and not _is_whole(home, files):
        broken = home.rename(fresh.with_name(f"{fresh.name}-broken"))
        shutil.rmtree(broken, ignore_errors=True)
    try:
        fresh.rename(home)
    except OSError:
        if not _is_whole(home, files):
            raise
