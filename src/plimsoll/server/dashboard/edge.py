"""Edge: whether edges help, how fast they answer, and whether purges arrive at them and at CDNs."""

from collections.abc import Mapping, Sequence
from typing import Final

from plimsoll.core.units import (
    UNKNOWN,
    format_bytes,
    format_count,
    format_duration,
    format_ms,
    format_rate,
    format_share,
)
from plimsoll.server.dashboard.edge_purging import purging, purging_stamp
from plimsoll.server.dashboard.figures import numbers_html
from plimsoll.server.dashboard.markup import Html, element, joined
from plimsoll.server.dashboard.place import Place
from plimsoll.server.dashboard.slots import CHARTS, Slot, part, seen, unseen
from plimsoll.server.dashboard.tables import Column, Row, figure, table, words
from plimsoll.server.reading.edge_lines import (
    ERRORS_PERCENT,
    HITS_PERCENT,
    LAG_S,
    LATENCY_MS,
    edge_verdict,
)
from plimsoll.server.reading.numbers import Number, Standing
from plimsoll.server.reading.reading import Reading
from plimsoll.server.reading.say import plural, value

EDGES: Final = "edges"
PURGES: Final = "purges"
_TO_WATCH: Final = "plimsoll watch --edge http://127.0.0.1:8080"
_STANDINGS: Final = {"up": ("up", "good"), "behind": ("behind", "doubt"), "silent": ("silent", "bad")}
_CLASSES: Final = {
    "immutable": "immutable", "pages": "pages", "images": "images", "assets": "styles, scripts, fonts",
    "documents": "documents", "data": "data: JSON, XML, text", "other": "other",
}  # fmt: skip
_KINDS: Final = (
    ("Answered by", "outcomes_per_s"), ("Asked of the origin", "because_per_s"), ("Not stored", "passed_per_s"),
    ("Country", "countries_per_s"),
)  # fmt: skip
_MEANING: Final[Mapping[str, Mapping[str, str]]] = {  # of words that API and metrics have as they are
    "outcomes_per_s": {
        "hit": "the store", "stale": "the store, past its time, and validated behind it",
        "renewed": "the store, after a 304", "instead": "the store, since the origin failed",
        "collapsed": "another's answer", "file": "a file of a folder", "forwarded": "the origin",
        "write": "the origin, of a method that no cache answers", "failed": "nobody",
        "refused": "a refusal, for the client's own doing",
    },
    "because_per_s": {
        "uri-miss": "nothing is stored", "vary-miss": "another variant is stored", "stale": "its time is over",
        "request": "the client wished so", "method": "no cache answers it",
    },
    "passed_per_s": {"nothing said": "the application does not say for how long"},
    "countries_per_s": {},
}  # fmt: skip


def _percent(amount: float) -> str:
    return format_share(amount / 100)


def _standing(row: Row) -> Html:
    word, kind = _STANDINGS[row["standing"]]
    return joined(element("b", word, class_=kind), f": {row['why']}" if row["why"] else "")


_ROWS: Final = (
    words("edge", "Edge"),
    Column("standing", "Standing", _standing, lambda row: row["standing"], first_up=True),
    figure("requests_per_s", "Requests", format_rate),
    figure("hit_percent", "Hits", _percent, "of what a cache may answer"),
    figure("latency_ms_p95", "p95", format_ms, "95 of 100 answers began within so long"),
    figure("errors_percent", "Errors", _percent),
    figure("entries", "Stored", format_count),
    figure("bytes", "Memory", format_bytes),
)
_BY_CLASS: Final = (
    Column("kind", "Class", lambda row: _CLASSES[row["kind"]], lambda row: row["kind"], first_up=True),
    figure("requests_per_s", "Requests", format_rate),
    figure("hit_percent", "Hits", _percent, "of what a cache may answer"),
)
_PURGES: Final = (
    words("provider", "Provider"),
    figure("waiting", "Waiting", format_count),
    figure("oldest_s", "Oldest", lambda amount: format_duration(round(amount, 1)), "how long it has waited: the lag"),
    figure("leased", "Being sent", format_count),
    figure("parked", "Parked", format_count, "refused too often"),
    words("trouble", "It said"),
)
_REASONS: Final = (words("what", "What"), words("why", "Which"), figure("per_s", "Rate", format_rate))


