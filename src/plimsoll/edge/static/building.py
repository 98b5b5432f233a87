"""`plimsoll edge build`: every file of a folder that shrinks, compressed once, so that no request waits for it.

The same folder gives the same bytes. A variant appears whole, under its name, or not at all: it is written beside,
brought to the disk and renamed. Memory is a compressor's window and a piece of the file, times the threads.
"""

import fcntl
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.edge.static.coding import SUFFIXES
from plimsoll.edge.static.compressing import Compressor, compressor
from plimsoll.edge.static.hashes import Hashes
from plimsoll.edge.static.mime import is_packed
from plimsoll.edge.static.naming import is_name, why_no_name
from plimsoll.edge.static.opening import DIGEST_BYTES, FileChanged, Folder, folder_at, pieces
from plimsoll.edge.static.policy import Policy
from plimsoll.edge.static.variants import HOME, LEFT_BEHIND, OURS, may_have_variants, variant_name

ENTRIES_MAX: Final = 200_000  # files and folders
THREADS_MAX: Final = 4  # some 100 MB each, which is zstd's table at its highest level
DEPTH_MAX: Final = 32
UNREADABLE: Final = "it changed meanwhile or cannot be read"


@dataclass(frozen=True, slots=True)
class Built:
    """What a build found and did. The `packed` files have `packed_bytes`, and at their smallest `smallest_bytes`.
    `made`, `kept` and `removed` count variants; `left_out` says why, by name: what nobody can ask for, what changed
    meanwhile or cannot be read, what a manifest tells in vain. Hidden files are meant to be, and not in it. `policies`
    counts files by the Cache-Control with which `Static` delivers them, if it is told nothing else."""

    files: int
    packed: int
    packed_bytes: int
    smallest_bytes: int
    made: int
    kept: int
    removed: int
    left_out: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Source:
    """One content of the folder, and a file that has it."""

    digest: str
    name: str
    size: int


def build(path: Path, codings: Sequence[str], told: Callable[[str], None]) -> Built:
    """`told` gets the name of a file for each variant that is made. Raises UsageError for a folder that cannot be read
    or written, RefusedError while another build is at it."""
    folder = folder_at(path)
    home = _home(folder, path)
    with _alone(home, path):
        left_out: dict[str, str] = {}
        names = list(_files(folder, left_out))
        policy = _policy(path, names, left_out)
        sources = list(_sources(folder, names, left_out))
        unique = {source.digest: source for source in sources}
        wanted = {variant_name(digest, coding): (unique[digest], coding) for digest in unique for coding in codings}
        sizes = {variant: there.size for variant in wanted if (there := folder.state(variant)) is not None}
        kept = len(sizes)
        missing = [variant for variant in wanted if variant not in sizes]
        with ThreadPoolExecutor(min(THREADS_MAX, os.cpu_count() or 1)) as threads:
            try:
                made = threads.map(lambda variant: _made(folder, variant, *wanted[variant]), missing)
                for variant, size in zip(missing, made, strict=True):
                    name = wanted[variant][0].name
                    if size is None:
                        left_out[name] = UNREADABLE
                    else:
                        sizes[variant] = size
                    told(name)
            except OSError as error:
                raise _cannot_write(path, error) from None
            finally:
                threads.shutdown(cancel_futures=True)
        removed = _swept(home, set(sizes))
    gains = [(one.size, smallest) for one in sources if (smallest := _smallest(one, codings, sizes))]
    return Built(
        len(names),
        packed=len(gains),
        packed_bytes=sum(size for size, _ in gains),
        smallest_bytes=sum(smallest for _, smallest in gains),
        made=len(sizes) - kept,
        kept=kept,
        removed=removed,
        left_out=dict(sorted(left_out.items())),
        policies=dict(Counter(map(policy.cache_control, names))),
    )


def _smallest(source: _Source, codings: Sequence[str], sizes: Mapping[str, int]) -> int:
    """Of its variants; 0 if there is none."""
    return min((size for coding in codings if (size := sizes.get(variant_name(source.digest, coding)))), default=0)


def _policy(path: Path, names: Sequence[str], left_out: dict[str, str]) -> Policy:
    """By the manifest that is found. What it tells in vain goes into `left_out`."""
    hashes = Hashes(path, Policy(), None, "")
    policy = hashes.policy()
    if (trouble := hashes.trouble) is not None:
        left_out[os.path.relpath(trouble.where or path, path)] = trouble.why or str(trouble)
    for name in sorted((policy.hashed | hashes.vain).difference(names)):
        left_out.setdefault(name, 'the manifest lists it, and nothing is delivered by that name (base="/…/"?)')
    return policy


