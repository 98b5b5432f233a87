"""What a server did not let us do, or that it is gone. Pure."""

from typing import Final

from plimsoll.core.errors import RefusedError
from plimsoll.postgres.dsn import Target
from plimsoll.postgres.error_classes import LOST, error_class

_GOING: Final = ("57P", "08")  # SQLSTATEs of a server that ends the session, and of connections


def refused(error: BaseException, what: str, target: Target, remedy: str) -> RefusedError:
    """`what` was refused, unless the connection is lost: what the driver says of that helps nobody."""
    name, words = error_class(error), target.mask(" ".join(str(error).split()))
    if name == LOST or name.startswith(_GOING):
        why = "" if name == LOST else words
        return RefusedError(
            "the connection to the server was lost", where=target.display, why=why, remedy="see the server's log"
        )
    return RefusedError(what, where=target.display, why=words, remedy=remedy)
