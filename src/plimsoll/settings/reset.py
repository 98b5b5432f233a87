"""What brings a target back to where it was between repeated runs: `reset = ...` and `--reset`."""

from dataclasses import dataclass
from typing import Final, Literal

from plimsoll.core.errors import UsageError

Kind = Literal["none", "template", "hook", "command"]
COMMAND: Final = "command:"
FORMS: Final = '"template", "hook", "none", or "command: ..."'


@dataclass(frozen=True, slots=True)
class Reset:
    """`template`: the database anew from a copy; `hook`: the scenario's @reset; `command`: a shell command."""

    kind: Kind
    command: str = ""

    @classmethod
    def read(cls, text: str, *, where: str = "") -> "Reset":
        """Raises UsageError."""
        stated = text.strip()
        plain = _PLAIN.get(stated)
        if plain is not None:
            return plain
        if stated.startswith(COMMAND) and stated.removeprefix(COMMAND).strip():
            return cls("command", stated.removeprefix(COMMAND).strip())
        raise UsageError("wrong reset", where=where, why=f"{stated[:80]!r} is none of {FORMS}", remedy='reset = "hook"')


_PLAIN: Final = {"none": Reset("none"), "template": Reset("template"), "hook": Reset("hook")}
