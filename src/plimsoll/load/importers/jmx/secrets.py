"""What of a plan's texts is a secret, and never gets into a scenario. Pure."""

import re
from typing import Final

from plimsoll.load.importers.har.secret_names import is_opaque, is_secret

__all__ = ["is_opaque", "is_secret", "scheme_of"]

_SCHEME: Final = re.compile(r"(?i)(bearer|basic|digest|token|apikey)\s+")


def scheme_of(value: str) -> str:
    """The part of an Authorization header that is no secret: "Bearer ", or nothing."""
    found = _SCHEME.match(value)
    return found[0] if found else ""
