"""Command lines of processes whose name is that of an interpreter: what they run, without secrets."""

import re
from pathlib import Path
from typing import Final

from plimsoll.monitor.host.files import read_text
from plimsoll.settings.masking import MASK, mask

CHARACTERS_MAX: Final = 100
_INTERPRETER: Final = re.compile(
    r"(python|pypy|ruby|perl|php|lua)[\d.]*|node|bun|deno|java|dotnet|mono|beam\.smp|uv|sh|bash|dash|zsh|MainThread"
)
_SECRET_OPTION: Final = re.compile(r"(?i)--?[\w-]*(pass|pwd|token|secret|key|auth|credential)[\w-]*")


def command_of(proc: Path, pid: int, name: str) -> str:
    """ "" where the name says enough, or the line cannot be read."""
    if not _INTERPRETER.fullmatch(name):
        return ""
    return said_command(read_text(f"{proc}/{pid}/cmdline") or "")


def said_command(line: str) -> str:
    """A line of /proc/<pid>/cmdline, cut; what follows an option for a secret is hidden as what `mask` knows."""
    words = line.rstrip("\0").split("\0")
    hidden = [
        MASK if before and _SECRET_OPTION.fullmatch(before) else word
        for before, word in zip(["", *words], words, strict=False)
    ]
    said = mask(" ".join(" ".join(hidden).split()))
    return said if len(said) <= CHARACTERS_MAX else f"{said[: CHARACTERS_MAX - 1]}…"