def _files(folder: Folder, left_out: dict[str, str]) -> Iterator[str]:
    """Every file that can be asked for, in order. Links are not followed, as they are not delivered."""
    waiting = [("", 0)]
    count = 0
    while waiting:
        inside, depth = waiting.pop()
        with os.scandir(f"{folder.path}/{inside}") as found:
            entries = sorted(found, key=lambda one: one.name)
        for entry in entries:
            name = f"{inside}{entry.name}"
            if entry.name.startswith("."):
                continue
            count += 1
            if count > ENTRIES_MAX:
                raise UsageError(f"more than {ENTRIES_MAX:,} files", where=folder.path, remedy="build its folders")
            if not is_name(name):
                left_out[name] = why_no_name(entry.name) or "its path is too long"
            elif entry.is_dir(follow_symlinks=False):
                if depth < DEPTH_MAX:
                    waiting.append((f"{name}/", depth + 1))
                else:
                    left_out[name] = f"it is more than {DEPTH_MAX} folders deep"
            elif entry.is_file(follow_symlinks=False):
                yield name
            else:
                left_out[name] = "it is a link, or no file"


def _sources(folder: Folder, names: Sequence[str], left_out: dict[str, str]) -> Iterator[_Source]:
    """What is worth compressing. Names of what cannot be read go into `left_out`."""
    for name in names:
        state = folder.state(name)
        if state is not None and (is_packed(name) or not may_have_variants(state.size)):
            continue
        try:
            if state is None:
                raise FileChanged(name)
            yield _Source(folder.digest(name, state), name, state.size)
        except (FileChanged, OSError):
            left_out[name] = UNREADABLE


def _made(folder: Folder, variant: str, source: _Source, coding: str) -> int | None:
    """How large the variant is, 0 if it is not smaller; None if the source has changed. Raises OSError if it cannot be
    written."""
    home, _, last = variant.partition("/")
    half = Path(folder.path, home, f".half-{last}")
    try:
        with folder.opened(source.name) as number, half.open("wb") as out:
            if number is None:
                return None
            size = _write(number, source, compressor(coding, source.size), out)
            if size is None:
                return None
        half.replace(Path(folder.path, variant))
        return size
    finally:
        half.unlink(missing_ok=True)


def _write(number: int, source: _Source, packing: Compressor, out: BinaryIO) -> int | None:
    """To the disk, as `_made` says."""
    size, read, seen = 0, 0, hashlib.blake2b(digest_size=DIGEST_BYTES)
    for piece in pieces(number):
        read += len(piece)
        if read > source.size:
            return None
        seen.update(piece)
        size += out.write(packing.add(piece))
    if seen.hexdigest() != source.digest:
        return None
    size += out.write(packing.end())
    if size >= source.size:
        size = 0
        out.seek(0)
        out.truncate()
    os.fchmod(out.fileno(), os.fstat(number).st_mode & 0o666)  # who may not read the source shall not read this
    out.flush()
    os.fsync(out.fileno())
    return size


def _home(folder: Folder, path: Path) -> Path:
    home = Path(folder.path, HOME)
    try:
        home.mkdir(exist_ok=True)
    except OSError as error:
        raise _cannot_write(path, error) from None
    if home.is_symlink():
        raise UsageError("cannot build", where=str(path / HOME), why="it is a link", remedy="remove it")
    return home


@contextmanager
def _alone(home: Path, path: Path) -> Iterator[None]:
    """Ends with the process, however that ends."""
    try:
        number = os.open(home, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _cannot_write(path, error) from None
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise RefusedError("another build is at it", where=str(path), remedy="wait until it has ended") from None
    finally:
        os.close(number)


def _swept(home: Path, wanted: set[str]) -> int:
    """How many variants were of no source any more. What a build left that was killed goes, too; strangers stay."""
    removed = 0
    for one in sorted(home.iterdir()):
        ours = OURS.fullmatch(one.name) is not None
        if (ours and f"{HOME}/{one.name}" not in wanted) or LEFT_BEHIND.fullmatch(one.name):
            one.unlink()
            removed += ours
    return removed


def _cannot_write(path: Path, error: OSError) -> UsageError:
    why = error.strerror or type(error).__name__
    return UsageError("cannot write the variants", where=str(path / HOME), why=why, remedy="a folder that is yours")


def known_codings(words: Sequence[str]) -> tuple[str, ...]:
    """All of them where none is named. Raises UsageError."""
    for word in words:
        if word not in SUFFIXES:
            raise UsageError(
                "wrong --coding", why=f'"{word}" is none of {", ".join(SUFFIXES)}', remedy="--coding br --coding gzip"
            )
    return tuple(dict.fromkeys(words)) or tuple(SUFFIXES)