def named(reading: Reading) -> bool:
    """Whether edges are watched."""
    return EDGES in reading.states or EDGES in reading.details


def _verdict(reading: Reading, _: Place) -> Html:
    """The first sentence. Also what stands where there is nothing to see."""
    edges, waiting = reading.details.get(EDGES), reading.details.get(PURGES)
    late = None if waiting is None or reading.lapsed(PURGES) else waiting[1]
    lapsed = reading.lapsed(EDGES)
    said = edge_verdict(None if edges is None else edges[1], late, lapsed, named=named(reading))
    cause = element("p", "Why: ", said.cause, class_="remedy") if said.cause else ""
    remedy = element("p", "What to do: ", said.remedy, class_="remedy") if said.remedy else ""
    word = element("p", said.word, class_="word")
    return element("div", word, element("h1", f"{said.sentence}."), cause, remedy, class_=f"verdict {said.standing}")


def _total(reading: Reading) -> Row | None:
    """Nothing of what is not so any more."""
    found = reading.details.get(EDGES)
    if found is None or reading.lapsed(EDGES) or not found[1]["total"]["edges"]:
        return None
    total: Row = found[1]["total"]
    return total


def _judged(amount: float | None, bars: Sequence[float], word: str) -> tuple[Standing, str]:
    beyond = sum(amount is not None and amount > bar for bar in bars)
    standings: tuple[Standing, ...] = ("", "doubt", "bad")
    return standings[beyond], word if beyond else ""


def _numbers(reading: Reading, _: Place) -> Html:
    total = _total(reading)
    shown = [] if total is None else _of_edges(total)
    if not reading.lapsed(PURGES):
        shown += _of_purges(reading.rows(PURGES))
    return numbers_html(shown) if shown else Html("")


def _of_edges(total: Row) -> list[Number]:
    hits, saved, served = total["hit_percent"], total["saved_bytes_per_s"], total["served_bytes_per_s"]
    few: Standing = "doubt" if hits is not None and hits < HITS_PERCENT else ""
    goal = "too few requests to say" if hits is None else f"goal {HITS_PERCENT:g} %"
    of_all = f"{format_share(saved / served)} of {format_bytes(served)}/s" if served else "nothing was told"
    slow = _judged(total["latency_ms_p95"], LATENCY_MS, "slow")
    failing = _judged(total["errors_percent"], ERRORS_PERCENT, "over")
    middle = UNKNOWN if total["latency_ms_p50"] is None else format_ms(total["latency_ms_p50"])
    share = format_share(total["bytes"] / total["bytes_max"]) if total["bytes_max"] else UNKNOWN
    return [
        Number("Hits", value(hits, "percent"), goal, few, "under" if few else ""),
        Number("Requests", value(total["requests_per_s"], "1/s"), plural(total["edges"], "edge")),
        Number("Answers begin, p95", value(total["latency_ms_p95"], "ms"), f"p50 {middle} · limit 2 s", *slow),
        Number("Errors", value(total["errors_percent"], "percent"), "of the answers · limit 5 %", *failing),
        Number("Saved", value(saved, "bytes/s"), of_all),
        Number("Stored", format_bytes(total["bytes"]), f"{share} of {format_bytes(total['bytes_max'])}"),
    ]


