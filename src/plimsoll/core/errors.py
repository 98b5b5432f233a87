"""The errors Plimsoll raises on purpose: one class for each different reaction of a caller.

Every one says what went wrong, where, why, and what to do about it. Exit codes are the CLI's affair.
"""


class PlimsollError(Exception):
    """Something a user can understand and act on; `str()` gives one line without the remedy.

    `what` is a short clause ("cannot read plimsoll.toml"), `where` a place ("plimsoll.toml, line 3"), `why` the
    cause in words, `remedy` a thing to do or a command to run. None of them may hold a secret.
    """

    def __init__(self, what: str, *, where: str = "", why: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.why = why
        self.remedy = remedy
        super().__init__(self._one_line())

    def _one_line(self) -> str:
        place = f" ({self.where})" if self.where else ""
        cause = f": {self.why}" if self.why else ""
        return f"{self.what}{place}{cause}"

    def __reduce__(self) -> tuple[object, ...]:
        """Keyword-only fields survive the way from a worker process to the coordinating one."""
        return _rebuild, (type(self), self.what, self.where, self.why, self.remedy)


def _rebuild(kind: type[PlimsollError], what: str, where: str, why: str, remedy: str) -> PlimsollError:
    return kind(what, where=where, why=why, remedy=remedy)


class UsageError(PlimsollError):
    """What the user wrote is wrong (an option, plimsoll.toml, a goal, a scenario): mend it and repeat."""


class RefusedError(PlimsollError):
    """The target is not fit or not allowed for what was asked; nothing was done to it."""


class ServiceError(RefusedError):
    """A service that should have been started here (PostgreSQL, Valkey, HAProxy) could not be."""


class RunDirectoryError(PlimsollError):
    """A run directory is missing, damaged or of another version."""


class SeriesStoreError(PlimsollError):
    """A file of stored series is missing, in use, of another version or of something else; nothing was done to it."""
