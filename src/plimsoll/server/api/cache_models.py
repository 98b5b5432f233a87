"""What is asked and answered of the application's caches, as OpenAPI describes it. Rates are of some seconds."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from plimsoll.core.cache_figures import CacheRow, CacheTotals, RatioRow
from plimsoll.core.tag_text import TAG_CHARACTERS_MAX, TAGS_BY_HAND_MAX

_SEEN: dict[str, Any] = {"seen_s": 1767283675.0, "age_s": 5.0, "stale": False, "missing": "", "remedy": ""}
_CACHE: dict[str, Any] = {
    "cache": "shop", "processes": 6, "silent": 0, "behind": 0, "away": 0, "policy": "s3-fifo", "reads_per_s": 12300.0,
    "hit_percent": 94.2, "hits_per_s": {"process": 11200.0, "shared": 387.0}, "misses_per_s": {"absent": 713.0},
    "fills_per_s": 701.0, "failed_per_s": 0.0, "fill_ms_p50": 1.2, "fill_ms_p99": 8.4,
    "lag_ms_p50": 6.1, "lag_ms_p99": 19.0,
    "gone_per_s": {"capacity": 590.0}, "refused_per_s": {}, "queries_per_s": 3100.0,
    "uncached_per_s": {"it is no SELECT": 120.0}, "entries": 58211, "bytes": 402653184,
    "bytes_max": 600000000, "age_ms": 31.0, "staleness_ms": 250.0,
}  # fmt: skip
_PROCESS: dict[str, Any] = {
    "cache": "shop", "instance": "web1-4711-9f2c", "host": "web1", "pid": 4711, "role": "shop", "standing": "right",
    "seen_s_ago": 0.8, "reads_per_s": 2050.0, "hit_percent": 94.1, "entries": 9700, "bytes": 67108864,
    "bytes_max": 100000000, "age_ms": 12.0, "staleness_ms": 250.0, "trouble": "", "shared_trouble": "",
}  # fmt: skip
_FAMILY: dict[str, Any] = {"cache": "shop", "family": "order", "reads_per_s": 8400.0, "hit_percent": 96.1}
_TAGS: dict[str, Any] = {
    "families": [_FAMILY], "unwritten": [{"cache": "shop", "family": "ordr", "filled": 12}],
}  # fmt: skip
_TENANT: dict[str, Any] = {"cache": "shop", "tenant": "acme", "bytes": 12582912}
_SHADOW: dict[str, Any] = {
    "cache": "shop", "policy": "s3-fifo", "requests": 48000,
    "ratios": [{"policy": "s3-fifo", "size": 1.0, "ratio": 0.88}, {"policy": "2q", "size": 2.0, "ratio": 0.941}],
    "advice": ["2Q at twice the size: 94.1 % instead of 88 %"],
}  # fmt: skip
_AUDIT: dict[str, Any] = {
    "cache": "shop", "audited": 5120, "stale": 0, "changing": 3, "unknown": 1, "stale_keys": [],
}  # fmt: skip


class CacheSeen(BaseModel):
    """When it was seen; `stale` where that is too long ago. `missing`: why nothing can be seen, and what mends it."""

    seen_s: float | None
    age_s: float | None
    stale: bool
    missing: str
    remedy: str


class CacheStatusBody(CacheSeen):
    """Whether the caches are right, whether they help, and how old what they serve may be: in a sentence, and each.
    `cause` is what a process says of the worst that is wrong, `remedy` what to do about it."""

    standing: Literal["good", "warning", "bad", "unknown"]
    word: str
    sentence: str
    cause: str
    caches: list[CacheTotals]
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **_SEEN,
                "standing": "good",
                "word": "Right",
                "sentence": "6 processes, 94.2 % of 12,300 reads/s are hits, at most 31.0 ms old",
                "cause": "",
                "caches": [_CACHE],
            }
        }
    )


class CacheProcessesBody(CacheSeen):
    """Every process that reports; `left_out` more do."""

    processes: list[CacheRow]
    left_out: int
    model_config = ConfigDict(json_schema_extra={"example": {**_SEEN, "processes": [_PROCESS], "left_out": 0}})


class CacheFamily(BaseModel):
    """Reads of values that carry tags of a family."""

    cache: str
    family: str
    reads_per_s: float | None
    hit_percent: float | None


class CacheTenant(BaseModel):
    """What a tenant's values take."""

    cache: str
    tenant: str
    bytes: int


class CacheUnwritten(BaseModel):
    """A family of tags that `filled` values were filled by, no template has and nobody dropped by hand so far."""

    cache: str
    family: str
    filled: int


class CacheTagsBody(CacheSeen):
    """The most read families of tags, those of them that nobody writes, and the largest tenants."""

    families: list[CacheFamily]
    unwritten: list[CacheUnwritten]
    tenants: list[CacheTenant]
    model_config = ConfigDict(json_schema_extra={"example": {**_SEEN, **_TAGS, "tenants": [_TENANT]}})


class CacheShadow(BaseModel):
    """Other policies and sizes, simulated beside the live one; `advice` says what that comes to."""

    cache: str
    policy: str
    requests: int
    ratios: list[RatioRow]
    advice: list[str]


class CacheShadowBody(CacheSeen):
    """Of each cache that simulates."""

    caches: list[CacheShadow]
    model_config = ConfigDict(json_schema_extra={"example": {**_SEEN, "caches": [_SHADOW]}})


class CacheAudit(BaseModel):
    """Hits whose fill was run again (`audited`): `stale` were wrong, `changing` were just being changed."""

    cache: str
    audited: int
    stale: int
    changing: int
    unknown: int
    stale_keys: list[str]


class CacheAuditBody(CacheSeen):
    """Of each cache, since its processes were started."""

    caches: list[CacheAudit]
    model_config = ConfigDict(json_schema_extra={"example": {**_SEEN, "caches": [_AUDIT]}})


class NewInvalidation(BaseModel):
    """Tags to drop: of rows (`order:42`), whole families (`order:*`), tables (`table:public.orders`)."""

    tags: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=TAG_CHARACTERS_MAX)]],
        Field(min_length=1, max_length=TAGS_BY_HAND_MAX),
    ]
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"tags": ["order:42", "org:*"]}})


class InvalidationBody(BaseModel):
    """What was written into the changelog. A process whose position covers `xid` has dropped it. `unwritten`: those of
    the tags that no watched table writes and no cache is known to have, as far as the role that watches sees."""

    tags: list[str]
    xid: str
    unwritten: list[str]
    model_config = ConfigDict(
        json_schema_extra={"example": {"tags": ["order:42", "org:*"], "xid": "88213", "unwritten": []}}
    )
