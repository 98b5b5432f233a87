"""What a shell sees of an error: one line, and an exit code. They are those of Plimsoll's commands."""

import asyncpg

from fluentscribe.database.migrating import MigrationError
from fluentscribe.database.roles import WrongRole
from fluentscribe.settings import SettingsError
from plimsoll import mask

OK, UNEXPECTED, USAGE, REFUSED, INTERRUPTED = 0, 1, 2, 3, 130

_UNREACHABLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class CommandError(Exception):
    """Something that the user can mend. `what` and `why` are clauses, `remedy` a thing to do."""

    def __init__(self, what: str, why: str, remedy: str, code: int = USAGE) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.remedy = remedy
        self.code = code

    def line(self) -> str:
        return f"error: {_clause(self.what)}: {_clause(self.why)}. try: {_clause(self.remedy)}"


def as_command_error(error: Exception) -> CommandError | None:
    """What is known to go wrong, in words; None for what is not."""
    if isinstance(error, CommandError):
        return error
    if isinstance(error, SettingsError):
        remedy = "set what is missing and correct what is wrong"
        return CommandError("the environment is not as it must be", str(error), remedy)
    if isinstance(error, MigrationError):
        why, _, remedy = str(error).rpartition("; ")
        return CommandError("the database and this code do not go together", why or remedy, remedy, REFUSED)
    if isinstance(error, WrongRole):
        return CommandError("wrong role in FLUENTSCRIBE_DSN", error.why, f"connect as {error.wanted}", REFUSED)
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return CommandError("not allowed in the database", str(error), "connect as a superuser or its owner", REFUSED)
    if isinstance(error, _UNREACHABLE):
        remedy = "look whether the server runs, and at the DSN"
        return CommandError("the database could not be used", f"{type(error).__name__}: {error}", remedy, REFUSED)
    return None


def _clause(text: str) -> str:
    """On one line, without secrets and the full stop."""
    return " ".join(mask(text).split()).rstrip(".")