def _of_purges(rows: Sequence[Row]) -> list[Number]:
    if not rows:
        return []
    lag = max((row["oldest_s"] for row in rows if row["oldest_s"] is not None), default=None)
    waiting, parked = sum(row["waiting"] for row in rows), sum(row["parked"] for row in rows)
    late, refused = _judged(lag, LAG_S, "late"), _judged(float(parked), (0.0,), "refused")
    oldest = "none waits" if lag is None else f"the oldest for {value(lag, 's')}"
    mend = "plimsoll edge retry" if parked else "none was refused"
    return [
        Number("Purges waiting", format_count(waiting), oldest, *late),
        Number("Purges parked", format_count(parked), mend, *refused),
    ]


def _each(reading: Reading, place: Place) -> Html:
    if not named(reading):
        return element("p", "To watch edges: ", element("code", _TO_WATCH), class_="empty")
    shown = table(
        place, "edges", "Each edge between the last two looks", _ROWS, reading.rows(EDGES),
        nothing=unseen(reading, EDGES, "No edge is named."), shown=30,
    )  # fmt: skip
    return part("Edges", shown, aside=seen(reading, EDGES))


def _classes(reading: Reading, place: Place) -> Html:
    rows = [] if _total(reading) is None else reading.details[EDGES][1]["classes"]
    if not rows:
        return Html("")
    return part("By class", table(place, "classes", "How an answer may be kept, and what it is", _BY_CLASS, rows))


def _outbox(reading: Reading, place: Place) -> Html:
    """What waits, or why that is not seen."""
    if not reading.watches_database:
        said = "The outbox of purges is in a database, and none is watched: "
        return part("Purges", element("p", said, element("code", f"{_TO_WATCH} --dsn env:NAME"), class_="empty"))
    found = reading.details.get(PURGES)
    missing, remedy = (found[1].get("missing", ""), found[1].get("remedy", "")) if found else ("", "")
    if missing:
        told = joined(f"{missing[:1].upper()}{missing[1:]}: ", element("code", remedy))
        return part("Purges", element("p", told, class_="empty"))
    nothing = unseen(reading, PURGES, "The outbox has no provider.")
    caption = "What waits for each provider, from the inside out"
    shown = table(place, "purges", caption, _PURGES, reading.rows(PURGES), nothing=nothing)
    read_s = found[1]["read_s"] if found and not reading.lapsed(PURGES) else None
    return part("Purges", shown, _read(read_s), aside=seen(reading, PURGES))


def _read(ago_s: float | None) -> Html:
    """When the changelog was read for purges."""
    if ago_s is None:
        return Html("")
    said = f"The changelog was read for purges {format_duration(round(ago_s, 1))} ago."
    if ago_s <= LAG_S[0]:
        return element("p", said, class_="soft")
    return element("p", element("b", "late", class_="doubt"), f": {said} ", element("code", "plimsoll edge purger"))


def _reasons(reading: Reading, place: Place) -> Html:
    total = _total(reading)
    rows = [
        {"what": what, "why": _explained(kind, why), "per_s": rate}
        for what, kind in _KINDS
        for why, rate in sorted((total or {}).get(kind, {}).items(), key=lambda pair: -pair[1])
    ]
    if not rows:
        return Html("")
    return part("Why", table(place, "reasons", "Requests a second", _REASONS, rows, shown=60))


def _explained(kind: str, why: str) -> str:
    meaning = _MEANING[kind].get(why)
    return f"{why}: {meaning}" if meaning else why


SLOTS: Final[Sequence[Slot]] = (
    Slot("verdict", _verdict, kinds=(EDGES, PURGES)),
    Slot("numbers", _numbers, kinds=(EDGES, PURGES)),
    CHARTS,
    Slot("edges", _each, holds=True, kinds=(EDGES,)),
    Slot("classes", _classes, holds=True, kinds=(EDGES,)),
    Slot("outbox", _outbox, holds=True, kinds=(PURGES,)),
    Slot("purging", purging, holds=True, stamped=purging_stamp),
    Slot("reasons", _reasons, holds=True, kinds=(EDGES,)),
)
