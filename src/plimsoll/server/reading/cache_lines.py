"""What caches report, in a sentence: is it right, does it help, how old may it be. From the document "caches"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plimsoll.core.tier_2 import cause_of, tier_2_remedy
from plimsoll.core.units import format_ms, format_rate, format_share
from plimsoll.server.reading.say import plural

Row = Mapping[str, Any]
Standing = str  # of Health: "good", "warning", "bad", "unknown"
_KEYS_SAID: Final = 3
_FAMILIES_SAID: Final = 5


@dataclass(frozen=True, slots=True)
class CacheVerdict:
    """`word` stands beside the colour; `cause` is a foreign text, `remedy` says what to do, if anything is."""

    standing: Standing
    word: str
    sentence: str
    remedy: str = ""
    cause: str = ""


def cache_verdict(document: Row | None, lapsed: str = "") -> CacheVerdict:
    """What is worst comes first. `lapsed` is why the document does not tell what is so now."""
    if document is None:
        why = f": {lapsed.partition(': ')[2]}" if ": " in lapsed else ""
        word, sentence = (
            ("Lost", f"What caches report cannot be seen{why}")
            if lapsed
            else ("Starting", "What caches report was not seen yet")
        )
        return CacheVerdict("unknown", word, sentence)
    if document.get("missing"):
        return CacheVerdict("unknown", "Not watched", _capital(document["missing"]), document.get("remedy", ""))
    caches, rows = document.get("caches", ()), document.get("rows", ())
    if not caches:
        remedy = "cache.follow(DSN) in the application, by a role that is a --reader"
        return CacheVerdict("unknown", "No cache", "No process reports a cache", remedy)
    if not any(one["processes"] for one in caches):
        words = f"No process has reported its cache lately; {_processes(len(rows))} did within the last minute"
        return CacheVerdict("unknown", "Silent", words, "see whether the application runs")
    if lapsed:
        return CacheVerdict("unknown", "Stale", f"{_capital(lapsed)}; by then {_figures(caches)}")
    return _worst(caches, rows)


def _worst(caches: Sequence[Row], rows: Sequence[Row]) -> CacheVerdict:
    stale = [one for one in caches if one["stale"]]
    if stale:
        keys = [key for one in stale for key in one["stale_keys"]][:_KEYS_SAID]
        named = f": {', '.join(keys)}" if keys else ""
        found = plural(sum(one["stale"] for one in stale), "stale value")
        remedy = "drop their tags below, and look for writers that switch triggers off"
        return CacheVerdict("bad", "Stale", f"The audit found {found}{named}; {_figures(caches)}", remedy)
    behind = [row for row in rows if row["standing"] == "behind"]
    if behind:
        cause = next((row["trouble"] for row in behind if row["trouble"]), "")
        does = "passes" if len(behind) == 1 else "pass"
        words = f"{_some(len(behind), caches)} {does} the cache by, for want of news of changes; {_reads(caches)}"
        remedy = "see that the primary can be polled by the application's role"
        return CacheVerdict("warning", "Behind", words, remedy, cause.rstrip("."))
    away = [row for row in rows if row["shared_trouble"]]
    if away:
        cause = cause_of(away[0]["shared_trouble"])
        words = f"{_some(len(away), caches)} without tier 2; {_reads(caches)}"
        return CacheVerdict("warning", "Without tier 2", words, tier_2_remedy(cause), cause)
    unwritten = [row for one in caches for row in one["unwritten"]][:_FAMILIES_SAID]
    if unwritten:
        named = ", ".join(f"{row['family']} ({plural(row['filled'], 'value')})" for row in unwritten)
        remedy = "see whether they are misspelt, and run plimsoll cache install again"
        return CacheVerdict("warning", "Tags unwritten", f"Nobody writes tags of {named}; {_reads(caches)}", remedy)
    unsaid = [row for row in rows if row["standing"] in ("silent", "unreadable")]
    more = f"; {_processes(len(unsaid))} more told nothing lately" if unsaid else ""
    return CacheVerdict("good", "Right", f"{_capital(_figures(caches))}{more}")


def _figures(caches: Sequence[Row]) -> str:
    """ "6 processes, 94.2 % of 12,300 reads/s are hits, at most 31.0 ms old"."""
    return f"{_processes(_all(caches))}, {_reads(caches)}"


def _reads(caches: Sequence[Row]) -> str:
    known = [one for one in caches if one["reads_per_s"] is not None]
    reads = sum(one["reads_per_s"] for one in known)
    hits = sum(one["reads_per_s"] * (one["hit_percent"] or 0.0) / 100 for one in known)
    if not known:
        said = "reads not counted yet"
    elif not reads:
        said = "no reads now"
    else:
        said = f"{format_share(hits / reads)} of {format_rate(reads).removesuffix('/s')} reads/s are hits"
    ages = [one["age_ms"] for one in caches if one["age_ms"] is not None]
    old = f", at most {format_ms(max(ages))} old" if ages else ""
    return f"{said}{old}"


def _some(count: int, caches: Sequence[Row]) -> str:
    """ "2 of 6 processes"; "6 processes" where these are all."""
    return f"{count} of {_processes(_all(caches))}" if count < _all(caches) else _processes(count)


def _all(caches: Sequence[Row]) -> int:
    return sum(one["processes"] for one in caches)


def _processes(count: int) -> str:
    return plural(count, "process", "processes")


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
