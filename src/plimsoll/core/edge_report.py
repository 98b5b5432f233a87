"""What an edge tells of itself to who has its token: written by the edge, read by whoever watches. Plain JSON.

Counters count since the edge began. Whoever reads it trusts nothing.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from plimsoll.core.time_bounds import ANSWER_MS
from plimsoll.core.told import count_told, list_told, map_told, number_told, text_told

# What answered a request. Told without a body of the origin's: `hit`, from the store; `stale`, from it and past its
# time; `renewed`, after a 304; `instead`, where the origin failed; `collapsed`, another's answer; `file`, of a folder.
# `forwarded` is the origin's own, `write` too, of a method that no cache answers; `failed` had none; `refused` was the
# client's own doing, and counts in no ratio.
SAVED: Final = ("hit", "stale", "renewed", "instead", "collapsed", "file")
OUTCOMES: Final = (*SAVED, "forwarded", "write", "failed", "refused")
CLASSES: Final = ("immutable", "pages", "images", "assets", "documents", "data", "other")  # by how it is kept, and kind
COUNTRIES_MAX: Final = 260  # ISO 3166 has 249, and proxies name a few of their own; what is beyond stands under OTHERS
OTHERS: Final = "(others)"
REASONS_MAX: Final = 40

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class EdgeReport:
    """`told`: requests by class and outcome. `because`: why the origin was asked (RFC 9211, 2.2); `passed`: why its
    answers were not stored. `latency_ms`: times until an answer's head, as many as ANSWER_MS has bounds; `latency_s`
    their sum. `errors`: answers of 500 and above, and none at all; `cut`: bodies that broke off. Bytes are of bodies.
    `countries`: requests by what a trusted peer says. `behind`: whether too little is known of changes to tell what
    carries tags; None where none are followed."""

    instance: str = ""
    host: str = ""
    pid: int = 0
    started_s: float = 0.0
    told: Mapping[str, Counts] = field(default_factory=dict)
    because: Counts = field(default_factory=dict)
    passed: Counts = field(default_factory=dict)
    latency_ms: tuple[int, ...] = ()
    latency_s: float = 0.0
    errors: int = 0
    cut: int = 0
    saved_bytes: int = 0
    served_bytes: int = 0
    countries: Counts = field(default_factory=dict)
    entries: int = 0
    bytes: int = 0
    bytes_max: int = 0
    tags: int = 0
    evicted: int = 0
    overtaken: int = 0
    purged: int = 0
    behind: bool | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def read_edge_report(said: object) -> EdgeReport | None:
    """What somebody told, made fit to be shown; None for what is no report."""
    if not isinstance(said, Mapping) or not isinstance(said.get("told"), Mapping):
        return None
    told = dict(map_told(said["told"], len(CLASSES)))
    behind = said.get("behind")
    return EdgeReport(
        **{name: count_told(said.get(name)) for name in _COUNTS},
        instance=text_told(said.get("instance")),
        host=text_told(said.get("host")),
        started_s=number_told(said.get("started_s")) or 0.0,
        told={one: _counts(told[one], len(OUTCOMES)) for one in CLASSES if one in told},
        because=_counts(said.get("because"), REASONS_MAX),
        passed=_counts(said.get("passed"), REASONS_MAX),
        latency_ms=tuple(map(count_told, list_told(said.get("latency_ms"))[: len(ANSWER_MS)])),
        latency_s=number_told(said.get("latency_s")) or 0.0,
        countries=_counts(said.get("countries"), COUNTRIES_MAX + 1),
        behind=behind if isinstance(behind, bool) else None,
    )


_COUNTS: Final = (
    "pid", "errors", "cut", "saved_bytes", "served_bytes", "entries", "bytes", "bytes_max", "tags", "evicted",
    "overtaken", "purged",
)  # fmt: skip


def _counts(said: object, most: int) -> dict[str, int]:
    return {name: count_told(one) for name, one in map_told(said, most)}
