"""Values, keys, tags and positions come back as they were, and what is none of them is a miss and nothing worse."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import IntEnum
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plimsoll.cache.shared.address import Place
from plimsoll.cache.shared.breaker import FIRST_S, LONGEST_S, Breaker
from plimsoll.cache.shared.envelope import Bounds, Envelope
from plimsoll.cache.shared.left import Left, Root
from plimsoll.cache.shared.naming import Names, tags_of
from plimsoll.cache.shared.owed import NAMES_MAX, Owed
from plimsoll.cache.shared.packing import BrokenError, NotPackableError, pack, unpack
from plimsoll.cache.shared.raised import Raised, Stamp, Write
from plimsoll.cache.shared.servers import SLOTS, Range, holder, ranges_of
from plimsoll.cache.store.marks import names_of
from plimsoll.changes.polling import Change, Position
from plimsoll.core.errors import UsageError
from plimsoll.core.snapshot import Snapshot

ZONES = st.none() | st.sampled_from([UTC, timezone(timedelta(hours=-3, minutes=-30)), ZoneInfo("Europe/Zurich")])
PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
    | st.dates() | st.datetimes(timezones=ZONES) | st.times(timezones=st.sampled_from([UTC])) | st.timedeltas()
    | st.decimals(allow_nan=False) | st.uuids()
)  # fmt: skip
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers() | st.uuids(), inner)
        | st.frozensets(st.integers() | st.text()) | st.sets(st.integers() | st.tuples(st.booleans()))
    ),
    max_leaves=6,
)  # fmt: skip
SNAPSHOT = Snapshot(10, 20, frozenset({10, 15}))


def kinds(value: Any) -> Any:
    """Its type, with those of what it holds."""
    if isinstance(value, list | tuple):
        return type(value), [kinds(one) for one in value]
    return (type(value), [kinds(one) for one in value.values()]) if isinstance(value, dict) else type(value)


@settings(max_examples=40)
@given(VALUES)
def test_a_value_comes_back_as_it_was_of_the_same_types(value: Any) -> None:
    again = unpack(pack(value))
    assert again == value
    assert kinds(again) == kinds(value)


def test_a_time_zone_keeps_the_name_that_somebody_gave_it() -> None:
    ist, plain = timedelta(hours=5, minutes=30), timedelta(hours=-3)
    for zone in (timezone(ist, "IST"), timezone(plain), UTC, timezone(timedelta(0), "")):
        for value in (datetime(2020, 1, 1, tzinfo=zone), time(1, tzinfo=zone)):
            again = unpack(pack(value))
            assert (again, repr(again)) == (value, repr(value))


class Colour(IntEnum):
    RED = 1


@pytest.mark.parametrize("value", [object(), Colour.RED, {1: [Colour.RED]}, 1 << 10_000, complex(1), range(3)])
def test_what_would_come_back_as_something_else_is_refused(value: Any) -> None:
    with pytest.raises(NotPackableError):
        pack(value)


def test_what_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append((endless,))
    with pytest.raises(NotPackableError):
        pack(endless)


def envelope(value: Any, bounds: Bounds | None = None) -> bytes:
    packed = pack(value)
    sealed, zipped = Envelope.seal(packed, bounds or Bounds())
    return bytes(Envelope("root", {"o:1": Stamp("n", 3)}, SNAPSHOT, 60.0, sealed, zipped, len(packed)))


@settings(max_examples=60)
@given(st.integers(0), st.integers(0, 255), st.booleans())
def test_bytes_that_are_no_entry_are_a_miss_and_nothing_worse(place: int, byte: int, cut: bool) -> None:
    whole = envelope({"text": "much " * 1_000, "day": date(2026, 1, 2), "id": UUID(int=5)})
    at = place % len(whole)
    broken = whole[:at] if cut else whole[:at] + bytes([byte]) + whole[at + 1 :]
    try:
        read = Envelope.read(broken, Bounds())
        value = read.value()
    except BrokenError:
        return
    assert broken == whole or value["id"] == UUID(int=5)


def test_what_is_compressed_grows_to_what_it_says_and_no_further() -> None:
    bomb = envelope("\0" * 900_000)
    assert len(bomb) < 10_000
    assert Envelope.read(bomb, Bounds()).value() == "\0" * 900_000
    with pytest.raises(BrokenError, match="too large"):
        Envelope.read(bomb, Bounds(value_bytes=100_000))
    packed = pack("\0" * 900_000)
    sealed, zipped = Envelope.seal(packed, Bounds())
    lying = Envelope("root", {}, SNAPSHOT, 60.0, sealed, zipped, 1_000)
    with pytest.raises(BrokenError, match="as long as it says"):
        Envelope.read(bytes(lying), Bounds()).value()


TEXTS = st.text(max_size=12) | st.text(":%{}\0\udcff", max_size=12) | st.integers(190, 210).map(lambda size: "é" * size)


@settings(max_examples=50)
@given(st.tuples(TEXTS.filter(bool), TEXTS), st.tuples(TEXTS.filter(bool), TEXTS))
def test_no_two_things_have_one_key_in_the_server(one: tuple[str, str], other: tuple[str, str]) -> None:
    if max(len(one[0]), len(other[0])) > 60:
        return
    keys = [names.root for names in map(Names, (one[0], other[0]))]
    assert (keys[0] == keys[1]) == (one[0] == other[0])
    places = [(Names(name).entry(key), Names(name).tag(key), Names(name).lease(key)) for name, key in (one, other)]
    assert len({*places[0], *places[1]}) == (3 if one == other else 6)
    assert max(map(len, places[0])) < 1_000


TAGS = st.lists(st.sampled_from(["o:1", "o:2", "o:*", "p:a/b", "p:*", "table:public.orders", "x::*", "x:"]), max_size=5)


@settings(max_examples=30)
@given(TAGS)
def test_tags_are_told_again_by_what_they_are_held_against(tags: list[str]) -> None:
    names = names_of(tags)
    assert set(names_of(tags_of(names))) == set(names)


WRITES = st.lists(st.lists(st.integers(1, 12), min_size=1, max_size=6), max_size=5)


def written(several: list[list[int]]) -> Raised:
    raised = Raised("run.epoch", "nonce")
    for xids in several:
        write = Write(())
        for xid in xids:
            write = write.and_then(xid)
        raised = raised.written(write)
    return raised


@settings(max_examples=80)
@given(WRITES, WRITES, st.integers(1, 12), st.integers(0, 3), st.frozensets(st.integers(1, 12)))
def test_a_tag_never_vouches_for_what_was_written_unseen(
    before: list[list[int]], after: list[list[int]], xmin: int, more: int, running: frozenset[int]
) -> None:
    stamp = written(before).stamp
    raised = written([*before, *after])
    snapshot = Snapshot(xmin, xmin + more, frozenset(xid for xid in running if xmin <= xid < xmin + more))
    known = {xid for xids in before for xid in xids}  # the fill began after them, and saw them
    unseen = [xid for xids in after for xid in xids if not snapshot.sees(xid) and xid not in known]
    if raised.holds(stamp, snapshot):
        assert not unseen
    assert written(before).holds(stamp, snapshot)
    assert Raised.read(bytes(raised), "run.epoch") == raised
    assert Raised.read(bytes(raised), "run.other") is None


@settings(max_examples=40)
@given(st.binary(max_size=60))
def test_text_that_is_no_tag_root_or_position_counts_as_missing(text: bytes) -> None:
    assert Raised.read(b"run.epoch " + text, "run.other") is None
    Raised.read(b"run.epoch n " + text, "run.epoch")
    Root.read(b"run " + text, "run")
    assert Left.read(text) is None


def test_a_position_comes_back_with_the_servers_that_were_told() -> None:
    left = Left(Position("epoch of 2026", SNAPSHOT), "-", {("", 0): "run", ("a host", 7000): "other"})
    assert Left.read(str(left).encode()) == left
    assert Root.read(b"run nonce epoch", "run") == Root("nonce", "epoch")
    assert Root.read(b"run nonce epoch", "other") is None


def test_what_is_owed_is_bounded_by_beginning_anew() -> None:
    owed = Owed(root_due=False)
    owed.write([Change(7, ("o:1", "o:2")), Change(8, ("o:1",))])
    owed.take_out("key")
    part = owed.part(100)
    assert dict(part.writes) == {"o:1": Write((7, 8)), "o": Write((7, 8)), "o:2": Write((7,))}
    owed.write([Change(9, ("o:1",))])
    owed.paid(part)
    assert dict(owed.part(100).writes) == {"o:1": Write((7, 8, 9)), "o": Write((7, 8, 9))}
    owed.write(Change(number, (f"o:{number}",)) for number in range(NAMES_MAX + 1))
    assert (owed.root_due, owed.era) == (True, 1)
    assert len(owed) < 1_000
    era = owed.root_begun()
    owed.write([Change(50_000, ("o:1",))])  # while the new root is made: not covered by it
    owed.root_paid(era)
    assert (len(owed), owed.root_due) == (2, False)


def test_a_server_that_failed_is_asked_by_one_at_a_time_ever_more_seldom() -> None:
    breaker, now_s, tries = Breaker(Random(1)), 0.0, []
    assert breaker.allows(now_s)
    for _ in range(10):
        breaker.failed(now_s)
        while not breaker.allows(now_s):
            now_s += 0.01
        assert not breaker.allows(now_s)
        tries.append(now_s)
    pauses = [later - earlier for earlier, later in zip([0.0, *tries], tries, strict=False)]
    assert FIRST_S / 2 <= pauses[0] <= FIRST_S + 0.01
    assert LONGEST_S / 2 <= pauses[-1] <= LONGEST_S + 0.01
    breaker.worked()
    assert breaker.allows(now_s)
    assert breaker.allows(now_s)


def test_each_slot_of_a_cluster_is_one_nodes() -> None:
    told = [[8192, SLOTS - 1, [b"", 7001, b"id"]], [0, 8191, [b"host", 7000, b"id"], [b"replica", 7002, b"id"]]]
    ranges = ranges_of(told, "seed")
    assert ranges == (Range(0, 8191, ("host", 7000)), Range(8192, SLOTS - 1, ("seed", 7001)))
    assert [holder(ranges, slot) for slot in (0, 8191, 8192, SLOTS - 1)] == [("host", 7000)] * 2 + [("seed", 7001)] * 2


def test_times_keep_their_fold() -> None:
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Zurich"), fold=1)
    assert unpack(pack(twice)).utcoffset() == twice.utcoffset()
    assert unpack(pack([time(1, 2, 3, 4), Decimal("1.50")])) == [time(1, 2, 3, 4), Decimal("1.50")]


@pytest.mark.parametrize(
    "url",
    [
        "http://:hunter2@host",
        "valkey://:hunter2@",
        "valkey://:hunter2@host:99999",
        "valkey://:hunter2@host/x",
        "valkey://:hunter2@host?nonsense=1",
        "valkey://:hunter2@host/1?cluster=true",
        "valkey://:hunter2@host?cluster=hunter2",
        "unix://:hunter2@",
        "valkey://:hun?ter2=hunter2@host",
        "valkey://:hunter2/hunter2@host",
        "valkey://[:hunter2@host",
        "valkey://:hunter2@host?ssl_ca_certs=/hunter2",
        "unix://:hunter2@/socket?ssl_cert_reqs=none",
        "valkeys://:hunter2@host?ssl_cert_reqs=hunter2",
        "valkeys://:hunter2@host?ssl_keyfile=/hunter2",
    ],
)
def test_a_url_that_cannot_be_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        Place.parse(url)
    error = refused.value
    assert "hunter2" not in f"{error} {error.remedy}"
    assert error.why
    assert error.remedy


def test_a_url_is_shown_without_its_password() -> None:
    place = Place.parse("rediss://me:hunter%402@cache.example:7000/3?ssl_check_hostname=false")
    assert place.shown == "rediss://cache.example:7000/3"
    assert "hunter" not in repr(place)
    assert place.at(("", 0)) == {
        "username": "me", "password": "hunter@2", "db": 3, "host": "cache.example", "port": 7000,
        "ssl_check_hostname": False,
    }  # fmt: skip
