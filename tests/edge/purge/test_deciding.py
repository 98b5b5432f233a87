"""What is decided without a database: what a change purges, how often one may ask, what becomes of what was said."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plimsoll.changes.polling import Change
from plimsoll.core.errors import UsageError
from plimsoll.edge.providers.provider import Acknowledged, Later, Rate, Refused
from plimsoll.edge.purge.naming import carried, purged
from plimsoll.edge.purge.rates import ASKED_S_MAX, RETRY_S_MAX, Bucket, pause_s, retry_s
from plimsoll.edge.purge.settling import PARKED_AFTER, Leased, Postponed, settled
from plimsoll.edge.purge.wish import Kind, Wish, in_order, wish, wishes_of

KEY = st.one_of(st.text("aB7é, /", max_size=4), st.sampled_from(["*", "a" * 150]))
TAG = st.builds("{}:{}".format, st.sampled_from("abc"), KEY)


@given(st.lists(st.tuples(st.lists(TAG, max_size=3), st.booleans()), max_size=5))
def test_each_tag_is_wished_for_once_and_hard_if_rows_of_it_are_gone(written: list[tuple[list[str], bool]]) -> None:
    changes = [Change(number, tuple(tags), gone) for number, (tags, gone) in enumerate(written)]
    wishes = wishes_of(changes)
    hard = {tag for tags, gone in written if gone for tag in tags}
    assert len({one.what for one in wishes}) == len(wishes) == len({tag for tags, _ in written for tag in tags})
    assert sum(one.hard for one in wishes) == len(hard)
    for one in wishes:
        assert one.what.isascii()
        assert not any(sign in one.what for sign in ", \n")
        assert one.what == one.what.lower()
        assert len(one.what) <= 128


@given(TAG, TAG)
def test_at_a_cdn_a_purge_finds_what_the_edge_would_have_found(had: str, wrote: str) -> None:
    (written,) = wishes_of([Change(1, (wrote,))])
    family, other = had.partition(":")[0], wrote.partition(":")[0]
    bears = had == wrote or (family == other and (had.endswith(":*") or wrote.endswith(":*")))
    assert bears == (not {*carried([had])}.isdisjoint(purged(written.what)))


@given(
    st.floats(0.01, 100),
    st.integers(1, 50),
    st.lists(st.tuples(st.floats(0, 30), st.integers(1, 80)), min_size=1, max_size=30),
)
def test_in_no_stretch_of_time_is_more_taken_than_the_rate_allows(
    per_s: float, burst: int, wanted: list[tuple[float, int]]
) -> None:
    bucket, now_s = Bucket.full(Rate(per_s, burst), 0.0), 0.0
    taken: list[tuple[float, int]] = []
    for pause, number in wanted:
        now_s += pause
        now_s += bucket.wait_s(now_s, number)
        assert bucket.wait_s(now_s, number) < 1e-6
        bucket = bucket.taken(now_s, number)
        taken.append((now_s, number))
    for first, (began_s, _) in enumerate(taken):
        for last in range(first, len(taken)):
            most = burst + per_s * (taken[last][0] - began_s) + max(0, taken[last][1] - burst)
            assert sum(number for _, number in taken[first : last + 1]) <= most + 1e-6


def test_a_clock_that_goes_back_fills_nothing() -> None:
    bucket = Bucket.full(Rate(1, 2), 100.0).taken(100.0, 2)
    assert bucket.wait_s(50.0) == 1.0
    assert bucket.taken(50.0).wait_s(100.0) == 2.0


@given(st.integers(0, 1_000_000), st.one_of(st.none(), st.floats(-10, 1e12)), st.integers(0, 9))
def test_a_retry_comes_not_before_it_was_asked_for_and_not_never(tries: int, asked: float | None, seed: int) -> None:
    after_s = retry_s(tries, Random(seed), asked)
    assert min(max(asked or 0.0, 0.0), ASKED_S_MAX) <= after_s <= max(RETRY_S_MAX, ASKED_S_MAX * 1.1)
    assert after_s > 0
    if asked is None:
        assert pause_s(tries, Random(seed)) <= 30.0


def leased(number: int, refusals: int = 0) -> tuple[Leased, ...]:
    return tuple(Leased(one, Kind.TAG, f"o:{one}", False, 1, 1, refusals, None) for one in range(number))


@given(st.integers(1, 100), st.sampled_from([Acknowledged(), Later("away", 3.0), Refused("bad")]), st.integers(0, 3))
def test_every_row_that_was_sent_goes_or_stays(number: int, outcome: Acknowledged | Later | Refused, seed: int) -> None:
    rows = leased(number)
    found = settled(rows, outcome, 1, Random(seed))
    assert (*found.done, *(one.row for one in found.postponed)) == rows
    assert bool(found.done) == isinstance(outcome, Acknowledged)
    assert not any(one.parked for one in found.postponed)


def test_refused_alone_often_enough_it_is_parked_and_in_company_halved() -> None:
    (row,) = leased(1, PARKED_AFTER - 1)
    (parked,) = settled([row], Refused("bad"), 0, Random(1)).postponed
    assert (parked.parked, parked.refusals) == (True, PARKED_AFTER)
    rows = leased(5)
    assert settled(rows, Refused("bad"), 0, Random(1)).postponed == tuple(Postponed(one, 0.0, 0, 3) for one in rows)


@pytest.mark.parametrize(
    ("kind", "text", "what"),
    [
        (Kind.TAG, "order:42", "order:42"),
        (Kind.TAG, "order:*", "order:*"),
        (Kind.TAG, "front-page", "front-page"),
        (Kind.URL, "HTTPS://Example.COM:443", "https://example.com/"),
        (Kind.URL, "http://example.com:8080/a%2Fb?C=d", "http://example.com:8080/a%2Fb?C=d"),
        (Kind.URL, "http://[::1]:8080/a", "http://[::1]:8080/a"),
        (Kind.PREFIX, "https://example.com./news/", "https://example.com/news/"),
        (Kind.PATTERN, "https://example.com/*/feed", "https://example.com/*/feed"),
        (Kind.PATTERN, "*/feed.xml", "*/feed.xml"),
        (Kind.HOST, "WWW.example.com.", "www.example.com"),
    ],
)
def test_what_is_wished_for_is_written_in_one_way(kind: Kind, text: str, what: str) -> None:
    assert wish(kind, text, hard=True) == Wish(kind, what, True)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((Kind.TAG, text) for text in ("", "a b", "a,b", "Order:1", "é", "*", "ord*er", "order:*x")),
        *((Kind.URL, text) for text in ("", "/news", "ftp://e/", "http://", "http://u:p@e/", "http://e:99999/")),
        *((Kind.URL, text) for text in ("http://e/\r\nX: y", "http://e /", "http://e/é", f"http://e/{'x' * 2000}")),
        *((Kind.URL, text) for text in ("http://*/", "http://[::1/")),
        (Kind.PREFIX, "https://example.com/?a=b"), (Kind.PATTERN, "https://example.com/"),
        (Kind.PATTERN, f"https://e/{'*' * 9}"), (Kind.HOST, "https://example.com"), (Kind.HOST, "a b"),
    ],
)  # fmt: skip
def test_what_cannot_be_purged_is_refused_and_shown_on_one_line(kind: Kind, text: str) -> None:
    with pytest.raises(UsageError) as caught:
        wish(kind, text)
    assert "\n" not in str(caught.value)


@given(st.lists(st.tuples(st.sampled_from(list(Kind)), st.text("aB*é~", max_size=3)), unique=True))
def test_two_who_write_the_same_rows_lock_them_in_one_order(named: list[tuple[Kind, str]]) -> None:
    wishes = [Wish(kind, what) for kind, what in named]
    assert in_order(wishes) == in_order(reversed(wishes))
