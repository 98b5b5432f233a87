"""Templates of a cached function's tenant and tags."""

from dataclasses import dataclass

import pytest

from plimsoll.cache import Cache
from plimsoll.core.errors import UsageError
from plimsoll.core.tag import tag


@dataclass
class User:
    id: int
    tenant: str = "a"


def test_a_template_says_whose_quota_each_call_counts_for() -> None:
    cache = Cache(staleness_s=None)

    @cache.cached(tenant="{user.tenant}", key="of:{user.id}", ttl=60)
    def of(user: User) -> str:
        return "text"

    @cache.cached(tenant=lambda number: f"n{number}", ttl=60)
    def by(number: int) -> str:
        return "text"

    @cache.cached(tenant="{number}", key="as:{number}", ttl=60)
    def numbered(number: int) -> str:
        return "text"

    assert of(User(1, "a")) == of(User(2, "b")) == by(7) == numbered(8) == "text"
    assert set(cache.status().tenant_bytes) == {"a", "b", "n7", "8"}
    for tenant in ("{nobody}", "{user.id", "{user.id}{user.tenant}", 5, None):
        with pytest.raises(UsageError):
            cache.cached(tenant=tenant)(of.uncached)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="5 is no text"):
        cache.cached(tenant=lambda user: 5, key="no:{user.id}")(of.uncached)(User(1))  # type: ignore[arg-type, return-value]


def test_a_constant_beside_an_argument_makes_the_tag_that_its_row_writes() -> None:
    cache = Cache(staleness_s=None)

    @cache.cached(key="line", tags=["line:1/{number}", "line:{number}/a b", "user:{number}/{number}"])
    def line(number: str) -> str:
        return number

    for dropped in (tag("line", 1, "7/8"), tag("line", "7/8", "a b"), tag("user", "7/8", "7/8")):
        assert line("7/8") == "7/8"
        cache.invalidate(dropped)
        assert cache.get("line") is None
    for text in (
        "line:1{number}",
        "line:*/{number}",
        "line:%0/{number}",
        "line:{number!r}",
        "line:{a[0]}",
        "L:{number}",
    ):
        with pytest.raises(UsageError, match=r"not a (template|family) of tags"):
            cache.cached(tags=[text])(line.uncached)
