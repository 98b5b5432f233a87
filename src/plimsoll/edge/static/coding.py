"""Content codings: which a client takes, and which it likes best of those there are. Pure; RFC 9110, 12.5.3."""

from collections.abc import Collection
from functools import lru_cache
from typing import Final

IDENTITY: Final = ""
SUFFIXES: Final = {"br": ".br", "zstd": ".zst", "gzip": ".gz"}
_ALIASES: Final = {"x-gzip": "gzip"}
VALUE_BYTES_MAX: Final = 1_000  # of the field; a longer one is nobody's
TERMS_MAX: Final = 32


def chosen(accept_encoding: bytes | None, there: Collection[str]) -> str:
    """One of `there` ("br", "zstd", "gzip"; the smallest first), or IDENTITY. Of what a client likes alike, as browsers
    do, it gets the first. A wish that nothing meets is answered by IDENTITY, too.

    Without the field, with an empty one or one that is not understood nothing is coded.
    """
    if not accept_encoding or not there or len(accept_encoding) > VALUE_BYTES_MAX:
        return IDENTITY
    weights = _weights(accept_encoding)
    rest = weights.get("*", 0.0)
    best, most = IDENTITY, 0.0
    for coding in there:
        if coding and (weight := weights.get(coding, rest)) > most:
            best, most = coding, weight
    return best if most >= weights.get("identity", 0.0) else IDENTITY


@lru_cache(maxsize=256)  # of a thousand bytes each at most; browsers send a handful
def _weights(value: bytes) -> dict[str, float]:
    weights: dict[str, float] = {}
    for term in value.decode("latin-1").lower().split(",")[:TERMS_MAX]:
        name, *parameters = (part.strip() for part in term.split(";"))
        if name:
            weights[_ALIASES.get(name, name)] = _weight(parameters)
    return weights


def _weight(parameters: list[str]) -> float:
    """RFC 9110, 12.4.2: 0 to 1 with three digits at most. What is none counts as 0, so that it is not chosen."""
    for parameter in parameters:
        name, equals, value = parameter.partition("=")
        if name.strip() == "q" and equals:
            digits = value.strip()
            plain = len(digits) <= 5 and digits[:1] in ("0", "1") and digits.replace(".", "", 1).isdecimal()
            return min(float(digits), 1.0) if plain and digits.isascii() else 0.0
    return 1.0
