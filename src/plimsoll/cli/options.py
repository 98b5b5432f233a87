"""What several commands' options mean."""

from plimsoll.core.errors import UsageError


def connections_of(text: str | None) -> int | None:
    """The size of a pool; None for a connection for each user. Raises UsageError."""
    if text is None or text == "per-user":
        return None
    if not text.isdigit() or not 1 <= int(text) <= 10_000:
        raise UsageError("wrong --connections", why=f"{text!r} is neither per-user nor a number from 1 to 10,000")
    return int(text)
