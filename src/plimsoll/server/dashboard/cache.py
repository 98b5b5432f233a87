"""Cache: whether the application's caches are right, whether they help, how old what they serve may be."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from plimsoll.core.cache_figures import title
from plimsoll.core.tier_2 import cause_of
from plimsoll.core.units import (
    UNKNOWN,
    format_bytes,
    format_count,
    format_duration,
    format_ms,
    format_rate,
    format_share,
)
from plimsoll.server.dashboard.cache_dropping import dropping, dropping_stamp
from plimsoll.server.dashboard.figures import numbers_html
from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.slots import CHARTS, Slot, part, seen, unseen
from plimsoll.server.dashboard.tables import Column, Row, figure, table, words
from plimsoll.server.reading.cache_lines import cache_verdict
from plimsoll.server.reading.numbers import Number
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.say import plural

KIND: Final = "caches"
_TO_WATCH: Final = "plimsoll watch --dsn postgresql://USER@HOST/DATABASE"
_STANDINGS: Final[Mapping[str, tuple[str, str]]] = {
    "right": ("right", "good"), "behind": ("passed by", "doubt"), "silent": ("silent", "doubt"),
    "unreadable": ("not readable", "doubt"),
}  # fmt: skip
_MEANING: Final[Mapping[str, str]] = {  # of words that charts, API and `cache.status()` have as they are
    "capacity": "for want of room", "quota": "of its tenant", "pressure": "memory was short",
    "invalidated": "what it rests on has changed", "everything": "all were dropped", "deleted": "by hand",
    "behind": "too little is known of changes", "unseen": "who asks has written", "changed": "while it was filled",
}  # fmt: skip
_KINDS: Final = (
    ("Missed", "misses_per_s"), ("Went", "gone_per_s"), ("Not kept", "refused_per_s"),
    ("Ran uncached", "uncached_per_s"),
)  # fmt: skip
_SIZES: Final[Mapping[float, str]] = {0.5: "half the size", 1.0: "this size", 2.0: "twice the size"}


def _percent(amount: float) -> str:
    return format_share(amount / 100)


def _standing(row: Row) -> Html:
    word, kind = _STANDINGS[row["standing"]]
    tier = joined(", ", element("b", "tier 2 away", class_="doubt")) if row["shared_trouble"] else ""
    why = row["trouble"] or cause_of(row["shared_trouble"])
    return joined(element("b", word, class_=kind), tier, f": {why}" if why else "")


def _age(row: Row) -> str:
    if row["staleness_ms"] is None:
        return "follows none"
    return UNKNOWN if row["age_ms"] is None else f"{format_ms(row['age_ms'])} of {format_ms(row['staleness_ms'])}"


_PROCESSES: Final = (
    words("instance", "Process"),
    words("cache", "Cache"),
    Column("standing", "Standing", _standing, lambda row: row["standing"], first_up=True),
    figure("hit_percent", "Hits", _percent, "of its reads, between its last two reports"),
    figure("reads_per_s", "Reads", format_rate),
    figure("entries", "Values", format_count),
    figure("bytes", "Memory", format_bytes),
    Column("age", "Age", _age, lambda row: row["age_ms"], number=True,
           meaning="how old its knowledge of changes was, of what it may be"),
    figure("seen_s_ago", "Reported", lambda amount: f"{format_duration(round(amount, 1))} ago"),
)  # fmt: skip
_CACHE: Final = words("cache", "Cache")
_FAMILIES: Final = (
    words("family", "Tags"),
    figure("reads_per_s", "Reads", format_rate),
    figure("hit_percent", "Hits", _percent),
)
_TENANTS: Final = (words("tenant", "Tenant"), figure("bytes", "Memory", format_bytes))
_REASONS: Final = (words("what", "What"), words("why", "Why"), figure("per_s", "Rate", format_rate))


def _verdict(reading: Reading, _: Place) -> Html:
    """The first sentence. Also what stands where there is nothing to see."""
    if not reading.watches_database:
        to_watch = element("p", "To watch one: ", element("code", _TO_WATCH), class_="empty")
        return part("No database is watched", to_watch)
    found = reading.details.get(KIND)
    said = cache_verdict(None if found is None else found[1], reading.lapsed(KIND))
    cause = element("p", "Why: ", said.cause, class_="remedy") if said.cause else ""
    remedy = element("p", "What to do: ", said.remedy, class_="remedy") if said.remedy else ""
    word = element("p", said.word, class_="word")
    return element("div", word, element("h1", f"{said.sentence}."), cause, remedy, class_=f"verdict {said.standing}")


def _caches(reading: Reading) -> Sequence[Row]:
    """Nothing of what is not so any more."""
    found = reading.details.get(KIND)
    if found is None or reading.lapsed(KIND):
        return ()
    return [one for one in found[1].get("caches", ()) if one["processes"]]


def _numbers(reading: Reading, _: Place) -> Html:
    """Of each cache."""
    caches = _caches(reading)
    return joined(*(_of(one, named=len(caches) > 1) for one in caches))


def _of(one: Row, *, named: bool) -> Html:
    share = one["bytes"] / one["bytes_max"] if one["bytes_max"] else None
    behind = f"{plural(one['behind'], 'process', 'processes')} pass it by" if one["behind"] else ""
    promised = f"promised {format_ms(one['staleness_ms'])}" if one["staleness_ms"] is not None else "follows no changes"
    shown = [
        Number("Hits", _percent(one["hit_percent"]) if one["hit_percent"] is not None else UNKNOWN, _tiers(one)),
        Number("Reads", format_rate(one["reads_per_s"]), plural(one["processes"], "process", "processes")),
        Number("Fills", format_rate(one["fills_per_s"]), _fill_words(one)),
        Number("Memory", format_bytes(one["bytes"]), f"{format_share(share)} of {format_bytes(one['bytes_max'])}"),
        Number("Oldest knowledge", format_ms(one["age_ms"]), promised, "doubt" if behind else "", behind),
        Number("Changes applied", _within(one), "after their commit at most, 99 of 100 polls"),
        Number(
            "Audit",
            f"{format_count(one['stale'])} stale" if one["stale"] or _judged(one) or not one["audited"] else UNKNOWN,
            _audit_words(one),
            "bad" if one["stale"] else "",
            "wrong" if one["stale"] else "",
        ),
    ]
    if one["queries_per_s"] is not None:
        shown.insert(3, _statements(one["queries_per_s"], sum(one["uncached_per_s"].values())))
    heading = element("h2", f"{one['cache']}, {title(one['policy'])}") if named else ""
    return joined(heading, numbers_html(shown))


def _statements(kept_per_s: float, uncached_per_s: float) -> Number:
    """Those of query caches; the reasons stand in a table below."""
    asked = kept_per_s + uncached_per_s
    words = f"of {format_rate(asked)} may be kept" if asked else "none lately"
    return Number("Statements", format_share(kept_per_s / asked) if asked else UNKNOWN, words)


def _within(one: Row) -> str:
    return UNKNOWN if one["lag_ms_p99"] is None else f"≤ {format_ms(one['lag_ms_p99'])}"


def _tiers(one: Row) -> str:
    """How many of them were in the process itself."""
    hits = one["hits_per_s"]
    total = sum(hits.values())
    shared = hits.get("shared", 0.0)
    if not total:
        return ""
    return f"{format_share(shared / total)} of them from tier 2" if shared else "all in the process"


def _fill_words(one: Row) -> str:
    if one["fill_ms_p50"] is None:
        return "none lately"
    failed = f" · {format_rate(one['failed_per_s'])} failed" if one["failed_per_s"] else ""
    return f"p50 {format_ms(one['fill_ms_p50'])} · p99 {format_ms(one['fill_ms_p99'])}{failed}"


def _judged(one: Row) -> int:
    """How many of what was looked up again could be."""
    return int(one["audited"] - one["unknown"])


def _audit_words(one: Row) -> str:
    if not one["audited"]:
        return "not switched on"
    unknown = f" · {format_count(one['unknown'])} more unknown" if one["unknown"] else ""
    return f"of {format_count(_judged(one))} looked up again{unknown}"


def _processes(reading: Reading, place: Place) -> Html:
    if not reading.watches_database:
        return Html("")
    found = reading.details.get(KIND)
    left_out = int(found[1].get("left_out", 0)) if found else 0
    shown = table(
        place, "caches", "Processes with a cache, as they reported last", _PROCESSES, reading.rows(KIND),
        left_out=left_out, nothing=unseen(reading, KIND, "No process reports a cache."), shown=30,
    )  # fmt: skip
    return part("Processes", shown, aside=seen(reading, KIND))


def _table(
    place: Place, name: str, caption: str, columns: Sequence[Column], caches: Sequence[Row], rows: Sequence[Row]
) -> Html:
    """With a column for the cache only where there are several."""
    shown = (_CACHE, *columns) if len(caches) > 1 else columns
    return table(place, name, caption, shown, rows, nothing="Nothing yet.", shown=20)


def _tags(reading: Reading, place: Place) -> Html:
    caches = _caches(reading)
    families = [{"cache": one["cache"], **row} for one in caches for row in one["families"]]
    tenants = [{"cache": one["cache"], **row} for one in caches for row in one["tenants"]]
    if not families and not tenants:
        return Html("")
    said = [_table(place, "families", "Families of tags, the most read first", _FAMILIES, caches, families)]
    if tenants:
        said.append(_table(place, "tenants", "Tenants, the largest first", _TENANTS, caches, tenants))
    return part("Tags", *said)


def _reasons(reading: Reading, place: Place) -> Html:
    """Why values were missing, why they went, why some were not kept, why statements ran as without a cache."""
    caches = _caches(reading)
    rows = [
        {"cache": one["cache"], "what": what, "why": _explained(why), "per_s": rate}
        for one in caches
        for what, kind in _KINDS
        for why, rate in sorted(one[kind].items(), key=lambda pair: -pair[1])
        if rate
    ]
    if not rows:
        return Html("")
    return part("Misses and evictions", _table(place, "reasons", "By reason, per second", _REASONS, caches, rows))


def _explained(why: str) -> str:
    return f"{why}: {_MEANING[why]}" if why in _MEANING else why


def _shadow(reading: Reading, place: Place) -> Html:
    """What other policies and sizes would find: the sentence, then the figures."""
    return joined(*(_shadow_of(one, place) for one in _caches(reading) if one["shadow"]))


def _shadow_of(one: Row, place: Place) -> Html:
    known = {(row["policy"], row["size"]): row["ratio"] for row in one["shadow"]}
    policies, sizes = sorted({name for name, _ in known}), sorted({size for _, size in known})
    columns = (
        words("size", "Size"),
        *(figure(name, title(name), format_share) for name in policies),
    )
    rows: list[dict[str, Any]] = [
        {"size": _SIZES.get(size, f"{size:g} times"), **{name: known.get((name, size)) for name in policies}}
        for size in sizes
    ]
    now = f"of {one['cache']}, which is {title(one['policy'])}"
    caption = f"Simulated beside the cache, {now}: hits of {format_count(one['shadow_requests'])} sampled reads"
    said = (element("p", element("b", f"{line[:1].upper()}{line[1:]}.")) for line in one["advice"])
    return part("Other policies and sizes", *said, table(place, f"shadow-{one['cache']}", caption, columns, rows))


SLOTS: Final[Sequence[Slot]] = (
    Slot("verdict", _verdict, kinds=(KIND,)),
    Slot("numbers", _numbers, kinds=(KIND,)),
    CHARTS,
    Slot("processes", _processes, holds=True, kinds=(KIND,)),
    Slot("tags", _tags, holds=True, kinds=(KIND,)),
    Slot("dropping", dropping, holds=True, stamped=dropping_stamp),
    Slot("reasons", _reasons, holds=True, kinds=(KIND,)),
    Slot("shadow", _shadow, holds=True, kinds=(KIND,)),
)
