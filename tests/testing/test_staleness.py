"""A history is judged as its readers would: what they could have known, and when."""

from hypothesis import given
from hypothesis import strategies as st

from plimsoll.testing.staleness import Read, Verdict, Write, judge

ALLOWED_S = 0.25
ONE, TWO, THREE = (Write("a", version, version - 0.1, version) for version in (1, 2, 3))


def read(version: int | None, began_s: float, took_s: float = 0.01, **more: int) -> Read:
    return Read("a", version, began_s, began_s + took_s, "tier 1", "p1", **more)


def judged(*history: Write | Read) -> Verdict:
    writes = [one for one in history if isinstance(one, Write)]
    return judge(writes, [one for one in history if isinstance(one, Read)], ALLOWED_S)


def kinds(*history: Write | Read) -> dict[str, int]:
    return dict(judged(*history).kinds)


def test_what_was_superseded_may_be_read_for_as_long_as_is_allowed() -> None:
    verdict = judged(ONE, TWO, read(1, 1.5), read(1, 2.0), read(1, 2.2), read(2, 2.2))
    assert (verdict.count, verdict.reads, verdict.writes) == (0, 4, 2)
    assert round(verdict.stalest_s, 6) == 0.2
    assert verdict.served == {"tier 1": 4}
    assert verdict.share("tier 1", "tier 2") == 1.0


def test_what_was_superseded_longer_ago_is_stale_however_many_versions() -> None:
    verdict = judged(ONE, TWO, THREE, read(1, 2.25), read(1, 9.0), read(2, 3.1), read(3, 9.0))
    assert (verdict.kinds, verdict.processes) == ({"stale": 2}, {"p1": 2})
    assert verdict.stalest_s == 7.0
    assert str(verdict.violations[0]) == (
        "stale: a at 2.250 s: version 1, 250 ms after a newer one was acknowledged (p1 by tier 1)"
    )


def test_a_later_version_that_was_acknowledged_earlier_counts() -> None:
    slow = Write("a", 2, 1.5, 5.0)
    assert kinds(ONE, slow, THREE, read(1, 3.3)) == {"stale": 1}
    assert kinds(ONE, slow, THREE, read(2, 3.3)) == {"stale": 1}


def test_nobody_may_rely_on_a_write_of_unknown_fate_and_whoever_sees_it_is_right() -> None:
    unknown = Write("a", 2, 1.9, 2.0, "unknown")
    assert kinds(ONE, unknown, read(1, 9.0), read(2, 9.0)) == {}
    assert kinds(ONE, unknown, THREE, read(2, 9.0)) == {"stale": 1}


def test_what_was_rolled_back_or_never_written_is_never_right() -> None:
    undone = Write("a", 2, 1.9, 2.0, "undone")
    assert kinds(ONE, undone, read(2, 1.95), read(7, 2.0), read(1, 9.0)) == {"never committed": 1, "never written": 1}


def test_a_row_has_to_appear_to_vanish_and_to_come_back() -> None:
    gone, back = Write("a", 2, 1.9, 2.0, absent=True), THREE
    assert kinds(read(None, 9.0)) == {}
    assert kinds(ONE, read(None, 0.5), read(None, 1.2), read(None, 1.3)) == {"stale": 1}
    assert kinds(ONE, gone, read(1, 2.3), read(None, 1.95), read(None, 9.0)) == {"stale": 1}
    assert kinds(ONE, gone, back, read(None, 3.2), read(None, 3.3)) == {"stale": 1}
    assert kinds(ONE, gone, read(None, 1.3, took_s=0.1)) == {"stale": 1}, "it was not deleted by then"
    assert kinds(ONE, gone, read(None, 1.3, took_s=0.7)) == {}
    undone = Write("a", 2, 1.9, 2.0, "undone", absent=True)
    assert kinds(ONE, undone, read(None, 9.0)) == {"stale": 1}


def test_who_knows_of_a_write_has_to_see_it_at_once() -> None:
    assert kinds(ONE, TWO, read(1, 2.01, at_least=2), read(2, 2.01, at_least=2)) == {"own write missing": 1}


@given(
    st.lists(st.tuples(st.floats(0, 10), st.booleans(), st.sampled_from(["committed", "undone", "unknown"]))),
    st.lists(st.tuples(st.floats(0, 12), st.integers(0, 12))),
)
def test_it_finds_what_looking_at_every_pair_finds(
    written: list[tuple[float, bool, str]], asked: list[tuple[float, int]]
) -> None:
    writes = [
        Write("a", number, number - 1, number - 1 + took, fate, absent)  # type: ignore[arg-type]
        for number, (took, absent, fate) in enumerate(written, 1)
    ]
    reads = [read(min(version, len(writes)) or None, began) for began, version in asked]

    def stale(one: Read) -> bool:
        gone = [w.version for w in writes if w.absent and w.fate != "undone" and w.begun_s <= one.ended_s]
        version = max(gone, default=0) if one.version is None else one.version
        later = [w for w in writes if w.version > version and w.fate == "committed"]
        return any(w.ended_s <= one.began_s - ALLOWED_S for w in later)

    expected = sum(stale(one) for one in reads if one.version is None or writes[one.version - 1].fate != "undone")
    assert judge(writes, reads, ALLOWED_S).kinds.get("stale", 0) == expected
