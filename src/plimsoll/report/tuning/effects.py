"""What is said of a statement before and after a change, the same on every face."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from plimsoll.core.tuning.advice import Advised, Tuning
from plimsoll.core.tuning.proof import QueryProof
from plimsoll.core.tuning.query import Origin, Query
from plimsoll.core.units import UNKNOWN, format_count, format_ms
from plimsoll.report.tuning.words import share_words
from plimsoll.report.words import plain, sentence
from plimsoll.settings.masking import mask

_VALUES: Final[Mapping[Origin, str]] = {
    "real": "as they were sent", "sampled": "of rows that are there", "guessed": "guessed",
}  # fmt: skip
_BY_STATISTICS: Final[Sequence[Origin]] = ("common", "rare")
STATEMENTS_MAX: Final = 10  # of one change
STATEMENT_CHARACTERS: Final = 20_000  # of a statement's text, of which a page shows all


def queries_of(tuning: Tuning) -> dict[str, Query]:
    return {one.id: one for one in tuning.workload.queries}


def statement_of(query: Query | None, id_: str, most: int = STATEMENT_CHARACTERS) -> str:
    """Its text without secrets, or that it is not known."""
    text = query.shown[:most].strip() if query is not None else ""
    return mask(text) if text else f"statement {id_}, whose text is not known"


def short_statement(query: Query | None, id_: str, most: int) -> str:
    """On one line of at most so many characters."""
    return plain(" ".join(statement_of(query, id_, 2 * most).split()), most)


def call_words(query: Query | None) -> str:
    """ "1,204 calls"."""
    return "" if query is None else f"{count_words(query.calls)} calls"


def values_words(query: Query | None) -> str:
    """With which values it was asked: "values common (98 %) and rare (2 %) by statistics"; "" where it takes none."""
    if query is None or not query.types or not query.bindings:
        return ""
    shares: dict[Origin, float] = {}
    for one in query.bindings:
        shares[one.origin] = shares.get(one.origin, 0.0) + one.share
    said = [words for name, words in _VALUES.items() if name in shares]
    skewed = [f"{name} ({share_words(shares[name])})" for name in _BY_STATISTICS if name in shares]
    told = [*said, f"{' and '.join(skewed)} by statistics"] if skewed else said
    return f"values {'; '.join(told)}"


def count_words(value: float | None) -> str:
    """ "1,204"; a file may hold what is no number."""
    return format_count(round(value)) if value is not None and math.isfinite(value) else UNKNOWN


def times_words(before: float, after: float) -> str:
    """ "132 times faster"; "" where nothing can be said."""
    if not (0 < before < math.inf and 0 < after < math.inf):
        return ""
    ratio = max(before / after, after / before)
    said = f"{ratio:.0f}" if ratio >= 9.95 else f"{ratio:.1f}"
    return "" if ratio < 1.05 else f"{said} times {'faster' if before > after else 'slower'}"


def effect_words(one: QueryProof, query: Query | None) -> str:
    """ "38.4 ms → 291 µs a call, 132 times faster; 4,931 calls"."""
    stands_out = one.effect in ("better", "worse")
    times = times_words(one.before.ms.value, one.after.ms.value) if stands_out else ""
    said = f"{format_ms(one.before.ms.value)} → {format_ms(one.after.ms.value)} a call{f', {times}' if times else ''}"
    calls = f"; {call_words(query)}" if query is not None else ""
    return f"{said}{calls}{f'; {why_words(one)}' if one.why else ''}"


def cold_words(one: QueryProof) -> str:
    """ "212 ms → 1.31 ms" with nothing in memory; "" where that was not measured."""
    before, after = one.before.cold_ms, one.after.cold_ms
    return "" if before is None or after is None else f"{format_ms(before)} → {format_ms(after)}"


def why_words(one: QueryProof) -> str:
    return mask(sentence(one.why))


def plan_words(one: QueryProof) -> str:
    """ "Seq Scan on orders → Index Scan using idx_orders_customer_id", or what both have."""
    before, after = (sentence(side.plan) or UNKNOWN for side in (one.before, one.after))
    return before if before == after else f"{before} → {after}"


def details_words(one: QueryProof, query: Query | None) -> str:
    """Its plans, and with which values it was asked."""
    return " · ".join(part for part in (plan_words(one), values_words(query)) if part)


def moved(one: Advised) -> list[QueryProof]:
    """The statements that become better or worse by it, the worse first, then by what is saved."""
    found = [] if one.proof is None else [two for two in one.proof.queries if two.effect in ("better", "worse")]
    return sorted(found, key=lambda two: (two.effect == "better", -abs(two.saved_ms)))


def by_weight(found: Sequence[QueryProof], queries: Mapping[str, Query]) -> list[QueryProof]:
    """Those first that the workload waits for longest, as it is."""
    return sorted(
        found, key=lambda one: -one.before.ms.value * (queries[one.query].calls if one.query in queries else 1)
    )
