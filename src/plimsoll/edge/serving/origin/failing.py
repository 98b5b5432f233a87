"""What is the matter with an origin, and what a client is told of it."""


class OriginFailed(Exception):
    """The origin gave no answer, or not the whole of it. `status`: 502 where it is wrong or away, 503 where too many
    wait for it, 504 where it was too slow. `why` is for the log and holds nothing that a client sent."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class ClientGone(OSError):
    """Nobody is there who would read the answer (as ASGI says it: `send` raises OSError)."""


def is_away(error: Exception) -> bool:
    """Whether it is the origin's, which could not be reached or gave no answer: not what a client did or failed to."""
    return isinstance(error, OriginFailed) and error.status >= 502
