"""Why a watched server is not seen, in plain words. Pure."""

from dataclasses import dataclass
from typing import Final

import asyncpg

from plimsoll.postgres.dsn import Target
from plimsoll.postgres.error_classes import LOST, REFUSED, TIMEOUT, error_class
from plimsoll.postgres.refusals import refusal

TOO_MANY: Final = "53300"
_OF_ROLE_OR_DATABASE: Final = ("CheckMyDatabase", "InitializeSessionUserId")  # the server's routines for their limits

SAID_CHARACTERS_MAX: Final = 500  # of what a server says
_LOSSES: Final = {
    LOST: "the connection to the server was lost",
    REFUSED: "the server refuses connections",
    "57P01": "the server ended our session: it shuts down, or an administrator ended it",
    "57P02": "the server ended our session: one of its processes crashed",
    "57P03": "the server starts up or shuts down",
    "57P05": "the server ended our session for being idle (idle_session_timeout)",
}
_REFUSALS: Final = {
    "57014": "the server did not answer within {seconds:g} s and was told to stop",
    "55P03": "something holds a lock on what was asked for",
    "42501": "the role may not see this",
}


@dataclass(frozen=True, slots=True)
class Loss:
    """`full`: the server has no connection left for ordinary roles. `remedy` where there is a better one than to see
    that the server runs."""

    why: str
    full: bool = False
    remedy: str = ""


def loss_of_connecting(error: BaseException, target: Target) -> Loss:
    """Of a server that could not be connected to. Holds no secret."""
    told = refusal(error, target)
    why = f"{told.what}: {told.why}" if told.why else told.what
    return Loss(why, _is_full(error), told.remedy or "")


def _is_full(error: BaseException) -> bool:
    """A limit of the role or the database is reached while others may still connect."""
    routine = getattr(error, "server_source_function", None)
    return error_class(error) == TOO_MANY and routine not in _OF_ROLE_OR_DATABASE


def loss_in_words(error: BaseException, seconds: float) -> str:
    """Of a connection that was lost with a question under way."""
    found = error_class(error)
    if found == TIMEOUT:
        return f"the server did not answer within {seconds:g} s"
    return _LOSSES.get(found) or f"the connection to the server was lost: {_first_line(error)}"


def refused_in_words(error: asyncpg.PostgresError, seconds: float) -> str:
    """Of a question that the server did not want to answer."""
    known = _REFUSALS.get(error_class(error))
    told = _first_line(error)
    return f"{known.format(seconds=seconds)}: {told}" if known else f"the server refused a question: {told}"


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:SAID_CHARACTERS_MAX] or type(error).__name__
