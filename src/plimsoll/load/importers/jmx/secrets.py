"""Which texts of a plan are secrets: they never get into a scenario. Pure."""

import re
from typing import Final

_NAME: Final = re.compile(
    r"(?i)pass(word|wd|phrase|code)?$|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential|authori[sz]ation"
    r"|(^|[-_.])(session|sess|sid|auth|otp|pin)([-_.]?(id|key))?$|sessid|sessionid"
)
_SCHEME: Final = re.compile(r"(?i)(bearer|basic|digest|token|apikey)\s+")


def is_secret_name(name: str) -> bool:
    """Whether what is called so is better not written down: "password", "X-Api-Key", "jsessionid"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).strip()
    return bool(_NAME.search(words) or _NAME.search(name))


def scheme_of(value: str) -> str:
    """The part of an Authorization header that is no secret: "Bearer ", or nothing."""
    found = _SCHEME.match(value)
    return found[0] if found else ""
