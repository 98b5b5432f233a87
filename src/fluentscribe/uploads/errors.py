"""Why a request that hands files in is refused as a whole."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager


class NotTaken(Exception):
    """Nothing of the request is kept. `status` is HTTP's; `code` is for machines, `detail` and `remedy` for people."""

    def __init__(self, status: int, code: str, title: str, detail: str, remedy: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.code, self.title, self.detail, self.remedy = status, code, title, detail, remedy


def malformed(detail: str) -> NotTaken:
    return NotTaken(400, "bad-multipart", "Bad multipart", detail, "send multipart/form-data as in RFC 7578")


def unfit(detail: str) -> NotTaken:
    return NotTaken(422, "invalid", "Invalid request", detail, "send 1 to 10 files as `files`, each with its name")


def too_large(detail: str) -> NotTaken:
    return NotTaken(413, "too-large", "Too large", detail, "send fewer or smaller files")


@contextmanager
def on_disk() -> Iterator[None]:
    """Whatever the disk refuses is said as such."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            detail, remedy = "there is no room left to keep files", "try again later, or tell whoever runs the platform"
            raise NotTaken(507, "no-room", "No room", detail, remedy) from error
        detail = f"files cannot be kept ({os.strerror(error.errno or errno.EIO)})"
        raise NotTaken(503, "unavailable", "Unavailable", detail, "try again in a moment") from error
