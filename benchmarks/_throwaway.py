"""An interpreter with packages of others, which are none of ours: installed for one benchmark, removed after it."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOT_NAME = re.compile(r"[\[=<>]")
NO_ISOLATION = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")  # of ours, which the throwaway environment must not see


@contextmanager
def python_with(*packages: str) -> Iterator[tuple[Path | None, str]]:
    """The interpreter of a throwaway environment, and the versions of the packages; or None and why."""
    with tempfile.TemporaryDirectory(prefix="plimsoll-throwaway-") as folder:
        python = Path(folder) / "bin" / "python"
        clean = {name: value for name, value in os.environ.items() if name not in NO_ISOLATION}
        pip = [python, "-m", "pip", "--disable-pip-version-check"]
        steps: list[list[object]] = [
            [sys.executable, "-m", "venv", folder],
            [*pip, "install", "-q", *packages],
            [*pip, "list", "--format=freeze"],
        ]
        said = ""
        for argv in steps:
            words = [str(word) for word in argv]
            done = subprocess.run(words, env=clean, capture_output=True, text=True, check=False, timeout=600)
            if done.returncode:
                last = (done.stderr.strip() or "pip failed").splitlines()[-1]
                yield None, f"{packages[0]} could not be installed: {last[:200]}"
                return
            said = done.stdout
        names = tuple(f"{NOT_NAME.split(package)[0].lower()}==" for package in packages)
        yield python, ", ".join(line.replace("==", " ") for line in said.splitlines() if line.lower().startswith(names))
