"""Which of a file's languages is meant."""

import re
from collections.abc import Sequence

CODE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


def primary(language: str) -> str:
    """The language without script and region: `en` of `en-US`."""
    return _plain(language).partition("-")[0]


def same(one: str, other: str) -> bool:
    """One is the other, or what the other begins with: `en` and `en-US`, but not `en-GB` and `en-US`."""
    first, second = sorted((_plain(one), _plain(other)), key=len)
    return second == first or second.startswith(f"{first}-")


def best(languages: Sequence[str], wanted: str) -> str | None:
    """The one that is wanted: exactly, else nearly (`en` for `en-US`, or the reverse). None where there is none."""
    exact = next((one for one in languages if _plain(one) == _plain(wanted)), None)
    return exact or next((one for one in languages if same(one, wanted)), None)


def _plain(language: str) -> str:
    return language.strip().replace("_", "-").lower()
