"""What a file is called by whoever hands it in: text to be shown, never a path."""

import re
import unicodedata

from fluentscribe.uploads.errors import unfit
from fluentscribe.uploads.limits import NAME_CHARACTERS_MAX

_SEPARATORS = re.compile(r"[/\\]")
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # let `fdp.exe` look like `exe.pdf`


def clean_name(given: bytes) -> str:
    """The last part of the path. Raises NotTaken for what is no name."""
    try:
        name = _SEPARATORS.split(given.decode())[-1].strip()
    except UnicodeDecodeError:
        raise unfit("a file's name is not in UTF-8") from None
    if name in ("", ".", ".."):
        raise unfit("a file without a name")
    if any(unicodedata.category(sign) in ("Cc", "Zl", "Zp") or sign in _TURNING for sign in name):
        raise unfit("a file's name has control characters")
    if len(name) > NAME_CHARACTERS_MAX:
        raise unfit(f"a file's name has more than {NAME_CHARACTERS_MAX} characters")
    return name
