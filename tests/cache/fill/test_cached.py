"""Decorated functions: which calls share a value, what it carries, and what is refused."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.cache import Cache, Filling
from plimsoll.cache.fill.keys import KeyTemplate, written
from plimsoll.core.errors import UsageError


class Color(Enum):
    RED = 1


class Level(IntEnum):
    ONE = 1


class Other(Enum):
    RED = 1


@dataclass
class User:
    id: int
    tenant: str = "a"


def made() -> Cache:
    return Cache(staleness_s=None)


def test_calls_share_a_value_by_their_arguments_however_they_are_given() -> None:
    cache, calls = made(), []

    @cache.cached(ttl=60)
    def price(order: int, unit: str = "EUR", *more: int, exact: bool = False, **rest: int) -> int:
        calls.append(order)
        return order

    for _ in range(2):
        assert price(1) == price(order=1) == price(1, "EUR") == price(1, unit="EUR", exact=False) == 1
    assert calls == [1]
    assert [price(1, "EUR", 2), price(1, exact=True), price(1, a=1), price(True)] == [1, 1, 1, True]
    assert len(calls) == 5
    with pytest.raises(TypeError, match="missing"):
        price()  # type: ignore[call-arg]
    assert price.uncached(9) == 9
    assert getattr(price, "__name__", "") == "price"
    assert price.invalidate(order=1)
    assert not price.invalidate(1)


def test_a_call_that_the_function_refuses_is_refused_as_the_function_does() -> None:
    @made().cached
    def add(a: int, b: int = 2) -> int:
        return a + b

    assert [add(1), add(1, 3), add(b=3, a=1), add(1, b=3)] == [3, 4, 4, 4]
    wrong: Any = add
    calls: list[tuple[tuple[int, ...], dict[str, int]]] = [((), {}), ((1, 2, 3), {}), ((1,), {"a": 1}), ((), {"b": 1})]
    for args, kwargs in [*calls, ((), {"b": 1, "c": 1})]:
        with pytest.raises(TypeError):
            wrong(*args, **kwargs)


def test_an_asynchronous_function_carries_tags_of_its_arguments() -> None:
    async def story() -> None:
        cache, calls = made(), 0

        @cache.cached(ttl=60, key="order:{order_id}:{user.id}", tags=["order:{order_id}", "user:{user.id}", "all:1"])
        async def order(order_id: int, user: User) -> int:
            nonlocal calls
            calls += 1
            return calls

        assert [await order(1, User(7)), await order(1, User(7, "b")), await order(1, User(8))] == [1, 1, 2]
        assert cache.get("order:1:7") == 1
        for tag in ("order:1", "user:7", "all:1"):
            cache.invalidate(tag)
            assert cache.get("order:1:7") is None
            await order(1, User(7))

    asyncio.run(story())


def test_a_tag_of_a_value_does_not_say_when_it_is_written() -> None:
    with pytest.raises(UsageError, match="not a tag of a value") as raised:
        made().cached(ttl=60, key="k", tags=["name-of:{id} when name"])(print)
    assert raised.value.remedy == "tags=['name-of:{id}']"


def test_tags_and_tenants_may_be_functions() -> None:
    cache = made()

    @cache.cached(
        key=lambda user, **_: f"user:{user.id}",
        tags=lambda found, user: [f"user:{user.id}", *(f"order:{one}" for one in found)],
        tenant=lambda user: user.tenant,
    )
    def orders(user: User) -> list[int]:
        return [1, 2]

    assert orders(User(7)) == [1, 2]
    assert set(cache.status().tenant_bytes) == {"a"}
    cache.invalidate("order:2")
    assert cache.get("user:7") is None


def test_a_method_shares_among_objects_unless_its_key_says_otherwise() -> None:
    cache = made()

    class Shop:
        def __init__(self, name: str) -> None:
            self.name = name

        @cache.cached
        def shared(self, number: int) -> str:
            return self.name

        @cache.cached(key="own:{self.name}:{number}")
        def own(self, number: int) -> str:
            return self.name

    one, other = Shop("one"), Shop("other")
    assert [one.shared(1), other.shared(1), one.own(1), other.own(1)] == ["one", "one", "one", "other"]


def test_functions_of_one_name_that_live_beside_each_other_need_keys_that_tell_them_apart() -> None:
    cache = made()

    def repository(table: str, **recipe: Any) -> Any:
        def get(number: int) -> str:
            return f"{table} {number}"

        return cache.cached(**recipe)(get)

    for recipe in ({}, {"key": "row:{number}"}):
        assert repository("orders", **recipe)(1) == "orders 1"
        with pytest.raises(UsageError, match="they have one name") as raised:
            repository("users", **recipe)
        assert "key=" in str(raised.value.remedy)
    for key in (lambda table: f"{table}:{{number}}", lambda table: lambda number: f"{table}/{number}"):
        keyed = [repository(table, key=key(table))(1) for table in ("orders", "users")]
        assert keyed == ["orders 1", "users 1"]
    assert [cache.cached(one)(1) for one in [lambda a: a] * 2] == [1, 1]
    with pytest.raises(UsageError, match="one name"):
        cache.cached(lambda a: -a)
    with pytest.raises(UsageError, match="a partial has no name"):
        cache.cached(partial(written, 1, "a"))
    assert cache.cached(key="one:1")(partial(written, 1, "a"))() == "1"


def test_what_a_process_makes_as_it_runs_needs_a_key_where_another_process_may_make_another() -> None:
    def priced(shop: str, cache: Any, key: str | None = None) -> Any:
        def price(number: int) -> str:
            return f"{shop} {number}"

        return cache.cached(key=key)(price)

    class Shop:
        def price(self, number: int) -> int:
            return number

    shared = Cache("shop", shared="valkey://127.0.0.1")  # not asked before it follows
    for one in (shared, shared.namespace("prices")):
        with pytest.raises(UsageError, match="another process may make another one") as raised:
            priced("acme", one)
        assert "key=" in str(raised.value.remedy)
        for made_here in (lambda number: number, Shop().price):
            with pytest.raises(UsageError, match="another process"):
                one.cached(made_here)
        assert priced("acme", one, "acme:{number}")(1) == "acme 1"
        assert one.cached(written)(1, "a") == "1"
    assert priced("acme", made())(1) == "acme 1"


def test_a_function_that_is_defined_anew_has_values_of_its_own() -> None:
    cache = made()
    texts = ["def f(a): return a", "def f(a): return -a", "def f(a): return -a"]  # as a module that is loaded again
    given = []
    for text in texts:
        names: dict[str, Any] = {"__name__": "shop"}
        exec(text, names)  # noqa: S102  # our own text
        given.append(cache.cached(names["f"])(1))
    assert given == [1, -1, -1]
    assert cache.status().fills == 2


def test_what_can_be_gone_through_only_once_is_not_kept() -> None:
    cache = made()

    def yields() -> Any:
        yield 1

    async def yields_too() -> Any:
        yield 1

    for function in (yields, yields_too):
        with pytest.raises(UsageError, match="yields, which can be gone through only once"):
            cache.cached(function)
    with pytest.raises(UsageError, match="gives a generator"):
        cache.fetch_sync("k", yields)
    with pytest.raises(UsageError, match="gives a map"):
        asyncio.run(cache.fetch("k", lambda: map(str, [1])))


def test_the_fill_of_a_decorated_function_may_be_told_of() -> None:
    cache = made()

    @cache.cached(key="k")
    def given() -> str:
        from plimsoll.cache import filling

        running = filling()
        assert isinstance(running, Filling)
        running.tag("order:1")
        return "value"

    given()
    cache.invalidate("order:1")
    assert cache.get("k") is None


@pytest.mark.parametrize(
    ("decorate", "words"),
    [
        (lambda cache, function: cache.cached(key="{a}{b}")(function), "nothing tells where an argument ends"),
        (lambda cache, function: cache.cached(key="{a}x")(function), "nothing tells where an argument ends"),
        (lambda cache, function: cache.cached(key="{c}:")(function), "has no argument 'c', only a, b"),
        (lambda cache, function: cache.cached(tags=["order:{c}"])(function), "has no argument 'c', only a, b"),
        (lambda cache, function: cache.cached(tags=["order:{a}x"])(function), "is neither an argument in braces"),
        (lambda cache, function: cache.cached(ttl=-1)(function), "ttl is -1"),
        (lambda cache, function: cache.cached(function)([1], 2), "a is of type list"),
        (lambda cache, function: cache.cached(function)(User(1), 2), "a is of type User"),
        (lambda cache, function: cache.cached(key="{a.id}")(function)(1, 2), "a.id: a int has no id"),
        (lambda cache, function: cache.cached(tags=["o:{a}"])(function)(1.0, 2), "type float has no text"),
    ],
)
def test_what_does_not_fit_is_said(decorate: Callable[..., Any], words: str) -> None:
    def function(a: Any, b: Any) -> None:
        pass

    with pytest.raises(UsageError) as raised:
        decorate(made(), function)
    assert words in str(raised.value)


def test_values_that_are_equal_and_of_other_types_are_other_keys() -> None:
    alike: list[Any] = [1, True, 1.0, "1", b"1", Decimal(1), Decimal("1.0"), Level.ONE, (1,), ((1,),), frozenset({1})]
    alike += [None, "None"]
    alike += [Color.RED, Other.RED, UUID(int=1), str(UUID(int=1)), date(2026, 1, 1), "", (), frozenset()]
    alike += [datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1), -0.0, 0.0, 0, False]  # noqa: DTZ001
    assert len({written(one, "a") for one in alike}) == len(alike)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("a1'\\,:/{(\0é", max_size=4),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=4,
)


def typed(value: Any) -> Any:
    """Equal only for what is equal and of equal types."""
    return (type(value), tuple(map(typed, value)) if isinstance(value, tuple) else repr(value))


@settings(max_examples=50)
@given(st.tuples(values, values), st.tuples(values, values))
def test_two_calls_share_a_key_exactly_if_their_arguments_are_the_same(one: Any, other: Any) -> None:
    for text in ("{a}:{b}", "x/{a}, {b}/", "'{a}:'{b}"):
        template = KeyTemplate(text)
        keys = [template.made({"a": pair[0], "b": pair[1]}) for pair in (one, other)]
        assert (keys[0] == keys[1]) == (typed(one) == typed(other))
