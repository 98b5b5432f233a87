"""A cache that is told what the application relies on passes itself by where the database does not write that."""

from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from plimsoll.cache import Cache, UsageError
from plimsoll.core.errors import RefusedError


def test_a_template_that_is_not_installed_is_named_and_nothing_is_kept_by_it(shop: str) -> None:
    with Cache() as cache:
        with pytest.raises(
            RefusedError, match=r"nothing writes ordr:\{id} of public\.orders, .*: plimsoll cache install"
        ):
            cache.follow(shop, wait_s=30, tables={"public.orders": ["order:{id}", "ordr:{id}"]})
        cache.follow(shop, tables={"public.orders": ["ordr:{id}"]})
        with suppress(RefusedError):
            assert cache._following is not None
            cache._following.wait(30)
        assert [cache.fetch_sync("k", partial(str, value), tags=["ordr:1"]) for value in (1, 2)] == ["1", "2"]
        assert "ordr:{id}" in cache.status().trouble
        assert cache.report().is_behind


def test_what_is_installed_is_kept(shop: str) -> None:
    with Cache(staleness_s=60) as cache:
        cache.follow(shop, wait_s=30, tables={"public.orders": ["order:{id} when note"]})
        assert [cache.fetch_sync("k", partial(str, value), tags=["order:1"]) for value in (1, 2)] == ["1", "1"]
        assert cache.status().trouble == ""


@pytest.mark.parametrize(
    "tables",
    [
        *({"public.orders": one} for one in ("order:{id}", None, [None], [""])),
        {1: ["order:{id}"]},
        ["public.orders"],
    ],
)
def test_what_names_no_tables_is_refused_before_anything_is_followed(tables: Any) -> None:
    with Cache() as cache, pytest.raises(UsageError, match="cannot be relied on"):
        cache.follow("postgresql://nowhere/at_all", tables=tables)
