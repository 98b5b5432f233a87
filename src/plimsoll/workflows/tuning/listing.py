"""The tunings that are kept, each with its verdict or with why it cannot be read."""

from pathlib import Path
from typing import Final

from plimsoll.core.errors import PlimsollError
from plimsoll.core.tuning.listed import Listed
from plimsoll.workflows.tuning.keeping import all_kept, kept

LISTED_MAX: Final = 100  # the newest; each is a file to read


def list_kept(root: Path, most: int = LISTED_MAX) -> list[Listed]:
    """The newest last."""
    return [listed(root, id_) for id_ in all_kept(root)[-most:]]


def listed(root: Path, id_: str) -> Listed:
    """One, by its whole id."""
    try:
        found = kept(root, id_)
    except PlimsollError as error:
        return Listed(id_, None, problem=str(error))
    return Listed(id_, found.tuning, found.applied)
