"""What is sent to every machine before the load: the plan, the feeds' values, and the scenario with its own modules."""

import hashlib
import pickle
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from plimsoll.core.errors import RefusedError, UsageError
from plimsoll.core.units import format_bytes
from plimsoll.load.processes.plan import LoadPlan

FILES_MAX = 5_000
FILES_BYTES_MAX = 256 << 20
CHUNK_BYTES = 4 << 20  # one message; a scheduler holds one at a time


@dataclass(frozen=True, slots=True)
class Cargo:
    """`files` maps paths relative to the scenario's directory to contents; `scenario` is one of them."""

    plan: LoadPlan
    values: bytes
    scenario: str
    files: Mapping[str, bytes]


def pack(cargo: Cargo) -> tuple[bytes, str]:
    """As it travels, and the hash by which the other end knows that all of it came."""
    body = pickle.dumps(cargo, protocol=pickle.HIGHEST_PROTOCOL)
    return body, hashlib.sha256(body).hexdigest()


def chunks(body: bytes) -> Iterator[bytes]:
    return (body[at : at + CHUNK_BYTES] for at in range(0, len(body), CHUNK_BYTES))


def unpack(body: bytes, digest: str) -> Cargo:
    """Raises RefusedError for what is not whole."""
    if hashlib.sha256(body).hexdigest() != digest:
        raise RefusedError("the scenario did not arrive whole", why="its hash is another", remedy="repeat the run")
    cargo = pickle.loads(body)  # noqa: S301  # who may talk to this cluster may run anything here
    assert isinstance(cargo, Cargo)
    return cargo


def write_files(cargo: Cargo, directory: Path) -> Path:
    """Writes the scenario's files into an empty directory and returns the scenario's own path."""
    for name, contents in cargo.files.items():
        if not is_inside(name):
            raise RefusedError("a file of the scenario is not beside it", where=name)
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
    return directory / cargo.scenario


def at_home(plan: LoadPlan, scenario: Path, samples: Path) -> LoadPlan:
    """The plan with the paths of the machine that it has come to."""
    site = replace(plan.site, directory=scenario.parent) if plan.site is not None else None
    return replace(plan, scenario=scenario, samples_directory=samples, site=site)


def is_inside(name: str) -> bool:
    """Whether a relative path stays where it is put."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def read_files(scenario: Path, beside: Mapping[str, Path]) -> dict[str, bytes]:
    """The scenario, its own modules as they are in this process, and what else is to be sent (see `find_beside`).

    Raises UsageError beyond the bounds.
    """
    found = own_modules(scenario, _loaded()) | dict(beside)
    if len(found) > FILES_MAX:
        raise _too_much(scenario, f"{len(found):,} files of at most {FILES_MAX:,}")
    files = {name: path.read_bytes() for name, path in found.items()}
    size = sum(map(len, files.values()))
    if size > FILES_BYTES_MAX:
        raise _too_much(scenario, f"{format_bytes(size)} of at most {format_bytes(FILES_BYTES_MAX)}")
    return files


def own_modules(scenario: Path, loaded: Iterable[Path]) -> dict[str, Path]:
    """Of all modules' files the scenario's own: Python text below its directory that is not installed there.

    Keys are relative to that directory.
    """
    directory = scenario.parent
    inside = {path for path in loaded if path.suffix == ".py" and path.is_relative_to(directory)}
    own = {path for path in inside if not _is_installed(path.relative_to(directory))} | {scenario}
    return {path.relative_to(directory).as_posix(): path for path in sorted(own)}


def _is_installed(relative: Path) -> bool:
    return any(part in ("site-packages", "dist-packages") for part in relative.parts)


def _loaded() -> Iterator[Path]:
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    return (Path(name).resolve() for name in files if isinstance(name, str))


def find_beside(scenario: Path, paths: Iterable[Path]) -> dict[str, Path]:
    """Files that the user wants sent, and those in folders, by their paths relative to the scenario's directory.

    Hidden ones in a folder stay. Raises UsageError for what is not there, or not below that directory.
    """
    directory = scenario.resolve().parent
    found = [file for path in paths for file in _files_of(path.resolve())]
    outside = [path for path in found if not path.is_relative_to(directory)]
    if outside:
        raise UsageError(
            f"cannot send {outside[0]}, which is not below the scenario's directory",
            why=f"that is {directory}",
            remedy="put it beside the scenario, which finds it there on every machine",
        )
    return {path.relative_to(directory).as_posix(): path for path in found}


def _files_of(path: Path) -> list[Path]:
    if path.is_dir():
        below = (one for one in sorted(path.rglob("*")) if one.is_file())
        return [one for one in below if not any(part.startswith(".") for part in one.relative_to(path).parts)]
    if not path.is_file():
        raise UsageError(f"cannot send {path}", why="there is no such file or folder", remedy="correct --send")
    return [path]


def _too_much(scenario: Path, why: str) -> UsageError:
    return UsageError(
        "the scenario is too large to be sent to other machines",
        where=str(scenario.parent),
        why=why,
        remedy="send less, install a package on every machine, or put the scenario into a directory of its own",
    )
