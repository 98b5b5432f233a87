"""What is asked and answered of edges and their purges, as OpenAPI describes it. Rates are of some seconds."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from plimsoll.core.edge_figures import ClassRow, EdgeRow, EdgeTotals, PurgeRow
from plimsoll.server.api.alert_models import RuleBody
from plimsoll.server.api.cache_models import CacheSeen

TEXT_CHARACTERS_MAX = 2_000
NAMED_MAX = 100
_SEEN: dict[str, Any] = {"seen_s": 1767283675.0, "age_s": 5.0, "stale": False, "missing": "", "remedy": ""}
_TOTAL: dict[str, Any] = {
    "edges": 2, "silent": 0, "behind": 0, "requests_per_s": 1240.0, "hit_percent": 91.4, "latency_ms_p50": 0.6,
    "latency_ms_p95": 12.0, "latency_ms_p99": 48.0, "errors_percent": 0.02, "errors_per_s": 0.2,
    "saved_bytes_per_s": 18200000.0, "served_bytes_per_s": 19900000.0, "purged_per_s": 3.1, "entries": 41200,
    "bytes": 214000000, "bytes_max": 536870912, "outcomes_per_s": {"hit": 1100.0, "forwarded": 104.0},
    "because_per_s": {"uri-miss": 92.0, "stale": 12.0}, "passed_per_s": {"private": 61.0},
    "countries_per_s": {"DE": 800.0},
}  # fmt: skip
_EDGE: dict[str, Any] = {
    "edge": "10.0.0.5:8080", "host": "edge1", "pid": 4711, "standing": "up", "why": "", "requests_per_s": 620.0,
    "hit_percent": 91.0, "latency_ms_p95": 12.0, "errors_percent": 0.0, "entries": 20600, "bytes": 107000000,
    "bytes_max": 268435456,
}  # fmt: skip
_PURGE: dict[str, Any] = {
    "provider": "cloudflare", "waiting": 12, "leased": 5, "parked": 0, "oldest_s": 1.4, "tries": 1, "resume_s": None,
    "trouble": "",
}  # fmt: skip
Texts = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=TEXT_CHARACTERS_MAX)]], Field(max_length=NAMED_MAX)
]


class CdnPurges(CacheSeen):
    """The outbox of the watched database; `read_s` since its changelog was read for purges."""

    read_s: float | None
    providers: list[PurgeRow]


class CdnStatusBody(CacheSeen):
    """Whether edges help and purges arrive, in a sentence; all edges as one. `cause`: what is said of the worst."""

    standing: Literal["good", "warning", "bad", "unknown"]
    word: str
    sentence: str
    cause: str
    total: EdgeTotals | None
    purges: CdnPurges
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_SEEN,
                "standing": "good",
                "word": "Right",
                "sentence": "2 edges, 91.4 % of 1,240 requests/s are hits, 95 of 100 begin within 12.0 ms",
                "cause": "",
                "total": _TOTAL,
                "purges": {**_SEEN, "read_s": 0.2, "providers": [_PURGE]},
            }
        }
    )


class CdnMetricsBody(CacheSeen):
    """All edges as one, by class, and each by itself."""

    total: EdgeTotals | None
    classes: list[ClassRow]
    edges: list[EdgeRow]
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_SEEN,
                "total": _TOTAL,
                "classes": [{"kind": "images", "requests_per_s": 700.0, "hit_percent": 98.1}],
                "edges": [_EDGE],
            }
        }
    )


class CdnConfigBody(BaseModel):
    """Which edges are asked, whether there is a token for them, of how many requests a share is told, and the rules."""

    edges: list[str]
    has_token: bool
    sample_min: int
    providers: list[str]
    rules: list[RuleBody]
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "edges": ["10.0.0.5:8080"],
                "has_token": True,
                "sample_min": 20,
                "providers": ["local", "cloudflare"],
                "rules": [],
            }
        }
    )


class NewPurge(BaseModel):
    """What is to be purged. `hard`: it is gone, and not only stale. `everything` stands alone."""

    tags: Texts = []
    urls: Texts = []
    prefixes: Texts = []
    patterns: Texts = []
    hosts: Texts = []
    everything: bool = False
    hard: bool = False
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"tags": ["order:42", "org:*"], "hard": False}}
    )


class WishBody(BaseModel):
    """One purge; `what` is empty for everything."""

    kind: Literal["tag", "url", "prefix", "pattern", "host", "all"]
    what: str
    hard: bool


class PurgeBody(BaseModel):
    """Where it was asked for, of whom, and who cannot purge by which kinds."""

    where: str
    purges: list[WishBody]
    providers: list[str]
    unable: dict[str, list[str]]
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "where": "shop on db.example.org:5432",
                "purges": [{"kind": "tag", "what": "order:42", "hard": False}],
                "providers": ["local", "cloudflare"],
                "unable": {},
            }
        }
    )
