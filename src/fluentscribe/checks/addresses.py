"""URLs and e-mail addresses are those of the source, but for its language in them."""

import re
from collections import Counter
from collections.abc import Iterator

from fluentscribe.checks.findings import Flag
from fluentscribe.checks.pair import EMAIL, URL, Pair

_ADDRESS = re.compile(f"{EMAIL}|{URL}")
_ASIDE = re.compile(r"[\u0e00-\u0fff\u1000-\u109f\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef].*")


def addresses(pair: Pair) -> Iterator[Flag]:
    if not _may_hold(pair.source) and not _may_hold(pair.target):
        return
    wanted = Counter(key for key, _, _ in found_in(pair.source, pair))
    has = found_in(pair.target, pair)
    extra = Counter(key for key, _, _ in has) - wanted
    for key in wanted - Counter(key for key, _, _ in has):
        if not extra:
            yield Flag(*pair.whole, f"{key} of the source is missing", f"missing {key}")
    for key, start, end in has:
        if extra[key] > 0:
            extra[key] -= 1
            yield Flag(start, end, f"{pair.target[start:end]} is not in the source", key)


def _may_hold(text: str) -> bool:
    return "://" in text or "@" in text or "www." in text


def found_in(text: str, pair: Pair) -> list[tuple[str, int, int]]:
    """Addresses, their languages made alike, with where they are."""
    found = []
    for match in _ADDRESS.finditer(text):
        address = _ASIDE.sub("", match[0]).rstrip(".,;:!?)]*")
        found.append((_alike(address, pair), match.start(), match.start() + len(address)))
    return found


def _alike(address: str, pair: Pair) -> str:
    """`example.com/en/` and `example.com/de/` are the same address."""
    languages = {pair.source_base, pair.target_base, pair.source_language.lower(), pair.target_language.lower()}
    parts = re.split(r"([/.=?&])", address.rstrip("/"))
    return "".join("*" if part.lower().replace("_", "-") in languages else part for part in parts)
