"""Tokens: how one is read, what counts as none, and for how long one is awaited that nobody's commit gave."""

from contextlib import nullcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.cache import Cache, Token
from plimsoll.cache.tokens import (
    AHEAD_MAX,
    AHEAD_PER_S,
    AWAITED_MAX,
    EPOCH_S,
    Awaited,
    carried,
    checked_xid,
    short_epoch,
)
from plimsoll.changes.clock import clock_s
from plimsoll.changes.polling import Position
from plimsoll.core.errors import UsageError
from plimsoll.core.snapshot import Snapshot


@settings(max_examples=30)
@given(st.integers(1, 2**64 - 1), st.sampled_from(["", "0123456789ab"]))
def test_a_tokens_text_is_read_as_it_was_written(xid: int, epoch: str) -> None:
    assert Token.parse(str(Token(xid, epoch))) == Token(xid, epoch)
    for text in (f"{xid}.", f" {xid}", f"{xid}.xyz", "-1", "0", "9" * 30, "٣"):
        with pytest.raises(UsageError, match="not a token"):
            Token.parse(text)


@pytest.mark.parametrize("none", [None, "", "None", "soon", "5.", "9" * 30, "5.0123456789AB"])
def test_who_comes_with_no_token_asks_as_anybody_does(none: str | None) -> None:
    cache = Cache(staleness_s=None)
    cache.fetch_sync("k", lambda: "held")
    with cache.after(none):
        assert cache.get("k") == cache.fetch_sync("k", lambda: "new", after=none) == "held"


def test_a_transactions_id_is_a_number_or_its_digits() -> None:
    cache = Cache()
    assert checked_xid("3158") == checked_xid(3158) == 3158
    cache.wrote(["order:1"], str(2**64 - 1))
    none = (1.5, 0, -1, None, True, 2**64, 10**30, "", "abc", "-1", "1.0", "٣", "0", [1])
    for xid in none:
        with pytest.raises(UsageError, match="not a transaction's id"):
            cache.wrote(["order:1"], xid)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="not a token"):
        Token.parse(None)


def test_a_token_that_was_made_up_is_awaited_no_longer_than_until_the_next_poll() -> None:
    """One that had committed when it was brought is seen by each poll that is sent later."""
    awaited, seen = Awaited(), Snapshot(100, 104, frozenset({101}))
    made_up = [Token(2**40 + number) for number in range(AWAITED_MAX + 5)]
    kept = [awaited.add(token, 5.0) for token in made_up]
    awaited.leave(Token(101), awaited.add(Token(101), 5.0))  # beyond the bound, and below what is made up
    for token, single in zip(made_up, kept, strict=True):
        awaited.leave(token, single)
    awaited.reached(seen, "", 5.0)
    assert awaited
    awaited.reached(seen, "", 5.1)
    assert not awaited
    running = awaited.add(Token(101), 5.0)
    carried = awaited.add(Token(200), 5.0)
    awaited.leave(Token(101), running)
    awaited.reached(seen, "", 5.1)
    assert awaited
    awaited.reached(Snapshot(104, 104), "", 5.2)
    assert awaited
    awaited.leave(Token(200), carried)
    awaited.reached(Snapshot(104, 104), "", 5.2)
    assert not awaited


@pytest.mark.parametrize("xid", [2**64 - 1, 2**62, 10**9])
@pytest.mark.parametrize("epoch", ["", "now"])
def test_a_token_that_no_commit_can_have_given_counts_as_none(xid: int, epoch: str) -> None:
    cache, now_s = Cache(staleness_s=60), clock_s()
    name = short_epoch(epoch) if epoch else ""
    with cache.after(Token(xid, name)):
        assert carried() is not None  # nothing is known yet
    cache._desk.tier1.advance(Position("now", Snapshot(100, 104)), now_s)
    assert [cache.fetch_sync("k", lambda: 1, tags=["order:1"]), cache.get("k")] == [1, 1]
    with cache.after(f"{xid}.{name}" if name else str(xid)):
        assert carried() is None
        assert cache.get("k") == 1
    with cache.after(Token(104, name)):  # of a commit since then
        assert carried() is not None
        assert cache.get("k") is None


def test_who_carries_a_token_is_given_nothing_without_its_commit_instead_of_an_error() -> None:
    def fail() -> None:
        raise OSError("away")

    with Cache(staleness_s=60) as cache:
        cache._desk.tier1.advance(Position("now", Snapshot(100, 104)), clock_s())
        cache.fetch_sync("changed", lambda: "old", tags=["order:1"], stale_if_error=True)
        cache.fetch_sync("ended", lambda: "still right", tags=["order:2"], ttl=1e-9, stale_if_error=True)
        cache.wrote(["order:1"], 104)
        for seen, right in ((Snapshot(100, 104), False), (Snapshot(105, 105), True)):
            cache._desk.tier1.advance(Position("now", seen), clock_s())
            with cache.after(Token(104)):
                with pytest.raises(OSError, match="away"):
                    cache.fetch_sync("changed", fail, stale_if_error=True)
                with nullcontext() if right else pytest.raises(OSError, match="away"):
                    assert cache.fetch_sync("ended", fail, stale_if_error=True) == "still right"
        assert cache.fetch_sync("changed", fail, stale_if_error=True) == "old"


def test_what_a_server_gives_until_it_is_asked_again_is_not_made_up() -> None:
    seen = Snapshot(100, 104)
    assert Token(104 + AHEAD_MAX).is_made_up(seen, "", 0.0)
    assert not Token(103 + AHEAD_MAX).is_made_up(seen, "", 0.0)
    assert not Token(104 + AHEAD_MAX + 10 * AHEAD_PER_S - 1).is_made_up(seen, "", 10.0)
    other = Token(50, "0" * 12)
    assert other.is_made_up(seen, "1" * 12, EPOCH_S / 2)
    assert not other.is_made_up(seen, "1" * 12, EPOCH_S)
